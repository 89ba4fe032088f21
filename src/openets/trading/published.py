"""What the exchange publishes of many products or over many days, read with few questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.rulebook.load import Law
from openets.trading.models import (
    ON_THE_BOOK,
    DailySheet,
    FloorBatch,
    Order,
    OrderState,
    Product,
    Trade,
)
from openets.trading.terms import read_terms


@dataclass(frozen=True, slots=True)
class Tick:
    """A trade as candles need it."""

    at: datetime
    price_fen: Fen
    volume_t: Tonnes
    turnover_fen: Fen


@dataclass(frozen=True, slots=True)
class ModeSum:
    """What one product traded by one method."""

    product: str
    method: str
    trades: int
    volume_t: Tonnes
    turnover_fen: Fen


Best = tuple[int | None, int | None]
"""The best bid and the best ask, in fen."""


def last_sheets() -> dict[int, DailySheet]:
    """The last published day of each product, by product id. Source: CQETS-20."""
    rows = DailySheet.objects.order_by("product_id", "-day").distinct("product_id")
    return {sheet.product_id: sheet for sheet in rows}


def recent_closes(days: int) -> dict[int, list[int]]:
    """The closes of each product on the last published days, oldest first, by product id."""
    told = DailySheet.objects.values_list("day", flat=True).distinct().order_by("-day")[:days]
    found: dict[int, list[int]] = {}
    rows = DailySheet.objects.filter(day__in=list(told)).order_by("day")
    for product, close in rows.values_list("product_id", "close_fen"):
        found.setdefault(product, []).append(close)
    return found


def references(products: Iterable[Product], *, law: Law, day: date) -> dict[int, int]:
    """The reference price of each product on a day in fen, by product id. Source: CQETS-21."""
    asked = list(products)
    terms = read_terms(products=asked, law=law, day=day)
    return {product.pk: terms[product.code].reference_fen for product in asked}


def days_so_far(day: date, references: Mapping[int, int]) -> dict[int, DailySheet]:
    """The running day of each product in the shape of its sheet, not kept; by product id.

    `references` are in fen, by product id. Deals and auctions stand apart. Source: CQETS-20.
    """
    rows = _on_the_book().filter(day=day, product__in=references).values("product").order_by()
    sums: dict[int, Mapping[str, int]] = {
        row["product"]: cast("Mapping[str, int]", row)
        for row in rows.annotate(
            first=Min("id"),
            last=Max("id"),
            high=Max("price_fen"),
            low=Min("price_fen"),
            volume=Sum("qty"),
            money=Sum("turnover_fen"),
            n=Count("id"),
        )
    }
    ends = [row[end] for row in sums.values() for end in ("first", "last")]
    prices = dict(Trade.objects.filter(pk__in=ends).values_list("pk", "price_fen"))
    deals = _deals_on(day)
    found = {}
    for product, reference in references.items():
        row, apart = sums.get(product, {}), deals.get(product, {})
        found[product] = DailySheet(
            product_id=product,
            day=day,
            reference_fen=reference,
            open_fen=prices[row["first"]] if row else None,
            high_fen=row.get("high"),
            low_fen=row.get("low"),
            close_fen=prices[row["last"]] if row else reference,
            volume_t=row.get("volume", 0),
            turnover_fen=row.get("money", 0),
            trades=row.get("n", 0),
            deal_volume_t=apart.get("volume", 0),
            deal_turnover_fen=apart.get("money", 0),
            deals=apart.get("n", 0),
        )
    return found


def best_prices() -> dict[int, Best]:
    """The best open bid and ask of each product, by product id."""
    rows = Order.objects.filter(
        state=OrderState.RESTING, price_fen__isnull=False, method__in=ON_THE_BOOK
    )
    found: dict[int, Best] = {}
    for row in rows.values("product", "buy").annotate(low=Min("price_fen"), high=Max("price_fen")):
        bid, ask = found.get(row["product"], (None, None))
        found[row["product"]] = (row["high"], ask) if row["buy"] else (bid, row["low"])
    return found


def sheets_between(since: date, until: date) -> list[DailySheet]:
    """The daily sheets of these days, the last included, the newest first. Source: CQETS-20."""
    rows = DailySheet.objects.filter(day__range=(since, until)).select_related("product")
    return list(rows.order_by("-day", "product__code"))


def first_day() -> date | None:
    """The first day with a sheet."""
    found: date | None = DailySheet.objects.aggregate(first=Min("day"))["first"]
    return found


def modes_between(since: date, until: date) -> list[ModeSum]:
    """What each product traded by each method (交易方式) on these days. Source: CQETS-17."""
    rows = Trade.objects.filter(day__range=(since, until), cancelled_at=None)
    sums = rows.values("product__code", "method").annotate(
        n=Count("id"), volume=Sum("qty"), money=Sum("turnover_fen")
    )
    return [
        ModeSum(
            row["product__code"], row["method"], row["n"], Tonnes(row["volume"]), Fen(row["money"])
        )
        for row in sums.order_by("product__code", "method")
    ]


def ticks_between(product: Product, since: date, until: date) -> list[Tick]:
    """The book's trades of a product on these days, oldest first, without participants."""
    rows = _on_the_book().filter(product=product, day__range=(since, until)).order_by("id")
    return [
        Tick(at, Fen(price), Tonnes(qty), Fen(money))
        for at, price, qty, money in rows.values_list("at", "price_fen", "qty", "turnover_fen")
    ]


def trading_days(product: Product, until: date, count: int) -> list[date]:
    """The last days on which a product traded on the book, up to one of them, oldest first."""
    rows = _on_the_book().filter(product=product, day__lte=until)
    days = rows.order_by("-day").values_list("day", flat=True).distinct()[:count]
    return sorted(days)


def last_batch() -> int:
    """The number of the floor's last batch; 0 before the first. It grows with every change."""
    return FloorBatch.objects.aggregate(last=Max("number"))["last"] or 0


def order_counts(day: date) -> dict[str, int]:
    """How many orders entered on a day stand in each state; states without any are left out."""
    rows = Order.objects.filter(entered_at__gte=at(day, 0), entered_at__lte=at(day, 23, 59, 59))
    counts = rows.values_list("state").annotate(n=Count("id")).order_by()
    return dict(counts)


def participants_on(day: date) -> int:
    """How many organisations traded on a day."""
    rows = Trade.objects.filter(day=day, cancelled_at=None)
    sides = rows.values_list("buyer").union(rows.values_list("seller"))
    return sides.count()


def _on_the_book() -> QuerySet[Trade]:
    """The trades that make prices: neither deals and auctions nor what was cancelled."""
    return Trade.objects.filter(method__in=ON_THE_BOOK, cancelled_at=None)


def _deals_on(day: date) -> dict[int, Mapping[str, int]]:
    """Volume, money and number of a day's deals and auctions, by product id."""
    rows = Trade.objects.filter(~Q(method__in=ON_THE_BOOK), day=day, cancelled_at=None)
    sums = rows.values("product").annotate(
        volume=Sum("qty"), money=Sum("turnover_fen"), n=Count("id")
    )
    return {row["product"]: cast("Mapping[str, int]", row) for row in sums.order_by()}
