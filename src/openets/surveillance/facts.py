"""A product's day of trading as surveillance looks at it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """An order as it was entered: price in fen or None at the market, quantity in tonnes."""

    id: int
    at: datetime
    holder: str
    buy: bool
    price_fen: int | None
    qty: int


@dataclass(frozen=True, slots=True)
class Dealt:
    """A trade: its two orders and sides, price in fen, quantity in tonnes."""

    id: int
    at: datetime
    buy: int
    sell: int
    buyer: str
    seller: str
    price_fen: int
    qty: int


@dataclass(frozen=True, slots=True)
class FormerDay:
    """What the sheet of an earlier day says."""

    close_fen: int
    volume_t: int


@dataclass(frozen=True)
class TradingDay:
    """One product on one day, with what came before as far as the patterns ask for it."""

    product: str
    day: date
    reference_fen: int
    orders: Mapping[int, Entered]
    """Of the day, by number."""
    withdrawn_at: Mapping[int, datetime]
    """When its holder took an order back; what expired is not here."""
    trades: Sequence[Dealt]
    """In their order, without what was cancelled."""
    trades_before: Sequence[Dealt] = ()
    """Of the days within which a circle may close."""
    former: Sequence[FormerDay] = ()
    """The days with which this one is compared, the latest last."""
    related: Collection[frozenset[str]] = ()
    """Pairs of participants under one controller or with the same people (关联账户)."""
    closes_at: datetime | None = None
    """When the last phase of the day ends."""

    @property
    def volume_t(self) -> int:
        """What was traded."""
        return sum(trade.qty for trade in self.trades)


@dataclass(frozen=True, slots=True)
class Signal:
    """A pattern that was found: who, the numbers compared, and the evidence.

    `subject` makes it one of its kind on the day: the same pattern found again is the same signal.
    """

    pattern: str
    subject: str
    parties: tuple[str, ...]
    figures: Mapping[str, str | int]
    orders: tuple[int, ...]
    trades: tuple[int, ...]
    from_at: datetime
    until_at: datetime
