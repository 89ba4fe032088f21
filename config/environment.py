"""What the environment may say, read once. Everything has a default that works on one machine."""

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Environment:
    """Settings of this process, from variables named OPENETS_* and DATABASE_URL."""

    home: Path
    """Where the embedded server, its data and the secret key live."""
    database_url: str
    """A PostgreSQL of one's own (15 to 18); empty means the embedded server."""
    demo: bool
    """Demo mode: a sign-in per role without password. Never for a real market."""
    debug: bool
    hosts: tuple[str, ...]
    jurisdiction: str
    https: bool
    """Whether the pages are reached by https: cookies then travel by nothing else."""
    proxies: int
    """How many proxies of one's own stand before the pages; the last tells whose address asks."""
    floors: tuple[str, ...]
    """Where a floor of the market may listen: `unix:/path` or `host:port`, the first our own."""
    floor_secret: str
    """What floor and pages prove to each other; empty means one made of the secret key."""
    stream_url: str
    """Where pages find the streams; empty means the pages' own address."""
    durable: bool = field(default=True)
    """False only for throw-away test servers: the embedded server runs without fsync."""


def read_environment() -> Environment:
    """Read the environment; the names are listed in docs/reference/settings.md."""
    home = Path(os.environ.get("OPENETS_HOME", ROOT / "var")).resolve()
    return Environment(
        home=home,
        database_url=os.environ.get("DATABASE_URL", ""),
        demo=os.environ.get("OPENETS_DEMO", "") == "1",
        debug=os.environ.get("OPENETS_DEBUG", "") == "1",
        hosts=tuple(os.environ.get("OPENETS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")),
        jurisdiction=os.environ.get("OPENETS_JURISDICTION", "cq"),
        https=os.environ.get("OPENETS_HTTPS", "") == "1",
        proxies=int(os.environ.get("OPENETS_PROXIES", "0")),
        floors=tuple(os.environ.get("OPENETS_FLOOR", _floor_of(home)).split(",")),
        floor_secret=os.environ.get("OPENETS_FLOOR_SECRET", ""),
        stream_url=os.environ.get("OPENETS_STREAM_URL", "").rstrip("/"),
        durable=os.environ.get("OPENETS_THROWAWAY", "") != "1",
    )


def _floor_of(home: Path) -> str:
    """A socket in the home folder, or where its path would be too long for one, among others'."""
    path = home / "floor.sock"
    if len(str(path)) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        path = Path(tempfile.gettempdir()) / f"openets-{name}.sock"
    return f"unix:{path}"


ENVIRONMENT = read_environment()
