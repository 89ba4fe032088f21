"""What a participant is shown of its own trading day."""

from datetime import date

from django.db.models import Q, Sum

from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.trading.models import Order, Product, Trade


def orders_of_day(organisation: Organisation, day: date, limit: int = 100) -> list[Order]:
    """An organisation's orders (当日委托) entered on a day, newest first."""
    rows = Order.objects.filter(holder=organisation, entered_at__gte=at(day, 0))
    rows = rows.filter(entered_at__lte=at(day, 23, 59, 59))
    return list(rows.select_related("product").order_by("-id")[:limit])


def trades_of_day(organisation: Organisation, day: date, limit: int = 100) -> list[Trade]:
    """An organisation's trades (当日成交) of a day, newest first."""
    rows = Trade.objects.filter(Q(buyer=organisation) | Q(seller=organisation), day=day)
    return list(rows.select_related("product").order_by("-id")[:limit])


def bought_on(organisation: Organisation, product: Product, day: date) -> Tonnes:
    """What an organisation bought of a product on a day, which it may not sell that day.

    Source: CQETS-17.2.
    """
    rows = Trade.objects.filter(buyer=organisation, product=product, day=day, cancelled_at=None)
    return Tonnes(rows.aggregate(qty=Sum("qty"))["qty"] or 0)
