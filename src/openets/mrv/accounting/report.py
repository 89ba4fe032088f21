"""A table of activity data as one report: good rows accounted for, bad rows refused, totals."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.mrv.accounting.account import AccountedLine, account_line
from openets.mrv.accounting.factors import FactorSet
from openets.mrv.accounting.restate import restate
from openets.mrv.accounting.rows import read_activity
from openets.mrv.accounting.totals import Totals, total_of


class ReportIncomplete(Refusal):
    """The report's total would lack what was refused."""

    code = "report_incomplete"
    article = "CQETS-24"
    zh = "有 {refused} 处被拒绝，无法给出报告的排放总量"
    en = "{refused} refusals: the total of the report cannot be told"
    remedy_zh = "请先更正被拒绝的数据行"
    remedy_en = "Correct the refused rows first"


@dataclass(frozen=True, slots=True)
class FacilityTotals:
    """What one facility's lines of one year come to."""

    facility: str
    year: int
    totals: Totals


@dataclass(frozen=True, slots=True)
class Report:
    """The lines that could be accounted for, the refusals, and totals of what is complete.

    A facility with a refused row has no totals, and a report with one has none by year.
    """

    factors: FactorSet
    lines: tuple[AccountedLine, ...]
    facilities: tuple[FacilityTotals, ...]
    by_year: Mapping[int, Totals]
    refusals: tuple[Refusal, ...]


def account_table(
    table: Iterable[TableRow], *, factors: FactorSet, year: int | None = None
) -> Report:
    """Account for a table row by row; a bad row never stops a good one. Source: CQETS-24.

    `year` is that of rows without one. Refusals come back with the report, each with its row.
    """
    report = _Building(factors)
    for row in table:
        with report.row(row.number, row.cells.get("facility", "").strip()):
            activity = read_activity(row, factors=factors, year=year)
            report.lines.append(account_line(activity=activity, factors=factors))
    return report.built()


def restate_report(reported: Report, *, factors: FactorSet) -> Report:
    """The lines of a report by another factor set; the report itself stays as it is.

    What the report had to leave without a total stays so.
    Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.
    """
    whole = {one.facility for one in reported.facilities}
    report = _Building(factors, complete=not reported.refusals)
    for line in reported.lines:
        facility = line.activity.facility
        if facility not in whole:
            report.broken.add(facility)
        with report.row(line.activity.row, facility):
            report.lines += restate(reported=[line], factors=factors).restated
    return report.built()


class _Building:
    """A report while its rows are decided."""

    def __init__(self, factors: FactorSet, *, complete: bool = True) -> None:
        self.factors, self.complete = factors, complete
        self.lines: list[AccountedLine] = []
        self.refusals: list[Refusal] = []
        self.broken: set[str] = set()
        """Facilities that lack a row."""

    @contextmanager
    def row(self, number: int | None, facility: str) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            refusal.row = number
            refusal.numbers["facility"] = facility
            self.refusals.append(refusal)
            self.broken.add(facility)

    def built(self) -> Report:
        by_facility: dict[tuple[str, int], list[AccountedLine]] = {}
        by_year: dict[int, list[AccountedLine]] = {}
        for line in self.lines:
            facility, year = line.activity.facility, line.activity.year
            if facility not in self.broken:
                by_facility.setdefault((facility, year), []).append(line)
            by_year.setdefault(year, []).append(line)
        facilities = []
        for (facility, year), lines in by_facility.items():
            with self.row(None, facility):
                facilities.append(FacilityTotals(facility, year, total_of(lines)))
        complete = self.complete and not self.refusals
        if self.refusals:
            self.refusals.append(ReportIncomplete(refused=len(self.refusals)))
        totals = {year: total_of(lines) for year, lines in by_year.items()} if complete else {}
        return Report(
            self.factors, tuple(self.lines), tuple(facilities), totals, tuple(self.refusals)
        )
