"""Played markets: each is played once a run, by a process of its own, in a database of its own."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from config import embedded
from config.environment import ENVIRONMENT

ROOT = Path(__file__).parents[2]
SEED, OTHER_SEED = 2023, 7
SMALL = 24
"""Entities of the small market: those with a special case and a few others."""

PLAYER = """
import django, json, sys
django.setup()
from openets.doors.demo import prepare_market
seed, entities = map(int, sys.argv[1:])
print(json.dumps(prepare_market(seed, entities or None)))
"""


@dataclass(frozen=True)
class Played:
    """A market that was played to its end."""

    database: str
    seed: int
    summary: dict[str, Any]

    @property
    def head(self) -> str:
        """The end of the journal's chain."""
        return self.summary["journal"]["head"]


def fresh_database(name: str) -> str:
    """An empty database of the tests' server, whatever was there before; gives its address."""
    place = embedded.start(ENVIRONMENT.home, durable=False)
    with psycopg.connect(place.url("postgres"), autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    return place.url(name)


def player(url: str, home: Path, *, seed: int, entities: int, hash_seed: str) -> subprocess.Popen:
    """Start a process that prepares a market as the demo does; 0 entities are all of them."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "OPENETS_HOME": str(home),
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONHASHSEED": hash_seed,
    }
    return subprocess.Popen(
        [sys.executable, "-c", PLAYER, str(seed), str(entities)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="session")
def played(tmp_path_factory) -> Callable[..., Played]:
    """Gives a played market by name; the first of the workers to ask plays it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, *, seed: int, entities: int, hash_seed: str = "random") -> Played:
        database = f"journey_{name}"
        with (shared / f"{database}.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            kept = shared / f"{database}.json"
            if not kept.exists():
                url = fresh_database(database)
                process = player(url, shared, seed=seed, entities=entities, hash_seed=hash_seed)
                out, err = process.communicate()
                assert process.returncode == 0, err
                kept.write_text(out)
            return Played(database, seed, json.loads(kept.read_text()))

    return once


@contextmanager
def connected(database: str) -> Iterator[None]:
    """Work on a played database; whatever is changed there is undone at the end."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture(scope="session")
def small(played) -> Played:
    """The small market, played; `on_small` connects to it."""
    return played("small", seed=SEED, entities=SMALL, hash_seed="1")


@pytest.fixture
def on_small(small, django_db_blocker) -> Iterator[Played]:
    """The small market, with the database connected to it."""
    with django_db_blocker.unblock(), connected(small.database):
        yield small


@pytest.fixture(scope="session")
def export(small, django_db_blocker, tmp_path_factory) -> Path:
    """The small market's export."""
    from openets.doors import verify

    folder = tmp_path_factory.mktemp("export")
    with django_db_blocker.unblock(), connected(small.database):
        assert verify.main(["--export", str(folder), "--out", str(folder / "summary")]) == 0
    return folder
