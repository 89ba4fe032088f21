"""Everything the registry, ledger and journal say, verified as `openets verify` does it."""

from openets.doors import checks, live
from openets.journal import operations as journal
from tests.exchange import TEN


def must_verify() -> None:
    """Raise at the first difference between registry, ledger and journal."""
    journal.seal(at=TEN)
    with live.database() as source:
        for check in (checks.check_journal, checks.check_ledger, checks.check_registry):
            check(source)
