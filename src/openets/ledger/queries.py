"""What may be asked of the ledger."""

from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from openets.ledger import store
from openets.ledger.models import Account, Transfer
from openets.ledger.posting import Hold, Kind

_CHUNK_ROWS = 5000
_ENDS = ("batch", "debit", "credit")

MOVES = (Kind.POSTED, Kind.POST)
"""The kinds of entries that change what is posted."""

SUMS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted", "held")

_SUMS_OF = """
select id, debits_pending, debits_posted, credits_pending, credits_posted, held
from ledger_account where id = any(%s::int[])"""

_LOCKED = " order by id for no key update"

_MILESTONES_ABOVE = 3
"""How many milestones above its end a page begins that is read upwards: more than a page."""

_FAR = 2**62
"""Above the number of every transfer."""

_FROM_THE_END = {"floor": _FAR, "head_at": None, "skip": 0}
"""Begin at the last transfer of each account."""

_STATEMENT = """
with recursive head(account, id) as materialized (
  select a.id, coalesce((
    select m.id from (
      select t.id, t.batch_id from ledger_transfer t where t.debit_id = a.id
        and mod(t.id * 40503, 65536) < 1024
      union all
      select t.id, t.batch_id from ledger_transfer t where t.credit_id = a.id
        and mod(t.id * 40503, 65536) < 1024
    ) m
    where m.id >= %(floor)s and (%(head_at)s::timestamptz is null
      or exists (select from journal_entry j where j.id = m.batch_id and j.at >= %(head_at)s))
    order by m.id limit 1 offset %(skip)s), a.last)
  from ledger_account a where a.id = any(%(accounts)s)),
walk(account, id, before, found, is_line, key, kind, amount, balance, other, batch, reason, at)
as (
  select account, 0::bigint, id, 0, false, '', 0::smallint, 0::bigint, 0::bigint, 0, 0::bigint,
         '', 'infinity'::timestamptz from head
  union all
  select w.account, s.id, s.before, w.found + s.is_line::int, s.is_line, s.key, s.kind, s.amount,
         s.balance, s.other, s.batch_id, s.reason, s.at
  from walk w, lateral (
    select t.id, t.key, t.kind, t.batch_id, t.reason, j.at, side.*,
           t.id < %(before)s and t.id > %(after)s
           and (%(until)s::timestamptz is null or j.at < %(until)s)
           and (%(since)s::timestamptz is null or j.at >= %(since)s)
           and (%(reasons)s::text[] is null or t.reason = any(%(reasons)s)) as is_line
    from ledger_transfer t join journal_entry j on j.id = t.batch_id, lateral (
      select t.debit_before, -t.amount, t.debit_after, t.credit_id where t.debit_id = w.account
      union all
      select t.credit_before, t.amount, t.credit_after, t.debit_id where t.credit_id = w.account
    ) side(before, amount, balance, other)
    where t.id = w.before offset 0
  ) s
  where w.found < %(most)s and w.before > %(after)s
    and (%(since)s::timestamptz is null or w.at >= %(since)s))
select w.id, w.account, w.key, w.kind, w.amount, w.balance, w.other, w.at, j.article, j.subject,
       w.reason
from walk w join journal_entry j on j.id = w.batch
where w.is_line order by w.id * %(direction)s limit %(size)s"""
"""The milestones are those of the two indexes by account: every 64th transfer or so."""


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
    account_id: int
    key: str
    kind: Kind
    amount: int
    balance: int
    other_id: int
    at: datetime
    article: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """An account over a period: posted before and after it, its entries, oldest first."""

    before: int
    after: int
    lines: list[StatementLine]
    now: Balance


def account_ids(codes: Iterable[str]) -> dict[str, int]:
    """The numbers of the accounts with these codes; unknown codes are left out."""
    found = Account.objects.filter(code__in=list(codes))
    return dict(found.values_list("code", "id"))


def balances(ids: Iterable[int]) -> dict[int, Balance]:
    """The sums of these accounts as committed; nothing is locked."""
    return {row[0]: Balance(*row[1:]) for row in store.rows(_SUMS_OF, store.array(ids))}


def locked_balances(ids: Iterable[int]) -> dict[int, Balance]:
    """The sums of these accounts, locked in their order until the transaction ends."""
    found = store.rows(_SUMS_OF + _LOCKED, store.array(ids))
    return {row[0]: Balance(*row[1:]) for row in found}


def pending(key: str) -> Hold | None:
    """The reservation of this key and how it was resolved, or None."""
    return store.holds([key]).get(key)


