"""What moved, what waits for approval, and what undid it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from openets.journal import queries as journal
from openets.journal.models import Entry
from openets.kernel.quantity import Tonnes
from openets.ledger import queries as ledger
from openets.ledger.models import Transfer
from openets.parties.models import Organisation
from openets.registry.exported import TABLES
from openets.registry.models import Filing, Transaction


def transactions(holder: Organisation, limit: int = 50) -> Sequence[Transaction]:
    """A holder's movements of units, newest first."""
    rows = Transaction.objects.filter(debit__holder=holder) | Transaction.objects.filter(
        credit__holder=holder
    )
    return list(rows.select_related("debit", "credit").order_by("-id")[:limit])


def register(
    *, holders: QuerySet[Organisation] | None = None, kind: str = "", text: str = ""
) -> QuerySet[Transaction]:
    """All movements, or those of some holders, newest first; of a kind, or naming a text.

    Source: CQETS-5.2b.
    """
    found = Transaction.objects.select_related("debit__holder", "credit__holder", "undoes")
    if holders is not None:
        found = found.filter(Q(debit__holder__in=holders) | Q(credit__holder__in=holders))
    if kind:
        found = found.filter(kind=kind)
    if text:
        named = Q(reference__icontains=text)
        for side in ("debit", "credit"):
            for column in ("number", "holder__name"):
                named |= Q(**{f"{side}__{column}__icontains": text})
        found = found.filter(named)
    return found.order_by("-id")


def transaction_numbered(number: int) -> Transaction | None:
    """The movement of a number with its ends, or None."""
    return register().filter(pk=number).first()


def opposite_of(done: Transaction) -> Transaction | None:
    """What undid a movement, or None."""
    return Transaction.objects.filter(undoes=done).first()


def ledger_rows(done: Transaction) -> list[Transfer]:
    """The transfers of a movement in the ledger, one a lot and flag. Source: CQETS-5.2b."""
    return ledger.transfers(done.transfer_keys)


def journal_entry(done: Transaction) -> Entry | None:
    """The journal's entry of a movement."""
    return journal.trail(done.key).filter(operation=f"registry.{done.kind}").first()


def filing(subject: str) -> Filing:
    """What was filed for approval under the subject of a case."""
    kind, _, reference = subject.partition("/")
    return filings().get(kind=kind, reference=reference)


def filings(*, holders: QuerySet[Organisation] | None = None) -> QuerySet[Filing]:
    """What was filed for approval, newest first; all, or what touches some holders."""
    found = Filing.objects.select_related("debit__holder", "credit__holder", "undoes")
    if holders is not None:
        found = found.filter(Q(debit__holder__in=holders) | Q(credit__holder__in=holders))
    return found.order_by("-id")


def moved_between(start: datetime, end: datetime) -> dict[str, tuple[int, Tonnes]]:
    """How many movements of each kind there were from `start` until `end`, and their tonnes."""
    rows = Transaction.objects.filter(at__gte=start, at__lt=end).order_by().values_list("kind")
    sums = rows.annotate(n=Count("id"), t=Sum("amount_t"))
    return {kind: (n, Tonnes(t)) for kind, n, t in sums}


def movements_since(after: int, *, told: Collection[str]) -> list[dict[str, Any]]:
    """The movements numbered above `after`, and those told by kind/reference below it."""
    rows = list(TABLES["registry_transaction"](Q(pk__gt=after)))
    late = set(told) - {f"{row['kind']}/{row['reference']}" for row in rows}
    return [*rows, *movements_named(late)]


def movements_named(keys: Collection[str]) -> list[dict[str, Any]]:
    """The movements of these kind/reference."""
    named = Q(pk=None)
    for kind, _, reference in (key.partition("/") for key in keys):
        named |= Q(kind=kind, reference=reference)
    return list(TABLES["registry_transaction"](named)) if keys else []


def last_movement() -> int:
    """The number of the newest movement; 0 before the first."""
    return Transaction.objects.aggregate(last=Max("pk"))["last"] or 0
