"""The former register's export: every row checked, all or none, once."""

import pytest

from openets.kernel.acting import NotYourRole
from openets.registry import operations as registry
from openets.registry.former import COLUMNS
from openets.registry.models import Position, Transaction
from tests.concurrently import at_once
from tests.exchange import TEN, held_t
from tests.markets import CQ, ISSUED, list_silent_entity, open_unit_accounts, small_market
from tests.registry.checked import must_verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    market = small_market(2)
    open_unit_accounts(market, ISSUED)
    return market


def rows(*lines):
    return {n: dict(zip(COLUMNS, line.split(","), strict=True)) for n, line in enumerate(lines, 2)}


OLD = rows(
    "A-1,E001,2019,paid,yes,3000",
    "A-1,E001,2018,free,no,2000",
    "A-1,E001,2018,free,yes,500",
    "A-2,E001,2019,paid,no,7",
    "A-9,I1,2020,,no,40",
)


def carry(market, given=OLD, by="registry"):
    return registry.import_carry_over(rows=given, year=2021, law=CQ, acting=market.acts(by), at=TEN)


@pytest.mark.requirement("CQ208-A1.5.4")
@pytest.mark.requirement("CQ208-A1.5.4b")
@pytest.mark.requirement("CQ208-3")
def test_paid_and_traded_units_come_over_untraded_free_ones_stay_and_are_told(market):
    done = carry(market)
    assert held_t(market, "E001") == {2018: 500, 2019: 3007}
    told = done.as_json()
    assert (told["carried_t"], told["left_behind_t"], told["undecided_t"]) == (3507, 2000, 40)
    assert [row["row"] for row in told["left_behind"]] == [3]
    assert held_t(market, "I1") == {}
    traded = Position.objects.get(account__holder=market["E001"], lot__vintage_year=2018)
    assert traded.traded
    must_verify()


@pytest.mark.requirement("CQ208-A1.5.4")
def test_a_second_run_adds_nothing(market):
    first, second = carry(market), carry(market)
    assert first.transactions == second.transactions
    assert held_t(market, "E001") == {2018: 500, 2019: 3007}


def test_another_quantity_of_a_lot_carried_before_is_refused(market):
    carry(market)
    more = OLD | {2: OLD[2] | {"amount_t": "3001"}}
    with pytest.raises(registry.ReferenceReused):
        carry(market, more)
    assert held_t(market, "E001") == {2018: 500, 2019: 3007}


def test_every_wrong_row_is_named_and_nothing_is_done(market):
    list_silent_entity("E900")
    wrong = rows(
        "A-1,E001,2019,paid,yes,3000",
        "A-1,E001,2019,paid,yes,1",
        "A-3,E900,2019,paid,yes,1",
        "A-3,nobody,2019,paid,yes,1",
        "A-3,E001,2021,paid,yes,1",
        "A-3,E001,2019,gift,yes,1",
        "A-3,E001,2019,paid,maybe,1",
        "A-3,E001,2019,paid,yes,0",
        "A-3,E001,2019,paid,yes,1.5",
        "A-3,E001,2019,paid,yes,1e3",
        ",E001,2019,paid,yes,1",
    )
    with pytest.raises(registry.FormerRowsRefused) as no:
        carry(market, wrong)
    found = [(r.row, r.field, r.code) for r in no.value.refusals]
    assert found == [
        (3, None, "former_row_twice"),
        (4, "holder", "no_account"),
        (5, "holder", "former_row_refused"),
        (6, "vintage_year", "former_row_refused"),
        (7, "origin", "former_row_refused"),
        (8, "traded", "former_row_refused"),
        (9, "amount_t", "former_row_refused"),
        (10, "amount_t", "former_row_refused"),
        (11, "amount_t", "not_a_number"),
        (12, "former_account", "former_row_refused"),
    ]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("by", ["E001", "bureau", "exchange"])
def test_only_the_registry_operator_imports(market, by):
    with pytest.raises(NotYourRole):
        carry(market, by=by)


def test_a_holder_is_known_by_its_number_on_the_list_too(market):
    number = market["E001"].number
    carry(market, rows(f"A-1,{number},2019,paid,yes,5"))
    assert held_t(market, "E001") == {2019: 5}


@pytest.mark.requirement("CQ208-A1.5.4")
@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.django_db(transaction=True)
def test_the_same_export_imported_by_four_at_once_is_carried_over_once():
    market = small_market(2)
    open_unit_accounts(market, ISSUED)
    assert at_once(*[lambda: carry(market)] * 4) == ["done"] * 4
    assert held_t(market, "E001") == {2018: 500, 2019: 3007}
    must_verify()
