"""Totals, conservation and the journal's head for programs."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from openets.journal import queries as journal
from openets.registry import queries as registry
from openets.registry.queries import LotConservation
from openets.settlement import queries as settlement
from openets.web.context import compliance_years
from openets.web.guards import public
from openets.web.overview.views import year_totals
from openets.web.schemas import StepOut, Tonnes, answers, steps_out

router = Router(tags=["market as a whole"])


class TotalsOut(Schema):
    """Cap, reserve, allowances and verified emissions of a year."""

    year: int
    entities: int
    allocated_t: Tonnes | None
    reserve_t: Tonnes | None
    cap_t: Tonnes | None
    verified_tco2e: Tonnes | None
    explanation: list[StepOut] | None


class LotOut(Schema):
    """Where all units of a lot are: issued = held + surrendered + cancelled + withdrawn."""

    lot: str
    issued_t: Tonnes
    held_t: Tonnes
    surrendered_t: Tonnes
    cancelled_t: Tonnes
    withdrawn_t: Tonnes
    holds: bool


class ConservationOut(Schema):
    """Whether units and money are all there, and the units lot by lot."""

    units_hold: bool
    cash_holds: bool
    lots: list[LotOut]


class HeadOut(Schema):
    """The end of the journal's chain; `unsealed` entries wait for the next batch."""

    number: int
    digest: str
    unsealed: int
    latest_at: datetime | None


@router.get("/totals", response=answers(list[TotalsOut]))
@public
def totals(request: HttpRequest) -> list[TotalsOut]:
    """Every compliance year with its cap and its working."""
    return [
        TotalsOut(
            year=row.year,
            entities=row.entities,
            allocated_t=row.allocated_t,
            reserve_t=row.reserve_t,
            cap_t=row.cap_t,
            verified_tco2e=row.verified_t,
            explanation=steps_out(row.cap_working),
        )
        for row in year_totals(compliance_years())
    ]


@router.get("/conservation", response=answers(ConservationOut))
@public
def conservation(request: HttpRequest) -> ConservationOut:
    """Recount every lot and the money."""
    lots = registry.conservation()
    return ConservationOut(
        units_hold=all(lot.holds for lot in lots),
        cash_holds=settlement.conservation().holds,
        lots=[_lot(lot) for lot in lots],
    )


@router.get("/journal/head", response=answers(HeadOut))
@public
def head(request: HttpRequest) -> HeadOut:
    """The digest that proves everything before it."""
    number, digest = journal.head()
    return HeadOut(
        number=number,
        digest=digest,
        unsealed=journal.unsealed_count(),
        latest_at=journal.latest_at(),
    )


def _lot(lot: LotConservation) -> LotOut:
    return LotOut(
        lot=lot.lot,
        issued_t=lot.issued_t,
        held_t=lot.held_t,
        surrendered_t=lot.surrendered_t,
        cancelled_t=lot.cancelled_t,
        withdrawn_t=lot.withdrawn_t,
        holds=lot.holds,
    )
