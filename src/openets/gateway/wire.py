"""The line between the floor and those who ask it: one JSON object a line. Pure.

Before anything else both sides prove that they know the secret, without sending it:

| from | says |
|---|---|
| floor | `{"nonce": a}` |
| asking side | `{"nonce": b, "proof": of a}` |
| floor | `{"proof": of b}` |

Then the asking side sends requests, each with a number of its own, and may ask once for the
market data; the floor sends answers with the number of their request, and events.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from openets.gateway.requests import Act, Reply, Request
from openets.kernel.acting import Acting

LONGEST_LINE = 64 * 1024
"""Bytes; a longer one ends the connection."""
ASKING, FLOOR = "asking", "floor"
LISTEN = {"do": "listen"}

Said = Mapping[str, Any]
"""One line, read."""


class NotOurs(Exception):
    """The other side speaks another language, or does not know the secret."""


def line(said: Said) -> bytes:
    """Write one line."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def heard(text: bytes) -> Said:
    """Read one line.

    Raises:
        NotOurs.
    """
    try:
        said = json.loads(text)
    except ValueError as fault:
        raise NotOurs("a line is no JSON") from fault
    if not isinstance(said, dict):
        raise NotOurs("a line is no object")
    return said


class Lines:
    """What has arrived of a stream, cut into lines."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    def fed(self, data: bytes) -> Iterator[Said]:
        """The lines that are complete now.

        Raises:
            NotOurs: a line is longer than any may be, or not one of ours.
        """
        *complete, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise NotOurs("a line does not end")
        for text in complete:
            yield heard(text)


def proof(secret: str, side: str, nonce: str) -> str:
    """What a side shows to prove that it knows the secret."""
    return hmac.new(secret.encode(), f"{side} {nonce}".encode(), hashlib.sha256).hexdigest()


def is_proof(shown: object, *, secret: str, side: str, nonce: str) -> bool:
    """Whether what a side showed proves it."""
    return isinstance(shown, str) and hmac.compare_digest(
        shown.encode(), proof(secret, side, nonce).encode()
    )


def asked(number: int, request: Request) -> bytes:
    """A request as a line."""
    acting = request.acting
    said = {
        "id": number,
        "do": request.act,
        "key": request.key,
        "who": [acting.person, acting.role, acting.organisation],
        "order": request.order,
    }
    if request.act != Act.WITHDRAW:
        said |= {"qty": request.qty, "price_fen": request.price_fen}
    if request.act == Act.ENTER:
        said |= {"product": request.product, "buy": request.buy, "tif": request.tif}
    return line(said)


def request_of(said: Said) -> tuple[int, Request]:
    """The number of a request, and what it asks.

    Raises:
        NotOurs.
    """
    try:
        person, role, organisation = said["who"]
        return int(said["id"]), Request(
            act=Act(said["do"]),
            key=str(said["key"]),
            acting=Acting(str(person), str(role), str(organisation)),
            order=int(said["order"]),
            product=str(said.get("product", "")),
            buy=bool(said.get("buy", False)),
            qty=int(said.get("qty", 0)),
            price_fen=None if said.get("price_fen") is None else int(said["price_fen"]),
            tif=str(said.get("tif", "day")),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise NotOurs(f"no request: {fault}") from fault


def answered(number: int, reply: Reply) -> bytes:
    """An answer as a line."""
    return line({"id": number, **reply.as_json()})


def reply_of(said: Said) -> tuple[int, Reply]:
    """The number of the request that is answered, and the answer.

    Raises:
        NotOurs.
    """
    try:
        return said["id"], Reply(
            said["key"], said["order"], said["state"], said["traded_t"], said["refusal"]
        )
    except KeyError as fault:
        raise NotOurs(f"no answer: {fault}") from fault
