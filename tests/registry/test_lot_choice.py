"""AMB-30: first in, first out, unless the holder chooses the lots."""

import pytest

from openets.compliance import operations as compliance
from openets.registry.operations import NoSuchLot, NotEnoughUnits, ReferenceReused
from tests.exchange import TEN, exchange_market, held_t
from tests.exchange import move as move_2021
from tests.markets import CQ

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("AMB-30")]

FIRST, SECOND = "CQ/allowance/2021/free", "CQ/allowance/2022/free"


@pytest.fixture
def market():
    """E001 holds 100,000 t each of 2021 and 2022."""
    return exchange_market(1)


def move(market, tonnes, lots=(), reference="m1"):
    return move_2021(market, "E001", tonnes, vintage=None, lots=lots, reference=reference)


def surrender(market, tonnes, lots=(), reference="s1"):
    return compliance.surrender(
        organisation=market["E001"],
        year=2021,
        amount_t=tonnes,
        reference=reference,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
        lots=lots,
    )


def test_without_a_choice_the_first_go_first(market):
    assert move(market, 10).parts == [[FIRST, False, 10]]
    surrender(market, 20)
    assert held_t(market, "E001")[2021] == 100_000 - 30


@pytest.mark.requirement("CQETS-33.i3")
def test_the_holder_chooses_the_lots_it_moves_and_surrenders(market):
    assert move(market, 10, [SECOND]).parts == [[SECOND, False, 10]]
    surrender(market, 20, [SECOND])
    assert held_t(market, "E001")[2021] == 100_000
    assert held_t(market, "E001")[2022] == 100_000 - 30


def test_nothing_else_is_taken_where_the_chosen_lots_fall_short(market):
    move(market, 99_999, [SECOND])
    with pytest.raises(NotEnoughUnits) as refused:
        surrender(market, 2, [SECOND])
    assert refused.value.available_t == 1


@pytest.mark.parametrize("ask", [move, surrender])
def test_a_lot_that_is_none_of_the_kind_is_refused(market, ask):
    with pytest.raises(NoSuchLot) as refused:
        ask(market, 1, ["CQ/cqcer/2021/credited"])
    assert refused.value.article == "CQETS-33.i3"


def test_the_same_surrender_with_another_choice_is_another_surrender(market):
    left = surrender(market, 10, [SECOND])
    assert surrender(market, 10, [SECOND]) == surrender(market, 10) == left
    with pytest.raises(ReferenceReused):
        surrender(market, 10, [FIRST])


def test_the_same_move_with_another_choice_is_another_move(market):
    assert move(market, 10, [SECOND]) == move(market, 10, [SECOND])
    with pytest.raises(ReferenceReused):
        move(market, 10, [FIRST])
