"""What the page of quotes shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.core.paginator import Page

from openets.kernel.quantity import half_up
from openets.web.language import Said
from openets.web.market.candles import Interval
from openets.web.market.forms import DaysForm
from openets.web.parts import Choice, Status


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
class DepthTable:
    """Five levels of each side, best first; None where nothing waits."""

    asks: Sequence[Level | None]
    bids: Sequence[Level | None]

    @property
    def deepest_t(self) -> int:
        """The largest level, to which the bars are drawn."""
        return max((level.volume_t for level in (*self.asks, *self.bids) if level), default=0)

    @property
    def asks_from_above(self) -> Sequence[tuple[int, Level | None]]:
        """Sell five to sell one, as a screen shows them above the bids."""
        return tuple(reversed(tuple(enumerate(self.asks, 1))))


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
    reference_fen: int
    open_fen: int | None
    high_fen: int | None
    low_fen: int | None
    close_fen: int
    volume_t: int
    turnover_fen: int
    trades: int
    deal_volume_t: int
    """By deals and auctions, which move no price and count apart."""
    deal_turnover_fen: int
    deals: int
    change_fen: int
    change_ratio: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """One product on the board: the figures of its running or last day."""

    product: Product
    day: Day
    average_fen: int | None
    bid_fen: int | None
    ask_fen: int | None
    closes_fen: Sequence[int]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The quotes of every product on one trading day."""

    session: Status
    day: date
    quotes: Sequence[Quote]
    modes: Sequence["ModeRow"]

    @property
    def volume_t(self) -> int:
        """What was traded of all products."""
        return sum(quote.day.volume_t for quote in self.quotes)

    @property
    def turnover_fen(self) -> int:
        """The money it was traded for."""
        return sum(quote.day.turnover_fen for quote in self.quotes)

    @property
    def trades(self) -> int:
        """In how many trades."""
        return sum(quote.day.trades for quote in self.quotes)

    @property
    def deal_volume_t(self) -> int:
        """What deals and auctions moved besides."""
        return sum(quote.day.deal_volume_t for quote in self.quotes)

    @property
    def deal_turnover_fen(self) -> int:
        """The money of deals and auctions."""
        return sum(quote.day.deal_turnover_fen for quote in self.quotes)


@dataclass(frozen=True, slots=True)
class ModeRow:
    """What one product traded by one method."""

    product: Product
    mode: Said
    trades: int
    volume_t: int
    turnover_fen: int

    @property
    def average_fen(self) -> int:
        """Turnover by volume, half-up to the fen."""
        return int(half_up(Decimal(self.turnover_fen) / self.volume_t))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A product's published day."""

    product: Product
    day: Day
    average_fen: int | None


@dataclass(frozen=True, slots=True)
class SheetsPage:
    """Published daily sheets from one day to another: `rows` is a page of `SheetRow`."""

    form: DaysForm
    rows: Page[Any]
    modes: Sequence[ModeRow]
    products: Sequence[Choice]
    product: str
    since: date
    until: date
    query: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A month, week, year or day of what a source tells."""

    start: date
    open_fen: int
    high_fen: int
    low_fen: int
    close_fen: int
    average_fen: int
    volume_t: int
    turnover_fen: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Real trading days of former years as one source tells them, by `interval`."""

    sources: Sequence[Choice]
    code: str
    name: Said
    note: Said
    first: date
    last: date
    days: int
    volume_t: int
    turnover_fen: int
    highest: HistoryRow
    lowest: HistoryRow
    interval: Interval
    rows: Page[Any]
    candles_href: str


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
    depth: DepthTable
    tape: Sequence[Tick]
    days: Sequence[Day]
    candles_href: str
    snapshot_href: str
