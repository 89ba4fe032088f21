"""The application of the streams, as an ASGI server runs it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from openets.gateway.address import Address
from openets.gateway.client import FloorLine
from openets.gateway.feeds import Feeds
from openets.web.streams.market import market
from openets.web.streams.orders import orders

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


WAKE_SECONDS = 15.0
"""A reader without news hears as often that the line still stands."""


class Streams:
    """Keeps one line to the floor for everybody who is connected."""

    def __init__(self, floors: Sequence[Address], *, secret: str) -> None:
        """`floors` are the addresses at which one may be found."""
        self._floors, self._secret = floors, secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or live as long as the server."""
        match scope["type"], scope.get("path"):
            case "lifespan", _:
                await self._live(receive, send)
            case "http", "/stream/market":
                await market(scope, receive, send, feeds=self._feeds)
            case "websocket", "/stream/orders":
                await orders(scope, receive, send, line=self._line)
            case "http", _:
                await send({"type": "http.response.start", "status": 404, "headers": []})
                await send({"type": "http.response.body", "body": b""})
            case _:
                await send({"type": "websocket.close", "code": 4404})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._feeds = Feeds()
        self._line = FloorLine(
            self._floors,
            secret=self._secret,
            heard=self._feeds.heard,
            stands=self._feeds.floor_stands,
        )
        tasks = [asyncio.create_task(one) for one in (self._line.keep(), self._wake())]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in tasks:
            task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _wake(self) -> None:
        while True:
            await asyncio.sleep(WAKE_SECONDS)
            self._feeds.wake_all()
