"""What may be asked of the ledger."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from openets.ledger import store
from openets.ledger.models import Account, Transfer
from openets.ledger.posting import Hold, Kind

_CHUNK_ROWS = 5000

SUMS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted", "held")

_SUMS_OF = """
select id, debits_pending, debits_posted, credits_pending, credits_posted, held
from ledger_account where id = any(%s::int[])"""

_LOCKED = " order by id for no key update"

_STATEMENT = """
with recursive walk(id, position, before, key, kind, amount, balance, other, batch, reason) as (
  select last, 0, last, '', 0::smallint, 0::bigint, 0::bigint, 0, 0::bigint, ''
  from ledger_account where id = %(account)s
  union all
  select t.id, position + 1, side.before, t.key, t.kind, side.amount, side.balance, side.other,
         t.batch_id, t.reason
  from walk, ledger_transfer t, lateral (
    select t.debit_before, -t.amount, t.debit_after, t.credit_id where t.debit_id = %(account)s
    union all
    select t.credit_before, t.amount, t.credit_after, t.debit_id where t.credit_id = %(account)s
  ) side(before, amount, balance, other)
  where t.id = walk.before and position < %(until)s)
select w.id, w.key, w.kind, w.amount, w.balance, w.other, j.at, j.article, j.subject, w.reason
from walk w join journal_entry j on j.id = w.batch
where position > %(after)s order by position"""


@dataclass(frozen=True, slots=True)
class Balance:
    """The sums of an account, in its asset's unit."""

    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    held: int

    @property
    def posted(self) -> int:
        """What stands on the account, reservations included."""
        return self.credits_posted - self.debits_posted

    @property
    def own(self) -> int:
        """What its owner may still use: posted less reserved and less held."""
        return self.posted - self.debits_pending - self.held


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account; `amount` is negative for a debit, `balance` posted after it."""

    transfer_id: int
    key: str
    kind: Kind
    amount: int
    balance: int
    other_id: int
    at: datetime
    article: str
    subject: str
    reason: str


def account_ids(codes: Iterable[str]) -> dict[str, int]:
    """The numbers of the accounts with these codes; unknown codes are left out."""
    found = Account.objects.filter(code__in=list(codes))
    return dict(found.values_list("code", "id"))


def balances(ids: Iterable[int]) -> dict[int, Balance]:
    """The sums of these accounts as committed; nothing is locked."""
    return {row[0]: Balance(*row[1:]) for row in store.rows(_SUMS_OF, store.array(ids))}


def posted(ids: Iterable[int]) -> dict[int, int]:
    """What stands on these accounts, reservations included, as committed."""
    found = Account.objects.filter(id__in=list(ids)).annotate(
        amount=F("credits_posted") - F("debits_posted")
    )
    return dict(found.values_list("id", "amount"))


def locked_balances(ids: Iterable[int]) -> dict[int, Balance]:
    """The sums of these accounts, locked in their order until the transaction ends."""
    found = store.rows(_SUMS_OF + _LOCKED, store.array(ids))
    return {row[0]: Balance(*row[1:]) for row in found}


def pending(key: str) -> Hold | None:
    """The reservation of this key and how it was resolved, or None."""
    return store.holds([key]).get(key)


def statement(account_id: int, page: int = 1, *, size: int = 50) -> Sequence[StatementLine]:
    """A page of an account's entries, newest first. Source: CQETS-5.2b"""
    with connection.cursor() as cursor:
        until = page * size
        cursor.execute(_STATEMENT, {"account": account_id, "until": until, "after": until - size})
        return [
            StatementLine(number, key, Kind(kind), *rest)
            for number, key, kind, *rest in cursor.fetchall()
        ]


def account_rows() -> Generator[dict[str, Any], None, None]:
    """All accounts by number, as plain values for verification and export."""
    yield from _rows(Account.objects.order_by("id"), "batch")


def transfer_rows() -> Generator[dict[str, Any], None, None]:
    """All transfers by batch and number: for each account the order in which they were applied."""
    yield from _rows(Transfer.objects.order_by("batch_id", "id"), "batch", "debit", "credit")


def _rows(found: QuerySet[Any], *keys: str) -> Generator[dict[str, Any], None, None]:
    """Rows whose foreign keys bear the plain names they have in exports."""
    plain = {f"{key}_id": key for key in keys}
    for row in found.values().iterator(_CHUNK_ROWS):
        yield {plain.get(name, name): value for name, value in row.items()}
