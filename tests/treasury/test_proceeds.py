"""Income and expenditure on two lines."""

import pytest

from openets.kernel.acting import NotYourRole
from openets.kernel.quantity import Fen
from openets.treasury import operations as treasury
from openets.treasury import queries
from openets.treasury.operations import Line, Side
from tests.exchange import TEN
from tests.treasury.offers import treasury_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return treasury_market(1)


def records(market, side, yuan, *, reference, line=Line.VERIFICATION, code="finance"):
    return treasury.record_budget(
        year=2023,
        line=line,
        side=side,
        amount_fen=Fen(yuan * 100),
        note="核查服务费",
        reference=reference,
        acting=market.acts(code),
        at=TEN,
    )


@pytest.mark.requirement("CQETS-4.2")
def test_each_line_shows_what_was_granted_and_what_was_spent(market):
    records(market, Side.GRANTED, 900, reference="g1")
    records(market, Side.SPENT, 250, reference="s1", code="bureau")
    records(market, Side.SPENT, 50, reference="s2")
    found = {line.line: (line.granted_fen, line.spent_fen) for line in queries.budget(2023)}
    assert found == {
        Line.BUILDING: (0, 0),
        Line.VERIFICATION: (90_000, 30_000),
        Line.REGISTRATION: (0, 0),
    }
    assert queries.budget(2024)[1].granted_fen == 0


def test_the_same_entry_twice_is_one_and_another_amount_is_refused(market):
    assert records(market, Side.SPENT, 5, reference="s") == records(
        market, Side.SPENT, 5, reference="s"
    )
    with pytest.raises(treasury.ReferenceUsed):
        records(market, Side.SPENT, 6, reference="s")
    with pytest.raises(treasury.NotAnOffer):
        records(market, Side.SPENT, 0, reference="s0")


def test_only_the_bureaux_keep_the_budget(market):
    for code in ("E001", "registry", "bank"):
        with pytest.raises(NotYourRole):
            records(market, Side.SPENT, 5, reference="s", code=code)
