"""What the environment may say, read once. Everything has a default that works on one machine."""

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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
    durable: bool = field(default=True)
    """False only for throw-away test servers: the embedded server runs without fsync."""


def read_environment() -> Environment:
    """Read the environment; the names are listed in docs/reference/settings.md."""
    return Environment(
        home=Path(os.environ.get("OPENETS_HOME", ROOT / "var")).resolve(),
        database_url=os.environ.get("DATABASE_URL", ""),
        demo=os.environ.get("OPENETS_DEMO", "") == "1",
        debug=os.environ.get("OPENETS_DEBUG", "") == "1",
        hosts=tuple(os.environ.get("OPENETS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")),
        jurisdiction=os.environ.get("OPENETS_JURISDICTION", "cq"),
        https=os.environ.get("OPENETS_HTTPS", "") == "1",
        proxies=int(os.environ.get("OPENETS_PROXIES", "0")),
        durable=os.environ.get("OPENETS_THROWAWAY", "") != "1",
    )


ENVIRONMENT = read_environment()
