"""Where the bytes of documents lie: a folder, each file under the SHA-256 of its content."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import uuid4


class Scan(StrEnum):
    """What a virus scanner said of a file (病毒扫描)."""

    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"


def not_scanned(content: bytes) -> Scan:
    """The scanner of an installation that has none: it says so."""
    del content
    return Scan.NOT_SCANNED


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of files by hash, and the scanner every file passes before it lies there."""

    folder: Path
    scan: Callable[[bytes], Scan] = not_scanned

    def keep(self, content: bytes) -> str:
        """Write content unless it lies there already; tell its hash.

        The file appears whole or not at all.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{sha256}.{uuid4().hex}")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where the content of a hash lies."""
        return self.folder / sha256[:2] / sha256

    def content(self, sha256: str) -> bytes | None:
        """The content of a hash, or None if it is missing or is no longer what was kept."""
        path = self.path(sha256)
        content = path.read_bytes() if path.exists() else b""
        return content if hashlib.sha256(content).hexdigest() == sha256 else None

    def drop(self, sha256: str) -> None:
        """Remove the content of a hash, if it lies there."""
        self.path(sha256).unlink(missing_ok=True)
