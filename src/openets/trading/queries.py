"""What may be asked of the exchange: quotes, depth, trades, daily sheets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from openets.casework import queries as cases
from openets.journal import queries as journal
from openets.kernel.clock import at as moment_of
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, half_up
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.trading.exported import TABLES
from openets.trading.halts import halted_products
from openets.trading.models import (
    ON_THE_BOOK,
    DailySheet,
    FloorBatch,
    Intervention,
    InterventionKind,
    Listing,
    Order,
    OrderState,
    Product,
    Trade,
)
from openets.trading.procedures import CLOSED, MARKET_DAY
from openets.trading.risk import TradingHalted
from openets.trading.session import Phase
from openets.trading.terms import Terms, hours, read_terms

DEPTH_LEVELS = 5
_STANDING = Q(trades__cancelled_at=None)


class NoSuchProduct(Refusal):
    """Nothing of this code is listed."""

    code = "no_such_product"
    article = "CQETS-15"
    zh = "没有代码为 {product} 的交易产品"
    en = "No product of the code {product} is listed"
    remedy_zh = "请从挂牌产品中选择"
    remedy_en = "Choose one of the listed products"


class NoSuchTrade(Refusal):
    """No trade has the number."""

    code = "no_such_trade"
    article = "CQETS-22"
    zh = "没有编号为 {trade} 的成交"
    en = "There is no trade {trade}"
    remedy_zh = "请核对成交编号"
    remedy_en = "Check the number"


class NoSuchHalt(Refusal):
    """No decision to halt has the number."""

    code = "no_such_halt"
    article = "BJETS-18b"
    zh = "没有编号为 {number} 的暂停交易决定"
    en = "There is no decision {number} to halt trading"
    remedy_zh = "请从列表中选择"
    remedy_en = "Choose one of the list"


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


Depth = tuple[list[Level], list[Level]]
"""Bids and asks, best first."""


def product(code: str) -> Product:
    """The listed product of a code.

    Raises:
        NoSuchProduct.
    """
    found = Product.objects.filter(code=code).first()
    if found is None:
        raise NoSuchProduct(product=code)
    return found


def allowances_of(year: int) -> Product:
    """The listed product of a year's allowances.

    Raises:
        NoSuchProduct.
    """
    found = Product.objects.filter(unit="allowance", vintage_year=year).first()
    if found is None:
        raise NoSuchProduct(product=str(year))
    return found


def products() -> list[Product]:
    """The listed products."""
    return list(Product.objects.all())


def phases(*, law: Law, day: date) -> tuple[Phase, ...]:
    """The phases (交易时段) of a trading day. Source: CQETS-17."""
    return hours(law=law, day=day)


def terms(product: Product, *, law: Law, day: date) -> Terms:
    """Reference, limits and hours of a product on a day. Source: CQETS-17.2, CQETS-21."""
    return read_terms(products=[product], law=law, day=day)[product.code]


def sheets(product: Product) -> list[DailySheet]:
    """A product's daily sheets (日行情), oldest first. Source: CQETS-20."""
    return list(DailySheet.objects.filter(product=product).order_by("day"))


def last_day() -> date | None:
    """The last trading day with a sheet."""
    last: date | None = DailySheet.objects.aggregate(last=Max("day"))["last"]
    return last


def unclosed_day(*, before: date) -> date | None:
    """The first market day before a day that was traded and not closed (未日结).

    Source: CQETS-23.
    """
    found = cases.outside(MARKET_DAY, CLOSED).filter(subject__lt=before.isoformat()).first()
    return date.fromisoformat(found.subject) if found else None


def floor_day() -> date | None:
    """The day on which the floor last took commands."""
    last = FloorBatch.objects.order_by("-number").first()
    return market_date(last.at) if last else None


def tape(product: Product, day: date, limit: int = 30) -> list[Trade]:
    """The latest trades of a product on a day, newest first, without participants.

    Source: CQETS-20.
    """
    return list(
        Trade.objects.filter(product=product, day=day, cancelled_at=None).order_by("-id")[:limit]
    )


