"""Where the floor listens: requests come in and wait, bounded; answers and events go out.

A connection that does not read what it is told is not listened to until it does, and misses
events meanwhile; then it gets all of them at once as snapshots. So nothing grows without bound.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import structlog

from openets.gateway import wire
from openets.gateway.address import Address
from openets.gateway.board import Event, Publisher
from openets.gateway.requests import FloorBusy, Reply, Request, refused
from openets.gateway.running import FloorGone, Running, Step

MOST_WAITING = 10_000
"""Requests that may wait; further ones are refused with `floor_busy`."""
LARGEST_BATCH = 2_000
PUBLISHED_EVERY_SECONDS = 0.05
STANDBY_SECONDS = 0.1
IDLE_SECONDS = 0.5
DEAF_SECONDS = 2.0
PROVEN_SECONDS = 5.0
LARGEST_BACKLOG = 1 << 20
"""Bytes told to a connection that it has not read yet."""

_log = structlog.get_logger("floor")


class Intake:
    """Everybody who is connected, and what of theirs waits."""

    def __init__(self, *, secret: str, first_seq: int, most_waiting: int = MOST_WAITING) -> None:
        """`first_seq` is above every number an earlier floor has published."""
        self.secret, self._most_waiting = secret, most_waiting
        self._waiting: deque[tuple[Connection, int, Request]] = deque()
        self._arrived = asyncio.Event()
        self.connections: set[Connection] = set()
        self.publisher = Publisher(first_seq=first_seq, interval_seconds=PUBLISHED_EVERY_SECONDS)

    def take(self, connection: "Connection", number: int, request: Request) -> None:
        """Let a request wait, or refuse it at once."""
        waiting = len(self._waiting)
        if waiting >= self._most_waiting:
            busy = FloorBusy(waiting=waiting)
            connection.tell(wire.answered(number, refused(request, busy)))
            return
        self._waiting.append((connection, number, request))
        self._arrived.set()

    async def batch(self, timeout_seconds: float) -> list[tuple["Connection", int, Request]]:
        """Whatever has arrived, at most one batch; nothing when the time is up."""
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        count = min(len(self._waiting), LARGEST_BATCH)
        return [self._waiting.popleft() for _ in range(count)]

    def answer(
        self, batch: Sequence[tuple["Connection", int, Request]], replies: Sequence[Reply]
    ) -> None:
        """Tell everybody what became of their requests, each connection by one write."""
        told: dict[Connection, list[bytes]] = {}
        for (connection, number, _), reply in zip(batch, replies, strict=True):
            told.setdefault(connection, []).append(wire.answered(number, reply))
        for connection, lines in told.items():
            connection.tell(b"".join(lines))

    def publish(self, events: Iterable[Event]) -> None:
        """Tell events to whoever listens and keeps up."""
        text = b"".join(wire.line({"event": name, "data": data}) for name, data in events)
        if text:
            for connection in self.connections:
                connection.tell_event(text)

    def drop_everybody(self) -> None:
        """Cut all connections; who asked and was not answered sends the same key to the next."""
        self._waiting.clear()
        for connection in list(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """One who asks, or listens."""

    def __init__(self, intake: Intake) -> None:
        """Nothing is believed before the secret was proven."""
        self._intake = intake
        self._lines = wire.Lines()
        self._nonce = secrets.token_hex(16)
        self._is_proven = self._listens = self._is_behind = False
        self._can_write = True
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=LARGEST_BACKLOG)
        self._intake.connections.add(self)
        self.tell(wire.line({"nonce": self._nonce}))
        loop = asyncio.get_running_loop()
        loop.call_later(PROVEN_SECONDS, self._must_be_proven)

    def data_received(self, data: bytes) -> None:
        """Take what arrived; who does not speak our language is cut off."""
        try:
            for said in self._lines.fed(data):
                self._hear(said)
        except wire.NotOurs as fault:
            _log.warning("cut_off", why=str(fault))
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio hands it
        """Forget it; what it asked is done all the same."""
        self._intake.connections.discard(self)

    def pause_writing(self) -> None:
        """Stop listening to one who does not read."""
        self._can_write = False
        if self._transport:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on, with everything it missed."""
        self._can_write = True
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()
        if self._is_behind:
            self._is_behind = False
            self._tell_all()

    def tell(self, text: bytes) -> None:
        """Write, unless it is gone."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(text)

    def tell_event(self, text: bytes) -> None:
        """Tell an event to one who listens, or remember that it missed some."""
        if not self._listens:
            return
        if self._can_write:
            self.tell(text)
        else:
            self._is_behind = True

    def close(self) -> None:
        """End the connection when what was told is on its way."""
        if self._transport:
            self._transport.close()

    def cut(self) -> None:
        """End the connection at once."""
        if self._transport:
            self._transport.abort()

    def _must_be_proven(self) -> None:
        if not self._is_proven:
            self.cut()

    def _hear(self, said: wire.Said) -> None:
        if not self._is_proven:
            self._prove(said)
        elif said == wire.LISTEN:
            self._listens = True
            self._tell_all()
        else:
            self._intake.take(self, *wire.request_of(said))

    def _prove(self, said: wire.Said) -> None:
        secret, theirs = self._intake.secret, said.get("nonce")
        if not isinstance(theirs, str) or not wire.is_proof(
            said.get("proof"), secret=secret, side=wire.ASKING, nonce=self._nonce
        ):
            raise wire.NotOurs("the secret is another")
        self._is_proven = True
        self.tell(wire.line({"proof": wire.proof(secret, wire.FLOOR, theirs)}))

    def _tell_all(self) -> None:
        snapshots = self._intake.publisher.snapshots()
        self.tell(b"".join(wire.line({"event": name, "data": data}) for name, data in snapshots))


async def keep_floor(
    running: Running,
    *,
    address: Address,
    secret: str,
    thread: Executor,
    first_seq: Callable[[], int],
    stop: asyncio.Event,
) -> None:
    """Stand by, run the floor, and stand by again when it is lost, until told to stop.

    `thread` runs one thing at a time, in one thread. What is under way when told to stop is
    answered first.
    """
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        if not await loop.run_in_executor(thread, running.take_lock):
            await _either(stop, STANDBY_SECONDS)
            continue
        intake = Intake(secret=secret, first_seq=first_seq())
        try:
            async with _listening(intake, address):
                _log.info("floor_runs", address=str(address))
                await _run(running, intake, thread, stop)
        except FloorGone as gone:
            _log.warning("floor_lost", why=str(gone))
        except OSError as fault:
            _log.warning("cannot_listen", address=str(address), why=str(fault))
            await _either(stop, DEAF_SECONDS)
        finally:
            await loop.run_in_executor(thread, running.end)


async def _run(running: Running, intake: Intake, thread: Executor, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    publisher = intake.publisher
    while not stop.is_set():
        due = publisher.wait_seconds(loop.time())
        batch = await intake.batch(IDLE_SECONDS if due is None else min(due, IDLE_SECONDS))
        step: Step = await loop.run_in_executor(
            thread, running.step, [request for _, _, request in batch]
        )
        intake.answer(batch, step.replies)
        publisher.take(step.news)
        intake.publish(publisher.due(loop.time()))


async def _either(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


@asynccontextmanager
async def _listening(intake: Intake, address: Address) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()

    def connection() -> Connection:
        return Connection(intake)

    if address.path:
        server = await loop.create_unix_server(connection, address.path)
        Path(address.path).chmod(0o600)  # noqa: ASYNC240 - waits for nothing
    else:
        server = await loop.create_server(connection, address.host, address.port)
    try:
        yield
    finally:
        server.close()
        intake.drop_everybody()
