"""openets verify on a whole played market: it agrees, and names whatever is changed in any table."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from openets.doors import live, verify
from openets.doors.checks import CHECKS, check_journal, check_ledger, check_trading
from openets.doors.tables import TABLES
from openets.journal.chain import Difference
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.parties.queries import organisation
from openets.rulebook.load import law
from openets.trading.floor import Floor, NewOrder

ROOM_CHECKS = [check for check in CHECKS if check not in {check_journal, check_ledger}]
ROOM_TABLES = [name for name in TABLES if not name.startswith(("journal_", "ledger_"))]

UNCOVERED = {
    ("trading_product", "unit"),  # seen where the product is traded
    ("trading_product", "vintage_year"),
    ("trading_order", "holder"),  # seen where the order traded or holds something
    ("trading_order", "product"),
    ("trading_order", "buy"),
    ("trading_order", "price_fen"),  # seen where it would not have allowed a trade
    ("trading_daily_sheet", "reference_fen"),  # the opening reference of a product's first day
    ("journal_entry", "id"),  # their order counts; the numbers of entries may have gaps
}
"""What only tells of something else once that something has happened."""


def tampered(statement: str) -> dict[str, Any]:
    """The difference found after a forger past all triggers ran the statement; then undone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")
            cursor.execute(statement)
            assert cursor.rowcount == 1, statement
        difference = first_difference()
        transaction.set_rollback(True)
    return difference


def first_difference() -> dict[str, Any]:
    with live.database() as source:
        for check in CHECKS:
            try:
                check(source)
            except Difference as difference:
                return difference.as_json()
    raise AssertionError("no difference")


NOT_PLAYED = {"compliance_national_offset", "treasury_payment", "treasury_sale"}
"""Tables without a row in the small play; tests of their own tamper with them."""

TAMPERED = {
    "registry_registryaccount": ("holder_id = 1", "kind = 'trading'", "registry account"),
    "registry_lot": ("vintage_year = 2019", "kind = 'cqcer'", "lot"),
    "registry_position": ("ledger_account = ledger_account + 10000", "true", "registry position"),
    "registry_transaction": ("amount_t = amount_t + 1", "kind = 'surrender'", "registry trans"),
    "registry_lock": ("lifted_at = null", "lifted_at is not null", "registry lock"),
    "registry_freeallocation": ("free_t = free_t - 1", "true", "free allocation"),
    "settlement_cashaccount": ("holder_id = 1", "holder_id is not null", "cash account"),
    "settlement_payment": ("amount_fen = amount_fen + 1", "kind = 'deposit'", "payment deposit/"),
    "trading_product": ("vintage_year = 2020", "code = 'CQEA-2022'", "trade "),
    "trading_order": ("remaining = remaining + 1", "state = 'filled'", "order "),
    "trading_trade": ("seller_id = 1", "true", "trade "),
    "trading_floorbatch": ("state_hash = reverse(state_hash)", "trades > 0", "floor batch "),
    "trading_dailysheet": ("close_fen = close_fen + 1", "trades > 0", "daily sheet "),
    "compliance_dutyevent": ("amount_t = amount_t - 1", "kind = 'surrendered'", "duty "),
    "allocation_determination": ("verified_t = verified_t + 1", "true", "duty event "),
    "allocation_yeartotal": ("reserve_t = reserve_t - 1", "true", "total/"),
    "ledger_account": ("held = 1", "code like 'cash/%' and credits_posted > 0", "account cash/"),
}
"""By table: a change, of which row, and where the difference stands."""


@pytest.mark.requirement("CQETS-5.4b", "CQETS-5.2b")
@pytest.mark.parametrize("table", TAMPERED)
def test_a_value_changed_in_any_table_of_the_database_is_named(on_small, table):
    change, which, where = TAMPERED[table]
    key = "number" if table == "trading_floorbatch" else "id"
    row = f"(select {key} from {table} where {which} order by {key} desc limit 1)"
    difference = tampered(f"update {table} set {change} where {key} = {row}")
    assert difference["where"].startswith(where), difference


@pytest.mark.parametrize(
    "table",
    [t for t in TAMPERED if t not in {"ledger_account", "registry_registryaccount"}],
)
def test_a_row_missing_in_any_table_of_the_database_is_missed(on_small, table):
    key = "number" if table == "trading_floorbatch" else "id"
    assert tampered(f"delete from {table} where {key} = (select max({key}) from {table})")


