from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.trading.limits import (
    Limits,
    NotPositive,
    OffLot,
    OffTick,
    OutsidePriceLimit,
    PriceBand,
    price_band,
)


@pytest.mark.parametrize(
    ("reference", "ratio", "tick", "low", "high"),
    [
        (4000, "0.10", 1, 3600, 4400),
        (4005, "0.10", 1, 3605, 4406),  # 3604.5 and 4405.5: both halves go up.
        (4004, "0.10", 1, 3604, 4404),  # 3603.6 and 4404.4.
        (4000, "0.10", 50, 3600, 4400),
        (4030, "0.10", 50, 3650, 4450),  # 3627 and 4433.
        (Decimal("4000.5"), "0.30", 1, 2800, 5201),
        (4000, "0", 1, 4000, 4000),
    ],
)
def test_bounds_are_rounded_half_up_to_the_tick(reference, ratio, tick, low, high):
    band = price_band(reference=reference, limit_ratio=Decimal(ratio), tick=tick)
    assert band == PriceBand(low, high)


@pytest.mark.requirement("CQETS-17.2")
@pytest.mark.parametrize("price", [3600, 4400])
def test_a_price_on_the_limit_passes(price):
    Limits(band=PriceBand(3600, 4400)).check(price, 1)


@pytest.mark.requirement("CQETS-17.2")
@pytest.mark.parametrize("price", [3599, 4401])
def test_a_price_one_fen_beyond_the_limit_is_refused_with_the_limits(price):
    with pytest.raises(OutsidePriceLimit) as refused:
        Limits(band=PriceBand(3600, 4400)).check(price, 1)
    assert refused.value.article == "CQETS-17.2"
    assert (refused.value.numbers["low"], refused.value.numbers["high"]) == ("36", "44")


@pytest.mark.requirement("CQETS-17.2")
def test_without_a_band_any_price_on_the_tick_passes():
    Limits(tick=10).check(10**9, 1)


def test_a_price_off_the_tick_is_refused_in_yuan():
    with pytest.raises(OffTick) as refused:
        Limits(tick=10).check(4005, 1)
    assert refused.value.numbers == {"price": "40.05", "tick": "0.1"}


@pytest.mark.parametrize("price", [0, -1])
def test_a_price_that_is_not_positive_is_refused(price):
    with pytest.raises(NotPositive):
        Limits().check(price, 1)


def test_quantities_are_multiples_of_the_lot():
    limits = Limits(lot=10)
    limits.check(None, 10)
    for qty in (9, 11):
        with pytest.raises(OffLot):
            limits.check(None, qty)
    for qty in (0, -10):
        with pytest.raises(NotPositive):
            limits.check(None, qty)


@given(
    reference=st.integers(1, 10**6),
    ratio=st.integers(0, 50),
    tick=st.sampled_from([1, 2, 5, 10, 25, 100]),
)
def test_a_bound_is_the_tick_nearest_to_the_exact_limit(reference, ratio, tick):
    band = price_band(reference=reference, limit_ratio=Decimal(ratio) / 100, tick=tick)
    for bound, exact_hundredths in (
        (band.low, reference * (100 - ratio)),
        (band.high, reference * (100 + ratio)),
    ):
        assert bound % tick == 0
        # Half a tick above the exact limit is still reached, half a tick below is not.
        assert -50 * tick < bound * 100 - exact_hundredths <= 50 * tick
