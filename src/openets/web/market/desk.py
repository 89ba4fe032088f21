"""What the screen of a trader shows: quotes, what an order may be, and what is one's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from openets.web.language import Said
from openets.web.market.forms import OrderForm
from openets.web.market.page import DepthTable, Product, Tick
from openets.web.parts import Status


@dataclass(frozen=True, slots=True)
class Hints:
    """What an order of the product must meet today, in fen and tonnes."""

    tick_fen: int
    lot_t: int
    low_fen: int | None
    high_fen: int | None
    fee_ratio: Decimal


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One's own order and what became of it."""

    number: int
    at: datetime
    product: str
    buy: bool
    price_fen: int | None
    qty_t: int
    remaining_t: int
    tif: Said
    status: Status
    refusal: str
    is_open: bool

    @property
    def traded_t(self) -> int:
        """What traded of it; of a refused order nothing did."""
        return 0 if self.refusal else self.qty_t - self.remaining_t


@dataclass(frozen=True, slots=True)
class OwnTrade:
    """One's own trade with the fee of one's side."""

    number: int
    at: datetime
    product: str
    buy: bool
    price_fen: int
    qty_t: int
    turnover_fen: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """Units of one lot on the trading account: free, in open orders, and locked by cause."""

    lot: Said
    code: str
    is_of_product: bool
    total_t: int
    available_t: int
    reserved_t: int
    locks: Sequence[tuple[Said, int]]


@dataclass(frozen=True, slots=True)
class Mine:
    """What an organisation may use now, and its orders, trades and holdings of the day."""

    cash_available_fen: int | None
    cash_reserved_fen: int | None
    sellable_t: int
    bought_today_t: int
    orders: Sequence[OrderRow]
    trades: Sequence[OwnTrade]
    lots: Sequence[LotRow]

    @property
    def open_orders(self) -> int:
        """How many orders wait in the book."""
        return sum(order.is_open for order in self.orders)


@dataclass(frozen=True, slots=True)
class TradePage:
    """The screen of a trader on one product.

    `mine` is None for whoever only watches; `missing` says which accounts are lacking.
    """

    products: Sequence[Product]
    product: Product
    session: Status
    is_closed: bool
    last_fen: int | None
    change_fen: int | None
    change_ratio: Decimal | None
    reference_fen: int
    open_fen: int | None
    high_fen: int | None
    low_fen: int | None
    average_fen: int | None
    volume_t: int
    turnover_fen: int
    hints: Hints
    depth: DepthTable
    tape: Sequence[Tick]
    candles_href: str
    snapshot_href: str
    mine_href: str
    orders_href: str
    mine: Mine | None
    missing: bool
    form: OrderForm