def test_what_open_orders_hold_is_what_the_ledger_keeps_back(on_small):
    day = date(2024, 4, 1)  # The first trading day after the play.
    exchange = Acting("exchange-1", "exchange_operator", "exchange")
    floor = Floor(law=law("cq"), day=day, acting=exchange)
    try:
        price_fen = floor.terms["CQEA-2021"].reference_fen
        sides = [(number, organisation(f"M0{number}"), number == 1) for number in (1, 2)]
        orders = [
            NewOrder("open", holder, "CQEA-2021", buy, 10, price_fen + 10 * (1 - buy))
            for _, holder, buy in sides
        ]
        assert {a.state for a in floor.submit(orders, at=at(day, 10))} == {"resting"}
    finally:
        floor.close()
    with live.database() as source:
        assert check_trading(source)["trading"]["open_orders"] == len(orders)
    for change in ("held_amounts = array[9]", "state = 'withdrawn'", "state = 'filled'"):
        for side in ("buy", "not buy"):
            which = f"where key = 'open' and {side}"
            assert tampered(f"update trading_order set {change} {which}")
    held = "(select held_accounts[1] from trading_order where key = 'open' and buy)"
    difference = tampered(f"update ledger_account set held = held + 1 where id = {held}")
    assert (difference["where"], difference["what"]) == ("account cash/M01", "held")


@pytest.fixture(scope="module")
def rows(export) -> dict[str, list[dict[str, Any]]]:
    source = verify.exported(export)
    return {table: list(source(table)) for table in TABLES}


def flipped(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            # A moment or a day stays one, a text becomes another.
            return value.replace("20", "19", 1) if "20" in value else value + "."
        case list():
            return [*value, 1]
    return 1


def check_all(rows: dict[str, list[dict[str, Any]]]) -> None:
    def source(table: str) -> Iterator[dict[str, Any]]:
        return iter(rows[table])

    for check in ROOM_CHECKS:
        check(source)


@pytest.mark.parametrize("table", sorted(set(ROOM_TABLES) - NOT_PLAYED))
def test_any_flipped_value_of_an_exported_table_is_found(rows, table):
    for number in (0, -1):
        before = rows[table][number]
        for column, value in before.items():
            if (table, column) in UNCOVERED:
                continue
            rows[table][number] = before | {column: flipped(value)}
            try:
                with pytest.raises(Difference):
                    check_all(rows)
            except pytest.fail.Exception as missed:
                raise AssertionError(f"{table}.{column} of row {number}") from missed
            finally:
                rows[table][number] = before
    check_all(rows)


@pytest.mark.requirement("CQETS-5.4b")
def test_an_export_of_the_whole_market_verifies_offline(small, export, tmp_path):
    script = (
        "import sys\nfrom openets.doors import verify\n"
        f"code = verify.main(['--from', {str(export)!r}])\n"
        "assert not {m for m in sys.modules if m.split('.')[0] in ('django', 'psycopg', 'config')}\n"
        "sys.exit(code)"
    )
    source = Path(verify.__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(source), "PATH": os.environ["PATH"]},
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer == json.loads((export / "summary").read_text("utf-8"))
    assert answer["journal"]["head"] == small.head
    assert answer["trading"]["trades"] == small.summary["trades"]["number"]


@pytest.mark.parametrize("table", sorted(set(TABLES) - NOT_PLAYED))
def test_a_flipped_bit_in_a_file_of_the_export_is_found(export, tmp_path, capsys, table):
    folder = tmp_path / "export"
    shutil.copytree(export, folder)
    path = folder / f"{table}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    draw = random.Random(table)
    number = draw.randrange(len(lines))
    before = lines[number]
    while lines[number] == before or is_uncovered(table, before, lines[number]):
        place = draw.randrange(len(before))
        lines[number] = before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :]
    path.write_bytes(b"".join(lines))
    assert verify.main(["--from", str(folder)]) in {1, 2}, (before, lines[number])
    assert capsys.readouterr()


def is_uncovered(table: str, before: bytes, after: bytes) -> bool:
    try:
        old, new = json.loads(before), json.loads(after)
    except ValueError:
        return False
    changed = {column for column in old if column not in new or new[column] != old[column]}
    return changed <= {column for name, column in UNCOVERED if name == table}
