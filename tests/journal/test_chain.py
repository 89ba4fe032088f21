"""The chain of digests on plain rows."""

import hashlib
import json
from datetime import UTC, date, datetime

import pytest

from openets.journal import chain
from openets.kernel.clock import at

NOON = chain.moment(at(date(2023, 12, 1), 12))


def entry(number, batch, **changes):
    words = dict.fromkeys(("operation", "article", "subject", "person", "role"), "x")
    content = {"tonnes": 300, "名称": "重庆"}
    row = {**words, "organisation": "o", "id": number, "batch": batch, "at": NOON}
    return row | {"content": content} | changes


def sealed(*groups):
    """Batches over groups of entries, chained by the formula of the documentation."""
    batches, previous = [], bytes(32)
    for number, group in enumerate(groups, 1):
        digest = hashlib.sha256(previous)
        header = {"number": number, "at": NOON, "entries": len(group)}
        digest.update(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
        for row in group:
            hashed = {k: v for k, v in row.items() if k not in {"id", "batch"}}
            text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            digest.update(hashlib.sha256(text.encode()).digest())
        row = header | {"previous": previous.hex(), "digest": digest.hexdigest()}
        batches.append(row)
        previous = digest.digest()
    return batches


GROUPS = ([entry(1, 1), entry(2, 1, subject="y")], [entry(4, 2)], [entry(3, 3), entry(9, 3)])
ENTRIES = [row for group in GROUPS for row in group]


def test_an_intact_chain_gives_its_head():
    batches = sealed(*GROUPS)
    open_entry = entry(10, None)
    assert chain.verify(batches, [*ENTRIES, open_entry]) == (3, batches[-1]["digest"])
    assert chain.verify([], [open_entry]) == (0, "0" * 64)


def test_gaps_in_row_numbers_do_not_change_the_head():
    shifted = [row | {"id": row["id"] * 10} for row in ENTRIES]
    batches = sealed(*GROUPS)
    assert chain.verify(batches, shifted) == chain.verify(batches, ENTRIES)


@pytest.mark.parametrize("name", chain.HASHED)
def test_a_changed_field_of_an_entry_is_found_in_its_batch(name):
    changed = [*ENTRIES]
    value = {"tonnes": 301, "名称": "重庆"} if name == "content" else changed[2][name] + "!"
    changed[2] = changed[2] | {name: value}
    with pytest.raises(chain.Difference, match="journal batch 2: digest of its entries"):
        chain.verify(sealed(*GROUPS), changed)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("number", 7, "journal batch 2: number"),
        ("at", NOON.replace("2023", "2024"), "journal batch 2: digest of its entries"),
        ("entries", 2, "journal batch 2: count of entries"),
        ("previous", "1" * 64, "journal batch 2: digest of the batch before"),
        ("digest", "1" * 64, "journal batch 2: digest of its entries"),
    ],
)
def test_a_changed_field_of_a_batch_is_found(name, value, found):
    batches = sealed(*GROUPS)
    batches[1] = batches[1] | {name: value}
    with pytest.raises(chain.Difference, match=found):
        chain.verify(batches, ENTRIES)


@pytest.mark.parametrize(
    ("batches", "entries", "found"),
    [
        (slice(0, 3), [0, 1, 3, 4], "journal batch 2: batch of the next entries"),
        (slice(0, 3), [0, 2, 3, 4], "journal batch 1: count of entries"),
        (slice(0, 3), [1, 0, 2, 3, 4], "journal batch 1: digest of its entries"),
        (slice(1, 3), [0, 1, 2, 3, 4], "journal batch 1: number"),
        (slice(0, 2), [0, 1, 2, 3, 4], "journal entry 3: batch"),
    ],
)
def test_missing_or_moved_rows_are_found(batches, entries, found):
    with pytest.raises(chain.Difference, match=found):
        chain.verify(sealed(*GROUPS)[batches], [ENTRIES[n] for n in entries])


def test_a_moment_is_written_the_same_from_every_zone():
    local = at(date(2023, 12, 1), 12)
    assert chain.moment(local) == chain.moment(datetime(2023, 12, 1, 4, tzinfo=UTC))
    assert chain.moment(local) == "2023-12-01T04:00:00.000000+00:00"
