"""What changes in an order once it is written: what remains, where it stands, what it holds."""

from collections.abc import Sequence

from django.db import connection

from openets.trading.models import Order

_UPDATE = """
update trading_order o
set remaining = n.remaining, state = n.state, held_amounts = n.held_amounts::bigint[]
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
  as n(id, remaining, state, held_amounts)
where o.id = n.id"""


def write_changes(orders: Sequence[Order]) -> None:
    """Write what changed in these orders by one statement."""
    if not orders:
        return
    # Arrays in an array must be of one length; as texts they need not.
    held = ["{" + ",".join(map(str, order.held_amounts)) + "}" for order in orders]
    columns = (
        [order.id for order in orders],
        [order.remaining for order in orders],
        [str(order.state) for order in orders],
        held,
    )
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, columns)
