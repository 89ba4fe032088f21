"""The chain of digests, and how anyone with the rows verifies it.

An entry's digest is the sha256 of its canonical bytes: compact JSON with sorted keys, in UTF-8. A
batch's digest is the sha256 of the previous batch's digest (32 bytes), the batch's own canonical
bytes (number, market time, count) and its entries' digests in order. Row numbers of entries are
not covered, because they may have gaps: the same play gives the same head on every machine.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

GENESIS = "0" * 64
"""What the first batch names as its predecessor."""

HASHED = ("article", "at", "content", "operation", "organisation", "person", "role", "subject")

Row = Mapping[str, Any]


class Difference(Exception):
    """The first thing found wrong: where it stands, what was expected and what was found."""

    def __init__(self, *, where: str, what: str, expected: object, found: object) -> None:
        """Keep the finding as data."""
        self.where, self.what, self.expected, self.found = where, what, expected, found
        super().__init__(f"{where}: {what}: expected {expected}, found {found}")

    def as_json(self) -> dict[str, object]:
        """Shape of a finding on standard output."""
        return {
            "where": self.where,
            "what": self.what,
            "expected": self.expected,
            "found": self.found,
        }


class Head(NamedTuple):
    """The end of the chain."""

    number: int
    digest: str


def canonical(value: object) -> bytes:
    """Write a JSON value in the one form that is hashed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def is_exact(value: object) -> bool:
    """Whether a JSON value holds no binary float, which programs write in different ways."""
    if isinstance(value, Mapping):
        return all(is_exact(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_exact(item) for item in value)
    return not isinstance(value, float)


def moment(at: datetime) -> str:
    """Write a market time in the one form that is hashed: UTC with microseconds."""
    assert at.tzinfo is not None, "a market time knows its zone"
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def entry_digest(entry: Row) -> bytes:
    """Digest of an entry, from its hashed fields; `at` as written by `moment`."""
    return hashlib.sha256(canonical({name: entry[name] for name in HASHED})).digest()


def batch_digest(*, previous: str, number: int, at: str, digests: list[bytes]) -> str:
    """Digest of a batch, in hex, from its predecessor's and its entries' digests in order."""
    head = canonical({"number": number, "at": at, "entries": len(digests)})
    return hashlib.sha256(b"".join([bytes.fromhex(previous), head, *digests])).hexdigest()


START = Head(0, GENESIS)
"""The chain before its first batch."""


def verify(batches: Iterable[Row], entries: Iterable[Row], *, after: Head = START) -> Head:
    """Recompute the chain from rows, from the start or `after` a head, and return its head.

    Batches come by number, entries by batch and id; entries without a batch are not sealed yet
    and are passed over. Source: CQETS-5.4b

    Raises:
        Difference: the first batch that is missing, out of order or not what was sealed.
    """
    head = after
    groups = groupby((e for e in entries if e["batch"] is not None), lambda e: e["batch"])
    for batch in batches:
        head = _verified(batch, head, groups)
    orphan = next(groups, None)
    if orphan is not None:
        expect(f"journal entry {next(orphan[1])['id']}", "batch", "a known batch", orphan[0])
    return head


def _verified(batch: Row, head: Head, groups: Iterator[tuple[int, Iterator[Row]]]) -> Head:
    number = head.number + 1
    where = f"journal batch {number}"
    expect(where, "number", number, batch["number"])
    expect(where, "digest of the batch before", head.digest, batch["previous"])
    found, members = next(groups, (None, iter(())))
    expect(where, "batch of the next entries", number, found)
    digests = [entry_digest(entry) for entry in members]
    expect(where, "count of entries", batch["entries"], len(digests))
    digest = batch_digest(previous=head.digest, number=number, at=batch["at"], digests=digests)
    expect(where, "digest of its entries", batch["digest"], digest)
    return Head(number, digest)


def expect(where: str, what: str, expected: object, found: object) -> None:
    """Stop at a difference.

    Raises:
        Difference.
    """
    if expected != found:
        raise Difference(where=where, what=what, expected=expected, found=found)
