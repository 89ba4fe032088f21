"""The asking side of the floor's line, for a thread that waits: one request at a time."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from openets.gateway import wire
from openets.gateway.address import Address
from openets.gateway.requests import FloorAway, Reply, Request, refused

PATIENCE_SECONDS = 10.0
"""How long a request waits for a floor that takes over."""
AGAIN_SECONDS = 0.1


class Caller:
    """Asks the floor, over one line a thread."""

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        secret: str,
        patience_seconds: float = PATIENCE_SECONDS,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`addresses` are tried in turn; `seconds` is any clock that only goes forward."""
        self._addresses, self._secret = addresses, secret
        self._patience, self._seconds = patience_seconds, seconds
        self._kept = threading.local()

    def ask(self, request: Request) -> Reply:
        """Send a request and wait for its answer; sent again under its key if the line breaks."""
        end = self._seconds() + self._patience
        while True:
            for address in self._addresses:
                try:
                    return self._asked(address, request, end)
                except (OSError, EOFError, wire.NotOurs):
                    self._hang_up()
            if self._seconds() + AGAIN_SECONDS > end:
                return refused(request, FloorAway())
            time.sleep(AGAIN_SECONDS)

    def _asked(self, address: Address, request: Request, end: float) -> Reply:
        line = getattr(self._kept, "line", None)
        if line is None:
            line = self._kept.line = _Line(address, self._secret, self._left(end))
        return line.ask(request, self._left(end))

    def _left(self, end: float) -> float:
        left = end - self._seconds()
        if left <= 0:
            raise TimeoutError
        return left

    def _hang_up(self) -> None:
        line = getattr(self._kept, "line", None)
        if line is not None:
            line.close()
        self._kept.line = None


class _Line:
    """A line to a floor that has proven itself."""

    def __init__(self, address: Address, secret: str, timeout_seconds: float) -> None:
        """Connect and prove."""
        self._socket = socket.socket(socket.AF_UNIX if address.path else socket.AF_INET)
        self._socket.settimeout(timeout_seconds)
        self._socket.connect(address.path or (address.host, address.port))
        self._number = 0
        self._said = self._heard()
        self._greet(secret)

    def ask(self, request: Request, timeout_seconds: float) -> Reply:
        """Send a request and wait for its answer."""
        self._socket.settimeout(timeout_seconds)
        self._number += 1
        self._socket.sendall(wire.asked(self._number, request))
        number, reply = wire.reply_of(next(self._said))
        if number != self._number:
            raise wire.NotOurs("an answer to something else")
        return reply

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __del__(self) -> None:
        """A thread that ends hangs up."""
        self.close()

    def _greet(self, secret: str) -> None:
        theirs, ours = next(self._said).get("nonce"), secrets.token_hex(16)
        shown = wire.proof(secret, wire.ASKING, str(theirs))
        self._socket.sendall(wire.line({"nonce": ours, "proof": shown}))
        told = next(self._said).get("proof")
        if not wire.is_proof(told, secret=secret, side=wire.FLOOR, nonce=ours):
            raise wire.NotOurs("the secret is another")

    def _heard(self) -> Iterator[wire.Said]:
        lines = wire.Lines()
        while data := self._socket.recv(1 << 16):
            yield from lines.fed(data)
        raise EOFError
