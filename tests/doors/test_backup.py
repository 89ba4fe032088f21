"""openets db backup and restore: what comes back is what was there, or nothing at all."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from config import embedded
from config.environment import ENVIRONMENT
from openets.doors import backup, db
from openets.doors.backup import BackupDamaged, DatabaseNotEmpty, FolderTaken, back_up, restore
from openets.journal import operations as journal
from openets.ledger.models import Account
from tests.exchange import TEN, trading_market
from tests.reconciliation.days import trade

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.requirement("CQETS-5.4b"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab/abc").write_bytes("附件".encode())
    return folder


@pytest.fixture
def made(tmp_path, documents):
    """A backup of a market that traded a day."""
    trade(trading_market(1))
    journal.seal(at=TEN)
    folder = tmp_path / "backup"
    back_up(url=here(), documents=documents, folder=folder, at=NOW)
    return folder


@pytest.fixture
def empty():
    """An empty database on the same server."""
    name, place = "restored", embedded.place_of(ENVIRONMENT.home)
    with psycopg.connect(place.url("postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
        yield place.url(name)
        server.execute(f"drop database {name} with (force)")


def here() -> str:
    return embedded.place_of(ENVIRONMENT.home).url(connection.settings_dict["NAME"])


def verified(url: str) -> dict:
    """What `openets verify` says of a database."""
    command = [sys.executable, "-m", "openets.doors.main", "verify"]
    environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": f"src{os.pathsep}."}
    result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
    return json.loads(result.stdout)


def test_a_restored_market_verifies_with_the_same_head_and_balances(made, empty, tmp_path):
    again = tmp_path / "again"
    restore(url=empty, documents=again, folder=made)
    assert (again / "ab/abc").read_bytes() == "附件".encode()
    before, after = verified(here()), verified(empty)
    assert after["verified"]
    assert after == before
    columns = ("id", "code", "debits_posted", "credits_posted", "debits_pending", "held", "last")
    rows = list(Account.objects.order_by("id").values_list(*columns))
    with psycopg.connect(empty) as other:
        found = other.execute(f"select {', '.join(columns)} from ledger_account order by id")
        assert found.fetchall() == rows
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            other.execute("delete from ledger_transfer")


@pytest.mark.parametrize("name", ["market.dump", "documents/ab/abc", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "remove"])
def test_a_backup_whose_checksum_differs_is_refused_and_restores_nothing(
    made, empty, tmp_path, name, harm
):
    path = made / name
    if harm == "remove":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(BackupDamaged) as no:
        restore(url=empty, documents=tmp_path / "again", folder=made)
    assert no.value.article == "CQETS-5.4b"
    assert tables_of(empty) == 0
    assert not (tmp_path / "again").exists()


def test_a_file_that_was_not_backed_up_is_refused(made, empty, documents):
    (made / "documents/extra").write_bytes(b"x")
    with pytest.raises(BackupDamaged):
        restore(url=empty, documents=documents, folder=made)


def test_a_forged_dump_with_a_forged_digest_ends_at_the_journals_head(made, empty, documents):
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["journal"]["head"] = "0" * 64
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupDamaged) as no:
        restore(url=empty, documents=documents, folder=made)
    assert "journal head" in no.value.numbers["why"]


def test_a_dump_that_breaks_off_leaves_the_database_empty(made, empty, documents):
    dump = made / "market.dump"
    dump.write_bytes(dump.read_bytes()[:-2000])
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["files"]["market.dump"] = hashlib.sha256(dump.read_bytes()).hexdigest()
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(backup.BackupTrouble):
        restore(url=empty, documents=documents, folder=made)
    assert tables_of(empty) == 0


def test_a_restore_replaces_nothing_and_a_backup_takes_a_new_folder(made, documents):
    with pytest.raises(DatabaseNotEmpty):
        restore(url=here(), documents=documents, folder=made)
    with pytest.raises(FolderTaken):
        back_up(url=here(), documents=documents, folder=made, at=NOW)


def test_the_door_needs_the_folder(capsys):
    assert db.main(["backup"]) == 2
    assert db.main(["status", "folder"]) == 2
    assert "need a folder" in capsys.readouterr().err


def tables_of(url: str) -> int:
    with psycopg.connect(url) as database:
        query = "select count(*) from pg_tables where schemaname = 'public'"
        return database.execute(query).fetchone()[0]
