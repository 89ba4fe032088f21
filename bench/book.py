"""Messages a second of the order book, against a bare book and public engines in the same run.

The bare book knows limit orders and withdrawals and nothing else. Ours knows all order kinds,
checks the limits and takes the state hash every CHECKPOINT messages and at the end. All get the
same seeded stream, 40 % withdrawals, and must trade the same. A second stream has orders of every
kind; only ours takes it. Public engines are measured where they are installed (`pip install
liquibook lightmatchingengine`), on a part of the stream. Run: python bench/book.py [N]
"""

import gc
import statistics
import sys
import time
from collections import deque
from contextlib import suppress
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from openets.trading.book import BUY_AT_ANY_PRICE, DAY, FOK, IOC, SELL_AT_ANY_PRICE, Book
from openets.trading.limits import Limits, PriceBand

ROUNDS = 5
CHECKPOINT = 100_000
PUBLIC_SHARE = 5
"""A public engine gets one in so many messages of the stream: the first ones."""


class Resting:
    __slots__ = ("buy", "id", "price", "qty")

    def __init__(self, order_id, buy, price, qty):
        self.id = order_id
        self.buy = buy
        self.price = price
        self.qty = qty


class BareBook:
    """Dict of queues and two heaps of prices, in one plain loop."""

    def __init__(self):
        self.open = {}
        self.queues = ({}, {})
        self.heaps = ([], [])
        self.trades = []

    def enter(self, order_id, buy, price, qty):
        queues, heap = self.queues[not buy], self.heaps[not buy]
        while qty and heap:
            best = heap[0] if buy else -heap[0]
            if best > price if buy else best < price:
                break
            queue = queues[best]
            while qty and queue:
                first = queue[0]
                part = first.qty
                if part:
                    part = min(part, qty)
                    first.qty -= part
                    qty -= part
                    self.trades.append((first.id, order_id, best, part))
                    if first.qty:
                        break
                    del self.open[first.id]
                queue.popleft()
            if not queue:
                del queues[best]
                heappop(heap)
        if qty:
            queue = self.queues[buy].get(price)
            if queue is None:
                queue = self.queues[buy][price] = deque()
                heappush(self.heaps[buy], -price if buy else price)
            order = self.open[order_id] = Resting(order_id, buy, price, qty)
            queue.append(order)

    def withdraw(self, order_id):
        order = self.open.pop(order_id, None)
        if order is not None:
            order.qty = 0


def stream(count, seed=7):
    """(number, None, 0, 0, DAY) withdraws; nine in ten withdrawals name one of the last 2,000."""
    draw = np.random.default_rng(seed)
    withdraws = draw.random(count) < 0.4
    withdraws[:1000] = False
    newest = np.cumsum(~withdraws)
    back = (draw.random(count) * np.minimum(newest, 2000)).astype(int)
    any_before = (draw.random(count) * newest).astype(int) + 1
    named = np.where(draw.random(count) < 0.9, np.maximum(newest - back, 1), any_before)
    buys = draw.random(count) < 0.5
    prices = 500 + np.where(buys, -20, 20) + draw.normal(0, 60, count)
    columns = (withdraws, np.where(withdraws, named, newest), buys, prices.round().clip(1, 1000))
    rows = zip(*(c.tolist() for c in (*columns, draw.integers(1, 101, count))), strict=True)
    return [(n, None, 0, 0, DAY) if w else (n, b, int(p), q, DAY) for w, n, b, p, q in rows]


def of_every_kind(messages):
    """The same stream with one order in twenty at the market, immediate, or fill or kill."""
    kinds = np.random.default_rng(8).integers(0, 20, len(messages)).tolist()
    return [_of_kind(message, kind) for message, kind in zip(messages, kinds, strict=True)]


def _of_kind(message, kind):
    number, buy, price, qty, _ = message
    if buy is None or kind > 2:
        return message
    at_any = BUY_AT_ANY_PRICE if buy else SELL_AT_ANY_PRICE
    return number, buy, at_any if kind == 0 else price, qty, (IOC, IOC, FOK)[kind]


