"""What may be asked of the journal. Rows come as plain JSON values, ready for any verifier."""

from collections.abc import Callable, Generator, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import F, Model, Q, QuerySet

from openets.journal.chain import (
    GENESIS,
    HASHED,
    START,
    Head,
    batch_digest,
    entry_digest,
    moment,
)
from openets.journal.models import Batch, Entry

_CHUNK_ROWS = 2000

Rows = Generator[dict[str, Any], None, None]


def head() -> Head:
    """The chain's end; number 0 with 64 zeros before the first batch."""
    last = Batch.objects.order_by("-number").values_list("number", "digest").first()
    return Head(*last) if last else START


def unsealed_count() -> int:
    """Entries that wait for the next batch."""
    return Entry.objects.filter(batch=None).count()


def latest_at() -> datetime | None:
    """The market time of the latest entry: how far the market has come; None before the first."""
    return Entry.objects.order_by("-id").values_list("at", flat=True).first()


def latest_number() -> int:
    """The number of the latest entry; 0 before the first."""
    return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def is_recorded(subject: str) -> bool:
    """Whether anything was ever recorded of a subject."""
    return Entry.objects.filter(subject=subject).exists()


def trail(subject: str) -> QuerySet[Entry]:
    """The entries of one subject, oldest first. Source: CQETS-5.2b"""
    return Entry.objects.filter(subject=subject).order_by("id")


def contents(operation: str, subjects: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What was recorded of an operation on each of these subjects, once each, by subject."""
    found = Entry.objects.filter(operation=operation, subject__in=list(subjects))
    return dict(found.values_list("subject", "content"))


def entry(number: int) -> Entry:
    """The entry of a number, with its batch if it is sealed."""
    return Entry.objects.select_related("batch").get(pk=number)


def is_sealed_as_told(batch: Batch) -> bool:
    """Whether a batch is what was sealed: its entries and its predecessor give its digest.

    Source: CQETS-5.4b.
    """
    digests = [entry_digest(row) for row in entry_rows(batch=batch.number)]
    at, before = moment(batch.at), Batch.objects.filter(number=batch.number - 1).first()
    digest = batch_digest(previous=batch.previous, number=batch.number, at=at, digests=digests)
    return digest == batch.digest and batch.previous == (before.digest if before else GENESIS)


def entry_rows(*, batch: int | None = None, after: int | None = None) -> Rows:
    """All entries by batch and id, those without a batch last; or the entries of one batch.

    With `after`, the entries of all batches behind that one.
    """
    entries = Entry.objects.order_by(F("batch_id").asc(nulls_last=True), "id")
    if batch is not None:
        entries = entries.filter(batch_id=batch)
    if after is not None:
        entries = entries.filter(batch_id__gt=after)
    rows = entries.values("id", "batch_id", *HASHED)
    # A few rows come at once; a cursor on the server, for many, costs three more round trips.
    for row in rows if after else rows.iterator(_CHUNK_ROWS):
        yield row | {"batch": row.pop("batch_id"), "at": moment(row["at"])}


def batch_rows(*, after: int = 0) -> Rows:
    """The batches behind one of them, or all, by number."""
    rows = Batch.objects.filter(number__gt=after).order_by("number").values()
    for row in rows if after else rows.iterator(_CHUNK_ROWS):
        yield row | {"at": moment(row["at"])}


def exported(model: type[Model], *names: str, **fields: str) -> Callable[..., Rows]:
    """What gives the rows of a table, by number, as plain values for verification and export.

    `names` are columns called as their fields; `fields` those that are called otherwise. The rows
    may be narrowed by a condition.
    """
    columns = dict(zip(names, names, strict=True)) | fields

    def rows(which: Q | None = None) -> Rows:
        table: QuerySet[Model] = QuerySet(model)
        found = table.order_by("pk").values_list(*columns.values())
        for values in found.iterator(_CHUNK_ROWS) if which is None else found.filter(which):
            yield dict(zip(columns, map(_plain, values), strict=True))

    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value
