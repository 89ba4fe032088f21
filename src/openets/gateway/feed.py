"""A product's events as readers on the net get them: the latest are kept to fill gaps. Pure."""

import json
from collections import deque

from openets.gateway.board import SNAPSHOT, Board, Event

KEPT = 512
"""Events kept; who is further behind gets a snapshot. A reader has no queue but this one."""


class Feed:
    """The board of a product, and its latest events as text of server-sent events."""

    def __init__(self, product: str, *, kept: int = KEPT) -> None:
        """Begin with nothing; the first event is a snapshot."""
        self.board = Board(product, 0)
        self._latest: deque[bytes] = deque(maxlen=kept)
        self._whole = b""
        self._joined: tuple[int, int, bytes] = (0, 0, b"")

    @property
    def seq(self) -> int:
        """The number of the last event; 0 before the first."""
        return self.board.seq

    def apply(self, event: Event) -> None:
        """Take an event in; after a gap only snapshots are given until one fills it."""
        name, data = event
        if name == SNAPSHOT or data["seq"] != self.seq + 1:
            self._latest.clear()
        self.board.apply(event)
        self._whole = b""
        if name != SNAPSHOT:
            self._latest.append(_text(event))

    def since(self, seq: int | None) -> bytes:
        """All events after a number, or a snapshot where they are not kept any more."""
        if seq is None or not self.seq - len(self._latest) <= seq <= self.seq:
            self._whole = self._whole or _text(self.board.snapshot())
            return self._whole
        if self._joined[:2] != (seq, self.seq):
            texts = list(self._latest)[len(self._latest) - (self.seq - seq) :]
            self._joined = (seq, self.seq, b"".join(texts))
        return self._joined[2]


def _text(event: Event) -> bytes:
    name, data = event
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\nid: {data['seq']}\ndata: {said}\n\n".encode()
