"""The door `openets registry`: the former register's export."""

import json

import pytest

from openets.doors import registry
from openets.parties import operations as parties
from openets.registry.former import COLUMNS
from openets.registry.models import Transaction
from tests.exchange import held_t
from tests.markets import FOUNDED, FOUNDER, ISSUED, open_unit_accounts, small_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    market = small_market(1)
    open_unit_accounts(market, ISSUED)
    for code in ("registry", "exchange"):
        parties.add_member(
            username=f"{code}-1",
            display_name="经办",
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    return market


@pytest.fixture
def imported(tmp_path, capsys):
    def run(*lines, person="registry-1"):
        file = tmp_path / "former.csv"
        file.write_text("\n".join((",".join(COLUMNS), *lines)), "utf-8-sig")
        words = ["import-carry-over", str(file), "--year", "2021", "--person", person]
        status = registry.main(words)
        told = capsys.readouterr()
        return status, [json.loads(line) for line in (told.out or told.err).splitlines()]

    return run


@pytest.mark.requirement("CQ208-A1.5.4")
def test_a_file_is_carried_over_once_and_tells_what_stayed_behind(market, imported):
    lines = ("A-1,E001,2019,有偿,是,3000", "A-1,E001,2018,免费,否,2000")
    for _ in range(2):
        status, (told,) = imported(*lines)
        assert (status, told["carried_t"], told["left_behind_t"]) == (0, 3000, 2000)
    assert held_t(market, "E001") == {2019: 3000}


def test_each_wrong_row_is_one_line_on_standard_error_and_nothing_is_done(market, imported):
    status, told = imported("A-1,E001,2019,paid,yes,1", "A-1,nobody,2019,paid,yes,1", "A-2,E001")
    assert status == 2
    assert [(no["row"], no["code"]) for no in told] == [(4, "wrong_cell_count")]
    status, told = imported("A-1,E001,2019,paid,yes,1", "A-1,nobody,2019,paid,yes,1")
    assert [(no["row"], no["field"]) for no in told] == [(3, "holder")]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("person", "code"), [("nobody", "nobody_acts"), ("exchange-1", "not_your_role")]
)
def test_only_a_registry_operator_imports(market, imported, person, code):
    status, (no,) = imported("A-1,E001,2019,paid,yes,1", person=person)
    assert (status, no["code"]) == (2, code)
