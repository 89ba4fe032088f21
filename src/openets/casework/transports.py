"""Ports to the outside: how a mail or SMS leaves. The edge chooses them and hands them in."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4


class DeliveryFailed(Exception):
    """The transport could not take a message; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to whom, in both languages."""

    address: str
    zh: str
    en: str


Transport = Callable[[Message], None]
"""Takes one message or raises DeliveryFailed."""


def to_console(message: Message) -> None:
    """Write a message as one line on standard output."""
    sys.stdout.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")


def to_folder(folder: Path) -> Transport:
    """A transport that writes every message into a file of its own in `folder`."""

    def write(message: Message) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(asdict(message), ensure_ascii=False)
            (folder / f"{uuid4().hex}.json").write_text(text, "utf-8")
        except OSError as fault:
            raise DeliveryFailed(str(fault)) from fault

    return write
