"""Halts, alerts and the replayed book, for programs."""

from datetime import date, datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from openets.casework import queries as casework
from openets.rulebook.load import law
from openets.surveillance import queries as surveillance
from openets.surveillance.procedures import ALERT
from openets.trading import operations as trading
from openets.trading import queries as market
from openets.trading.causes import Cause
from openets.trading.models import Intervention, InterventionKind
from openets.web import clock
from openets.web.guards import acting_of, guarded, public, within
from openets.web.schemas import answers

router = Router(tags=["risk"])

MOST = 500


class InterventionOut(Schema):
    """What the exchange decided and carried out; `product` is empty for the whole market."""

    id: int
    kind: str
    product: str
    cause: str
    announcement: str
    carried_out_at: datetime
    ended_at: datetime | None


class HaltIn(Schema):
    """A halt to decide, for another person to carry out; one `reference` is one decision."""

    product: str = Field("", description="empty: the whole market")
    cause: Cause
    reason: str = Field(max_length=2000)
    announcement: str = Field(max_length=2000)
    reference: Annotated[str, Field(min_length=1, max_length=40)]


class DecidedOut(Schema):
    """The number of a decision, and its state."""

    id: int
    state: str


class AlertsIn(Schema):
    """Filters; empty asks for all."""

    day: date | None = None
    pattern: str = ""


class AlertOut(Schema):
    """A pattern that was found, with the numbers of its evidence."""

    id: int
    day: date
    pattern: str
    product: str
    parties: list[str]
    figures: dict[str, str | int]
    orders: list[int]
    trades: list[int]
    from_at: datetime
    until_at: datetime
    state: str


class FrameOut(Schema):
    """The book after one step of a day: levels as price in fen, tonnes and orders."""

    step: int
    steps: int
    at: datetime | None
    bids: list[tuple[int, int, int]]
    asks: list[tuple[int, int, int]]


@router.get("/announcements", response=answers(list[InterventionOut]))
@public
def announcements(request: HttpRequest) -> list[InterventionOut]:
    """What the exchange announced, the newest first; a halt without `ended_at` is in force."""
    done = market.interventions().filter(carried_out_at__isnull=False)
    return [
        InterventionOut(
            id=row.pk,
            kind=row.kind,
            product=_product(row),
            cause=row.cause,
            announcement=row.announcement,
            carried_out_at=row.carried_out_at or row.decided_at,
            ended_at=row.ended_at,
        )
        for row in done[:MOST]
    ]


@router.post("/halts", response=answers(DecidedOut))
@guarded("trading.decide_halt")
def decide_halt(request: HttpRequest, body: HaltIn) -> DecidedOut:
    """Decide to halt trading in a product, or on the whole market."""
    made = trading.decide_halt(
        product=market.product(body.product) if body.product else None,
        cause=body.cause,
        reason=body.reason,
        announcement=body.announcement,
        reference=body.reference,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return DecidedOut(id=made.pk, state="decided")


@router.post("/halts/{number}/halt", response=answers(DecidedOut))
@guarded("trading_halt.halt")
def halt(request: HttpRequest, number: int) -> DecidedOut:
    """Carry a decided halt out, as another person than who decided it."""
    row = market.halt(number)
    rules = law(settings.JURISDICTION)
    trading.halt(intervention=row, law=rules, acting=acting_of(request), at=clock.now(request))
    return DecidedOut(id=row.pk, state="in_force")


@router.get("/alerts", response=answers(list[AlertOut]))
@within("market_risk.read")
def alerts(request: HttpRequest, asked: Query[AlertsIn]) -> list[AlertOut]:
    """The latest alerts, of a day or a pattern."""
    found = surveillance.alerts()
    if asked.day:
        found = found.filter(day=asked.day)
    if asked.pattern:
        found = found.filter(pattern=asked.pattern)
    rows = list(found[:MOST])
    states = casework.states(ALERT, [row.reference for row in rows])
    return [
        AlertOut(
            id=row.pk,
            day=row.day,
            pattern=row.pattern,
            product=row.product.code,
            parties=row.parties,
            figures=row.figures,
            orders=row.orders,
            trades=row.trades,
            from_at=row.from_at,
            until_at=row.until_at,
            state=states[row.reference],
        )
        for row in rows
    ]


@router.get("/replay/{product}/{day}", response=answers(FrameOut))
@within("market_risk.read")
def replay(request: HttpRequest, product: str, day: date, step: int = 1) -> FrameOut:
    """The book of a product after a step of a day, rebuilt from the journal."""
    found = surveillance.replay(market.product(product), day, step=step)
    frame = found.frame
    return FrameOut(
        step=found.step,
        steps=len(found.steps),
        at=frame.at if frame else None,
        bids=list(frame.bids) if frame else [],
        asks=list(frame.asks) if frame else [],
    )


def _product(row: Intervention) -> str:
    if row.kind == InterventionKind.CANCELLATION and row.trade:
        return row.trade.product.code
    return row.product.code if row.product else ""
