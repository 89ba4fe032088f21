"""What may be asked of the exchange: quotes, depth, trades, daily sheets."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet, Sum

from openets.kernel.quantity import Fen
from openets.parties.models import Organisation
from openets.trading.models import DailySheet, Order, OrderState, Product, Trade

DEPTH_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Level:
    """A price level: fen a tonne, tonnes and number of orders."""

    price_fen: Fen
    qty: int
    orders: int


@dataclass(frozen=True, slots=True)
class Turnover:
    """Sums over trades."""

    trades: int
    volume_t: int
    turnover_fen: Fen


def products() -> list[Product]:
    """The listed products."""
    return list(Product.objects.all())


def sheets(product: Product) -> list[DailySheet]:
    """A product's daily sheets (日行情), oldest first. Source: CQETS-20."""
    return list(DailySheet.objects.filter(product=product).order_by("day"))


def last_day() -> date | None:
    """The last trading day with a sheet."""
    last: date | None = DailySheet.objects.aggregate(last=Max("day"))["last"]
    return last


def tape(product: Product, limit: int = 30) -> list[Trade]:
    """The latest trades of a product, newest first; no participant is named. Source: CQETS-20."""
    return list(Trade.objects.filter(product=product).order_by("-id")[:limit])


def depth(product: Product) -> tuple[list[Level], list[Level]]:
    """Bids and asks of the open orders, best five levels each."""
    sides: dict[bool, list[Level]] = {}
    for buy in (True, False):
        rows = Order.objects.filter(
            product=product, state=OrderState.RESTING, buy=buy, price_fen__isnull=False
        )
        levels = rows.values("price_fen").annotate(qty=Sum("remaining"), orders=Count("id"))
        ordered = levels.order_by("-price_fen" if buy else "price_fen")[:DEPTH_LEVELS]
        sides[buy] = [Level(Fen(r["price_fen"] or 0), r["qty"], r["orders"]) for r in ordered]
    return sides[True], sides[False]


def turnover(product: Product | None = None) -> Turnover:
    """Number, volume and turnover of all trades, or of one product's."""
    rows = Trade.objects.all() if product is None else Trade.objects.filter(product=product)
    sums = rows.aggregate(n=Count("id"), volume=Sum("qty"), money=Sum("turnover_fen"))
    return Turnover(sums["n"], sums["volume"] or 0, Fen(sums["money"] or 0))


def trades_of(organisation: Organisation, limit: int = 50) -> QuerySet[Trade]:
    """An organisation's own trades, newest first."""
    own = Trade.objects.filter(Q(buyer=organisation) | Q(seller=organisation))
    return own.select_related("product").order_by("-id")[:limit]


def open_holds() -> dict[int, int]:
    """What open orders hold, by ledger account: the ledger's holds must equal it."""
    held: dict[int, int] = {}
    for order in Order.objects.filter(state=OrderState.RESTING):
        for account, amount in zip(order.held_accounts, order.held_amounts, strict=True):
            held[account] = held.get(account, 0) + amount
    return held
