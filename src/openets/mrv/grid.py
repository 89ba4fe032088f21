"""The annual report as a grid by facility and source: what it holds, and what is wrong with it.

Pure. Every emission follows from a row of activity data by the factor set the report names; the
rows per production line and product, which the allocation takes, follow from those or must agree.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from openets.kernel.quantity import Tonnes, half_up, plain
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.kernel.workbook import Fault
from openets.mrv.accounting.account import AccountedLine
from openets.mrv.accounting.factors import FactorSet
from openets.mrv.accounting.report import Report, ReportIncomplete, account_table
from openets.mrv.accounting.rows import CellEmpty
from openets.mrv.accounting.totals import Totals
from openets.mrv.evidence import wrong_evidence
from openets.mrv.figures import Figures, check_figures
from openets.mrv.report_lines import (
    AMOUNT_DECIMALS,
    MOST_DIGITS,
    CellsRead,
    LinesRead,
    fault_at,
    out_of_range,
)
from openets.mrv.report_sheets import ACTIVITY, KINDS, LINES, SUMMARY, number, numbered, quantities
from openets.mrv.sheets import FIRST_ROW, Grid, Row


class LinesDisagree(Refusal):
    """The lines emit more or less together than was accounted for."""

    code = "lines_disagree"
    article = "CQETS-24"
    zh = "各生产线排放量合计 {lines} 吨，与核算总量 {accounted} 吨（已扣除自备电厂）不一致"
    en = "The lines emit {lines} t together; {accounted} t were accounted for (captive power apart)"
    remedy_zh = "请核对各生产线的排放量，或留空由活动数据得出"
    remedy_en = "Check the emissions of the lines, or leave them empty to follow from the data"


class QuestionOpen(Refusal):
    """A figure changed so much that the report must say why."""

    code = "question_open"
    article = "CQETS-24.2"
    zh = "{name_zh} 由 {before} 变为 {after}（{change}%），须说明原因"
    en = "{name} changed from {before} to {after} ({change} %): say why"
    remedy_zh = "请在该行“说明”列填写变化原因"
    remedy_en = "Write the reason under “Explanation” of that row"


@dataclass(frozen=True, slots=True)
class LastYear:
    """What stood in the report of the year before, as far as it is known."""

    quantities: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)
    """By facility, source and item."""
    outputs: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """By line and product."""
    total_tco2e: Tonnes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure beside that of the year before; `asks` where it changed beyond the limit."""

    sheet: str
    row: int
    name: str
    name_zh: str
    before: Decimal
    after: Decimal
    asks: bool
    is_answered: bool

    @property
    def percent(self) -> Decimal:
        """How much it changed, in per cent to one decimal."""
        share = (Fraction(self.after) - Fraction(self.before)) / Fraction(self.before)
        return half_up(share * 100, 1)


@dataclass(frozen=True, slots=True)
class Checked:
    """A grid as checked: what was accounted for, what is wrong, what changed.

    `figures` and `totals` are there only when nothing is wrong with what they rest on.
    """

    accounted: Report
    faults: tuple[Fault, ...]
    changes: tuple[Change, ...]
    figures: tuple[Figures, ...]
    totals: Totals | None

    @property
    def lines(self) -> dict[int, AccountedLine]:
        """The accounted lines by the row of their sheet."""
        return {line.activity.row: line for line in self.accounted.lines if line.activity.row}

    @property
    def may_be_submitted(self) -> bool:
        """Whether nothing is wrong and every question is answered."""
        return not self.faults and not self.questions

    @property
    def questions(self) -> tuple[Fault, ...]:
        """The changes that nobody explained yet, at their places."""
        return tuple(_question(one) for one in self.changes if one.asks and not one.is_answered)


