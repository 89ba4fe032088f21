"""Deals, intents and picks for programs. A `reference` of the caller makes each happen once."""

from datetime import datetime
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.deals import operations, queries
from openets.deals.models import Deal, Intent
from openets.kernel.quantity import Fen as Money
from openets.kernel.quantity import Tonnes as Amount
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.trading.models import Method
from openets.web import clock
from openets.web.deals.views import own_or_all
from openets.web.guards import acting_of, within
from openets.web.schemas import Fen, Tonnes, answers

router = Router(tags=["deals"])
Reference = Field(min_length=1, max_length=40)
Side = Literal["buy", "sell"]
NOTE = Field("", max_length=200)


class DealIn(Schema):
    """A proposal to a counterparty, named by its code."""

    method: Literal["negotiated_transfer", "block_deal"]
    counterparty: str
    product: str
    side: Side
    price_fen: Fen = Field(ge=1)
    qty_t: Tonnes = Field(ge=1)
    note: str = NOTE
    reference: str = Reference


class CounterIn(Schema):
    """The same at another price or quantity."""

    price_fen: Fen = Field(ge=1)
    qty_t: Tonnes = Field(ge=1)
    note: str = NOTE
    reference: str = Reference


class NoteIn(Schema):
    """What the other side says."""

    note: str = NOTE


class DealOut(Schema):
    """A deal as it stands; `side` is the proposer's."""

    number: int
    method: str
    product: str
    proposer: str
    counterparty: str
    side: str
    price_fen: Fen
    qty_t: Tonnes
    state: str
    proposed_at: datetime
    trade: int | None
    counter_to: int | None


class IntentIn(Schema):
    """What one would buy or sell today."""

    product: str
    side: Side
    qty_t: Tonnes = Field(ge=1)
    price_fen: Fen | None = Field(None, ge=1)
    reference: str = Reference


class IntentOut(Schema):
    """An intent of the day."""

    number: int
    holder: str
    product: str
    side: str
    qty_t: Tonnes
    price_fen: Fen | None


class PickIn(Schema):
    """A listed price to take."""

    product: str
    side: Side
    price_fen: Fen = Field(ge=1)
    qty_t: Tonnes = Field(ge=1)
    reference: str = Reference


class PickOut(Schema):
    """What was traded of a pick."""

    order: int
    state: str
    traded_t: Tonnes


@router.get("", response=answers(list[DealOut]))
@within("deals.read")
def deals(request: HttpRequest) -> list[DealOut]:
    """One's own deals on either side, newest first; to the exchange all."""
    return [_out(row, request) for row in queries.deals(own_or_all(request))[:200]]


@router.post("", response=answers(DealOut))
@within("deals.propose")
def propose(request: HttpRequest, body: DealIn) -> DealOut:
    """Propose a deal; what it promises is held."""
    acting = acting_of(request)
    made = operations.propose(
        method=Method(body.method),
        proposer=parties.organisation(acting.organisation),
        counterparty=parties.registered(body.counterparty),
        product=body.product,
        buys=body.side == "buy",
        price_fen=Money(body.price_fen),
        qty=Amount(body.qty_t),
        note=body.note,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _out(made, request)


@router.get("/intents", response=answers(list[IntentOut]))
@within("deals.read")
def intents(request: HttpRequest) -> list[IntentOut]:
    """Everybody's intents of the day."""
    return [_intent(row) for row in queries.intents(clock.today(request))]


@router.post("/intents", response=answers(IntentOut))
@within("deals.post_intent")
def post_intent(request: HttpRequest, body: IntentIn) -> IntentOut:
    """Post an intent; it binds nobody."""
    acting = acting_of(request)
    made = operations.post_intent(
        holder=parties.organisation(acting.organisation),
        product=body.product,
        buys=body.side == "buy",
        qty=Amount(body.qty_t),
        price_fen=None if body.price_fen is None else Money(body.price_fen),
        reference=body.reference,
        acting=acting,
        at=clock.now(request),
    )
    return _intent(made)


@router.delete("/intents/{number}", response=answers(IntentOut))
@within("deals.withdraw_intent")
def withdraw_intent(request: HttpRequest, number: int) -> IntentOut:
    """Take one's own intent back."""
    row = queries.intent(number)
    operations.withdraw_intent(intent=row, acting=acting_of(request), at=clock.now(request))
    return _intent(row)


@router.post("/picks", response=answers(PickOut))
@within("deals.pick")
def pick(request: HttpRequest, body: PickIn) -> PickOut:
    """Take a listed price out of the best five of the other side."""
    acting = acting_of(request)
    order = operations.pick(
        holder=parties.organisation(acting.organisation),
        product=body.product,
        buys=body.side == "buy",
        price_fen=Money(body.price_fen),
        qty=Amount(body.qty_t),
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return PickOut(order=order.id, state=order.state, traded_t=order.qty - order.remaining)


@router.get("/{number}", response=answers(DealOut))
@within("deals.read")
def deal(request: HttpRequest, number: int) -> DealOut:
    """One deal."""
    return _out(queries.deal(number, own_or_all(request)), request)


@router.post("/{number}/confirmation", response=answers(DealOut))
@within("deals.confirm")
def confirm(request: HttpRequest, number: int) -> DealOut:
    """Confirm; the trade is made and settled at once."""
    done = operations.confirm(
        deal=queries.deal(number, own_or_all(request)),
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(done, request)


@router.post("/{number}/counter", response=answers(DealOut))
@within("deals.counter")
def counter(request: HttpRequest, number: int, body: CounterIn) -> DealOut:
    """Answer by another price or quantity."""
    made = operations.counter(
        deal=queries.deal(number, own_or_all(request)),
        price_fen=Money(body.price_fen),
        qty=Amount(body.qty_t),
        note=body.note,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(made, request)


@router.post("/{number}/refusal", response=answers(DealOut))
@within("deals.refuse")
def refuse(request: HttpRequest, number: int, body: NoteIn) -> DealOut:
    """Refuse."""
    done = operations.refuse(
        deal=queries.deal(number, own_or_all(request)),
        note=body.note,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(done, request)


@router.delete("/{number}", response=answers(DealOut))
@within("deals.withdraw")
def withdraw(request: HttpRequest, number: int) -> DealOut:
    """Take one's own proposal back."""
    done = operations.withdraw(
        deal=queries.deal(number, own_or_all(request)),
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _out(done, request)


def _out(row: Deal, request: HttpRequest) -> DealOut:
    return DealOut(
        number=row.pk,
        method=row.method,
        product=row.product.code,
        proposer=row.proposer.code,
        counterparty=row.counterparty.code,
        side="buy" if row.proposer_buys else "sell",
        price_fen=row.price_fen,
        qty_t=row.qty,
        state=row.state_on(clock.today(request)),
        proposed_at=row.proposed_at,
        trade=row.trade_id,
        counter_to=row.counter_to_id,
    )


def _intent(row: Intent) -> IntentOut:
    return IntentOut(
        number=row.pk,
        holder=row.holder.code,
        product=row.product.code,
        side="buy" if row.buys else "sell",
        qty_t=row.qty,
        price_fen=row.price_fen,
    )
