"""What the page of quotes shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from openets.web.language import Said
from openets.web.parts import Status


@dataclass(frozen=True, slots=True)
class Product:
    """A traded product (交易产品) that may be chosen."""

    code: str
    label: Said
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Level:
    """One price of the book with everything waiting at it."""

    price_fen: int
    volume_t: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade on the tape; `change_fen` is against the trade before."""

    at: time
    price_fen: int
    volume_t: int
    change_fen: int
    mode: Said


@dataclass(frozen=True, slots=True)
class Day:
    """One trading day of the product."""

    date: date
    open_fen: int | None
    high_fen: int | None
    low_fen: int | None
    close_fen: int
    volume_t: int
    turnover_fen: int
    trades: int
    change_fen: int
    change_ratio: Decimal


@dataclass(frozen=True, slots=True)
class MarketPage:
    """Quotes of one product: `asks` and `bids` best first, `days` newest first.

    `day` is the trading day of the figures; the depth is that of its close once it has closed.
    """

    products: Sequence[Product]
    product: Product
    session: Status
    day: date | None
    is_closed: bool
    last_fen: int | None
    change_fen: int | None
    change_ratio: Decimal | None
    reference_fen: int | None
    open_fen: int | None
    high_fen: int | None
    low_fen: int | None
    average_fen: int | None
    limit_up_fen: int | None
    limit_down_fen: int | None
    volume_t: int
    turnover_fen: int
    asks: Sequence[Level]
    bids: Sequence[Level]
    tape: Sequence[Tick]
    days: Sequence[Day]
    candles_href: str

    @property
    def deepest_t(self) -> int:
        """The largest level, to which the bars of the depth are drawn."""
        return max((level.volume_t for level in (*self.asks, *self.bids)), default=0)

    @property
    def asks_from_above(self) -> Sequence[tuple[int, Level]]:
        """Sell five to sell one, as a screen shows them above the bids."""
        return tuple(reversed(tuple(enumerate(self.asks, 1))))
