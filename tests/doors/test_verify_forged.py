"""A journal that was forged and chained anew, with contents no operation writes."""

import json
import shutil
from datetime import date
from functools import partial
from itertools import groupby

import pytest
from django.db import transaction

from openets.compliance import operations as compliance
from openets.doors import verify
from openets.doors.contents import SHAPES
from openets.doors.tables import TABLES
from openets.journal import chain
from openets.journal import operations as journal
from openets.kernel.clock import at
from tests.exchange import DAY, PRICE, TEN, move, open_floor, order, trading_market
from tests.markets import CQ, YEARS

pytestmark = pytest.mark.django_db

JUNK = (None, 7, "x", [7], [[]], ["x"], [["x", "y", "z"]], {"x": []}, [[{}]])
WELL_SHAPED = {
    "batch": [7],
    "credit": ["x"],
    "expired": [[7]],
    "holders": [["x"]],
    "products": [["x"]],
}
"""What is wrong by its value only, and found by the check that compares it."""


@pytest.fixture(scope="module")
def export(django_db_setup, django_db_blocker, tmp_path_factory):
    """The export of a market in which every operation that is taken apart has happened."""
    folder = tmp_path_factory.mktemp("honest")
    with django_db_blocker.unblock(), transaction.atomic():
        market = trading_market(1)
        with open_floor(market) as floor:
            orders = [("E001", "sell", 10, PRICE), ("I1", "buy", 4, PRICE - 1)]
            floor.submit([order(market, *each) for each in orders], at=TEN)
            floor.close_day(at=at(DAY, 15, 5))
        move(market, "E001", 50_000, to="registry", reference="back")
        surrender = partial(
            compliance.surrender, organisation=market["E001"], amount_t=100_000, law=CQ
        )
        for year in YEARS:
            surrender(year=year, reference="all", acting=market.acts("E001"), at=at(DAY, 16))
        compliance.release_pre_allocation(
            years=YEARS, law=CQ, acting=market.acts("bureau"), at=at(date(2024, 4, 2))
        )
        journal.seal(at=TEN)
        assert verify.main(["--export", str(folder), "--out", str(folder / "summary")]) == 0
        transaction.set_rollback(True)
    return folder


def rows_of(folder, table):
    lines = (folder / f"{table}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write(folder, table, rows):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / f"{table}.jsonl").write_text(text, "utf-8")


def chained(folder, entries):
    """Write the entries with a chain in which every digest is right."""
    batches, previous = rows_of(folder, "journal_batch"), chain.GENESIS
    for batch, (_, members) in zip(batches, groupby(entries, lambda e: e["batch"]), strict=True):
        digests = [chain.entry_digest(entry) for entry in members]
        batch |= {"previous": previous, "entries": len(digests)}
        previous = batch["digest"] = chain.batch_digest(
            previous=previous, number=batch["number"], at=batch["at"], digests=digests
        )
    write(folder, "journal_batch", batches)
    write(folder, "journal_entry", entries)


def verdict(folder, capsys):
    code = verify.main(["--from", str(folder)])
    told = json.loads(capsys.readouterr().out)
    return code, told.get("difference", {})


@pytest.fixture
def forged(export, tmp_path):
    return shutil.copytree(export, tmp_path / "forged")


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.parametrize(("operation", "field"), [(o, f) for o in SHAPES for f in SHAPES[o]])
def test_a_content_of_another_shape_is_named_with_its_entry(forged, capsys, operation, field):
    entries = rows_of(forged, "journal_entry")
    entry = next(e for e in entries if e["operation"] == operation)
    for junk in JUNK:
        honest = entry["content"]
        entry["content"] = honest | {field: junk}
        chained(forged, entries)
        code, difference = verdict(forged, capsys)
        assert code == 1, junk
        entry["content"] = honest
        if junk in WELL_SHAPED.get(field, ()):
            continue
        assert difference["where"].startswith(f"journal entry {entry['id']} ({operation} ")
        assert (difference["what"], difference["found"]) == (field, junk)
    del entry["content"][field]
    chained(forged, entries)
    assert verdict(forged, capsys)[1]["what"] == field


@pytest.mark.requirement("CQETS-5.4b")
def test_no_forged_row_of_any_table_ends_in_a_traceback(forged, capsys):
    for table in TABLES:
        rows = rows_of(forged, table)
        for column, value in (rows[-1] if rows else {}).items():
            for other in (0, -1, 10**30, "", "x/y", None, True, [9], {}):
                if type(other) is not type(value):
                    continue
                write(forged, table, [*rows[:-1], rows[-1] | {column: other}])
                assert verify.main(["--from", str(forged)]) in {0, 1, 2}, (table, column, other)
                capsys.readouterr()
        write(forged, table, rows)


def test_what_a_check_cannot_follow_is_a_difference_too(forged, capsys):
    entries = rows_of(forged, "journal_entry")
    for entry in entries:
        entry["at"] = "some day"
    chained(forged, entries)
    code, difference = verdict(forged, capsys)
    assert code == 1
    assert difference["where"]