def check_grid(
    grid: Grid,
    *,
    year: int,
    factors: FactorSet,
    lines: Collection[str],
    last: LastYear,
    change_ratio: Decimal,
    documents: Collection[int] | None = None,
) -> Checked:
    """Check a report's grid (校验): account for it, reconcile its lines, compare with last year.

    `lines` are the registered ones, `documents` the numbers of those on file as evidence,
    where that is known; a change of `change_ratio` or more asks for an explanation.
    Source: CQETS-24, CQETS-24.2, CQETS-24b.
    """
    table = [TableRow(at, _cells(row)) for at, row in numbered(grid[ACTIVITY.name])]
    accounted = account_table(table, factors=factors, year=year)
    faults = [
        fault_at(ACTIVITY, refusal.row, refusal.field or "", refusal)
        for refusal in accounted.refusals
        if not isinstance(refusal, ReportIncomplete)
    ]
    faults += _bad_days(grid, year)
    if documents is not None:
        faults += wrong_evidence(KINDS, grid, documents)
    if not grid[ACTIVITY.name]:
        faults.append(
            fault_at(ACTIVITY, None, "", CellEmpty(name=ACTIVITY.en, name_zh=ACTIVITY.zh))
        )
    totals = accounted.by_year.get(year)
    if totals and abs(totals.exact) >= 10**MOST_DIGITS:
        too_much = out_of_range("Total emissions", "排放总量（tCO2e）", totals.total_t, 0)
        faults.append(fault_at(ACTIVITY, None, "", too_much))
    reading = LinesRead(grid, year, accounted)
    faults += reading.faults
    if reading.is_whole:
        faults += _wrong_figures(reading.figures, year, lines)
    if totals and reading.is_whole:
        faults += _disagreement(reading, totals)
    summary = next(iter(grid[SUMMARY.name]), {})
    if not summary.get("responsible"):
        asked = SUMMARY.column("responsible")
        empty = CellEmpty(article="BJETS-22", name=asked.en, name_zh=asked.zh)
        faults.append(fault_at(SUMMARY, FIRST_ROW, "responsible", empty))
    return Checked(
        accounted=accounted,
        faults=tuple(faults),
        changes=tuple(_changes(grid, last, totals, change_ratio)),
        figures=tuple(reading.figures) if reading.is_whole and not faults else (),
        totals=totals if not faults else None,
    )


def _cells(row: Row) -> dict[str, str]:
    own = {"meter", "from_date", "evidence", "note"}
    return {one.name: row.get(one.name, "") for one in ACTIVITY.columns if one.name not in own}


def _bad_days(grid: Grid, year: int) -> list[Fault]:
    found = []
    for at, row in numbered(grid[ACTIVITY.name]):
        cells = CellsRead(row, year)
        cells.day("from_date")
        found += [fault_at(ACTIVITY, at, column, refusal) for column, refusal in cells.refused]
    return found


def _wrong_figures(figures: Sequence[Figures], year: int, lines: Collection[str]) -> list[Fault]:
    try:
        check_figures(figures, year=year, lines=lines)
    except Refusal as refusal:
        where = (refusal.numbers.get("line"), refusal.numbers.get("product"))
        places = [at for at, f in enumerate(figures, FIRST_ROW) if (f.line, f.product) == where]
        return [fault_at(LINES, places[-1] if places else None, refusal.field or "", refusal)]
    return []


def _disagreement(reading: LinesRead, totals: Totals) -> list[Fault]:
    """Rows may differ from the accounting only by what their rounding explains."""
    together = sum((Fraction(f.total_t) for f in reading.figures), Fraction(0))
    if abs(together - totals.managed_exact) <= reading.rounding:
        return []
    differ = LinesDisagree(
        lines=plain(half_up(together, AMOUNT_DECIMALS)),
        accounted=plain(half_up(totals.managed_exact, AMOUNT_DECIMALS)),
    )
    return [fault_at(LINES, None, "", differ)]


def _changes(grid: Grid, last: LastYear, totals: Totals | None, limit: Decimal) -> list[Change]:
    found = []
    now = quantities(grid)
    for at, row in numbered(grid[ACTIVITY.name]):
        facility, source, item = (row.get(name, "") for name in ("facility", "source", "item"))
        if number(row.get("quantity", "")) is None:
            continue
        before = last.quantities.get((facility, source, item))
        name = f"{facility} {item}"
        place = (ACTIVITY.name, at, name, name)
        found += _change(place, before, now[facility, source, item], row, limit)
    for at, row in numbered(grid[LINES.name]):
        key = (row.get("line", ""), row.get("product", ""))
        name, name_zh = f"output of {key[0]} {key[1]}", f"{key[0]} {key[1]} 产量"
        after = number(row.get("output", ""))
        if after is not None:
            place = (LINES.name, at, name, name_zh)
            found += _change(place, last.outputs.get(key), after, row, limit)
    if totals and last.total_tco2e:
        summary = next(iter(grid[SUMMARY.name]), {})
        place = (SUMMARY.name, FIRST_ROW, "total emissions", "排放总量")
        before, after = Decimal(last.total_tco2e), Decimal(totals.managed_t)
        found += _change(place, before, after, summary, limit)
    return found


def _change(
    place: tuple[str, int, str, str],
    before: Decimal | None,
    after: Decimal,
    row: Row,
    limit: Decimal,
) -> list[Change]:
    if not before:
        return []
    asks = abs(after - before) >= limit * abs(before)
    return [Change(*place, before, after, asks, bool(row.get("note")))]


def _question(change: Change) -> Fault:
    kind = next(kind for kind in KINDS if kind.name == change.sheet)
    asked = QuestionOpen(
        name=change.name,
        name_zh=change.name_zh,
        before=plain(change.before),
        after=plain(change.after),
        change=format(change.percent, "+f"),
    )
    return fault_at(kind, change.row, "note", asked)
