"""Entities for programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from openets.allocation import queries as allocation
from openets.allocation.models import LineDetermination
from openets.parties import queries as parties
from openets.web import clock
from openets.web.context import compliance_years
from openets.web.entities.duties import duty_sheet
from openets.web.entities.listing import Listing
from openets.web.entities.one import entity_page
from openets.web.entities.page import EntityPage, EntityRow
from openets.web.guards import open_in_demo, public
from openets.web.schemas import Exact, Fen, StepOut, Tonnes, answers
from openets.web.viewer import may_see_district, may_see_money, must_see_entity, viewer_of

router = Router(tags=["entities"])


class AskedIn(Schema):
    """Filters, order and page; an empty filter asks for all, no year for the latest."""

    year: int | None = None
    name: str = ""
    district: str = ""
    industry: str = ""
    method: str = ""
    status: str = ""
    sort: str = Field("", description="name, district, verified, allocated or gap; - descends")
    page: Annotated[int, Field(ge=1)] = 1
    size: Annotated[int, Field(ge=1, le=500)] = 100


class EntityOut(Schema):
    """An entity in one compliance year; `balance_t` below nought is a shortfall."""

    no: int
    name: str
    district: str
    industry: str
    year: int
    methods: list[str]
    verified_tco2e: Tonnes | None
    allocated_t: Tonnes | None
    balance_t: Tonnes | None
    status: str | None
    synthetic: bool


class EntitiesOut(Schema):
    """A page of entities; the totals are over all found."""

    count: int
    page: int
    pages: int
    verified_total_tco2e: Tonnes
    allocated_total_t: Tonnes
    items: list[EntityOut]


class EmissionsOut(Schema):
    """A year's emissions as reported (or inventoried) and as verified."""

    year: int
    reported_tco2e: Tonnes
    verified_tco2e: Tonnes | None


class DutyOut(Schema):
    """The surrender duty of a year, live; all but `obligation_t` are parts of how it was met."""

    year: int
    deadline: date | None
    obligation_t: Tonnes
    allowances_t: Tonnes
    advance_t: Tonnes
    offsets_t: Tonnes
    offset_limit_t: Tonnes | None
    missing_t: Tonnes


class LockOut(Schema):
    """Units that may not be used, and why."""

    cause: str
    amount_t: Tonnes


class HoldingOut(Schema):
    """Units of a lot on an account; what orders keep is told to those who may see it."""

    account: str
    lot: str
    traded: bool
    held_t: Tonnes
    reserved_t: Tonnes | None
    locks: list[LockOut]


class CashOut(Schema):
    """Money of a participant."""

    available_fen: Fen
    reserved_fen: Fen


class OneEntityOut(Schema):
    """Everything known of an entity that the asker may see; `cash` is left out for others."""

    no: int
    name: str
    district: str
    industry: str
    listed_since: date | None
    synthetic: bool
    emissions: list[EmissionsOut]
    duties: list[DutyOut]
    holdings: list[HoldingOut]
    cash: CashOut | None


class LineOut(Schema):
    """A line's and product's part of an allowance."""

    line: str
    product: str
    method: str
    base: Exact | None
    base_years: list[int]
    coefficient: Exact | None
    allowance_exact_t: Exact
    explanation: list[StepOut]


class AllocationOut(Schema):
    """An entity's allowance of a year with its working."""

    no: int
    year: int
    verified_tco2e: Tonnes
    allowance_t: Tonnes
    gap_t: Tonnes
    gap_ratio: Exact | None
    relief: str
    determined_t: Tonnes
    advance_limit_t: Tonnes
    pre_allocation_t: Tonnes | None
    calculated_at: datetime
    notified_at: datetime | None
    synthetic: bool
    lines: list[LineOut]
    explanation: list[StepOut]


class DutyLineOut(Schema):
    """One of the five duties of an entity and year, and how it stands."""

    duty: str = Field(description="control, report, surrender, disclose or supervise")
    state: str
    state_zh: str
    tone: str = Field(description="good, warn, bad, or empty while nothing is due")
    due_date: date | None
    said: str
    said_zh: str
    article: str


@router.get("", response=answers(EntitiesOut))
@public
def entities(request: HttpRequest, asked: Query[AskedIn]) -> EntitiesOut:
    """The list of a year, with emissions, allowance and status as far as the asker may see."""
    today = clock.today(request)
    year = asked.year or max(compliance_years(), default=today.year)
    sees_figures = may_see_district(viewer_of(request), asked.district)
    listing = Listing(year, asked.dict(), on=today, sees_figures=sees_figures)
    rows = listing.page(asked.page, asked.size)
    verified_t, allocated_t = listing.totals()
    return EntitiesOut(
        count=rows.paginator.count,
        page=rows.number,
        pages=rows.paginator.num_pages,
        verified_total_tco2e=verified_t,
        allocated_total_t=allocated_t,
        items=[_row(row, year) for row in rows],
    )