def day_so_far(product: Product, day: date, reference_fen: int) -> DailySheet:
    """A product's running day in the shape of its sheet, not kept; the close is the last price.

    Source: CQETS-20.
    """
    trades = Trade.objects.filter(
        product=product, day=day, method__in=ON_THE_BOOK, cancelled_at=None
    ).order_by("id")
    prices = [price for (price,) in trades.values_list("price_fen")]
    sums = trades.aggregate(volume=Sum("qty"), money=Sum("turnover_fen"))
    return DailySheet(
        product=product,
        day=day,
        reference_fen=reference_fen,
        open_fen=prices[0] if prices else None,
        high_fen=max(prices, default=None),
        low_fen=min(prices, default=None),
        close_fen=prices[-1] if prices else reference_fen,
        volume_t=sums["volume"] or 0,
        turnover_fen=sums["money"] or 0,
        trades=len(prices),
    )


def depth(product: Product) -> Depth:
    """Bids and asks of the open orders, best five levels each."""
    return _depth(Order.objects.filter(product=product, state=OrderState.RESTING))


def average_price_fen(product: Product, *, since: date, until: date) -> Fen | None:
    """The volume-weighted average of the book's trades in a time, both days included.

    Half-up to the fen; None without trades. Source: CQETS-17.
    """
    rows = Trade.objects.filter(
        product=product, day__range=(since, until), method__in=ON_THE_BOOK
    ).aggregate(volume=Sum("qty"), money=Sum("turnover_fen"))
    return Fen(int(half_up(Fraction(rows["money"], rows["volume"])))) if rows["volume"] else None


def depth_at_close(product: Product, day: date) -> Depth:
    """Bids and asks that rested when a day closed, as the journal names them."""
    closing = journal.trail(f"day/{day}").filter(operation="trading.close_day").last()
    expired = closing.content["expired"] if closing else []
    return _depth(Order.objects.filter(product=product, id__in=expired))


def turnovers() -> dict[str, Turnover]:
    """Number, volume and turnover of every product's trades, by product code."""
    rows = Product.objects.annotate(
        n=Count("trades", filter=_STANDING),
        volume=Sum("trades__qty", filter=_STANDING),
        money=Sum("trades__turnover_fen", filter=_STANDING),
    )
    return {
        code: Turnover(n, volume or 0, Fen(money or 0))
        for code, n, volume, money in rows.values_list("code", "n", "volume", "money")
    }


def turnover(product: Product | None = None) -> Turnover:
    """Number, volume and turnover of all trades, or of one product's."""
    rows = Trade.objects.filter(cancelled_at=None)
    rows = rows if product is None else rows.filter(product=product)
    sums = rows.aggregate(n=Count("id"), volume=Sum("qty"), money=Sum("turnover_fen"))
    return Turnover(sums["n"], sums["volume"] or 0, Fen(sums["money"] or 0))


def turnovers_between(start: date, end: date) -> dict[str, Turnover]:
    """Number, volume and turnover of the trades of these days, the last included, by product."""
    rows = Trade.objects.filter(day__range=(start, end), cancelled_at=None).values_list(
        "product__code"
    )
    sums = rows.annotate(n=Count("id"), volume=Sum("qty"), money=Sum("turnover_fen"))
    return {code: Turnover(n, volume, Fen(money)) for code, n, volume, money in sums}


def trades_of(organisation: Organisation, limit: int = 50) -> QuerySet[Trade]:
    """An organisation's own trades, newest first."""
    own = Trade.objects.filter(Q(buyer=organisation) | Q(seller=organisation))
    return own.select_related("product").order_by("-id")[:limit]


def open_orders_of(organisation: Organisation) -> QuerySet[Order]:
    """An organisation's own open orders, oldest first."""
    own = Order.objects.filter(holder=organisation, state=OrderState.RESTING)
    return own.select_related("product").order_by("id")


