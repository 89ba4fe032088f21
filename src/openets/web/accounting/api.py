"""Accounting for programs: factor sets, emissions of lines, and the restating of base years."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.kernel.quantity import plain
from openets.kernel.tables import LONGEST_CELL, TableRow
from openets.mrv import restatements, restating
from openets.mrv.accounting.account import AccountedLine, exact_text
from openets.mrv.accounting.compare import set_differences
from openets.mrv.accounting.factors import FactorSet, factor_set, factor_sets
from openets.mrv.accounting.report import Report, account_table, restate_report
from openets.mrv.accounting.totals import Totals
from openets.mrv.models import Restatement
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, guarded, must_reach, public, within
from openets.web.people.programs import WhoCalculates
from openets.web.schemas import RefusalOut, StepOut, Tonnes, answers

router = Router(tags=["accounting"])

MOST_LINES = 2000


class FactorOut(Schema):
    """Defaults of one item, with their source and how far they may be relied on."""

    table: str
    key: str
    zh: str
    method: str
    unit: str
    values: dict[str, str]
    set: str
    source: str
    confidence: str
    note: str


class FactorSetOut(Schema):
    """A factor set; `digest` is the SHA-256 of all that can move a result."""

    name: str
    title: str
    title_zh: str
    sector: str
    years: list[int]
    source: str
    confidence: str
    note: str
    gwp: str
    gwp_values: dict[str, str]
    digest: str
    factors: list[FactorOut]


class ActivityIn(Schema):
    """A line of activity data. Numbers are decimal strings, `measured` maps names to them."""

    facility: str = Field(max_length=LONGEST_CELL)
    source: str = Field(max_length=LONGEST_CELL)
    item: str = Field(max_length=LONGEST_CELL)
    quantity: str = Field(max_length=LONGEST_CELL)
    unit: str = Field(max_length=LONGEST_CELL)
    year: int | None = None
    measured: dict[str, str] = Field(default={}, max_length=40)
    captive_quantity: str = Field(default="", max_length=LONGEST_CELL)


class CalculationIn(Schema):
    """Lines, the set to account with, and perhaps other potentials and another set."""

    factors: str
    gwp: str = ""
    restate: str = ""
    lines: list[ActivityIn] = Field(max_length=MOST_LINES)


class AccountedLineOut(Schema):
    """A line with its emissions in tCO2e and why. `row` counts the lines sent, from 1."""

    row: int
    facility: str
    year: int
    source: str
    item: str
    gas: str
    emissions_exact: str
    emissions_t: str
    captive_t: str
    managed_t: str
    explanation: list[StepOut]


class AccountedTotalOut(Schema):
    """A facility's total of a year, or the report's, with `facility` empty."""

    facility: str
    year: int
    by_source_exact: dict[str, str]
    direct_exact: str
    indirect_exact: str
    emissions_exact: str
    emissions_t: Tonnes
    captive_t: Tonnes
    managed_t: Tonnes


class AccountedReportOut(Schema):
    """The lines by one set, totals of what is complete, and what was refused."""

    factor_set: str
    digest: str
    gwp: str
    lines: list[AccountedLineOut]
    totals: list[AccountedTotalOut]
    refusals: list[RefusalOut]


class CalculationOut(Schema):
    """The report, and the same lines by the other set, if one was named."""

    reported: AccountedReportOut
    restated: AccountedReportOut | None


@router.get("/factors", response=answers(list[FactorSetOut]))
@public
def factors(request: HttpRequest) -> list[dict[str, Any]]:
    """Every factor set with all its factors and their sources."""
    return [set_out(one) for one in factor_sets().values()]


@router.post("/calculate", response=answers(CalculationOut), auth=WhoCalculates())
@public
def calculate(request: HttpRequest, asked: CalculationIn) -> dict[str, Any]:
    """Account for lines; a refused line stands among the refusals and stops no other.

    Source: CQETS-24.
    """
    sets = [factor_set(name) for name in (asked.factors, *filter(None, [asked.restate]))]
    if asked.gwp:
        sets = [one.with_gwp(asked.gwp) for one in sets]
    table = [_row(number, line) for number, line in enumerate(asked.lines, start=1)]
    reported = account_table(table, factors=sets[0])
    again = [_report(restate_report(reported, factors=other)) for other in sets[1:]]
    return {"reported": _report(reported), "restated": again[0] if again else None}


def _row(number: int, line: ActivityIn) -> TableRow:
    """A line as a row of the table that the door reads, so that both refuse alike."""
    words = ("facility", "source", "item", "quantity", "unit", "captive_quantity")
    cells = {name: getattr(line, name) for name in words}
    cells["year"] = "" if line.year is None else str(line.year)
    cells["parameters"] = ";".join(f"{name}={value}" for name, value in line.measured.items())
    return TableRow(number, cells)


def set_out(one: FactorSet) -> dict[str, Any]:
    """A factor set as the interface tells it."""
    words = ("name", "title", "title_zh", "sector", "source", "confidence", "note", "digest")
    return {name: getattr(one, name) for name in words} | {
        "years": list(one.years),
        "gwp": one.gwp.name,
        "gwp_values": {gas: plain(value) for gas, value in one.gwp.values.items()},
        "factors": [
            {name: getattr(f, name) for name in FactorOut.model_fields}
            | {"values": {name: plain(value) for name, value in f.values.items()}}
            for f in one.factors
        ],
    }


def _report(report: Report) -> dict[str, Any]:
    sums = [_total(one.facility, one.year, one.totals) for one in report.facilities]
    return {
        "factor_set": report.factors.name,
        "digest": report.factors.digest,
        "gwp": report.factors.gwp.name,
        "lines": [_line(line) for line in report.lines],
        "totals": sums + [_total("", year, one) for year, one in report.by_year.items()],
        "refusals": [refusal.as_json() for refusal in report.refusals],
    }


def _line(line: AccountedLine) -> dict[str, Any]:
    activity = line.activity
    return {
        "row": activity.row,
        "facility": activity.facility,
        "year": activity.year,
        "source": activity.source.value,
        "item": activity.item,
        "gas": line.gas,
        "emissions_exact": exact_text(line.tco2e),
        "emissions_t": format(line.emissions_t, "f"),
        "captive_t": format(line.captive_t, "f"),
        "managed_t": format(line.managed_t, "f"),
        "explanation": line.explanation.as_json(),
    }


def _total(facility: str, year: int, totals: Totals) -> dict[str, Any]:
    return {
        "facility": facility,
        "year": year,
        "by_source_exact": {s.value: exact_text(one) for s, one in totals.by_source.items()},
        "direct_exact": exact_text(totals.direct_exact),
        "indirect_exact": exact_text(totals.indirect_exact),
        "emissions_exact": exact_text(totals.exact),
        "emissions_t": totals.total_t,
        "captive_t": totals.captive_t,
        "managed_t": totals.managed_t,
    }


class ValueDifferenceOut(Schema):
    """A value that differs between two sets; null where a set has none."""

    table: str
    key: str
    zh: str
    name: str
    before: str | None
    after: str | None


class RestatementOut(Schema):
    """A base year by another set; `lines` have both versions with their workings."""

    subject: str
    entity: str
    year: int
    number: int
    from_year: int
    factor_set: str
    digest: str
    gwp: str
    before_t: str
    after_t: str
    reasons: str
    confirmed: bool
    decided: bool
    lines: list[dict[str, Any]]
    explanation: list[StepOut]


class RestatementDifferenceOut(Schema):
    """What a set would change of an entity's base year, or why it cannot be told."""

    entity: str
    before_t: str
    after_t: str
    explanation: list[StepOut]
    refusal: RefusalOut | None


