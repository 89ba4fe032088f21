"""The book as it stood at any moment of a day, rebuilt from what was journalled. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from openets.surveillance.facts import Dealt, Entered

RESTING = "resting"


class Change(NamedTuple):
    """What became of an order in a batch of the floor: its state and what remains (t)."""

    batch: int
    at: datetime
    order: int
    state: str
    remaining: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The book after a batch: orders open by price, best first, and the trades of the batch."""

    batch: int
    at: datetime
    bids: tuple[tuple[int, int, int], ...]
    asks: tuple[tuple[int, int, int], ...]
    """Price in fen, tonnes, number of orders."""
    changed: tuple[Change, ...]
    trades: tuple[Dealt, ...]


def moments(changes: Sequence[Change]) -> list[int]:
    """The batches that changed something, in their order; one step each."""
    return sorted({change.batch for change in changes})


def book_at(
    batch: int,
    *,
    orders: Mapping[int, Entered],
    changes: Sequence[Change],
    trades: Mapping[int, Sequence[Dealt]],
) -> Frame:
    """The book (委托簿) of a product after a batch.

    `changes` are all of the product's day in their order, `trades` those of each batch.
    Source: CQETS-21.
    """
    last: dict[int, Change] = {}
    for change in changes:
        if change.batch <= batch:
            last[change.order] = change
    now = tuple(change for change in changes if change.batch == batch)
    assert now, "a batch of the product's day"
    levels: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    counts: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for number, change in last.items():
        order = orders[number]
        if change.state == RESTING and order.price_fen is not None:
            levels[order.buy][order.price_fen] += change.remaining
            counts[order.buy][order.price_fen] += 1
    sides = {
        buy: tuple(
            (price, levels[buy][price], counts[buy][price])
            for price in sorted(levels[buy], reverse=buy)
        )
        for buy in (True, False)
    }
    return Frame(batch, now[0].at, sides[True], sides[False], now, tuple(trades.get(batch, ())))
