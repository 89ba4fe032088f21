"""Faults under load: killed writers, a killed database, cut lines, requests sent again.

On a server of its own, which waits for the disk. Whatever happens, what was answered is there, once
and as it was answered; the posting core alone, given the same batches, comes to the same balances;
units are conserved and the journal's chain holds.
"""

import contextlib
import json
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from config import embedded
from openets.ledger.posting import Account, Posting
from tests.ledger.writer import ACCOUNTS, WHO, batch

pytestmark = [pytest.mark.slow, pytest.mark.requirement("CQETS-5.4b")]

ROOT = Path(__file__).parents[2]
MANY = 100_000


class Database:
    """A durable server with all tables, to be killed."""

    def __init__(self, home):
        self.home = home
        self.started = []
        self.place = embedded.start(home)
        self.url = self.place.url()

    def python(self, *arguments, url=""):
        environment = os.environ | {
            "DATABASE_URL": url or self.url,
            "OPENETS_HOME": str(self.home),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        }
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def rows(self, statement, *arguments):
        with psycopg.connect(self.url, autocommit=True) as line:
            return line.execute(statement, arguments).fetchall()

    def kill(self):
        """End the postmaster at once; what it started ends when it notices."""
        pid = int((self.place.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def start_again(self):
        for _ in range(100):
            with contextlib.suppress(embedded.ServerFault, psycopg.OperationalError):
                embedded.start(self.home)
                return
            time.sleep(0.1)  # Those it had started still hold its memory.
        raise AssertionError("the database did not come up again")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("faults")
    found = Database(home)
    migration = found.python("-m", "django", "migrate", "--verbosity", "0")
    assert migration.wait(120) == 0, migration.communicate()
    yield found
    embedded.destroy(home)


@pytest.fixture
def database(server):
    yield server
    for process in server.started:
        process.kill()
        process.communicate()
    server.started.clear()


class Writer:
    """A writer in a process of its own, and what it was answered."""

    def __init__(self, database, name, *, first=0, count=MANY, times=1, url=""):
        self.name, self.answers = name, []
        numbers = (str(number) for number in (first, count, times))
        self.process = database.python("-m", "tests.ledger.writer", name, *numbers, url=url)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):  # A line cut off by the kill was not answered.
                self.answers.append(json.loads(line))

    def wait_for(self, count):
        end = time.monotonic() + 60
        while len(self.answers) < count:
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < end, "the writer is not answered"
            time.sleep(0.01)

    def kill(self):
        self.process.kill()
        self.finish()
        return self.answers

    def finish(self):
        self.process.wait(60)
        self.reader.join(10)


def must_be_as_answered(database, name, answers):
    """The core alone, from nothing, comes to every answer and to every row and balance."""
    found = database.rows(
        "select id, code, asset, may_go_negative from ledger_account where asset = %s order by id",
        name,
    )
    assert len(found) == ACCOUNTS
    accounts = {row[0]: Account(*row) for row in found}
    by_code = {account.code: account.id for account in accounts.values()}
    ids = [by_code[f"{name}/{n}"] for n in range(ACCOUNTS)]
    last = max(number for number, _ in answers)
    posting, expected = Posting(accounts, at=WHO["at"]), {}
    for number in range(last + 1):
        # Whose answer was lost asks again and is told what became of the batch before.
        runs = [posting.run(batch(name, number, ids)) for _ in ("first", "again")]
        expected[number] = [[outcome.result.value for outcome in run] for run in runs]
    for number, told in answers:
        assert told in expected[number], number
    rows = database.rows(
        "select t.key, t.kind, t.debit_id, t.credit_id, t.amount, t.debit_after, t.credit_after"
        " from ledger_transfer t where t.key like %s order by t.id",
        f"{name}/%",
    )
    assert rows == [tuple(row[:7]) for row in posting.rows]
    sums = "debits_pending, debits_posted, credits_pending, credits_posted"
    kept = database.rows(f"select id, {sums} from ledger_account where asset = %s", name)
    for number, *values in kept:
        assert values == [getattr(accounts[number], column) for column in sums.split(", ")]


def must_verify(database):
    """`openets verify` finds no difference: the chain, every balance, and conservation."""
    process = database.python("-m", "openets.doors.verify")
    told, faults = process.communicate()
    assert process.returncode == 0, told + faults
    assert json.loads(told)["ledger"]


def unanswered(answers):
    return 1 + max((number for number, _ in answers), default=-1)


def test_a_writer_killed_in_load_loses_no_answer_and_doubles_none(database):
    draw, answers = random.Random(), []
    for _ in range(3):
        writer = Writer(database, "killed", first=unanswered(answers))
        writer.wait_for(3)
        time.sleep(draw.random() / 5)
        answers += writer.kill()
    more = Writer(database, "killed", first=unanswered(answers), count=3)
    more.finish()
    answers += more.answers
    must_be_as_answered(database, "killed", answers)
    must_verify(database)


def test_a_database_killed_in_load_has_all_that_was_answered(database):
    draw, names = random.Random(), ("power-1", "power-2")
    writers = [Writer(database, name) for name in names]
    for kill in range(3):
        for writer in writers:
            writer.wait_for(5 * (kill + 1))
        time.sleep(draw.random() / 5)
        database.kill()
        database.start_again()
    for writer in writers:
        writer.wait_for(len(writer.answers) + 3)
        writer.kill()
        must_be_as_answered(database, writer.name, must_be_whole(database, writer))
    must_verify(database)


def must_be_whole(database, writer):
    """The answers, with that of the batch in which the writer was stopped."""
    more = Writer(database, writer.name, first=unanswered(writer.answers), count=1)
    more.finish()
    return writer.answers + more.answers


def test_sessions_ended_at_random_lose_and_double_nothing(database):
    writer = Writer(database, "ended")
    writer.wait_for(2)
    ended = 0
    for _ in range(40):
        time.sleep(random.random() / 20)
        ended += len(
            database.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where backend_type = 'client backend' and pid <> pg_backend_pid()"
            )
        )
    writer.wait_for(len(writer.answers) + 2)
    writer.kill()
    assert ended > 10
    must_be_as_answered(database, "ended", must_be_whole(database, writer))
    must_verify(database)


