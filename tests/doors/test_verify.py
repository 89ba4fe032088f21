"""openets verify: an honest market verifies, any flipped value is named, offline as well."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from openets.doors import verify
from openets.doors.tables import TABLES
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import operations
from openets.ledger.operations import AccountSpec
from openets.ledger.posting import Kind, Transfer

NOON = at(date(2023, 12, 1), 12)
OPERATOR = Acting("operator", "registry_operator", "registry")


def play():
    """A small market with every kind of row, sealed twice, with one entry left open."""
    specs = [AccountSpec(name, "CQEA/2021/free") for name in ("甲", "b", "idle")]
    issue = AccountSpec("issue", "CQEA/2021/free", may_go_negative=True)
    ids = operations.open_accounts([issue, *specs], acting=OPERATOR, at=NOON)
    a, b = ids["甲"], ids["b"]

    def post(*transfers, when=NOON):
        operations.post(transfers, acting=OPERATOR, at=when, article="CQETS-14", subject="play")

    post(Transfer("issue", ids["issue"], a, 1000), Transfer("move", a, b, 10, reason="why\tnot"))
    post(
        Transfer("hold", a, b, 100, Kind.PENDING),
        Transfer("hold2", a, b, 50, Kind.PENDING, timeout_seconds=60),
        Transfer("hold3", a, b, 7, Kind.PENDING),
    )
    journal.seal(at=NOON)
    post(Transfer("part", kind=Kind.POST, pending="hold", amount=40), Transfer("no", a, b, 9999))
    operations.expire(acting=OPERATOR, at=NOON + timedelta(seconds=60))
    journal.seal(at=NOON)
    operations.open_accounts([AccountSpec("late", "CNY")], acting=OPERATOR, at=NOON)


@pytest.fixture
def market(db):
    play()


@pytest.fixture
def folder(market, tmp_path, capsys):
    assert verify.main(["--export", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


def tamper(*statements):
    """Change what no operation may: the triggers are off, and the constraints dropped."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(
            """select format('alter table %%I drop constraint %%I', t.relname, c.conname)
            from pg_constraint c join pg_class t on t.oid = c.conrelid
            where c.contype in ('c', 'u', 'f') and t.relname ~ '^(ledger|journal)_'""",
            (),
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount == 1, statement


def found(capsys, *arguments):
    assert verify.main(list(arguments)) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["verified"] is False
    return answer["difference"]


def test_an_honest_market_verifies_with_its_counts_and_head(market, capsys):
    assert verify.main([]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["verified"] is True
    assert answer["ledger"] == {"accounts": 5, "assets": 2, "transfers": 8}
    assert len(answer["journal"].pop("head")) == 64
    assert answer["journal"] == {"batches": 2, "entries": 6, "unsealed": 1}


def test_an_empty_database_verifies(db, capsys):
    assert verify.main([]) == 0


TRANSFER = [
    ("batch_id", "(select min(id) from journal_entry)", "transfer"),
    ("debit_id", "(select id from ledger_account where code = 'idle')", "transfer"),
    ("credit_id", "(select id from ledger_account where code = 'idle')", "transfer"),
    ("debit_id", "12345", "transfer"),
    ("credit_id", "(select id from ledger_account where code = 'late')", "transfer"),
    ("key", "key || '!'", ""),
    ("kind", "0", "transfer"),
    ("kind", "3", "transfer"),
    ("amount", "amount + 1", ""),
    ("amount", "-amount", "transfer"),
    ("debit_after", "debit_after + 1", "transfer"),
    ("credit_after", "credit_after + 1", "transfer"),
    ("timeout_seconds", "timeout_seconds + 1", "transfers hold"),
    ("pending", "pending || 'x'", ""),
    ("reason", "reason || ' '", "transfers hold"),
    ("debit_before", "debit_before - 1", "transfer"),
    ("credit_before", "0", "transfer"),
    ("id", "id + 100", "transfer"),
]


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.parametrize(("column", "value", "where"), TRANSFER)
def test_a_flipped_value_of_a_transfer_is_named(market, capsys, column, value, where):
    tamper(f"update ledger_transfer set {column} = {value} where key = 'hold'")
    assert found(capsys)["where"].startswith(where)


@pytest.mark.parametrize("key", ["issue", "move", "hold2", "part", "no", "expire:hold2"])
@pytest.mark.parametrize("column", sorted(set(dict.fromkeys(c for c, _, _ in TRANSFER)) - {"id"}))
def test_no_row_of_any_kind_may_change(market, capsys, key, column):
    text = column in {"key", "pending", "reason"}
    change = f"{column} || '.'" if text else f"{column} + 1"
    tamper(f"update ledger_transfer set {column} = {change} where key = '{key}'")
    assert found(capsys)


@pytest.mark.parametrize("key", ["issue", "hold", "hold3", "no"])
def test_a_removed_transfer_is_missed(market, capsys, key):
    tamper(f"delete from ledger_transfer where key = '{key}'")
    assert found(capsys)


def test_a_removed_batch_is_missed(market, capsys):
    tamper("delete from ledger_transfer where key = 'expire:hold2'")
    assert "transfers of journal entry" in found(capsys)["where"]


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.parametrize(
    ("column", "value", "where"),
    [
        ("code", "'c'", "accounts opened by"),
        ("asset", "'CQEA/2022/free'", "accounts opened by"),
        ("may_go_negative", "true", "accounts opened by"),
        ("batch_id", "batch_id + 1", "accounts opened by"),
        ("id", "id + 1000", "transfer"),
        ("debits_posted", "debits_posted + 1", "account b"),
        ("credits_posted", "credits_posted + 1", "account b"),
        ("debits_pending", "debits_pending + 1", "account b"),
        ("credits_pending", "credits_pending + 1", "account b"),
        ("last", "last - 1", "account b"),
        ("held", "51", "account b"),
        ("held", "-1", "account b"),
    ],
)
def test_a_flipped_value_of_an_account_is_named(market, capsys, column, value, where):
    tamper(f"update ledger_account set {column} = {value} where code = 'b'")
    assert found(capsys)["where"].startswith(where)


@pytest.mark.requirement("CQETS-5.2b")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 microsecond'"),
        *((c, f"{c} || '!'") for c in ("operation", "article", "subject", "person", "role")),
        ("organisation", "organisation || '!'"),
        ("content", """content || '{"x": 1.5}'"""),
        ("batch_id", "null"),
        ("batch_id", "1"),
        ("id", "id + 1000"),
    ],
)
def test_a_flipped_value_of_an_entry_is_named(market, capsys, column, value):
    first = "(select min(id) from journal_entry where batch_id = 2)"
    tamper(f"update journal_entry set {column} = {value} where id = {first}")
    assert found(capsys)["where"].startswith("journal batch")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", "number + 5"),
        ("at", "at + interval '1 second'"),
        ("entries", "entries + 1"),
        ("previous", "reverse(digest)"),
        ("digest", "reverse(digest)"),
    ],
)
def test_a_flipped_value_of_a_batch_is_named(market, capsys, column, value):
    tamper(f"update journal_batch set {column} = {value} where number = 2")
    assert found(capsys)["where"] == "journal batch 2"


