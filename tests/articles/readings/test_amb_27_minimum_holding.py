"""AMB-27: which years, which units and which part surrenders count for the 50 % rule."""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.registry.holding import HoldingRule, Kept, OpenYear, free_to_move_t, minimums
from openets.registry.kinds import LockCause
from openets.registry.operations import BelowMinimumHolding
from openets.registry.queries import locked_t
from openets.rulebook.load import law
from tests.exchange import TEN, exchange_market, held_t, move
from tests.markets import CQ

DAY = date(2023, 12, 4)

pytestmark = pytest.mark.requirement("AMB-27")


def rule(**changes):
    readings = {f"registry.hold50_{name}": value for name, value in changes.items()}
    return HoldingRule.of(law("cq").instead(readings), DAY)


def required(*years, **changes):
    return [m.required_t for m in minimums([OpenYear(*y) for y in years], [], rule(**changes))]


def test_the_base_is_the_sum_of_the_open_years():
    assert required((2021, 100_000, 0), (2022, 110_000, 0)) == [105_000]
    assert required((2022, 110_000, 0)) == [55_000]
    assert required() == []


def test_the_minimum_is_rounded_up():
    assert required((2022, 10_001, 0)) == [5_001]


def test_what_was_surrendered_for_the_year_counts_as_kept():
    year, kept = [OpenYear(2021, 100_000, 60_000)], [Kept(2021, False, 40_000)]
    assert free_to_move_t(year, kept, rule()) == 40_000
    assert free_to_move_t(year, kept, rule(count_surrendered=False)) == 0


def test_bought_units_count_unless_the_reading_leaves_them_out():
    year = [OpenYear(2021, 100_000, 0)]
    kept = [Kept(2021, False, 30_000), Kept(2021, True, 30_000)]
    assert free_to_move_t(year, kept, rule()) == 10_000
    # Then the bought ones may leave, and the holder's own stay.
    assert free_to_move_t(year, kept, rule(count_purchased=False)) == 30_000


def test_each_vintage_may_be_asked_for_by_itself():
    years = [OpenYear(2021, 100_000, 0), OpenYear(2022, 110_000, 0)]
    kept = [Kept(2021, False, 60_000), Kept(2022, False, 110_000)]
    assert required(*((y.year, y.free_t, 0) for y in years), scope="per_vintage") == [
        50_000,
        55_000,
    ]
    assert free_to_move_t(years, kept, rule()) == 65_000
    assert free_to_move_t(years, kept, rule(scope="per_vintage")) == 10_000 + 55_000


@pytest.mark.django_db
class TestOnTheRegistry:
    """E001 has 100,000 t free of 2021 and of 2022 each, and 70,000 t frozen for 2023."""

    def test_the_readings_decide_about_a_move(self):
        market = exchange_market(1)
        per_vintage = CQ.instead({"registry.hold50_scope": "per_vintage"})
        with pytest.raises(BelowMinimumHolding) as refused:
            move(market, "E001", 50_001, law=per_vintage)
        assert (refused.value.numbers["required"], refused.value.numbers["allowed"]) == (
            50_000,
            50_000,
        )
        move(market, "E001", 50_001)

    def test_frozen_units_are_neither_base_nor_kept_until_their_release(self):
        market = exchange_market(1)
        with pytest.raises(BelowMinimumHolding) as refused:
            move(market, "E001", 100_001, vintage=None)
        assert refused.value.numbers["required"] == 100_000
        assert refused.value.numbers["kept"] == 99_999

    def test_after_its_release_the_pre_allocation_is_the_free_quantity_of_2023(self):
        market = exchange_market(1)
        for year in (2021, 2022):
            compliance.surrender(
                organisation=market["E001"],
                year=year,
                amount_t=100_000,
                reference="all",
                law=CQ,
                acting=market.acts("E001"),
                at=TEN,
            )
        compliance.release_pre_allocation(
            years=(2021, 2022), law=CQ, acting=market.acts("bureau"), at=TEN
        )
        assert held_t(market, "E001") == {2023: 70_000}
        assert locked_t(market["E001"], LockCause.PRE_ALLOCATION) == 0
        with pytest.raises(BelowMinimumHolding):
            move(market, "E001", 35_001, vintage=2023)
        move(market, "E001", 35_000, vintage=2023)

    def test_a_surrender_is_never_stopped_by_the_minimum(self):
        market = exchange_market(1)
        move(market, "E001", 100_000)
        compliance.surrender(
            organisation=market["E001"],
            year=2022,
            amount_t=100_000,
            reference="all",
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
        assert held_t(market, "E001") == {2023: 0}
