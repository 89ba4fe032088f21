"""The order book of one product: price first, then time (价格优先、时间优先).

Prices are whole numbers of a unit the caller chooses (fen on the floor), quantities whole tonnes.
The book checks no rule of the market: `limits` does, before an order enters. It reads no clock;
time priority is the order in which its methods are called, so the same calls give the same book.
"""

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from heapq import heappop, heappush
from itertools import islice

OrderId = int | str
Trade = tuple[OrderId, OrderId, int, int]
"""The resting order, the entering order, price, quantity; out of `cross`: buyer, seller, ..."""

DepthLevel = tuple[int | None, int, int]
"""Price (None for market orders waiting for a call auction), number of orders, quantity."""

DAY = "day"
"""What is left rests in the book."""
IOC = "ioc"
"""What is left expires at once."""
FOK = "fok"
"""Trades whole at once or expires whole."""

BUY_AT_ANY_PRICE = 10**100
SELL_AT_ANY_PRICE = 0
"""A market order is a limit order at a price no limit order can better."""

SPARSE = 16
"""Withdrawn orders a level may keep queued beyond twice the open ones before they are swept."""


def is_any_price(price: int) -> bool:
    """Whether `price` is the one of market orders."""
    return price in {BUY_AT_ANY_PRICE, SELL_AT_ANY_PRICE}


class Order:
    """An order and what remains of it: `qty` is 0 once it has traded or been withdrawn."""

    __slots__ = ("buy", "id", "level", "owner", "price", "qty", "tif")

    def __init__(
        self,
        order_id: OrderId,
        buy: bool,
        price: int,
        qty: int,
        owner: int | str = "",
        tif: str = DAY,
    ) -> None:
        """`price` in units of the book, or one of the two prices of market orders; `qty` in t.

        An `owner` left empty owns nothing together with another.
        """
        self.id = order_id
        self.buy = buy
        self.price = price
        self.qty = qty
        self.owner = owner
        self.tif = tif
        self.level: Level  # Set when the order rests; an order that never rests has none.

    @property
    def at_market(self) -> bool:
        """Whether the order takes any price (市价)."""
        return is_any_price(self.price)

    @property
    def may_rest(self) -> bool:
        """Whether what is left of it stays in the book."""
        return self.tif == DAY and not self.at_market


class Level:
    """The orders of one side at one price, first come first."""

    __slots__ = ("price", "queue", "seal", "withdrawn")

    def __init__(self, price: int) -> None:
        self.price = price
        self.queue: deque[Order] = deque()  # Withdrawn orders stay, empty, until met or swept.
        self.withdrawn = 0  # Withdrawals since the last sweep.
        self.seal: bytes | None = None  # Digest of the open orders; None after a change.

    def __iter__(self) -> Iterator[Order]:
        """The open orders, first come first."""
        return (order for order in self.queue if order.qty)

    def sweep(self) -> None:
        """Drop withdrawn orders once they may be half of the queue, so that it stays short."""
        self.withdrawn += 1
        if self.withdrawn > SPARSE and 2 * self.withdrawn > len(self.queue):
            self.queue = deque(self)
            self.withdrawn = 0

    def sealed(self) -> bytes:
        """Digest of price and open orders in their priority."""
        if self.seal is None:
            orders = list(self)
            columns = (
                [order.id for order in orders],
                [order.qty for order in orders],
                [order.owner for order in orders],
                [order.tif for order in orders],
            )
            self.seal = sha256(ascii((self.price, columns)).encode("ascii")).digest()
        return self.seal


class Side:
    """One side's levels under a key that is smallest for the best price."""

    __slots__ = ("heap", "levels")

    def __init__(self) -> None:
        self.levels: dict[int, Level] = {}
        self.heap: list[int] = []  # Keys of all levels; an empty one goes when it is met.

    def best_first(self) -> Iterator[tuple[int, Level]]:
        """The levels with open orders and their keys."""
        levels = ((key, self.levels[key]) for key in sorted(self.levels))
        return ((key, level) for key, level in levels if any(level))

    def first(self) -> Order:
        """The open order that trades next; there must be one."""
        while True:
            queue = self.levels[self.heap[0]].queue
            while queue:
                if queue[0].qty:
                    return queue[0]
                queue.popleft()
            del self.levels[heappop(self.heap)]


