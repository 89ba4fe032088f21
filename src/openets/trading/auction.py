"""The call auction (集合竞价): one price at which the most volume trades.

Candidate prices are the orders' limits, every tick between the lowest and the highest of them, and
the reference. The most volume wins, then the least surplus, then an ordered list of tie-breaks.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from openets.kernel.quantity import Exact, half_up
from openets.trading.book import DepthLevel

MARKET_PRESSURE = "market_pressure"
CLOSEST_TO_REFERENCE = "closest_to_reference"
HIGHER = "higher"
LOWER = "lower"
TIE_BREAKS = (MARKET_PRESSURE, CLOSEST_TO_REFERENCE, HIGHER, LOWER)
DEFAULT_TIE_BREAKS = (MARKET_PRESSURE, CLOSEST_TO_REFERENCE, HIGHER)


@dataclass(frozen=True, slots=True)
class Clearing:
    """The auction's price, volume in tonnes, surplus (buy less sell) and the rule that decided."""

    price: int | None
    volume: int
    surplus: int | None
    decided_by: str


NO_CROSS = Clearing(None, 0, None, "no_cross")


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring candidate prices, `first` to `last` by the tick, that clear alike."""

    first: int
    last: int
    volume: int
    surplus: int


def clear(
    *,
    bids: Sequence[DepthLevel],
    asks: Sequence[DepthLevel],
    reference: Exact | None = None,
    tick: int | None = None,
    tie_breaks: Sequence[str] = DEFAULT_TIE_BREAKS,
) -> Clearing:
    """Find the price of a call auction from the book's depth, best level first.

    Market orders, the level of price None, trade at any price; alone they trade at the reference.
    Without a tick no price between two limits is a candidate. Where the tie-breaks leave several
    prices, the highest is taken. `reference` is in the unit of the prices and may lie between
    two ticks; the candidate is then the nearest tick, the upper of two.
    """
    limits = sorted({price for price, _, _ in (*bids, *asks) if price is not None})
    nearest = None if reference is None else _nearest_tick(reference, tick or 1)
    if not limits:
        return _market_orders_alone(bids, asks, nearest)
    spans = _candidates(bids, asks, limits, nearest, tick)
    if not any(span.volume for span in spans):
        return NO_CROSS
    if _is_one_price(spans):
        return _clearing(spans, "single_price")
    most = max(span.volume for span in spans)
    spans = [span for span in spans if span.volume == most]
    if _is_one_price(spans):
        return _clearing(spans, "max_volume")
    least = min(abs(span.surplus) for span in spans)
    spans = [span for span in spans if abs(span.surplus) == least]
    if _is_one_price(spans):
        return _clearing(spans, "min_surplus")
    for rule in (*tie_breaks, HIGHER):
        spans = _narrow(spans, rule, reference, tick or 1)
        if _is_one_price(spans):
            return _clearing(spans, rule)
    raise AssertionError("the higher of several prices is one price")


def _market_orders_alone(
    bids: Sequence[DepthLevel], asks: Sequence[DepthLevel], nearest: int | None
) -> Clearing:
    bought, sold = (sum(qty for _, _, qty in side) for side in (bids, asks))
    if nearest is None or not min(bought, sold):
        return NO_CROSS
    return Clearing(nearest, min(bought, sold), bought - sold, "only_market_orders")


def _candidates(
    bids: Sequence[DepthLevel],
    asks: Sequence[DepthLevel],
    limits: list[int],
    nearest: int | None,
    tick: int | None,
) -> list[Span]:
    ends = {(limit, limit) for limit in limits}
    if tick is not None:
        ends |= {(a + tick, b - tick) for a, b in pairwise(limits) if b - a > tick}
    if nearest is not None and not any(first <= nearest <= last for first, last in ends):
        ends.add((nearest, nearest))
    bought, sold = _bought_at(bids), _sold_at(asks)
    return [
        Span(first, last, min(bought(last), sold(first)), bought(last) - sold(first))
        for first, last in sorted(ends)
    ]


def _bought_at(bids: Sequence[DepthLevel]) -> Callable[[int], int]:
    at_any_price = sum(qty for price, _, qty in bids if price is None)
    levels = [(-price, qty) for price, _, qty in bids if price is not None]
    prices, sums = _cumulated(levels, at_any_price)
    return lambda price: sums[bisect_right(prices, -price)]


def _sold_at(asks: Sequence[DepthLevel]) -> Callable[[int], int]:
    at_any_price = sum(qty for price, _, qty in asks if price is None)
    levels = [(price, qty) for price, _, qty in asks if price is not None]
    prices, sums = _cumulated(levels, at_any_price)
    return lambda price: sums[bisect_right(prices, price)]


def _cumulated(levels: list[tuple[int, int]], start: int) -> tuple[list[int], list[int]]:
    prices = [price for price, _ in levels]
    return prices, list(accumulate((qty for _, qty in levels), initial=start))


def _narrow(spans: list[Span], rule: str, reference: Exact | None, tick: int) -> list[Span]:
    if rule == MARKET_PRESSURE:
        if all(span.surplus > 0 for span in spans):
            return _narrow(spans, HIGHER, reference, tick)
        if all(span.surplus < 0 for span in spans):
            return _narrow(spans, LOWER, reference, tick)
        return spans
    if rule == CLOSEST_TO_REFERENCE:
        return spans if reference is None else _closest(spans, Fraction(reference), tick)
    if rule == HIGHER:
        return [_at(spans[-1], spans[-1].last)]
    assert rule == LOWER, f"{rule} is no tie-break"
    return [_at(spans[0], spans[0].first)]


def _closest(spans: list[Span], reference: Fraction, tick: int) -> list[Span]:
    below = int(reference // tick) * tick
    points = [
        _at(span, price)
        for span in spans
        for price in sorted({min(max(p, span.first), span.last) for p in (below, below + tick)})
    ]
    least = min(abs(point.first - reference) for point in points)
    return [point for point in points if abs(point.first - reference) == least]


def _nearest_tick(reference: Exact, tick: int) -> int:
    return int(half_up(Fraction(reference) / tick)) * tick


def _at(span: Span, price: int) -> Span:
    return replace(span, first=price, last=price)


def _is_one_price(spans: list[Span]) -> bool:
    return len(spans) == 1 and spans[0].first == spans[0].last


def _clearing(spans: list[Span], decided_by: str) -> Clearing:
    return Clearing(spans[0].first, spans[0].volume, spans[0].surplus, decided_by)
