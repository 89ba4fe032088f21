"""Orders over a socket: a message an order, a message an answer, in the order they were sent.

Who asks is looked up again for every message that comes a second after the last look, so whoever
signed out or may no longer act is heard no longer.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from pydantic import ValidationError

from openets.gateway.client import FloorLine
from openets.gateway.requests import REFUSED, Reply, told
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.web.orders.asking import Sent, asked
from openets.web.refusals import NotUnderstood
from openets.web.streams.asking import Headers, who_asks

OPERATION = "gateway.enter_order"
MOST_UNANSWERED = 100
"""Messages of a socket under way; it is not read on before some are answered."""
BELIEVED_SECONDS = 1.0
NOT_LET_IN = 4403

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def orders(scope: Message, receive: Receive, send: Send, *, line: FloorLine) -> None:
    """Take orders of one who is let in, until either side ends it. Source: CQETS-17."""
    await receive()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    asking = _Asking(headers)
    try:
        await asking.acting()
    except Refusal:
        await send({"type": "websocket.close", "code": NOT_LET_IN})
        return
    await send({"type": "websocket.accept"})
    answers: asyncio.Queue[asyncio.Future[Reply]] = asyncio.Queue(MOST_UNANSWERED)
    answering = asyncio.create_task(_answer(send, answers))
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
            await answers.put(await _asked(text, asking, line))
    finally:
        answering.cancel()


@dataclass(slots=True)
class _Asking:
    """Who is at the other end, believed for a moment."""

    headers: Headers
    _acting: Acting | None = None
    _until: float = 0.0

    async def acting(self) -> Acting:
        now = asyncio.get_running_loop().time()
        if self._acting is None or now >= self._until:
            self._acting = await sync_to_async(who_asks)(self.headers, OPERATION)
            self._until = now + BELIEVED_SECONDS
        return self._acting


async def _asked(text: str, asking: _Asking, line: FloorLine) -> asyncio.Future[Reply]:
    """Send a message on, and give what will be its answer."""
    key = ""
    try:
        sent = json.loads(text)
        key = str(sent.get("key", "")) if isinstance(sent, dict) else ""
        acting = await asking.acting()
        return line.ask(asked(Sent.validate_python(sent), acting))
    except ValidationError as fault:
        first = fault.errors()[0]
        name = str(first["loc"][-1]) if first["loc"] else "message"
        refusal: Refusal = NotUnderstood(field=name, name=name, why=first["msg"])
    except ValueError as fault:
        refusal = NotUnderstood(name="message", why=str(fault))
    except Refusal as no:
        refusal = no
    at_once: asyncio.Future[Reply] = asyncio.Future()
    at_once.set_result(Reply(key, 0, REFUSED, 0, told(refusal)))
    return at_once


async def _answer(send: Send, answers: asyncio.Queue[asyncio.Future[Reply]]) -> None:
    while True:
        reply = await (await answers.get())
        text = json.dumps(reply.as_json(), ensure_ascii=False)
        await send({"type": "websocket.send", "text": text})
