"""CQETS art. 26.3: half of the free allowances stay until the duty is fulfilled."""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.kernel.clock import at
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from openets.registry.operations import BelowMinimumHolding, Issue, LotOf
from tests.exchange import exchange_market, move
from tests.markets import CQ, ISSUED, open_unit_accounts, small_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-26.3")]


def market_with_10_001_t():
    market = small_market(1)
    open_unit_accounts(market, ISSUED)
    registry.issue(
        items=[Issue(market["E001"], 10_001, "E001/2022")],
        lot=LotOf("cq", UnitKind.ALLOWANCE, 2022, Origin.FREE),
        acting=market.acts("registry"),
        at=ISSUED,
    )
    return market


@pytest.mark.parametrize(("tonnes", "passes"), [(4_999, True), (5_000, True), (5_001, False)])
def test_5_001_t_of_10_001_t_must_stay(tonnes, passes):
    market = market_with_10_001_t()
    if passes:
        move(market, "E001", tonnes, vintage=2022)
        return
    with pytest.raises(BelowMinimumHolding) as refused:
        move(market, "E001", tonnes, vintage=2022)
    assert refused.value.numbers == {
        "amount": 5_001,
        "kept": 5_000,
        "share": "50%",
        "required": 5_001,
        "allowed": 5_000,
    }


def test_two_moves_add_up():
    market = market_with_10_001_t()
    move(market, "E001", 3_000, vintage=2022)
    with pytest.raises(BelowMinimumHolding):
        move(market, "E001", 2_001, vintage=2022, reference="m2")
    move(market, "E001", 2_000, vintage=2022, reference="m2")


def test_after_the_surrender_is_fulfilled_no_minimum_applies_for_that_year():
    """E003 has 50,000 t of 2021 and 46,667 t of 2022, and owes 40,000 t for each year."""
    market = exchange_market(3)

    def surrender(year, tonnes, reference="s"):
        compliance.surrender(
            organisation=market["E003"],
            year=year,
            amount_t=tonnes,
            reference=reference,
            law=CQ,
            acting=market.acts("E003"),
            at=at(date(2023, 12, 4), 12),
        )

    surrender(2021, 39_999)
    with pytest.raises(BelowMinimumHolding):
        move(market, "E003", 48_334, vintage=None)
    surrender(2021, 1, reference="last")
    move(market, "E003", 56_667 - 23_334, vintage=None)
    with pytest.raises(BelowMinimumHolding):
        move(market, "E003", 1, vintage=None, reference="m2")
