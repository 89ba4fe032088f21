"""Market days for tests of the reconciliation: traded through the floor, closed by operations."""

from datetime import date

from django.db import connection

from openets.kernel.clock import at
from openets.reconciliation import operations
from openets.reconciliation.models import Difference
from tests.exchange import DAY, PRICE, Market, open_floor, order

SECOND_DAY = date(2023, 12, 5)


def trade(market: Market, day: date = DAY, *, sold: int = 100, bought: int = 60) -> None:
    """A trading day on which E001 sells to I1, and what it did not sell expires at the close."""
    with open_floor(market, day=day) as floor:
        sell = order(market, "E001", "sell", sold, PRICE, key=f"{day}/sell")
        buy = order(market, "I1", "buy", bought, PRICE, key=f"{day}/buy")
        floor.submit([sell, buy], at=at(day, 10))
        floor.close_day(at=at(day, 15, 5))


def reconcile(market: Market, day: date = DAY, hour: int = 17):
    """The day's books compared by the registration agency."""
    return operations.reconcile(day=day, acting=market.acts("registry"), at=at(day, hour))


def differences(day: date = DAY) -> list[Difference]:
    """What still differs."""
    return list(Difference.objects.filter(reconciliation=day, gone_at=None).order_by("id"))


def forge(statement: str, *arguments: object) -> None:
    """Change a row past all triggers, as no operation may; the transaction is the test's."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, arguments)
        assert cursor.rowcount == 1, statement
        cursor.execute("set local session_replication_role = origin")
        cursor.execute("set constraints all deferred")