class ActivityDataIn(Schema):
    """Rows of activity data by column, and the set that was used then."""

    factors: str
    rows: list[dict[str, str]] = Field(max_length=MOST_LINES)


class RestatementAskedIn(Schema):
    """Which base year by which set, for allocations from which year on."""

    year: int
    factors: str
    gwp: str = ""
    from_year: int


class RestatementIn(RestatementAskedIn):
    """Of whom, and why; the same `reference` proposes once."""

    reference: str = Field(max_length=80)
    entities: list[str] = Field(max_length=2000)
    reasons: str


class RestatementsDecidedIn(Schema):
    """The subjects decided together; reasons where they are rejected."""

    subjects: list[str] = Field(max_length=2000)
    confirm: bool
    reasons: str = ""


class ActivityDataOut(Schema):
    """The data are on file under this digest."""

    digest: str


@router.get("/factors/compare", response=answers(list[ValueDifferenceOut]))
@public
def factors_compared(request: HttpRequest, before: str, after: str) -> list[dict[str, Any]]:
    """The values that differ between two factor sets. Source: CQ208-A1.M.2.2d."""
    return [
        {
            **{name: getattr(row, name) for name in ("table", "key", "zh", "name")},
            "before": None if row.before is None else plain(row.before),
            "after": None if row.after is None else plain(row.after),
        }
        for row in set_differences(factor_set(before), factor_set(after))
    ]


