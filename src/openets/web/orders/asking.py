"""From what a program sends to what is asked of the floor, and to the answer."""

from functools import cache
from typing import Annotated, Literal

from django.conf import settings
from ninja import Schema
from pydantic import Field, TypeAdapter

from openets.gateway.address import address_of
from openets.gateway.calling import Caller
from openets.gateway.requests import (
    Reply,
    Request,
    enter_order,
    refusal_of,
    replace_order,
    withdraw_order,
)
from openets.kernel.acting import Acting
from openets.web.orders.schemas import Key, Number, OrderIn, ReplacementIn

PATIENCE_SECONDS = 2.0
"""How long a page's thread waits for a floor that takes over: it is kept from other pages."""
LATER = {"floor_busy", "floor_away"}
"""Refusals of the moment, to be tried again."""


class EnterIn(OrderIn):
    """An order to enter."""

    do: Literal["enter"] = "enter"


class WithdrawIn(Schema):
    """An open order to withdraw."""

    do: Literal["withdraw"]
    key: Key
    order: Number


class ReplaceIn(ReplacementIn):
    """An open order to replace."""

    do: Literal["replace"]
    order: Number


Sent = TypeAdapter[EnterIn | WithdrawIn | ReplaceIn](
    Annotated[EnterIn | WithdrawIn | ReplaceIn, Field(union_mode="left_to_right")]
)
"""What is sent over a socket."""


def asked(sent: EnterIn | WithdrawIn | ReplaceIn, acting: Acting) -> Request:
    """What somebody asks of the floor for their own organisation.

    Raises:
        NotYourRole.
    """
    match sent:
        case WithdrawIn():
            return withdraw_order(key=sent.key, order=sent.order, acting=acting)
        case ReplaceIn():
            return replace_order(
                key=sent.key,
                order=sent.order,
                qty=sent.qty,
                price_fen=sent.price_fen,
                acting=acting,
            )
        case _:
            return entered(sent, acting)


def entered(sent: OrderIn, acting: Acting) -> Request:
    """The request to enter an order.

    Raises:
        NotYourRole.
    """
    return enter_order(
        key=sent.key,
        product=sent.product,
        buy=sent.buy,
        qty=sent.qty,
        price_fen=sent.price_fen,
        tif=sent.tif,
        acting=acting,
    )


@cache
def caller() -> Caller:
    """The line of this process to the floor."""
    floors = [address_of(floor) for floor in settings.FLOORS]
    return Caller(floors, secret=settings.FLOOR_SECRET, patience_seconds=PATIENCE_SECONDS)


def answered(request: Request) -> Reply:
    """What the floor answers to a form; its no is raised here as well.

    Raises:
        Refusal: the floor's, and FloorBusy, FloorAway.
    """
    reply = caller().ask(request)
    if reply.refusal is not None:
        raise refusal_of(reply.refusal)
    return reply


def status_of(reply: Reply) -> int:
    """The status under which a reply is given: done, refused, or to be tried again."""
    if reply.refusal is None:
        return 200
    return 503 if reply.refusal["code"] in LATER else 422