def trades_since(after: int) -> list[dict[str, Any]]:
    """The trades numbered above `after`, as an export holds them."""
    return list(TABLES["trading_trade"](Q(pk__gt=after)))


def batches_since(after: int) -> list[dict[str, Any]]:
    """The floor's batches numbered above `after`, as an export holds them."""
    return list(TABLES["trading_floor_batch"](Q(pk__gt=after)))


def open_order_rows() -> list[dict[str, Any]]:
    """The open orders, as an export holds them."""
    return list(TABLES["trading_order"](Q(state=OrderState.RESTING)))


def product_rows() -> list[dict[str, Any]]:
    """The listed products, as an export holds them."""
    return list(TABLES["trading_product"]())


def _depth(orders: QuerySet[Order]) -> Depth:
    levels = (
        orders.filter(price_fen__isnull=False, remaining__gt=0, method__in=ON_THE_BOOK)
        .values("buy", "price_fen")
        .annotate(qty=Sum("remaining"), orders=Count("id"))
    )
    bids: list[Level] = []
    asks: list[Level] = []
    for row in levels.order_by("price_fen"):
        level = Level(Fen(row["price_fen"] or 0), row["qty"], row["orders"])
        (bids if row["buy"] else asks).append(level)
    return bids[::-1][:DEPTH_LEVELS], asks[:DEPTH_LEVELS]


def trades_between(start: date, end: date) -> QuerySet[Trade]:
    """The trades of these days, the last included, that stand, with product and parties."""
    found = Trade.objects.filter(day__range=(start, end), cancelled_at=None).order_by("id")
    return found.select_related("product", "buyer", "seller")


def first_day() -> date | None:
    """The first trading day with a sheet."""
    first: date | None = DailySheet.objects.aggregate(first=Min("day"))["first"]
    return first


def batches_of(day: date) -> list[tuple[int, datetime, list[list[Any]]]]:
    """The floor's batches of a day: number, moment, and the state and rest of each order touched.

    As the journal tells them. Source: CQETS-5.2b, CQETS-21.
    """
    start = moment_of(day, 0)
    rows = FloorBatch.objects.filter(at__gte=start, at__lt=start + timedelta(days=1))
    moments = {f"batch/{number}": (number, at) for number, at in rows.values_list("number", "at")}
    told = journal.contents("trading.batch", moments)
    return sorted((*moments[subject], content["orders"]) for subject, content in told.items())


def halted() -> dict[str, TradingHalted]:
    """Why no orders of a product are taken now, by its code. Source: BJETS-18b."""
    return halted_products(Product.objects.all())


def interventions() -> QuerySet[Intervention]:
    """All decisions on the market, newest first. Source: CQETS-21, BJETS-18b."""
    found = Intervention.objects.select_related("product", "holder", "trade__product")
    return found.order_by("-id")


def intervention(number: int) -> Intervention | None:
    """The decision of a row's number, or None."""
    return interventions().filter(pk=number).first()


def halt(number: int) -> Intervention:
    """The decision to halt of a row's number.

    Raises:
        NoSuchHalt.
    """
    found = interventions().filter(pk=number, kind=InterventionKind.HALT).first()
    if found is None:
        raise NoSuchHalt(number=number)
    return found


def listings() -> QuerySet[Listing]:
    """The decisions to list products, newest first. Source: CQETS-15."""
    return Listing.objects.order_by("-id")


def listing(number: int) -> Listing | None:
    """The decision to list of a row's number, or None."""
    return Listing.objects.filter(pk=number).first()


def trade(number: int) -> Trade:
    """The trade of a number.

    Raises:
        NoSuchTrade.
    """
    found = Trade.objects.select_related("product", "buyer", "seller").filter(pk=number).first()
    if found is None:
        raise NoSuchTrade(field="trade", trade=number)
    return found


def trades_numbered(numbers: Collection[int]) -> list[Trade]:
    """The trades of these numbers in their order."""
    found = Trade.objects.filter(pk__in=numbers)
    return list(found.select_related("product", "buyer", "seller").order_by("id"))
