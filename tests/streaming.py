"""The application of the streams beside a test: called in the test's own event loop, or served."""

import asyncio
import base64
import json
import os
import socket
import subprocess
import time
from contextlib import asynccontextmanager, contextmanager, suppress

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from openets.web.streams.application import Streams
from tests.floors import ROOT, SECRET
from tests.served import url_of_tests


class Talk:
    """One connection to the application, as its server hands it over."""

    def __init__(self, application, scope):
        self._in, self.out = asyncio.Queue(), asyncio.Queue()
        self._reading = asyncio.Event()
        self._reading.set()
        self.task = asyncio.create_task(application(scope, self._in.get, self._send))

    async def _send(self, message):
        await self._reading.wait()
        await self.out.put(message)

    def stop_reading(self):
        self._reading.clear()

    def read_on(self):
        self._reading.set()

    def say(self, message):
        self._in.put_nowait(message)

    async def told(self, seconds=10):
        async with asyncio.timeout(seconds):
            return await self.out.get()


class Reader(Talk):
    """A reader of market data."""

    def __init__(self, application, product, last_seen=None):
        headers = [] if last_seen is None else [(b"last-event-id", str(last_seen).encode())]
        scope = {
            "type": "http",
            "path": "/stream/market",
            "query_string": f"product={product}".encode(),
            "headers": headers,
        }
        super().__init__(application, scope)
        self._events = []

    async def event(self):
        """The next event: its name and its data."""
        while not self._events:
            message = await self.told()
            if message["type"] == "http.response.body":
                self._events += events_in(message["body"].decode())
        return self._events.pop(0)

    def leave(self):
        self.say({"type": "http.disconnect"})


class Socket(Talk):
    """A socket of orders."""

    def __init__(self, application, headers):
        scope = {
            "type": "websocket",
            "path": "/stream/orders",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        super().__init__(application, scope)
        self.say({"type": "websocket.connect"})

    def send(self, message):
        text = message if isinstance(message, str) else json.dumps(message)
        self.say({"type": "websocket.receive", "text": text})

    async def answer(self):
        message = await self.told()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])


def events_in(text):
    """The events of a piece of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


@asynccontextmanager
async def streaming(*floors):
    """The application, alive, with its line to the floor."""
    application = Streams(floors, secret=SECRET)
    life = Talk(application, {"type": "lifespan"})
    life.say({"type": "lifespan.startup"})
    assert (await life.told())["type"] == "lifespan.startup.complete"
    try:
        yield application
    finally:
        life.say({"type": "lifespan.shutdown"})
        await life.told()
        await sync_to_async(_hang_up)()


def _hang_up():
    """Let go of the database in the thread that looked up who asks."""
    connection.close()


@contextmanager
def served_streams(floor):
    """The application under the real server; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    from openets.doors.gateway import command

    environment = os.environ | {
        "DATABASE_URL": url_of_tests(),
        "OPENETS_SECRET_KEY": settings.SECRET_KEY,
        "OPENETS_FLOOR": str(floor),
        "OPENETS_FLOOR_SECRET": SECRET,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }
    arguments = [*command("127.0.0.1", port), "--log-level", "critical"]
    process = subprocess.Popen(arguments, env=environment, start_new_session=True)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, "the server ended by itself"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


class Line:
    """A connection of a plain client over the net: a stream that is read, or a socket."""

    def __init__(self, port, path, headers=()):
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._rest = b""

    def close(self):
        self._socket.close()

    def until(self, mark):
        """What comes up to a mark, with it."""
        while mark not in self._rest:
            data = self._socket.recv(65536)
            assert data, f"the line ended after {self._rest!r}"
            self._rest += data
        found, self._rest = self._rest.split(mark, 1)
        return found + mark

    def send_frame(self, message):
        text = json.dumps(message).encode()
        assert len(text) < 65536
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
        self._socket.sendall(b"\x81" + size + bytes(4) + text)  # A mask of zeros.

    def frame(self):
        head = self._bytes(2)
        size = head[1] if head[1] < 126 else int.from_bytes(self._bytes(2))
        return json.loads(self._bytes(size))

    def _bytes(self, count):
        while len(self._rest) < count:
            data = self._socket.recv(65536)
            assert data
            self._rest += data
        found, self._rest = self._rest[:count], self._rest[count:]
        return found


def socket_headers(**more):
    """What a client sends to open a socket."""
    key = base64.b64encode(bytes(16)).decode()
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        **more,
    }
