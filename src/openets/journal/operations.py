"""What may happen to the journal: an entry is recorded, open entries are sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from openets.journal import chain, queries
from openets.journal.models import Batch, Entry
from openets.kernel.acting import Acting

_SEALING = 0x6A6F_7572
"""Key of the advisory lock that makes two sealers one after the other."""

_AT_ONCE = 5000
"""Entries in one statement."""

_RECORD = """
insert into journal_entry
    (at, operation, article, subject, person, role, organisation, content)
values (%s, %s, %s, %s, %s, %s, %s, %s) returning id"""

_RECORD_MANY = """
insert into journal_entry
    (at, operation, article, subject, person, role, organisation, content)
select at, operation, article, subject, person, role, organisation, content::jsonb
from unnest(%b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::text[], %b::text[])
with ordinality n(at, operation, article, subject, person, role, organisation, content, i)
order by i"""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry to be recorded. The content is JSON without floats."""

    operation: str
    subject: str
    acting: Acting
    at: datetime
    article: str
    content: dict[str, Any]


def record(
    *,
    operation: str,
    subject: str,
    acting: Acting,
    at: datetime,
    article: str,
    content: dict[str, Any],
) -> int:
    """Add one entry and return its number, in the transaction of the operation it tells of.

    Source: CQETS-5.2b
    """
    assert at.tzinfo is not None, "a market time knows its zone"
    assert chain.is_exact(content), "the journal holds no binary floats"
    who = (acting.person, acting.role, acting.organisation)
    text = chain.canonical(content).decode()
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, (at, operation, article, subject, *who, text))
        return int(cursor.fetchone()[0])


def record_many(entries: Sequence[Record]) -> None:
    """Add entries in the given order by one statement.

    Source: CQETS-5.2b
    """
    assert all(chain.is_exact(entry.content) for entry in entries), "no binary floats"
    rows = [
        (
            entry.at,
            entry.operation,
            entry.article,
            entry.subject,
            entry.acting.person,
            str(entry.acting.role),
            entry.acting.organisation,
            chain.canonical(entry.content).decode(),
        )
        for entry in entries
    ]
    with connection.cursor() as cursor:
        # Sent in binary: as text every quote of every content would be escaped.
        for start in range(0, len(rows), _AT_ONCE):
            columns = zip(*rows[start : start + _AT_ONCE], strict=True)
            cursor.execute(_RECORD_MANY, [list(column) for column in columns])


def seal(*, at: datetime) -> Batch | None:
    """Chain all entries that are visible now and have no batch; None when there are none.

    Sealers wait for each other, writers wait for nobody: an entry that is not committed yet falls
    into a later batch. Source: CQETS-5.4b
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", (_SEALING,))
        before = queries.head()
        number = before.number + 1
        # The batch row comes last; its foreign key is checked at the commit.
        if not Entry.objects.filter(batch=None).update(batch=number):
            return None
        digests = [chain.entry_digest(entry) for entry in queries.entry_rows(batch=number)]
        digest = chain.batch_digest(
            previous=before.digest, number=number, at=chain.moment(at), digests=digests
        )
        return Batch.objects.create(
            number=number,
            at=at,
            entries=len(digests),
            previous=before.digest,
            digest=digest,
        )
