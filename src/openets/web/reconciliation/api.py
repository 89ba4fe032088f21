"""Market days for programs: their reports, and what institutions and the bureau do to them."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.reconciliation import operations, queries
from openets.web import clock
from openets.web.guards import acting_of, guarded
from openets.web.schemas import answers

router = Router(tags=["reconciliation"])


class DayOut(Schema):
    """A market day: open, reconciled, differences, confirmed or closed."""

    day: date
    state: str
    differences: int


class StepOut(Schema):
    """A step of the day's case."""

    move: str
    at: str
    person: str
    organisation: str
    note: str


class ReportOut(Schema):
    """The registration agency's report of a day; amounts in tonnes and fen."""

    day: date
    state: str
    reconciled_at: str | None
    reconciled_by: str | None
    steps: list[StepOut]
    head: str | None
    sums: dict[str, Any] | None = Field(description="by book; lots and money at the day's end")
    differences: list[dict[str, Any]] = Field(description="each with what two books say")


class ExplanationIn(Schema):
    """Why a difference is there; `correction` is the subject of a journal entry."""

    note: str = Field(max_length=2000)
    correction: str = Field("", max_length=200)


class ReasonsIn(Schema):
    """Why."""

    reasons: str = Field(max_length=2000)


@router.get("/days", response=answers(list[DayOut]))
@guarded("reconciliation.read")
def days(request: HttpRequest) -> list[DayOut]:
    """Every market day whose trading was closed, newest first."""
    return [
        DayOut(day=found.day, state=found.case.state, differences=len(found.differences))
        for found in queries.market_days()
    ]


@router.get("/days/{day}", response=answers(ReportOut))
@guarded("reconciliation.read")
def report(request: HttpRequest, day: date) -> dict[str, Any]:
    """The daily report."""
    return _told(day)


@router.post("/days/{day}/reconcile", response=answers(ReportOut))
@guarded("reconciliation.reconcile")
def reconcile(request: HttpRequest, day: date) -> dict[str, Any]:
    """Compare the books; again gives what is there now."""
    operations.reconcile(day=day, acting=acting_of(request), at=clock.now(request))
    return _told(day)


@router.post("/days/{day}/confirm", response=answers(ReportOut))
@guarded("market_day.confirm")
def confirm(request: HttpRequest, day: date) -> dict[str, Any]:
    """Confirm it for the exchange."""
    operations.confirm(day=day, acting=acting_of(request), at=clock.now(request))
    return _told(day)


@router.post("/days/{day}/close", response=answers(ReportOut))
@guarded("market_day.close")
def close(request: HttpRequest, day: date) -> dict[str, Any]:
    """Close it for the registry."""
    operations.close(day=day, acting=acting_of(request), at=clock.now(request))
    return _told(day)


@router.post("/days/{day}/reopen", response=answers(ReportOut))
@guarded("market_day.reopen")
def reopen(request: HttpRequest, day: date, body: ReasonsIn) -> dict[str, Any]:
    """Open it again, for the bureau."""
    acting, moment = acting_of(request), clock.now(request)
    operations.reopen(day=day, reasons=body.reasons, acting=acting, at=moment)
    return _told(day)


@router.post("/days/{day}/differences/{number}/explain", response=answers(ReportOut))
@guarded("reconciliation.explain")
def explain(request: HttpRequest, day: date, number: int, body: ExplanationIn) -> dict[str, Any]:
    """Explain a difference; the same explanation twice is one."""
    operations.explain(
        day=day,
        number=number,
        note=body.note,
        correction=body.correction,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _told(day)


@router.post("/days/{day}/differences/{number}/defer", response=answers(ReportOut))
@guarded("reconciliation.defer")
def defer(request: HttpRequest, day: date, number: int, body: ReasonsIn) -> dict[str, Any]:
    """Decide that the correction of an explained difference may wait, for the bureau."""
    operations.defer(
        day=day,
        number=number,
        reasons=body.reasons,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _told(day)


def _told(day: date) -> dict[str, Any]:
    return queries.report(queries.market_day(day))
