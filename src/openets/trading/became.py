"""What became of orders, what traded, which day was left open: asked without asking a floor."""

from datetime import date, datetime
from typing import NamedTuple

from openets.kernel.clock import market_date
from openets.trading.models import DailySheet, Order, OrderState, Trade
from openets.trading.orders import Answer


def of_key(holder: int, key: str) -> Answer | None:
    """What became of the order that a holder gave a key; None when it never arrived."""
    order = Order.objects.filter(holder_id=holder, key=key).first()
    return _answer(order) if order else None


def of_withdrawn(holder: int, number: int) -> Answer | None:
    """What traded of a holder's order before it was withdrawn; None when it was not."""
    found = Order.objects.filter(holder_id=holder, pk=number, state=OrderState.WITHDRAWN).first()
    return _answer(found) if found else None


def still_open(holder: int, number: int) -> Order | None:
    """A holder's open order of a number; None when it is not open, or another's."""
    found = Order.objects.filter(holder_id=holder, pk=number, state=OrderState.RESTING)
    return found.select_related("product").first()


class Traded(NamedTuple):
    """A trade without its participants; the later order took what the earlier one offered."""

    number: int
    product: str
    at: datetime
    price_fen: int
    qty_t: int
    buy: int
    sell: int


def traded_after(number: int, day: date, *, product: str = "", last: int = 0) -> list[Traded]:
    """The trades of a day numbered above `number`, in order; the `last` ones, of one product.

    Source: CQETS-20.
    """
    rows = Trade.objects.filter(pk__gt=number, day=day)
    rows = rows.filter(product__code=product) if product else rows
    columns = ("id", "product__code", "at", "price_fen", "qty", "buy_id", "sell_id")
    if last:
        return [Traded(*row) for row in rows.order_by("-pk").values_list(*columns)[:last]][::-1]
    return [Traded(*row) for row in rows.order_by("pk").values_list(*columns)]


def day_left_open() -> date | None:
    """The last day on which an order was taken, if its sheets are not published.

    Source: CQETS-20.
    """
    last = Order.objects.exclude(state=OrderState.REFUSED).order_by("-id").first()
    if last is None:
        return None
    day = market_date(last.entered_at)
    return None if DailySheet.objects.filter(day=day).exists() else day


def is_closed(day: date) -> bool:
    """Whether the sheets of a day are published. Source: CQETS-20."""
    return DailySheet.objects.filter(day=day).exists()


def _answer(order: Order) -> Answer:
    return Answer(order.pk, order.state, order.qty - order.remaining)