class Book:
    """Open orders of one product and the matching of those that enter.

    `orders` maps the id of every open order to it, oldest first; read it, never change it.
    """

    __slots__ = ("_asks", "_bids", "orders", "prevent_own_trades")

    def __init__(self, *, prevent_own_trades: bool = False) -> None:
        """With `prevent_own_trades` an entering order expires where it meets its owner's own."""
        self.orders: dict[OrderId, Order] = {}
        self.prevent_own_trades = prevent_own_trades
        self._bids = Side()
        self._asks = Side()

    def enter(self, order: Order) -> list[Trade]:
        """Match a new order at the prices of the resting ones; let what is left rest or expire.

        Afterwards `order.qty` is what is left; it rests where `orders` has the order's id.
        """
        price = order.price
        if order.buy:
            side, limit = self._asks, price
        else:
            side, limit = self._bids, -price
        trades: list[Trade] = []
        if side.heap and side.heap[0] <= limit:
            if order.tif == FOK and self._within_reach(order, side, limit) < order.qty:
                return trades
            self._match(order, side, limit, trades)
        if order.qty and order.tif == DAY and SELL_AT_ANY_PRICE < price < BUY_AT_ANY_PRICE:
            self.rest(order)
        return trades

    def rest(self, order: Order) -> None:
        """Queue an order without matching: before a call auction, or to rebuild a book.

        Open orders rested again in their priority make a book of the same state.
        """
        assert order.id not in self.orders, "an open order's id is its own"
        price = order.price
        if order.buy:
            side, key = self._bids, -price
        else:
            side, key = self._asks, price
        level = side.levels.get(key)
        if level is None:
            level = side.levels[key] = Level(price)
            heappush(side.heap, key)
        order.level = level
        level.queue.append(order)
        level.seal = None
        self.orders[order.id] = order

    def withdraw(self, order_id: OrderId) -> int:
        """Take an order out (撤单) and give the tonnes that remained; 0 when it is not open."""
        order = self.orders.pop(order_id, None)
        if order is None:
            return 0
        qty, order.qty = order.qty, 0
        level = order.level
        level.seal = None
        level.sweep()
        return qty

    def replace(
        self, order_id: OrderId, price: int, qty: int, *, matching: bool = True
    ) -> list[Trade] | None:
        """Give an open order another price or another remaining quantity; None when none is open.

        Less at the same price keeps its place. Anything else goes to the back of its level, and
        with `matching` may trade.
        """
        order = self.orders.get(order_id)
        if order is None:
            return None
        if price == order.price and qty < order.qty:
            order.qty = qty
            order.level.seal = None
            return []
        self.withdraw(order_id)
        again = Order(order_id, order.buy, price, qty, owner=order.owner, tif=order.tif)
        if matching:
            return self.enter(again)
        self.rest(again)
        return []

    def cross(self, price: int, qty: int) -> list[Trade]:
        """Trade `qty` tonnes at one price, best orders of both sides first.

        The trades name buyer, seller, price and quantity. Both sides must have that much.
        """
        trades: list[Trade] = []
        while qty:
            buy, sell = self._bids.first(), self._asks.first()
            part = min(buy.qty, sell.qty, qty)
            trades.append((buy.id, sell.id, price, part))
            self._reduce(buy, part)
            self._reduce(sell, part)
            qty -= part
        return trades

    def left(self, order_id: OrderId) -> int:
        """What remains of an order in the book; 0 when it is not open."""
        order = self.orders.get(order_id)
        return 0 if order is None else order.qty

    def depth(self, levels: int | None = None) -> tuple[list[DepthLevel], list[DepthLevel]]:
        """Bids and asks by level (盘口), best first; all levels or the first few."""
        bids, asks = (
            [
                (
                    None if is_any_price(level.price) else level.price,
                    sum(1 for _ in level),
                    sum(order.qty for order in level),
                )
                for _, level in islice(side.best_first(), levels)
            ]
            for side in (self._bids, self._asks)
        )
        return bids, asks

    def state_hash(self) -> str:
        """SHA-256 of all open orders in their priority.

        Levels unchanged since the last call are not read again, so that hashing after every
        batch costs what the batch touched.
        """
        digest = sha256()
        for name, side in ((b"bids", self._bids), (b"asks", self._asks)):
            digest.update(name)
            for _, level in side.best_first():
                digest.update(level.sealed())
        return digest.hexdigest()

    def _match(self, order: Order, side: Side, limit: int, trades: list[Trade]) -> None:
        taker_id, left, orders = order.id, order.qty, self.orders
        levels, heap = side.levels, side.heap
        shunned = (order.owner or None) if self.prevent_own_trades else None
        while left and heap and heap[0] <= limit:
            level = levels[heap[0]]
            level.seal = None
            price, queue = level.price, level.queue
            while queue:
                maker = queue[0]
                qty = maker.qty
                if qty:
                    if shunned is not None and maker.owner == shunned:
                        order.qty, order.tif = left, IOC
                        return
                    if qty > left:
                        trades.append((maker.id, taker_id, price, left))
                        maker.qty = qty - left
                        left = 0
                        break
                    trades.append((maker.id, taker_id, price, qty))
                    left -= qty
                    maker.qty = 0
                    del orders[maker.id]
                queue.popleft()
                if not left:
                    break
            if not queue:
                del levels[heappop(heap)]
        order.qty = left

    def _within_reach(self, order: Order, side: Side, limit: int) -> int:
        shunned = (order.owner or None) if self.prevent_own_trades else None
        qty = 0
        for key, level in side.best_first():
            if key > limit or qty >= order.qty:
                break
            for maker in level:
                if maker.owner == shunned:
                    return qty
                qty += maker.qty
        return qty

    def _reduce(self, order: Order, qty: int) -> None:
        order.qty -= qty
        order.level.seal = None
        if not order.qty:
            del self.orders[order.id]
