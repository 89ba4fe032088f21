"""Accounting for programs: the factor sets, and the emissions of lines. Nothing is kept."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.kernel.quantity import plain
from openets.kernel.tables import LONGEST_CELL, TableRow
from openets.mrv.accounting.account import AccountedLine, exact_text
from openets.mrv.accounting.factors import FactorSet, factor_set, factor_sets
from openets.mrv.accounting.report import Report, account_table, restate_report
from openets.mrv.accounting.totals import Totals
from openets.web.guards import public
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
    return [_set(one) for one in factor_sets().values()]


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


def _set(one: FactorSet) -> dict[str, Any]:
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
