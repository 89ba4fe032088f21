"""The asking side of the floor's line, for a process with an event loop.

It looks for the floor at each of its addresses in turn, and again whenever the line breaks. What
was not answered is then sent once more under its key, so that it happens once.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from openets.gateway import wire
from openets.gateway.address import Address
from openets.gateway.board import Event
from openets.gateway.requests import FloorAway, FloorBusy, Reply, Request, refused

MOST_UNANSWERED = 1_000
"""Requests under way; further ones are refused with `floor_busy`."""
PATIENCE_SECONDS = 10.0
"""How long a request waits for a floor that takes over."""
AGAIN_SECONDS = 0.1

Heard = Callable[[Sequence[Event]], None]
Stands = Callable[[bool], None]


@dataclass(slots=True)
class _Asked:
    request: Request
    reply: asyncio.Future[Reply] = field(default_factory=asyncio.Future[Reply])
    patience: asyncio.TimerHandle | None = None


class FloorLine:
    """A line to the market's floor, kept up as long as `keep` runs."""

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        secret: str,
        heard: Heard | None = None,
        stands: Stands | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """With `heard` it listens to the market data: all of it as snapshots first.

        `stands` is told when a floor was found, and when it was lost.
        """
        self._addresses, self._secret = addresses, secret
        self._heard, self._stands = heard, stands
        self._patience = patience_seconds
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_up(self) -> bool:
        """Whether a floor is there."""
        return self._writer is not None

    def ask(self, request: Request) -> "asyncio.Future[Reply]":
        """Send a request behind all earlier ones; the answer comes by and by, and always."""
        asked = _Asked(request)
        if len(self._asked) >= MOST_UNANSWERED:
            asked.reply.set_result(refused(request, FloorBusy(waiting=len(self._asked))))
            return asked.reply
        self._number += 1
        number = self._number
        self._asked[number] = asked
        if self._writer:
            self._writer.write(wire.asked(number, request))
        loop = asyncio.get_running_loop()
        asked.patience = loop.call_later(self._patience, self._give_up, number)
        return asked.reply

    async def keep(self) -> None:
        """Keep the line up, until cancelled."""
        while True:
            for address in self._addresses:
                try:
                    await self._at(address)
                except (OSError, EOFError, wire.NotOurs):
                    continue
            await asyncio.sleep(AGAIN_SECONDS)

    async def _at(self, address: Address) -> None:
        if address.path:
            reader, writer = await asyncio.open_unix_connection(address.path)
        else:
            reader, writer = await asyncio.open_connection(address.host, address.port)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._greet(reader, writer)
            if self._heard:
                writer.write(wire.line(wire.LISTEN))
            for number, asked in self._asked.items():
                writer.write(wire.asked(number, asked.request))
            self._tell_whether_it_stands(writer)
            await self._listen(reader)
        except TimeoutError as fault:
            raise EOFError from fault
        finally:
            if self._writer:
                self._tell_whether_it_stands(None)
            writer.close()

    def _tell_whether_it_stands(self, writer: asyncio.StreamWriter | None) -> None:
        self._writer = writer
        if self._stands:
            self._stands(writer is not None)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Prove that we know the secret, and that the other side does."""
        theirs, ours = wire.heard(await reader.readline()).get("nonce"), secrets.token_hex(16)
        shown = wire.proof(self._secret, wire.ASKING, str(theirs))
        writer.write(wire.line({"nonce": ours, "proof": shown}))
        answer = await reader.readline()
        if not answer:
            raise EOFError
        if not wire.is_proof(
            wire.heard(answer).get("proof"), secret=self._secret, side=wire.FLOOR, nonce=ours
        ):
            raise wire.NotOurs("the secret is another")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        lines = wire.Lines()
        while data := await reader.read(1 << 16):
            events: list[Event] = []
            for said in lines.fed(data):
                if "event" in said:
                    events.append((said["event"], said["data"]))
                else:
                    self._take(*wire.reply_of(said))
            if events and self._heard:
                self._heard(events)

    def _take(self, number: int, reply: Reply) -> None:
        asked = self._asked.pop(number, None)
        if asked is None:
            return
        if asked.patience:
            asked.patience.cancel()
        if not asked.reply.done():
            asked.reply.set_result(reply)

    def _give_up(self, number: int) -> None:
        asked = self._asked.get(number)
        if asked:
            self._take(number, refused(asked.request, FloorAway()))
