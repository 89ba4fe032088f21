"""The bank as two folders: what we write into one, it reads; what it writes into the other, we."""

import os
from pathlib import Path
from typing import Protocol

MOST_BYTES = 5 * 2**20
"""Of a file; a day of a bank is far shorter."""
_MOST_NAME = 100


class Bank(Protocol):
    """What we ask of the link to a bank."""

    def send(self, name: str, content: bytes) -> None:
        """Hand a file over; the same name again changes nothing."""

    def waiting(self) -> list[str]:
        """The names of the files that came in and were not put away, in order."""

    def read(self, name: str) -> bytes:
        """A file, or its beginning where it is longer than any we take."""

    def put_away(self, name: str, *, faulty: bool) -> None:
        """Move a file that was dealt with out of the way; nothing is ever removed."""


class FolderBank:
    """The bank behind `outbox`, `inbox`, `done` and `faulty` of one folder."""

    def __init__(self, root: Path) -> None:
        """Make the folders where they are missing."""
        self.outbox, self.inbox = root / "outbox", root / "inbox"
        self.done, self.faulty = root / "done", root / "faulty"
        for folder in (self.outbox, self.inbox, self.done, self.faulty):
            folder.mkdir(parents=True, exist_ok=True)

    def send(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        write_whole(self.outbox / name, content)

    def waiting(self) -> list[str]:
        """Plain files with plain names; what is hidden is still being written."""
        files = (path for path in self.inbox.iterdir() if not path.is_symlink())
        names = (path.name for path in files if path.is_file())
        return sorted(name for name in names if not name.startswith("."))

    def read(self, name: str) -> bytes:
        """One byte more than is taken tells that there is too much."""
        with (self.inbox / name).open("rb") as stream:
            return stream.read(MOST_BYTES + 1)

    def put_away(self, name: str, *, faulty: bool) -> None:
        """Keep an earlier file of the same name beside it."""
        folder, source = self.faulty if faulty else self.done, self.inbox / name
        number, target = 0, folder / name
        while target.exists():
            number += 1
            target = folder / f"{name[:_MOST_NAME]}.{number}"
        source.replace(target)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none, and it survives a fall of power."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