def test_a_difference_names_row_expectation_and_finding(market, capsys):
    tamper("update ledger_transfer set credit_after = 11 where key = 'move'")
    difference = found(capsys)
    assert difference.pop("where").endswith(" (move)")
    assert difference == {"what": "balance of account b after it", "expected": 10, "found": 11}


UNCOVERED = {
    ("journal_entry", "id"),  # the order of entries counts, their numbers may have gaps
    ("ledger_account", "held"),  # within its bounds: the open orders are its record
}


@pytest.mark.parametrize("table", [t for t in TABLES if t.startswith(("journal_", "ledger_"))])
@pytest.mark.parametrize("number", [0, 1])
def test_any_flipped_value_of_an_export_is_found(folder, capsys, table, number):
    path = folder / f"{table}.jsonl"
    lines = path.read_text("utf-8").splitlines()
    row = json.loads(lines[number])
    for column, value in row.items():
        if (table, column) in UNCOVERED:
            continue
        flipped = (
            (not value)
            if isinstance(value, bool)
            else value + 1
            if isinstance(value, int)
            else value + "."
            if isinstance(value, str)
            else {**value, "x": 1}
        )
        lines[number] = json.dumps(row | {column: flipped}, ensure_ascii=False)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        assert found(capsys, "--from", str(folder)), column


def test_an_export_verifies_without_framework_or_database(folder):
    script = (
        "import sys; sys.path.insert(0, 'src')\n"
        "from openets.doors import verify\n"
        f"code = verify.main(['--from', {str(folder)!r}])\n"
        "assert not {m for m in sys.modules if m.split('.')[0] in ('django', 'psycopg')}\n"
        "sys.exit(code)"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=False
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["verified"] is True


MANGLE = {
    "a missing file": lambda folder: (folder / "ledger_transfer.jsonl").unlink(),
    "a missing manifest": lambda folder: (folder / "manifest.json").unlink(),
    "half a manifest": lambda folder: cut(folder / "manifest.json"),
    "half a line": lambda folder: cut(folder / "ledger_transfer.jsonl"),
    "a missing last line": lambda folder: drop_last(folder / "ledger_transfer.jsonl"),
    "a missing last entry": lambda folder: drop_last(folder / "journal_entry.jsonl"),
    "no UTF-8": lambda folder: edit(folder, b'"key": "', b'"key": "\xff'),
    "half a surrogate": lambda folder: edit(folder, b'"key": "', b'"key": "\\ud800'),
    "a float": lambda folder: edit(folder, b'"amount": 1000', b'"amount": 1000.0'),
    "a text for a number": lambda folder: edit(folder, b'"amount": 1000', b'"amount": "1000"'),
    "an unknown column": lambda folder: edit(folder, b'"amount": 1000', b'"amount": 1000, "x": 1'),
    "another version": lambda folder: edit(folder, b'"version": 2', b'"version": 1'),
    "a list": lambda folder: edit(folder, b'{"id": ', b'[{"id": '),
}


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def drop_last(path):
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def edit(folder, old, new):
    name = "manifest.json" if b"version" in old else "ledger_transfer.jsonl"
    data = (folder / name).read_bytes()
    assert old in data
    (folder / name).write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize("mangle", MANGLE.values(), ids=MANGLE.keys())
def test_a_mangled_export_is_refused(folder, capsys, mangle):
    mangle(folder)
    assert verify.main(["--from", str(folder)]) == 2
    captured = capsys.readouterr()
    refusal = json.loads(captured.err)
    assert refusal["code"] == "export_unreadable"
    assert refusal["remedy"]
    assert captured.out == ""


def test_the_summary_may_go_to_a_file(folder, tmp_path, capsys):
    out = tmp_path / "summary.json"
    assert verify.main(["--from", str(folder), "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8"))["verified"] is True
    assert capsys.readouterr().out == ""
