"""Market data as server-sent events (行情): a snapshot, then every change, numbered.

A reader has no queue of its own: it is told what is newer than what it knows, as soon as it has
read that. Who falls too far behind is told everything anew.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from openets.gateway.feeds import Feeds
from openets.trading.queries import NoSuchProduct

QUIET = b": quiet\n\n"
"""Tells a reader without news that the line still stands."""
AGAIN = b"retry: 1000\n\n"
"""A browser whose line broke comes back after so many milliseconds."""

AWAY = b'event: floor\ndata: {"up":false}\n\n'
BACK = b'event: floor\ndata: {"up":true}\n\n'
"""The floor is lost, or found again; they have no number, since nothing changed in the market."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def market(scope: Message, receive: Receive, send: Send, *, feeds: Feeds) -> None:
    """Tell a reader of one product all that happens, from `Last-Event-ID` on. Source: CQETS-20."""
    product = parse_qs(scope["query_string"].decode("latin-1")).get("product", [""])[-1]
    if feeds.are_known and feeds.of(product) is None:
        await _refuse(send, product)
        return
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
                (b"access-control-allow-origin", b"*"),
            ],
        }
    )
    telling = asyncio.create_task(_tell(send, feeds, product, _known(scope)))
    gone = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({telling, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        telling.cancel()
        gone.cancel()


async def _tell(send: Send, feeds: Feeds, product: str, known: int | None) -> None:
    await send({"type": "http.response.body", "body": AGAIN, "more_body": True})
    is_away = False
    while True:
        feed = feeds.of(product)
        if (feed is None or known == feed.seq) and is_away == feeds.is_away:
            await feeds.changed(product)
            feed = feeds.of(product)
        text = b""
        if feed is not None and known != feed.seq:
            text, known = feed.since(known), feed.seq
        if is_away != feeds.is_away:
            is_away = feeds.is_away
            text += AWAY if is_away else BACK
        await send({"type": "http.response.body", "body": text or QUIET, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _known(scope: Message) -> int | None:
    """The number of the last event a reader has, which came back."""
    shown = dict(scope["headers"]).get(b"last-event-id", b"")
    return int(shown) if shown.isdigit() else None


async def _refuse(send: Send, product: str) -> None:
    body = json.dumps(NoSuchProduct(product=product).as_json(), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
