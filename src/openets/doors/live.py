"""The market's tables as `openets verify` reads them, all as of one moment."""

import contextlib
from collections.abc import Callable, Generator, Iterator

from django.db import connection, transaction

from openets.allocation import exported as allocation
from openets.compliance import exported as compliance
from openets.doors.tables import Row, Source
from openets.journal import queries as journal
from openets.ledger import queries as ledger
from openets.mrv import queries as mrv
from openets.registry import exported as registry
from openets.settlement import exported as settlement
from openets.trading import exported as trading
from openets.treasury import exported as treasury


@contextlib.contextmanager
def database() -> Iterator[Source]:
    """The live tables, all as of one moment."""
    tables: dict[str, Callable[[], Generator[Row, None, None]]] = {
        "journal_batch": journal.batch_rows,
        "journal_entry": journal.entry_rows,
        "ledger_account": ledger.account_rows,
        "ledger_transfer": ledger.transfer_rows,
    }
    for room in (registry, settlement, trading, compliance, allocation, treasury):
        tables |= room.TABLES
    outermost = not connection.in_atomic_block
    with transaction.atomic(), contextlib.ExitStack() as opened:

        def rows(table: str) -> Iterator[Row]:
            # A check that stops early leaves its cursor open; it must close with the transaction.
            return opened.enter_context(contextlib.closing(tables[table]()))

        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        yield rows


def is_synthetic() -> bool:
    """Whether the market's figures were drawn and not measured."""
    return mrv.has_synthetic()
