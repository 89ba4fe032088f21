"""How the duties of a year stand."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.compliance import operations
from openets.compliance import queries as compliance
from openets.compliance.obligation import surrender_deadline
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, must_reach, open_in_demo, within
from openets.web.schemas import Lots, Tonnes, answers
from openets.web.viewer import must_see_all, viewer_of

router = Router(tags=["compliance"])


class StatusOut(Schema):
    """A duty as it stands, and as it stood when the deadline had passed."""

    no: int
    name: str
    status: str
    verified_tco2e: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes
    status_at_deadline: str | None


class StatusesOut(Schema):
    """Every duty of a year on a day."""

    year: int
    on: date
    deadline: date | None
    synthetic: bool
    items: list[StatusOut]


@router.get("/{year}/statuses", response=answers(StatusesOut))
@open_in_demo("surrender.read")
def statuses(request: HttpRequest, year: int) -> StatusesOut:
    """The status of every entity's duty of a year, live and frozen at the deadline."""
    must_see_all(viewer_of(request))
    rules, today = law(settings.JURISDICTION), clock.today(request)
    entities = {entity.code: entity for entity in parties.entities(year)}
    frozen = compliance.frozen(year)
    items = []
    for standing in compliance.standings(year, rules, on=today):
        entity = entities[standing.entity]
        at_deadline = frozen.get(entity.pk)
        items.append(
            StatusOut(
                no=entity.number or 0,
                name=entity.name,
                status=standing.status,
                verified_tco2e=standing.verified_t,
                counted_t=standing.counted_t,
                open_t=standing.open_t,
                status_at_deadline=at_deadline.status if at_deadline else None,
            )
        )
    return StatusesOut(
        year=year,
        on=today,
        deadline=surrender_deadline(law=rules, year=year),
        synthetic=settings.DEMO,
        items=items,
    )


class SurrenderIn(Schema):
    """How many tonnes; the caller's `reference` makes it happen once."""

    amount_t: Tonnes
    reference: str = Field(min_length=1, max_length=40)
    lots: Lots = ()


class OwedOut(Schema):
    """What a year's duty asks now."""

    verified_tco2e: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes


class CreditOut(Schema):
    """How a duty was met: fulfilled, late or not_fulfilled, and what is open."""

    code: str
    name: str
    status: str
    open_t: Tonnes


@router.post("/{year}/surrenders", response=answers(OwedOut))
@within("compliance.surrender")
def surrender(request: HttpRequest, year: int, body: SurrenderIn) -> OwedOut:
    """Hand in allowances of the organisation one acts for."""
    acting = acting_of(request)
    left = operations.surrender(
        organisation=parties.organisation(acting.organisation),
        year=year,
        amount_t=body.amount_t,
        reference=body.reference,
        lots=body.lots,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return OwedOut(verified_tco2e=left.verified_t, counted_t=left.counted_t, open_t=left.open_t)


class ExtendIn(Schema):
    """The new last day to surrender, and why."""

    to: date
    reason: str = Field(max_length=2000)


class DeadlineOut(Schema):
    """An entity's own last day to surrender."""

    deadline: date


class ReturnedOut(Schema):
    """What returned to the entity's registry account."""

    returned_t: Tonnes


@router.post("/{year}/duties/{code}/extension", response=answers(DeadlineOut))
@within("compliance.extend_deadline")
def extend(request: HttpRequest, year: int, code: str, body: ExtendIn) -> DeadlineOut:
    """Give one entity a later deadline; the same day again changes nothing."""
    asked = _asked(request, year, code, "compliance.extend_deadline")
    return DeadlineOut(deadline=operations.extend_deadline(to=body.to, reason=body.reason, **asked))


@router.post("/{year}/duties/{code}/excess-return", response=answers(ReturnedOut))
@within("excess.return")
def give_back(request: HttpRequest, year: int, code: str) -> ReturnedOut:
    """Return what was surrendered beyond a corrected duty, once, by a second person."""
    asked = _asked(request, year, code, "excess.return")
    return ReturnedOut(returned_t=operations.return_excess(**asked))


def _asked(request: HttpRequest, year: int, code: str, operation: str) -> dict[str, Any]:
    organisation = parties.registered(code)
    return {
        "organisation": organisation,
        "year": year,
        "law": law(settings.JURISDICTION),
        "acting": must_reach(request, operation, organisation),
        "at": clock.now(request),
    }


@router.post("/{year}/credit-export", response=answers(list[CreditOut]))
@within("compliance.export_credit")
def credit(request: HttpRequest, year: int) -> list[CreditOut]:
    """How every duty of a year was met, for the credit evaluation; each time is journalled."""
    rows = operations.export_credit(
        year=year,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return [
        CreditOut(
            code=r.organisation.code, name=r.organisation.name, status=r.status, open_t=r.open_t
        )
        for r in rows
    ]
