from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.trading.auction import DEFAULT_TIE_BREAKS, TIE_BREAKS, Clearing, clear


def outcome(bids, asks, **options):
    found = clear(bids=bids, asks=asks, **{"tick": 1, **options})
    return (found.price, found.volume, found.surplus, found.decided_by)


def levels(*pairs):
    return [(price, 1, qty) for price, qty in pairs]


def test_one_candidate_price_is_the_price():
    assert outcome(levels((40, 5)), levels((40, 3))) == (40, 3, 2, "single_price")


def test_the_most_volume_decides():
    bids, asks = levels((42, 5), (40, 5)), levels((38, 5), (40, 5))
    assert outcome(bids, asks) == (40, 10, 0, "max_volume")


def test_the_least_surplus_decides_between_equal_volumes():
    bids, asks = levels((42, 5), (40, 2)), levels((40, 5))
    assert outcome(bids, asks, tick=2) == (42, 5, 0, "min_surplus")


def test_buyers_left_over_press_the_price_up():
    assert outcome(levels((42, 8)), levels((40, 5))) == (42, 5, 3, "market_pressure")


def test_sellers_left_over_press_the_price_down():
    assert outcome(levels((42, 5)), levels((40, 8))) == (40, 5, -3, "market_pressure")


def test_without_pressure_the_price_closest_to_the_reference_is_taken():
    bids, asks = levels((44, 5)), levels((40, 5))
    assert outcome(bids, asks, reference=43) == (43, 5, 0, "closest_to_reference")
    assert outcome(bids, asks, reference=50) == (44, 5, 0, "closest_to_reference")


def test_two_prices_equally_close_to_the_reference_go_on_to_the_next_rule():
    bids, asks = levels((41, 5)), levels((40, 5))
    assert outcome(bids, asks, reference=Fraction(81, 2)) == (41, 5, 0, "higher")
    ties = ("closest_to_reference", "lower")
    assert outcome(bids, asks, reference=Fraction(81, 2), tie_breaks=ties) == (40, 5, 0, "lower")


def test_without_a_reference_the_higher_price_is_taken():
    assert outcome(levels((44, 5)), levels((40, 5))) == (44, 5, 0, "higher")


def test_no_cross_gives_no_price():
    nothing = (None, 0, None, "no_cross")
    assert outcome(levels((39, 5)), levels((40, 5)), reference=40) == nothing
    assert outcome([], [], reference=40) == nothing
    assert outcome(levels((40, 5)), [], reference=40) == nothing


def test_market_orders_alone_trade_at_the_reference():
    both = levels((None, 5)), levels((None, 3))
    assert outcome(*both, reference=40) == (40, 3, 2, "only_market_orders")
    assert outcome(*both) == (None, 0, None, "no_cross")
    assert outcome(both[0], [], reference=40) == (None, 0, None, "no_cross")


def test_market_orders_add_to_every_candidate():
    bids, asks = levels((None, 5), (40, 5)), levels((42, 4))
    assert outcome(bids, asks, reference=41) == (42, 4, 1, "max_volume")


def test_the_reference_is_a_candidate_beyond_all_limits():
    found = outcome(levels((None, 5)), levels((40, 5)), reference=45)
    assert found == (45, 5, 0, "closest_to_reference")


def test_without_a_tick_no_price_between_the_limits_is_a_candidate():
    bids, asks = levels((44, 5)), levels((40, 5))
    assert outcome(bids, asks, tick=None, reference=43) == (43, 5, 0, "closest_to_reference")
    ties = ("lower",)
    assert outcome(bids, asks, tick=None, tie_breaks=ties) == (40, 5, 0, "lower")


def brute_force(bids, asks, reference, tick, tie_breaks):  # noqa: C901, PLR0911, PLR0912 - the rules in a row
    """Every candidate price, one by one, and every rule as it is written."""
    limits = [price for price, _, _ in bids + asks if price is not None]
    nearest = None if reference is None else int((reference / tick + Fraction(1, 2)) // 1) * tick
    if not limits:
        bought, sold = sum(q for _, _, q in bids), sum(q for _, _, q in asks)
        if nearest is None or not min(bought, sold):
            return Clearing(None, 0, None, "no_cross")
        return Clearing(nearest, min(bought, sold), bought - sold, "only_market_orders")
    prices = set(range(min(limits), max(limits) + 1, tick))
    prices |= set() if nearest is None else {nearest}

    def bought(price):
        return sum(qty for bid, _, qty in bids if bid is None or bid >= price)

    def sold(price):
        return sum(qty for ask, _, qty in asks if ask is None or ask <= price)

    def volume(price):
        return min(bought(price), sold(price))

    def surplus(price):
        return bought(price) - sold(price)

    def decided(rule):
        (price,) = prices
        return Clearing(price, volume(price), surplus(price), rule)

    if max(map(volume, prices)) == 0:
        return Clearing(None, 0, None, "no_cross")
    if len(prices) == 1:
        return decided("single_price")
    prices = {p for p in prices if volume(p) == max(map(volume, prices))}
    if len(prices) == 1:
        return decided("max_volume")
    prices = {p for p in prices if abs(surplus(p)) == min(abs(surplus(q)) for q in prices)}
    if len(prices) == 1:
        return decided("min_surplus")
    for rule in (*tie_breaks, "higher"):
        if rule == "market_pressure":
            if all(surplus(p) > 0 for p in prices):
                prices = {max(prices)}
            elif all(surplus(p) < 0 for p in prices):
                prices = {min(prices)}
        elif rule == "closest_to_reference" and reference is not None:
            near = min(abs(p - reference) for p in prices)
            prices = {p for p in prices if abs(p - reference) == near}
        elif rule == "higher":
            prices = {max(prices)}
        elif rule == "lower":
            prices = {min(prices)}
        if len(prices) == 1:
            return decided(rule)
    return pytest.fail("no rule decided")


@st.composite
def auctions(draw):
    tick = draw(st.sampled_from([1, 5]))
    price = st.integers(4, 12).map(lambda n: n * tick)
    qty = st.integers(1, 4)
    sides = []
    for _ in range(2):
        side = draw(st.dictionaries(price, qty, max_size=4))
        rows = [(p, 1, q) for p, q in side.items()]
        at_any_price = draw(st.integers(0, 4))
        sides.append(([(None, 1, at_any_price)] if at_any_price else []) + sorted(rows))
    bids = sorted(sides[0], key=lambda row: (row[0] is not None, -(row[0] or 0)))
    reference = draw(st.none() | st.fractions(15, 50, max_denominator=4))
    ties = draw(st.just(DEFAULT_TIE_BREAKS) | st.lists(st.sampled_from(TIE_BREAKS), max_size=4))
    return bids, sides[1], reference, tick, tuple(ties)


@settings(max_examples=600, deadline=None)
@given(auctions())
def test_random_auctions_clear_as_by_brute_force(auction):
    bids, asks, reference, tick, ties = auction
    assert clear(
        bids=bids, asks=asks, reference=reference, tick=tick, tie_breaks=ties
    ) == brute_force(*auction)
