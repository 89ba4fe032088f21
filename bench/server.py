"""A temporary, durable embedded server, and pgbench on it as the baseline of the same run.

Import this before anything of the project: it sets the home folder the settings read.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
HOME = Path(tempfile.mkdtemp(prefix="openets-bench-"))
os.environ["OPENETS_HOME"] = str(HOME)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["OPENETS_SECRET_KEY"] = secrets.token_hex()
os.environ.pop("DATABASE_URL", None)
os.environ.pop("OPENETS_THROWAWAY", None)

import django  # noqa: E402 - the environment comes first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from config import embedded  # noqa: E402


@contextmanager
def running() -> Iterator[embedded.Place]:
    """The server with all tables, and a pgbench database of scale 20; gone afterwards."""
    place = embedded.start(HOME)
    try:
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("create database pgbench")
        _pgbench(place, "-i", "-q", "-s", "20")
        yield place
    finally:
        connection.close()
        embedded.destroy(HOME)
        shutil.rmtree(HOME)


def transactions_per_second(place: embedded.Place, *, clients: int, seconds: float) -> float:
    """Run `pgbench -N`: one counter update and one history row a transaction."""
    jobs = min(2, clients)
    duration = max(2, int(seconds))
    options = f"-n -M prepared -N -c {clients} -j {jobs} -T {duration}".split()
    return float(re.search(r"tps = ([\d.]+)", _pgbench(place, *options))[1])


def _pgbench(place: embedded.Place, *options: str) -> str:
    command = [str(place.binaries / "pgbench"), "-h", str(place.socket), "-U", embedded.SUPERUSER]
    result = subprocess.run(
        [*command, *options, "pgbench"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
