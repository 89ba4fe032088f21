"""The order book of one product: price first, then time (价格优先、时间优先).

Prices are whole numbers of a unit the caller chooses (fen on the floor), quantities whole tonnes.
The book checks no rule of the market: `limits` does, before an order enters. It reads no clock;
time priority is the order in which its methods are called, so the same calls give the same book.
It knows an order by a number and keeps only what matching needs: an object for every order would
cost half of the speed.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import heappop, heappush
from itertools import islice
from struct import pack

Trade = tuple[int, int, int, int]
"""The resting order, the entering order, price, quantity; out of `cross`: buyer, seller, ..."""

DepthLevel = tuple[int | None, int, int]
"""Price (None for market orders waiting for a call auction), number of orders, quantity."""

Queues = dict[int, deque[int]]

DAY = "day"
"""What is left rests in the book."""
IOC = "ioc"
"""What is left expires at once."""
FOK = "fok"
"""Trades whole at once or expires whole."""

BUY_AT_ANY_PRICE = 10**100
SELL_AT_ANY_PRICE = 0
"""A market order is a limit order at a price that no limit order can better."""

NOBODY = -1
"""A number that no order has."""

SPARE = 1000
"""Withdrawn orders that may stay queued beyond as many as are open before all are swept."""


def is_any_price(price: int) -> bool:
    """Whether `price` is the one of market orders."""
    return price in {BUY_AT_ANY_PRICE, SELL_AT_ANY_PRICE}


class Book:
    """Open orders of one product and the matching of those that enter.

    `left` maps the number of every open order to the tonnes that remain; read it, never change it.
    """

    __slots__ = (
        "_ask_heap",
        "_asks",
        "_bid_heap",
        "_bids",
        "_owners",
        "_withdrawn",
        "left",
        "prevent_own_trades",
    )

    def __init__(self, *, prevent_own_trades: bool = False) -> None:
        """With `prevent_own_trades` an entering order expires where it meets its owner's own."""
        self.left: dict[int, int] = {}
        self.prevent_own_trades = prevent_own_trades
        self._owners: dict[int, int | str] = {}  # Known only where own trades are prevented.
        # Queues of numbers by a key that is smallest for the best price: the price of asks, the
        # negative price of bids. The heaps have the keys of those that are not empty.
        self._bids: Queues = {}
        self._asks: Queues = {}
        self._bid_heap: list[int] = []
        self._ask_heap: list[int] = []
        self._withdrawn = 0  # Since the last sweep; their numbers stay queued until met or swept.

    # One long loop: a call for each of its steps would cost a third of the speed.
    def enter(  # noqa: C901, PLR0912
        self,
        number: int,
        buy: bool,
        price: int,
        qty: int,
        owner: int | str = "",
        tif: str = DAY,
        matching: bool = True,
    ) -> Sequence[Trade]:
        """Match a new order at the prices of the resting ones; let what is left rest or expire.

        `price` in units of the book; a market order has one of the two prices for it and is not
        good for the day; `qty` in tonnes. An `owner` left empty owns nothing together with another.
        Afterwards `left` has what rests; what neither traded nor rests has expired.
        """
        if buy:
            heap = self._ask_heap
            key = -price
        else:
            heap = self._bid_heap
            key = price
        limit = -key
        trades: list[Trade] | tuple[()] = ()
        if heap and heap[0] <= limit and matching:
            if tif == FOK and self._within_reach(buy, limit, qty, owner) < qty:
                return ()
            trades = []
            left, queues = self.left, self._asks if buy else self._bids
            shuns = self.prevent_own_trades and owner != ""
            while True:
                best = heap[0]
                queue = queues[best]
                at = best if buy else -best
                while queue:
                    maker = queue[0]
                    if maker in left:
                        if shuns and self._owners[maker] == owner:
                            return trades
                        there = left[maker]
                        if there > qty:
                            left[maker] = there - qty
                            trades.append((maker, number, at, qty))
                            return trades
                        trades.append((maker, number, at, there))
                        del left[maker]
                        qty -= there
                        if not qty:
                            queue.popleft()
                            if not queue:
                                heappop(heap)
                            return trades
                    queue.popleft()
                heappop(heap)
                if not heap or heap[0] > limit:
                    break
        if tif == DAY or not matching:
            own = self._bids if buy else self._asks
            line = own.get(key)
            if not line:
                if line is None:
                    line = own[key] = deque()
                heappush(self._bid_heap if buy else self._ask_heap, key)
            line.append(number)
            self.left[number] = qty
            if self.prevent_own_trades:
                self._owners[number] = owner
        return trades

    def withdraw(self, number: int) -> int:
        """Take an order out (撤单) and give the tonnes that remained; 0 when it is not open."""
        qty = self.left.pop(number, 0)
        if qty:
            self._withdrawn += 1
            if self._withdrawn > len(self.left) + SPARE:
                self._sweep()
        return qty

    def rest(
        self,
        number: int,
        buy: bool,
        price: int,
        qty: int,
        owner: int | str = "",
    ) -> None:
        """Queue an order without matching: before a call auction, or to rebuild a book.

        Open orders rested again in their priority make a book of the same state.
        """
        self.enter(number, buy, price, qty, owner, DAY, False)

    def replace(
        self,
        number: int,
        *,
        buy: bool,
        at: int,
        price: int,
        qty: int,
        owner: int | str = "",
        matching: bool = True,
    ) -> Sequence[Trade] | None:
        """Give an order open `at` a price another one or another remaining quantity (改单).

        Less at the same price keeps its place. Anything else goes to the back of its level, and
        with `matching` may trade. None when it is not open.
        """
        left = self.left.get(number)
        if left is None:
            return None
        if price == at and qty < left:
            self.left[number] = qty
            return ()
        del self.left[number]
        # Its number comes back: without this, its former place would come back to life with it.
        queue = self._bids[-at] if buy else self._asks[at]
        queue[queue.index(number)] = NOBODY
        return self.enter(number, buy, price, qty, owner, DAY, matching)

    def cross(self, price: int, qty: int) -> list[Trade]:
        """Trade `qty` tonnes at one price, best orders of both sides first.

        The trades name buyer, seller, price and quantity. Both sides must have that much.
        """
        trades: list[Trade] = []
        left = self.left
        while qty:
            buy = self._first(self._bids, self._bid_heap)
            sell = self._first(self._asks, self._ask_heap)
            part = min(left[buy], left[sell], qty)
            trades.append((buy, sell, price, part))
            for number in (buy, sell):
                left[number] -= part
                if not left[number]:
                    del left[number]
            qty -= part
        return trades

    def depth(self, levels: int | None = None) -> tuple[list[DepthLevel], list[DepthLevel]]:
        """Bids and asks by level (盘口), best first; all levels or the first few."""
        bids, asks = (
            [
                (None if is_any_price(abs(key)) else abs(key), len(numbers), sum(tonnes))
                for key, numbers, tonnes in islice(self._open(side, heap), levels)
            ]
            for side, heap in self._sides()
        )
        return bids, asks

    def state_hash(self) -> str:
        """SHA-256 of number and tonnes of all open orders, in the order in which they came.

        That order is their priority at every price; the price itself belongs to the number.
        """
        columns = (self.left.keys(), self.left.values())
        told = [pack(f"<{len(self.left)}q", *column) for column in columns]
        return sha256(b"".join(told)).hexdigest()

    def _sides(self) -> Iterator[tuple[Queues, list[int]]]:
        yield self._bids, self._bid_heap
        yield self._asks, self._ask_heap

    def _open(self, side: Queues, heap: list[int]) -> Iterator[tuple[int, list[int], list[int]]]:
        """Key, numbers and tonnes of the levels with open orders, best first."""
        left = self.left
        for key in sorted(heap):
            numbers = [number for number in side[key] if number in left]
            if numbers:
                yield key, numbers, [left[number] for number in numbers]

    def _within_reach(self, buy: bool, limit: int, qty: int, owner: int | str) -> int:
        """Tonnes an entering order could trade, counted until they are `qty`."""
        side, heap = (self._asks, self._ask_heap) if buy else (self._bids, self._bid_heap)
        shuns = self.prevent_own_trades and owner != ""
        found = 0
        for key, numbers, tonnes in self._open(side, heap):
            if key > limit or found >= qty:
                break
            for number, left in zip(numbers, tonnes, strict=True):
                if shuns and self._owners[number] == owner:
                    return found
                found += left
        return found

    def _first(self, side: Queues, heap: list[int]) -> int:
        """The open order of a side that trades next; there must be one."""
        while True:
            queue = side[heap[0]]
            while queue:
                if queue[0] in self.left:
                    return queue[0]
                queue.popleft()
            heappop(heap)

    def _sweep(self) -> None:
        """Drop the numbers of withdrawn orders from the queues, and prices without an order."""
        for side, heap in self._sides():
            open_levels = {key: deque(numbers) for key, numbers, _ in self._open(side, heap)}
            side.clear()
            side.update(open_levels)
            heap[:] = sorted(open_levels)
        if self.prevent_own_trades:
            self._owners = {number: self._owners[number] for number in self.left}
        self._withdrawn = 0
