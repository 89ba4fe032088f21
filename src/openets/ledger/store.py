"""How a batch meets the database: lock, look up, write. Used by the ledger's operations only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection

from openets.ledger.posting import EXPIRY, Account, Hold, Kind, Posting, Row, Transfer
from openets.ledger.rows import escaped

_LOCK = """
select id, code, asset, may_go_negative,
       debits_pending, debits_posted, credits_pending, credits_posted, held, last
from ledger_account where id = any(%s::int[]) order by id for no key update"""

_HOLDS = """
select t.key, t.debit_id, t.credit_id, t.amount, t.timeout_seconds, e.at, r.kind, r.key
from ledger_transfer t join journal_entry e on e.id = t.batch_id
left join ledger_transfer r on r.pending = t.key and r.pending <> ''
where t.key = any(%s::text[]) and t.kind = 1"""

_KNOWN = """
select key, kind, debit_id, credit_id, amount, debit_after, credit_after, timeout_seconds,
       pending, reason
from ledger_transfer where key = any(%s::text[])"""

_IDS = "select nextval('ledger_transfer_id_seq') from generate_series(1, %s)"

_COPY = """
copy ledger_transfer (batch_id, id, debit_before, credit_before, debit_id, credit_id, key, kind,
                      amount, debit_after, credit_after, timeout_seconds, pending, reason)
from stdin"""

_UPDATE = """
update ledger_account a
set debits_pending = n.dpe, debits_posted = n.dpo, credits_pending = n.cpe, credits_posted = n.cpo,
    held = n.held, last = n.last
from unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[]) as n(id, dpe, dpo, cpe, cpo, held, last)
where a.id = n.id"""


def rows(statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    """The rows of a prepared statement, read in binary form."""
    with _cursor() as cursor:
        return cursor.execute(statement, arguments, prepare=True).fetchall()


def load(transfers: Sequence[Transfer], *, at: datetime, look_up: bool) -> Posting:
    """Lock the accounts of a batch and read all that its outcomes may depend on.

    Accounts are locked in the order of their numbers, so that no two posters wait in a circle.
    Without `look_up` every key is taken as new; the unique key of the table tells if one is not.
    """
    named = [t.pending for t in transfers if t.pending is not None]
    # A reservation's accounts never change, so they may be read before the lock; how it was
    # resolved may change until the lock is ours, and is read after it.
    before = holds(named) if named else {}
    touched = {t.debit for t in transfers} | {t.credit for t in transfers}
    touched.update(side for hold in before.values() for side in (hold.debit, hold.credit))
    accounts = {row[0]: Account(*row) for row in rows(_LOCK, array(sorted(touched)))}
    keys = [*named, *(t.key for t in transfers)] if look_up else named
    known = {row[0]: Row(*row) for row in rows(_KNOWN, keys)} if keys else {}
    # Numbers are taken under the lock, so that each account's transfers ascend.
    ids = [number for (number,) in rows(_IDS, len(transfers))]
    found = holds(named) if named else {}
    for key in found.keys() - before.keys():
        # It was reserved while we waited for the lock, which does not cover its accounts.
        del found[key]
        known.pop(key, None)
    return Posting(accounts, at=at, holds=found, known=known, ids=ids)


def holds(keys: Sequence[str]) -> dict[str, Hold]:
    """The reservations under these keys, with what resolved them."""
    found = {}
    for key, debit, credit, amount, timeout, at, resolved, by in rows(_HOLDS, list(keys)):
        end = at + timedelta(seconds=timeout) if timeout else None
        kind = None if resolved is None else Kind(resolved)
        expired = kind is not None and by.startswith(EXPIRY)
        found[key] = Hold(debit, credit, amount, end, kind, expired)
    return found


def tails(posting: Posting) -> list[str]:
    """The canonical lines of a batch without the two accounts in front."""
    return [
        f"{key}\t{kind:d}\t{amount}\t{debit_after}\t{credit_after}\t{timeout}\t{pending}\t"
        f"{escaped(reason) if reason else reason}\n"
        for key, kind, _, _, amount, debit_after, credit_after, timeout, pending, reason, *_ in (
            posting.rows
        )
    ]


def lines(posting: Posting, endings: Sequence[str]) -> list[str]:
    """The canonical lines of a batch, in order."""
    code = {account.id: account.code for account in posting.accounts.values()} | {0: ""}
    return [
        f"{code[row.debit]}\t{code[row.credit]}\t{ending}"
        for row, ending in zip(posting.rows, endings, strict=True)
    ]


def write(posting: Posting, endings: Sequence[str], batch: int) -> None:
    """Write a batch's rows by one COPY and its accounts by one UPDATE."""
    text = "".join(
        [
            f"{batch}\t{row.id}\t{row.debit_before}\t{row.credit_before}\t"
            f"{row.debit}\t{row.credit}\t{ending}"
            for row, ending in zip(posting.rows, endings, strict=True)
        ]
    )
    touched = {row.debit for row in posting.rows} | {row.credit for row in posting.rows}
    touched |= posting.kept_back
    changed = [posting.accounts[number] for number in sorted(touched - {0})]
    sums = (
        array([a.id for a in changed]),
        array([a.debits_pending for a in changed]),
        array([a.debits_posted for a in changed]),
        array([a.credits_pending for a in changed]),
        array([a.credits_posted for a in changed]),
        array([a.held for a in changed]),
        array([a.last for a in changed]),
    )
    with _cursor() as cursor:
        if text:
            with cursor.copy(_COPY) as copy:
                copy.write(text)
        cursor.execute(_UPDATE, sums, prepare=True)


def array(numbers: Iterable[int]) -> str:
    """An array as text; the driver's own conversion of a list takes five times as long."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    # Django's own cursors bind parameters on the client and read text; here arrays of thousands go
    # to the server as they are. The transaction is the one Django opened.
    connection.ensure_connection()
    cursor: psycopg.Cursor[tuple[Any, ...]] = psycopg.Cursor(connection.connection)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor
