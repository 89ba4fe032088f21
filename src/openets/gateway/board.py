"""What is published of a product: depth, trades and the figures of the day, numbered. Pure.

An event is its name and its JSON. `seq` counts a product's events without a gap as long as one
floor runs; another floor begins above all numbers of the one before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SNAPSHOT, DEPTH, TRADES, DAY = "snapshot", "depth", "trades", "day"
LAST_TRADES = 50

Event = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Figures:
    """A product's running day in fen and tonnes. Source: CQETS-20."""

    reference_fen: int
    open_fen: int | None = None
    high_fen: int | None = None
    low_fen: int | None = None
    last_fen: int | None = None
    volume_t: int = 0
    turnover_fen: int = 0

    def add(self, price_fen: int, qty_t: int) -> None:
        """Count a trade."""
        if self.open_fen is None:
            self.open_fen = self.high_fen = self.low_fen = price_fen
        assert self.high_fen is not None
        assert self.low_fen is not None
        self.high_fen, self.low_fen = max(self.high_fen, price_fen), min(self.low_fen, price_fen)
        self.last_fen = price_fen
        self.volume_t += qty_t
        self.turnover_fen += price_fen * qty_t

    def as_json(self) -> dict[str, Any]:
        """The figures as published."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class News:
    """How a product stands after a batch, and what traded in it; the oldest trade first."""

    product: str
    at: str
    """ISO 8601."""
    bids: Sequence[tuple[int | None, int]]
    """Price in fen (none: at any price) and tonnes, the best five, best first."""
    asks: Sequence[tuple[int | None, int]]
    day: Mapping[str, Any]
    """The figures and the `phase`."""
    trades: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True)
class Board:
    """A product as last published; the floor and every reader of its events keep the same one."""

    product: str
    seq: int
    depth: dict[str, Any] = field(default_factory=lambda: {"bids": [], "asks": []})
    trades: list[Mapping[str, Any]] = field(default_factory=list)
    day: dict[str, Any] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take an event in."""
        name, data = event
        self.seq = data["seq"]
        if name in {DEPTH, SNAPSHOT}:
            self.depth = data["depth"] if name == SNAPSHOT else data
        if name in {DAY, SNAPSHOT}:
            self.day = data["day"] if name == SNAPSHOT else data
        if name == SNAPSHOT:
            self.trades = list(data["trades"])
        if name == TRADES:
            self.trades = [*self.trades, *data["trades"]][-LAST_TRADES:]

    def snapshot(self) -> Event:
        """All of it as one event, under the number of the last one."""
        return SNAPSHOT, {
            "seq": self.seq,
            "product": self.product,
            "depth": self.depth,
            "trades": self.trades,
            "day": self.day,
        }


class Publisher:
    """Makes numbered events of news, at most one of a kind and product in an interval.

    In between the depth and the day are overwritten by newer ones and the trades gather.
    """

    def __init__(self, *, first_seq: int, interval_seconds: float) -> None:
        """`first_seq` is above every number used before."""
        self._first_seq, self._interval = first_seq, interval_seconds
        self._boards: dict[str, Board] = {}
        self._waiting: dict[str, News] = {}
        self._next: dict[str, float] = {}

    def take(self, news: Iterable[News]) -> None:
        """Keep news until they are due."""
        for latest in news:
            before = self._waiting.get(latest.product)
            trades = [*before.trades, *latest.trades] if before else latest.trades
            self._waiting[latest.product] = News(
                latest.product, latest.at, latest.bids, latest.asks, latest.day, trades
            )

    def due(self, now: float) -> list[Event]:
        """The events to publish at a moment, in seconds of any clock that only goes forward."""
        ready = [p for p in self._waiting if self._next.get(p, now) <= now]
        events: list[Event] = []
        for product in ready:
            made = self._published(self._waiting.pop(product))
            if made:
                self._next[product] = now + self._interval
            events += made
        return events

    def wait_seconds(self, now: float) -> float | None:
        """How long until something waiting is due; None when nothing waits."""
        return min((max(0.0, self._next.get(p, now) - now) for p in self._waiting), default=None)

    def snapshots(self) -> list[Event]:
        """Everything as last published."""
        return [board.snapshot() for board in self._boards.values()]

    def _published(self, news: News) -> list[Event]:
        board = self._boards.setdefault(news.product, Board(news.product, self._first_seq))
        depth = {"bids": [list(b) for b in news.bids], "asks": [list(a) for a in news.asks]}
        events: list[Event] = []
        if any(board.depth[side] != depth[side] for side in depth):
            events.append((DEPTH, {"at": news.at, **depth}))
        if news.trades:
            events.append((TRADES, {"trades": list(news.trades)}))
        if any(board.day.get(name, self) != value for name, value in news.day.items()):
            events.append((DAY, dict(news.day)))
        for name, data in events:
            data |= {"seq": board.seq + 1, "product": news.product}
            board.apply((name, data))
        return events