@router.get("/restatements", response=answers(list[RestatementOut]))
@within("restatement.read")
def listed_restatements(request: HttpRequest, year: int | None = None) -> list[dict[str, Any]]:
    """The restatements of everybody one reaches, the newest first. Source: CQ208-A1.M.2.2d."""
    reach = parties.within_reach(acting_of(request), "restatement.read")
    found = restatements.restatements(year).filter(report__organisation__in=reach.values("pk"))
    return [_restatement(one) for one in found]


@router.post("/restatements/differences", response=answers(list[RestatementDifferenceOut]))
@guarded("mrv.propose_restatements")
def restatement_differences(
    request: HttpRequest, asked: RestatementAskedIn
) -> list[dict[str, Any]]:
    """What a set would change of a base year, entity by entity; nothing is kept.

    Source: CQ208-A1.M.2.2d.
    """
    restating.must_be_base_year(asked.year, asked.from_year, law(settings.JURISDICTION))
    chosen = factor_set(asked.factors)
    if asked.gwp:
        chosen = chosen.with_gwp(asked.gwp)
    listed = list(parties.entities(asked.from_year))
    found, impossible = restatements.differences_of(
        listed, asked.year, chosen, from_year=asked.from_year
    )
    told = [
        {
            "entity": one.organisation.code,
            "before_t": plain(sum(row.total_t for row in one.figures.before)),
            "after_t": plain(sum(row.total_t for row in one.figures.after)),
            "explanation": [step.as_json() for step in one.figures.steps],
            "refusal": None,
        }
        for one in found
    ]
    return told + [
        {
            "entity": one.organisation.code,
            "before_t": "",
            "after_t": "",
            "explanation": [],
            "refusal": one.refusal.as_json(),
        }
        for one in impossible
    ]


@router.post("/restatements/{code}/{year}/activity", response=answers(ActivityDataOut))
@within("mrv.supply_activity")
def supply_activity(
    request: HttpRequest, code: str, year: int, body: ActivityDataIn
) -> dict[str, Any]:
    """Supply the activity data behind an inventory result. Source: CQ208-A1.M.2.2d."""
    organisation = parties.registered(code)
    acting = must_reach(request, "mrv.supply_activity", organisation)
    content = restating.supply_activity(
        organisation=organisation, year=year, **body.dict(), acting=acting, at=clock.now(request)
    )
    return {"digest": content.digest}


@router.post("/restatements", response=answers(list[RestatementOut]))
@within("mrv.propose_restatements")
def propose_restatements(request: HttpRequest, body: RestatementIn) -> list[dict[str, Any]]:
    """Propose a base year of entities by another set. Source: CQ208-A1.M.2.2d."""
    asked = body.dict()
    organisations = [parties.registered(code) for code in dict.fromkeys(asked.pop("entities"))]
    made = restating.propose_restatements(
        organisations=organisations,
        **asked,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return [_restatement(one) for one in made]


@router.post("/restatements/decide", response=answers(list[RestatementOut]))
@within("base_year_restatement.confirm")
def decide_restatements(request: HttpRequest, body: RestatementsDecidedIn) -> list[dict[str, Any]]:
    """Confirm or reject proposed restatements, as another person. Source: CQ208-A1.M.2.2d."""
    signed: dict[str, Any] = {"acting": acting_of(request), "at": clock.now(request)}
    if body.confirm:
        done = restating.confirm_restatements(subjects=body.subjects, **signed)
    else:
        done = restating.reject_restatements(subjects=body.subjects, reasons=body.reasons, **signed)
    return [_restatement(one) for one in done]


def _restatement(one: Restatement) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "entity": one.report.organisation.code,
        "year": one.report.year,
        "number": one.number,
        "from_year": one.from_year,
        "factor_set": one.factors,
        "digest": one.factors_digest,
        "gwp": one.gwp,
        "before_t": plain(one.before_t),
        "after_t": plain(one.after_t),
        "reasons": one.reasons,
        "confirmed": one.is_confirmed,
        "decided": one.decided_at is not None,
        "lines": one.lines,
        "explanation": one.explanation,
    }