def test_a_database_restarted_in_load_loses_and_doubles_nothing(database):
    writer = Writer(database, "restarted")
    for restart in range(2):
        writer.wait_for(5 * (restart + 1))
        assert embedded.stop(database.home)
        database.start_again()
    writer.wait_for(len(writer.answers) + 3)
    writer.kill()
    must_be_as_answered(database, "restarted", must_be_whole(database, writer))
    must_verify(database)


@contextlib.contextmanager
def small_disk(place, megabytes):
    """A disk of its own for the server, which a filler can fill."""
    folder = Path(f"/tmp/openets-disk-{os.getpid()}")
    folder.mkdir(mode=0o700)
    owner = pwd.getpwnam(place.user).pw_uid if place.user else os.geteuid()
    options = f"size={megabytes}m,mode=0700,uid={owner}"
    try:
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        made = subprocess.run(mount, check=False, capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"a disk that can be full must be mounted: {made.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextlib.contextmanager
def on_disk(database, folder, table):
    """Keep a table on a disk for a while."""
    with psycopg.connect(database.url, autocommit=True) as line:
        line.execute(f"create tablespace small location '{folder}'")
        line.execute(f"alter table {table} set tablespace small")
    try:
        yield
    finally:
        with psycopg.connect(database.url, autocommit=True) as line:
            line.execute(f"alter table {table} set tablespace pg_default")
            line.execute("drop tablespace small")


def fill(folder):
    """Take all that is left of a disk."""
    with (folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))


@pytest.mark.parametrize("table", ["journal_entry", "ledger_transfer"])
def test_a_full_disk_stops_the_writer_and_loses_nothing(database, table):
    name = f"full-{table}"
    with small_disk(database.place, 64) as folder, on_disk(database, folder, table):
        writer = Writer(database, name)
        writer.wait_for(3)
        fill(folder)
        wait_until_nothing_is_answered(writer)
        assert "No space left on device" in database.place.log.read_text("utf-8", "replace")
        stopped_at = len(writer.answers)
        (folder / "filler").unlink()
        writer.wait_for(stopped_at + 3)
        writer.kill()
        must_be_as_answered(database, name, must_be_whole(database, writer))
    must_verify(database)


def wait_until_nothing_is_answered(writer, seconds=1.0):
    end, before, since = time.monotonic() + 60, -1, time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < end, "a full disk stops nobody"
        if len(writer.answers) != before:
            before, since = len(writer.answers), time.monotonic()
        time.sleep(0.05)


class Cutter:
    """A line to the database that breaks after a number of bytes drawn anew each time."""

    def __init__(self, database, folder):
        self.there = str(database.place.socket / ".s.PGSQL.5432")
        self.folder, self.cuts = folder, 0
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(folder / ".s.PGSQL.5432"))
        self.listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"postgresql://{embedded.SUPERUSER}@/{embedded.DATABASE}?host={self.folder}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listening.accept()[0]
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near):
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(self.there)
            back = threading.Thread(target=self._pass, args=(far, near), daemon=True)
            back.start()
            self._pass(near, far)
            back.join()

    def _pass(self, source, target):
        left = random.randint(8_000, 60_000)
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data[:left])
                left -= len(data)
                if left <= 0:
                    self.cuts += 1
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_line_cut_in_the_middle_of_a_batch_or_of_its_answer_loses_and_doubles_nothing(database):
    folder = Path(f"/tmp/openets-cut-{os.getpid()}")
    folder.mkdir(mode=0o700)
    cutter = Cutter(database, folder)
    try:
        writer = Writer(database, "cut", url=cutter.url)
        writer.wait_for(40)
        writer.kill()
    finally:
        cutter.listening.shutdown(socket.SHUT_RDWR)
        cutter.listening.close()
        (folder / ".s.PGSQL.5432").unlink()
        folder.rmdir()
    assert cutter.cuts > 5
    must_be_as_answered(database, "cut", must_be_whole(database, writer))
    must_verify(database)


def test_batches_sent_thrice_by_two_at_once_are_applied_once(database):
    writers = [Writer(database, "thrice", count=12, times=3) for _ in range(2)]
    for writer in writers:
        writer.finish()
        assert len(writer.answers) == 36
        must_be_as_answered(database, "thrice", writer.answers)
    must_verify(database)
