"""Messages a second of the order book, against a bare book in the same run.

The bare book knows limit orders, whether a rest may stay, and withdrawals; nothing else. Ours runs
with limits checked, all order kinds, and the state hash taken every CHECKPOINT messages. Both get
the same seeded stream, 40 % withdrawals, and must trade the same. Run: python bench/book.py [N]
"""

import gc
import random
import statistics
import sys
import time
from collections import deque
from heapq import heappop, heappush
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from openets.trading.book import (
    BUY_AT_ANY_PRICE,
    DAY,
    IOC,
    SELL_AT_ANY_PRICE,
    Book,
    Order,
)
from openets.trading.limits import Limits, PriceBand

ROUNDS = 5
CHECKPOINT = 100_000
WITHDRAWALS, IMMEDIATE, AT_MARKET = 0.40, 0.05, 0.05


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

    def enter(self, order_id, buy, price, qty, rests):
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
        if qty and rests:
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
    """(id, None, ...) withdraws; most withdrawals hit one of the last 2,000 orders."""
    draw = random.Random(seed)
    messages, newest = [], 0
    for number in range(count):
        if number > 1000 and draw.random() < WITHDRAWALS:
            oldest = max(1, newest - 2000) if draw.random() < 0.9 else 1
            messages.append((draw.randint(oldest, newest), None, 0, 0, DAY))
            continue
        newest += 1
        buy, kind = draw.random() < 0.5, draw.random()
        price = round(min(max(draw.gauss(480 if buy else 520, 60), 1), 1000))
        if kind < AT_MARKET:
            price = BUY_AT_ANY_PRICE if buy else SELL_AT_ANY_PRICE
        tif = IOC if kind < AT_MARKET + IMMEDIATE else DAY
        messages.append((newest, buy, price, draw.randint(1, 100), tif))
    return messages


def run_bare(messages):
    book = BareBook()
    for order_id, buy, price, qty, tif in messages:
        if buy is None:
            book.withdraw(order_id)
        else:
            book.enter(order_id, buy, price, qty, tif == DAY)
    return book.trades, len(book.open)


def run_ours(messages, *, hashing):
    book, trades = Book(), []
    limits = Limits(band=PriceBand(1, 1000))
    for number, (order_id, buy, price, qty, tif) in enumerate(messages, start=1):
        if buy is None:
            book.withdraw(order_id)
        else:
            at_market = price in (BUY_AT_ANY_PRICE, SELL_AT_ANY_PRICE)
            limits.check(None if at_market else price, qty)
            trades += book.enter(Order(order_id, buy, price, qty, "", tif))
        if hashing and not number % CHECKPOINT:
            book.state_hash()
    return trades, len(book.orders)


def timed(run, messages, **options):
    gc.collect()
    gc.freeze()
    start = time.process_time()
    found = run(messages, **options)
    return len(messages) / (time.process_time() - start), found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    messages = stream(count)
    rates = {"bare book": [], "ours": [], "ours with hash": []}
    for _ in range(ROUNDS):
        rate, expected = timed(run_bare, messages)
        rates["bare book"].append(rate)
        for name, hashing in (("ours", False), ("ours with hash", True)):
            rate, found = timed(run_ours, messages, hashing=hashing)
            assert found == expected, "both books must trade the same"
            rates[name].append(rate)
    trades, resting = expected
    print(f"{count} messages, {len(trades)} trades, {resting} orders left resting")
    for name, found in rates.items():
        ratio = statistics.median(a / b for a, b in zip(found, rates["bare book"], strict=True))
        print(f"{name:>15}: {statistics.median(found):>9,.0f} messages/s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
