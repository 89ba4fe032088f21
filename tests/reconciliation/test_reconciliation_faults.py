"""A close is whole or not at all, whenever its process dies; and of two at once one is done."""

import os
import signal

import pytest
from django.db import connection

from openets.casework.models import TrailLine
from openets.journal.models import Entry
from openets.kernel.clock import at
from openets.reconciliation import operations, queries
from openets.reconciliation.models import Closing, Reconciliation
from tests.concurrently import at_once
from tests.exchange import DAY, pay_in, trading_market
from tests.reconciliation.days import reconcile, trade

pytestmark = [
    pytest.mark.requirement("CQETS-5.4b"),
    pytest.mark.django_db(transaction=True),
]
SIX = at(DAY, 18)


@pytest.fixture
def market():
    market = trading_market(1)
    trade(market)
    connection.commit()
    return market


def die_at(statement, act):
    """Do an act in a process that is killed before its statement of that number; tell if it was."""
    child = os.fork()
    if not child:
        # The connection is the parent's: the child leaves it alone and takes its own.
        connection.connection = None
        count = 0

        def killing(execute, *arguments):
            nonlocal count
            count += 1
            if count == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*arguments)

        with connection.execute_wrapper(killing):
            act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def rows():
    """All that a reconciliation or a close may change."""
    return (
        queries.market_day(DAY).case.state,
        TrailLine.objects.count(),
        Reconciliation.objects.count(),
        Closing.objects.count(),
        Entry.objects.count(),
    )


def killed_everywhere(act, *, step):
    """Kill an act at every `step`th statement until it gets through; each leaves all as it was."""
    before, statement = rows(), 1
    while die_at(statement, act):
        assert rows() == before, f"killed before statement {statement}"
        statement += step
    after = rows()
    assert after != before
    return statement, after


def test_a_close_killed_at_any_moment_leaves_the_day_open_or_closed(market):
    reconcile(market)
    operations.confirm(day=DAY, acting=market.acts("exchange"), at=SIX)
    statements, after = killed_everywhere(
        lambda: operations.close(day=DAY, acting=market.acts("registry"), at=SIX), step=1
    )
    assert after[0] == "closed"
    assert statements > 5


def test_a_reconciliation_killed_at_any_moment_leaves_nothing_of_itself(market):
    statements, after = killed_everywhere(lambda: reconcile(market), step=3)
    assert after[0] == "reconciled"
    assert statements > 20


def test_two_who_close_at_once_close_it_once(market):
    reconcile(market)
    operations.confirm(day=DAY, acting=market.acts("exchange"), at=SIX)

    def close():
        operations.close(day=DAY, acting=market.acts("registry"), at=SIX)

    assert at_once(close, close) == ["done", "wrong_state"]


def test_a_reconciliation_among_payments_agrees_and_is_done_once_each(market):
    """Payments are committed while the books are read; each is of the day or of the next."""

    def pay(number):
        return lambda: pay_in(market, "I1", 1, f"busy/{number}")

    done = at_once(
        *(pay(n) for n in range(6)), lambda: reconcile(market), lambda: reconcile(market)
    )
    assert done == ["done"] * 8
    assert queries.market_day(DAY).differences == []
    assert Reconciliation.objects.count() == 1
    again = reconcile(market, hour=19)
    assert (queries.market_day(DAY).differences, again.sums["cash"]["payments"]) == ([], 7)
