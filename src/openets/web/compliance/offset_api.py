"""Offset applications, for programs."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.casework import queries as cases
from openets.compliance import operations, queries
from openets.compliance.models import OffsetApplication
from openets.compliance.procedures import OFFSET
from openets.parties import queries as parties
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.models import Lot
from openets.rulebook.load import law
from openets.web import clock
from openets.web.compliance.offsets import reference_of
from openets.web.guards import acting_of, within
from openets.web.schemas import Tonnes, answers

router = Router(tags=["compliance"])


class OfferedIn(Schema):
    """How much of a lot, by its code."""

    lot: str = Field(max_length=60)
    amount_t: Tonnes


class OffsetIn(Schema):
    """What is offered, each lot once; the caller's `reference` makes it happen once."""

    reference: str = Field(min_length=1, max_length=39)
    offered: list[OfferedIn] = Field(min_length=1, max_length=100)


class OffsetOut(Schema):
    """An application and where it stands; `confirmed_t` is null until it is decided."""

    reference: str
    case: int
    organisation: str
    year: int
    amount_t: Tonnes
    confirmed_t: Tonnes | None
    filed_at: datetime
    state: str


@router.get("", response=answers(list[OffsetOut]))
@within("offset.read")
def listed(request: HttpRequest, year: int) -> list[OffsetOut]:
    """The offset applications of a year within one's reach, the newest first."""
    reach = parties.within_reach(acting_of(request), "offset.read")
    return _out(list(queries.offsets_of_year(year, reach)))


@router.post("/{year}", response=answers(OffsetOut))
@within("compliance.file_offset")
def file(request: HttpRequest, year: int, body: OffsetIn) -> OffsetOut:
    """Apply to use reductions of the organisation one acts for; they are frozen at once."""
    acting = acting_of(request)
    entity = parties.organisation(acting.organisation)
    known = {held.lot.code: held.lot for held in holdings.holdings(entity)}
    offered: dict[Lot, int] = {}
    for row, each in enumerate(body.offered, start=1):
        if each.lot not in known:
            raise registry.NoSuchLot(row=row, field="lot", lot=each.lot)
        lot = known[each.lot]
        offered[lot] = offered.get(lot, 0) + each.amount_t
    filed = operations.file_offset(
        organisation=entity,
        year=year,
        offered=offered,
        reference=reference_of(acting, year, body.reference),
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _out([filed])[0]


def _out(found: Sequence[OffsetApplication]) -> list[OffsetOut]:
    standing = cases.of_subjects(OFFSET, [application.reference for application in found])
    return [
        OffsetOut(
            reference=application.reference,
            case=standing[application.reference].pk,
            organisation=application.organisation.code,
            year=application.year,
            amount_t=application.amount_t,
            confirmed_t=application.confirmed_t,
            filed_at=application.filed_at,
            state=standing[application.reference].state,
        )
        for application in found
    ]