@router.get("/{number}", response=answers(OneEntityOut))
@open_in_demo("allocation.read")
def entity(request: HttpRequest, number: int) -> OneEntityOut:
    """One entity: emissions by year, duties, holdings by lot, and money for those who may see."""
    organisation, viewer = parties.entity(number), viewer_of(request)
    must_see_entity(viewer, organisation)
    today = clock.today(request)
    sees_money = may_see_money(viewer, organisation)
    page = entity_page(organisation, year=today.year, today=today, sees_money=sees_money)
    return OneEntityOut(
        no=page.no,
        name=page.name,
        district=page.district,
        industry=page.industry,
        listed_since=page.listed_since,
        synthetic=settings.DEMO,
        emissions=[
            EmissionsOut(
                year=row.year, reported_tco2e=row.reported_t, verified_tco2e=row.verified_t
            )
            for row in page.emissions
        ],
        duties=_duties(page),
        holdings=_holdings(page),
        cash=_cash(page),
    )


@router.get("/{number}/duties/{year}", response=answers(list[DutyLineOut]))
@open_in_demo("allocation.read")
def duties(request: HttpRequest, number: int, year: int) -> list[DutyLineOut]:
    """The duty sheet of an entity and year; a unit not on the list of the year has none."""
    organisation = parties.entity(number)
    must_see_entity(viewer_of(request), organisation)
    return [
        DutyLineOut(
            duty=line.name,
            state=line.status.label.en,
            state_zh=line.status.label.zh,
            tone=line.status.tone,
            due_date=line.due_date,
            said=line.said.en,
            said_zh=line.said.zh,
            article=line.article,
        )
        for line in duty_sheet(organisation, year, today=clock.today(request))
    ]


@router.get("/{number}/allocations/{year}", response=answers(AllocationOut))
@open_in_demo("allocation.read")
def allocations(request: HttpRequest, number: int, year: int) -> AllocationOut:
    """An entity's allowance of a year: every line, every step of the working, every article."""
    organisation = parties.entity(number)
    must_see_entity(viewer_of(request), organisation)
    row = allocation.published_of(organisation, year)
    return AllocationOut(
        no=number,
        year=year,
        verified_tco2e=row.verified_t,
        allowance_t=row.allowance_t,
        gap_t=row.gap_t,
        gap_ratio=row.gap_ratio,
        relief=row.relief,
        determined_t=row.determined_t,
        advance_limit_t=row.advance_limit_t,
        pre_allocation_t=row.pre_allocation_t,
        calculated_at=row.calculated_at,
        notified_at=row.notified_at,
        synthetic=settings.DEMO,
        lines=[_line(line) for line in row.lines.all()],
        explanation=row.explanation,
    )


def _row(row: EntityRow, year: int) -> EntityOut:
    return EntityOut(
        no=row.no,
        name=row.name,
        district=row.district,
        industry=row.industry,
        year=year,
        methods=list(row.methods),
        verified_tco2e=row.verified_t,
        allocated_t=row.allocated_t,
        balance_t=row.gap_t,
        status=row.duty,
        synthetic=settings.DEMO,
    )


def _duties(page: EntityPage) -> list[DutyOut]:
    return [
        DutyOut(
            year=row.year,
            deadline=row.deadline_date,
            obligation_t=row.obligation_t,
            allowances_t=row.allowances_t,
            advance_t=row.advance_t,
            offsets_t=row.offsets_t,
            offset_limit_t=row.offset_limit_t,
            missing_t=row.missing_t,
        )
        for row in page.surrenders
    ]


def _holdings(page: EntityPage) -> list[HoldingOut]:
    return [
        HoldingOut(
            account=row.account.en,
            lot=row.code,
            traded=row.traded,
            held_t=row.held_t,
            reserved_t=row.reserved_t if page.sees_money else None,
            locks=[LockOut(cause=cause.en, amount_t=amount) for cause, amount in row.locks],
        )
        for row in page.holdings
    ]


def _cash(page: EntityPage) -> CashOut | None:
    if page.cash_available_fen is None or page.cash_reserved_fen is None:
        return None
    return CashOut(available_fen=page.cash_available_fen, reserved_fen=page.cash_reserved_fen)


def _line(line: LineDetermination) -> LineOut:
    return LineOut(
        line=line.line,
        product=line.product,
        method=line.method,
        base=line.base,
        base_years=[int(year) for year in line.base_years.split(";") if year],
        coefficient=line.coefficient,
        allowance_exact_t=Decimal(line.allowance_exact),
        explanation=line.explanation,
    )