def transfers(keys: Iterable[str]) -> list[Transfer]:
    """The transfers of these keys with accounts and entry, in the order they were applied."""
    found = Transfer.objects.filter(key__in=list(keys)).select_related("debit", "credit", "batch")
    return list(found.order_by("id"))


def statement(
    accounts: Collection[int],
    *,
    size: int = 50,
    before: int | None = None,
    after: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    reasons: Collection[str] | None = None,
) -> list[StatementLine]:
    """A page of the entries of some accounts together, newest first. Source: CQETS-5.2b

    `before` and `after` are numbers of transfers: the page goes on below the one, or ends just
    above the other; `after=0` is the oldest page. Only entries from `since` to before `until`, and
    with one of `reasons`, are told. A page costs the same wherever it lies: its start is found
    among milestones, every 64th transfer or so, which alone are indexed by account.
    """
    asked = {
        "accounts": list(accounts),
        "before": before or _FAR,
        "after": after or 0,
        "since": since,
        "until": until,
        "reasons": None if reasons is None else list(reasons),
        "size": size,
    }
    if after is None:
        start = {"floor": before, "head_at": None} if before else {"floor": 0, "head_at": until}
        is_newest = before is None and until is None
        return _statement(asked | (_FROM_THE_END if is_newest else start), direction=-1, most=size)
    near = {"floor": after, "head_at": since, "skip": _MILESTONES_ABOVE}
    lines = [] if reasons else _statement(asked | near, direction=1, most=_FAR)
    if len(lines) < size:
        # Few of the entries between these milestones are lines of the page.
        lines = _statement(asked | _FROM_THE_END, direction=1, most=_FAR)
    return lines[::-1]


def stretches(accounts: Collection[int], *, since: datetime, until: datetime) -> dict[int, Stretch]:
    """What happened on many accounts in a period that ended lately. Source: CQETS-22

    All are read back from their ends at once: it costs what happened since the period began.
    """
    # The balances first: whatever is posted between both readings is among the lines.
    now = balances(accounts)
    told: dict[int, list[StatementLine]] = {number: [] for number in now}
    for line in reversed(statement(accounts, size=_FAR, since=since)):
        told[line.account_id].append(line)
    return {number: _stretch(now[number], lines, until) for number, lines in told.items()}


def _stretch(now: Balance, lines: list[StatementLine], until: datetime) -> Stretch:
    if not lines:
        return Stretch(now.posted, now.posted, [], now)
    first = lines[0]
    before = first.balance - (first.amount if first.kind in MOVES else 0)
    within = [line for line in lines if line.at < until]
    return Stretch(before, within[-1].balance if within else before, within, now)


def _statement(asked: dict[str, Any], *, direction: int, most: int) -> list[StatementLine]:
    with connection.cursor() as cursor:
        values = {"skip": 0} | asked | {"direction": direction, "most": most}
        cursor.execute(_STATEMENT, values)
        return [
            StatementLine(number, account, key, Kind(kind), *rest)
            for number, account, key, kind, *rest in cursor.fetchall()
        ]


def account_rows() -> Generator[dict[str, Any], None, None]:
    """All accounts by number, as plain values for verification and export."""
    yield from _rows(Account.objects.order_by("id").values().iterator(_CHUNK_ROWS), "batch")


def transfer_rows() -> Generator[dict[str, Any], None, None]:
    """All transfers by batch and number: for each account the order in which they were applied."""
    rows = Transfer.objects.order_by("batch_id", "id").values()
    yield from _rows(rows.iterator(_CHUNK_ROWS), *_ENDS)


def transfers_since(after: int, *, told: Iterable[int]) -> list[dict[str, Any]]:
    """The transfers numbered above `after`, and those of the journal entries `told` below it.

    Transfers take their numbers before they are committed, so a few may be late; no index finds
    them by their entry, so they are looked for only where one is missing.
    """
    in_order = Transfer.objects.order_by("batch_id", "id").values()
    rows = list(_rows(in_order.filter(id__gt=after), *_ENDS))
    late = set(told) - {row["batch"] for row in rows}
    if late:
        rows += _rows(in_order.filter(id__lte=after, batch__in=late), *_ENDS)
    return rows


def reserved_amounts(keys: Iterable[str]) -> dict[str, int]:
    """The amounts of the reservations under these keys."""
    found = Transfer.objects.filter(key__in=list(keys), kind=Kind.PENDING)
    return dict(found.values_list("key", "amount"))


def _rows(found: Iterable[Any], *keys: str) -> Generator[dict[str, Any], None, None]:
    """Rows whose foreign keys bear the plain names they have in exports."""
    plain = {f"{key}_id": key for key in keys}
    for row in found:
        yield {plain.get(name, name): value for name, value in row.items()}
