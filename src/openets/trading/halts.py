"""What interventions in force say of a product: whether it is halted, and its price limit."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from openets.kernel.clock import MARKET_ZONE
from openets.trading.causes import CAUSES, Cause
from openets.trading.models import Intervention, InterventionKind, Product
from openets.trading.risk import TradingHalted


def halts() -> QuerySet[Intervention]:
    """The halts in force (暂停交易), the earliest first. Source: BJETS-18b."""
    found = Intervention.objects.filter(
        kind=InterventionKind.HALT, carried_out_at__isnull=False, ended_at=None
    )
    return found.select_related("product").order_by("carried_out_at", "id")


def halted_products(products: Iterable[Product]) -> dict[str, TradingHalted]:
    """Why no orders of a product are taken now, by its code; others are left out."""
    found: dict[str, TradingHalted] = {}
    asked = list(products)
    for halt in halts():
        for product in asked:
            if halt.product_id in (None, product.pk):
                found.setdefault(product.code, _refusal(halt))
    return found


def changed_price_limits(products: Iterable[Product], day: date) -> dict[int, Decimal]:
    """The price limits changed by decision (调整涨跌幅) for a day, by product id.

    The latest decision counts, one of the product or of the whole market. Source: CQETS-17.2.
    """
    changes = Intervention.objects.filter(
        Q(until_date=None) | Q(until_date__gte=day),
        kind=InterventionKind.PRICE_LIMIT,
        carried_out_at__isnull=False,
        from_date__lte=day,
    )
    found: dict[int, Decimal] = {}
    asked = list(products)
    for change in changes.order_by("from_date", "id"):
        assert change.ratio is not None, "a change of the price limit names the new one"
        for product in asked:
            if change.product_id in (None, product.pk):
                found[product.pk] = change.ratio
    return found


def _refusal(halt: Intervention) -> TradingHalted:
    assert halt.carried_out_at is not None, "a halt in force was carried out"
    zh, en = CAUSES[Cause(halt.cause)]
    since = halt.carried_out_at.astimezone(MARKET_ZONE)
    return TradingHalted(
        scope_zh=halt.product.code if halt.product else "全市场",
        scope_en=f"{halt.product.code} is" if halt.product else "The whole market is",
        since=since.strftime("%Y-%m-%d %H:%M:%S"),
        cause_zh=zh,
        cause_en=en,
        reason=halt.announcement,
    )
