"""Orders (交易申报) for programs: each is answered when it is durable."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from openets.gateway.requests import Request, replace_order, withdraw_order
from openets.parties import queries as parties
from openets.trading import queries as trading
from openets.trading.models import Order
from openets.web.guards import acting_of, within
from openets.web.orders.asking import caller, entered, status_of
from openets.web.orders.schemas import AnswerOut, Key, Number, OrderIn, ReplacementIn
from openets.web.schemas import Fen, RefusalOut, Tonnes, answers

router = Router(tags=["orders"])

Answered = Status[dict[str, Any]]
ANSWERS = {200: AnswerOut, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut} | dict.fromkeys(
    (422, 503), AnswerOut | RefusalOut
)


class OpenOrderOut(Schema):
    """An open order of one's own organisation."""

    order: int
    key: str
    product: str
    buy: bool
    price_fen: Fen | None
    qty: Tonnes
    remaining_t: Tonnes
    entered_at: datetime


@router.get("", response=answers(list[OpenOrderOut]))
@within("gateway.enter_order")
def open_orders(request: HttpRequest) -> list[OpenOrderOut]:
    """The open orders of one's own organisation, oldest first."""
    own = parties.organisation(acting_of(request).organisation)
    return [_open(order) for order in trading.open_orders_of(own)]


@router.post("", response=ANSWERS)
@within("gateway.enter_order")
def enter(request: HttpRequest, body: OrderIn) -> Answered:
    """Enter an order; the same key again tells what became of it."""
    return _answered(entered(body, acting_of(request)))


@router.put("/{order}", response=ANSWERS)
@within("gateway.replace_order")
def replace(request: HttpRequest, order: Path[Number], body: ReplacementIn) -> Answered:
    """Put another order in the place of an open one; the same key again tells what became of it."""
    acting = acting_of(request)
    return _answered(replace_order(**body.dict(), order=order, acting=acting))


@router.delete("/{order}", response=ANSWERS)
@within("gateway.withdraw_order")
def withdraw(
    request: HttpRequest,
    order: Path[Number],
    key: Key = "withdraw",
) -> Answered:
    """Withdraw an open order; one that is withdrawn already is answered the same."""
    return _answered(withdraw_order(key=key, order=order, acting=acting_of(request)))


def _answered(request: Request) -> Answered:
    reply = caller().ask(request)
    return Status(status_of(reply), reply.as_json())


def _open(order: Order) -> OpenOrderOut:
    return OpenOrderOut(
        order=order.pk,
        key=order.key,
        product=order.product.code,
        buy=order.buy,
        price_fen=order.price_fen,
        qty=order.qty,
        remaining_t=order.remaining,
        entered_at=order.entered_at,
    )
