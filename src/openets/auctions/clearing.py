"""Who wins an auction, and at which price (出清). Pure.

Best price first, then time or pro rata at the price where the quantity ends. In a reverse auction
(回购) the lowest offer is the best.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import groupby


class Pricing(StrEnum):
    """What the winners pay."""

    UNIFORM = "uniform"
    """All the worst price that won (统一价)."""
    AS_BID = "as_bid"
    """Each its own (按各自报价)."""


class Ties(StrEnum):
    """Who is served first at one price."""

    BY_TIME = "by_time"
    PRO_RATA = "pro_rata"


@dataclass(frozen=True, slots=True)
class SealedBid:
    """A bid (报价): fen a tonne and whole tonnes; `number` grows with the time of entry."""

    number: int
    bidder: str
    price_fen: int
    qty_t: int
    group: str = ""
    """Bidders of a group may together win no more than its share."""


@dataclass(frozen=True, slots=True)
class Award:
    """What a bid won, and the fen a tonne it pays, or is paid."""

    number: int
    qty_t: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """The result (成交结果): the worst price that won, None if nothing did; what is left over."""

    price_fen: int | None
    awards: tuple[Award, ...]
    unsold_t: int


def clear(
    bids: Sequence[SealedBid],
    *,
    quantity_t: int,
    pricing: Pricing = Pricing.UNIFORM,
    ties: Ties = Ties.BY_TIME,
    most_of_bidder: Mapping[str, int] | None = None,
    most_of_group: Mapping[str, int] | None = None,
    is_reverse: bool = False,
) -> Clearing:
    """Decide an auction. Bids beyond the floor or ceiling are not given to it.

    `most_of_bidder` and `most_of_group` are tonnes; who is not named has no limit.
    Source: CQETS-17.
    """
    sign = 1 if is_reverse else -1
    left = _Left(quantity_t, dict(most_of_bidder or {}), dict(most_of_group or {}))
    won: list[tuple[SealedBid, int]] = []
    ordered = sorted(bids, key=lambda bid: (sign * bid.price_fen, bid.number))
    for _, found in groupby(ordered, key=lambda bid: bid.price_fen):
        level = list(found)
        if ties == Ties.BY_TIME:
            served = [(bid, left.take(bid, bid.qty_t)) for bid in level]
        else:
            served = [(bid, left.take(bid, qty)) for bid, qty in _shares(level, left)]
        won += [(bid, qty) for bid, qty in served if qty]
    price_fen = won[-1][0].price_fen if won else None
    awards = tuple(
        Award(bid.number, qty, bid.price_fen if pricing == Pricing.AS_BID else price_fen or 0)
        for bid, qty in won
    )
    return Clearing(price_fen, awards, left.quantity_t)


def apportion(wants: Sequence[int], total: int) -> list[int]:
    """Share whole tonnes in proportion to what each wants, by the largest remainder (最大余数法).

    Of equal remainders the earlier is served. Nobody gets more than it wants.
    """
    asked = sum(wants)
    if asked <= total:
        return list(wants)
    exact = [Fraction(want * total, asked) for want in wants]
    shares = [int(part) for part in exact]
    by_remainder = sorted(range(len(wants)), key=lambda n: shares[n] - exact[n])
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares


@dataclass(slots=True)
class _Left:
    """What may still be won: of all, by bidder, by group."""

    quantity_t: int
    of_bidder: dict[str, int]
    of_group: dict[str, int]

    def most(self, bid: SealedBid, qty: int) -> int:
        """The part of a quantity that the limits let a bid win."""
        bidder = self.of_bidder.get(bid.bidder, qty)
        return min(qty, bidder, self.of_group.get(bid.group, qty), self.quantity_t)

    def take(self, bid: SealedBid, qty: int) -> int:
        """Let a bid win as much of a quantity as the limits let it."""
        taken = self.most(bid, qty)
        self.quantity_t -= taken
        for limits, name in ((self.of_bidder, bid.bidder), (self.of_group, bid.group)):
            if name in limits:
                limits[name] -= taken
        return taken


def _shares(level: Sequence[SealedBid], left: _Left) -> list[tuple[SealedBid, int]]:
    """What each bid of one price gets pro rata: within its bidder, its group, then all."""
    spoken: dict[str, int] = defaultdict(int)
    wants: dict[int, int] = {}
    for bid in level:
        limit = left.of_bidder.get(bid.bidder)
        free = bid.qty_t if limit is None else max(0, limit - spoken[bid.bidder])
        wants[bid.number] = min(bid.qty_t, free)
        spoken[bid.bidder] += wants[bid.number]
    for group, most in left.of_group.items():
        own = [bid.number for bid in level if bid.group == group]
        shares = apportion([wants[number] for number in own], most)
        wants |= dict(zip(own, shares, strict=True))
    shares = apportion([wants[bid.number] for bid in level], left.quantity_t)
    return list(zip(level, shares, strict=True))