def run_bare(messages):
    book = BareBook()
    for number, buy, price, qty, _ in messages:
        if buy is None:
            book.withdraw(number)
        else:
            book.enter(number, buy, price, qty)
    return book.trades, len(book.open)


def run_ours(messages, *, hashing=True):
    book, trades = Book(), []
    limits = Limits(band=PriceBand(1, 1000))
    for start in range(0, len(messages), CHECKPOINT):
        for number, buy, price, qty, tif in islice(messages, start, start + CHECKPOINT):
            if buy is None:
                book.withdraw(number)
            else:
                at_market = price in (SELL_AT_ANY_PRICE, BUY_AT_ANY_PRICE)
                limits.check(None if at_market else price, qty)
                trades += book.enter(number, buy, price, qty, "", tif)
        if hashing:
            book.state_hash()
    return trades, len(book.left)


def run_liquibook(messages):
    """A C++ engine through its Python binding, with nobody told of its trades."""
    import liquibook  # noqa: PLC0415 - installed by hand

    book, orders, crossed = liquibook.DepthOrderBook("x"), {}, 0
    for number, buy, price, qty, _ in messages:
        if buy is not None:
            orders[number] = order = liquibook.SimpleOrder(buy, price, qty)
            crossed += book.add(order)
        elif number in orders:
            book.cancel(orders[number])
    return crossed


def run_lightmatchingengine(messages):
    """A plain Python engine; it asserts that a withdrawn order is open."""
    from lightmatchingengine.lightmatchingengine import (  # noqa: PLC0415 - installed by hand
        LightMatchingEngine,
        Side,
    )

    engine, crossed = LightMatchingEngine(), 0
    for number, buy, price, qty, _ in messages:
        if buy is None:
            with suppress(AssertionError):
                engine.cancel_order(number, "x")
        else:
            _, trades = engine.add_order("x", price, qty, Side.BUY if buy else Side.SELL)
            crossed += bool(trades)
    return crossed


def timed(run, messages, **options):
    gc.collect()
    gc.freeze()
    start = time.process_time()
    found = run(messages, **options)
    return len(messages) / (time.process_time() - start), found


def against_bare(messages):
    every_kind = of_every_kind(messages)
    rates = {"bare book": [], "ours": [], "ours, no hash": [], "ours, every kind": []}
    for _ in range(ROUNDS):
        rate, expected = timed(run_bare, messages)
        rates["bare book"].append(rate)
        for name, hashing in (("ours", True), ("ours, no hash", False)):
            rate, found = timed(run_ours, messages, hashing=hashing)
            assert found == expected, "both books must trade the same"
            rates[name].append(rate)
        rates["ours, every kind"].append(timed(run_ours, every_kind)[0])
    trades, resting = expected
    print(f"{len(messages)} messages, {len(trades)} trades, {resting} orders left resting")
    told(rates, "bare book")


def against_public(messages):
    crossed = len({taker for _, taker, _, _ in run_ours(messages)[0]})
    for run in (run_liquibook, run_lightmatchingengine):
        name = run.__name__.removeprefix("run_")
        rates = {name: [], "ours": []}
        try:
            for _ in range(ROUNDS):
                rate, found = timed(run, messages)
                assert found == crossed, f"{name} matched {found} orders, not {crossed}"
                rates[name].append(rate)
                rates["ours"].append(timed(run_ours, messages)[0])
        except ImportError:
            print(f"{name}: not installed")
            continue
        told(rates, name)


def told(rates, base):
    for name, found in rates.items():
        ratio = statistics.median(a / b for a, b in zip(found, rates[base], strict=True))
        print(f"{name:>20}: {statistics.median(found):>9,.0f} messages/s, {ratio:5.2f} x {base}")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    messages = stream(count)
    against_bare(messages)
    against_public(messages[: count // PUBLIC_SHARE])


if __name__ == "__main__":
    main()
