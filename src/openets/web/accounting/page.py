"""What the accounting page shows: reports with their lines, sums, refusals, and the sets."""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

from openets.kernel.cells import table_text
from openets.kernel.refusal import Refusal
from openets.kernel.tables import read_rows
from openets.mrv.accounting.account import AccountedLine
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.factors import Factor, FactorSet, factor_set
from openets.mrv.accounting.report import Report, account_table, restate_report
from openets.mrv.accounting.rows import COLUMNS, OPTIONAL
from openets.mrv.accounting.totals import Totals
from openets.web import refusing
from openets.web.language import Said
from openets.web.parts import Status

SOURCES = {
    Source.FUEL: Said("化石燃料燃烧", "Combustion"),
    Source.PROCESS: Said("工业生产过程", "Process"),
    Source.PRODUCT: Said("固碳产品（扣除）", "Carbon in products (deducted)"),
    Source.GAS: Said("非二氧化碳气体", "Gas released"),
    Source.ELECTRICITY: Said("购入电力", "Electricity bought"),
    Source.ELECTRICITY_SOLD: Said("输出电力（扣除）", "Electricity sold (deducted)"),
    Source.HEAT: Said("购入热力", "Heat bought"),
    Source.HEAT_SOLD: Said("输出热力（扣除）", "Heat sold (deducted)"),
}
TABLES = {
    "fuel": Said("化石燃料", "Fuels"),
    "process": Said("生产过程", "Processes"),
    "product": Said("固碳产品", "Products"),
    "electricity": Said("电力", "Electricity"),
    "heat": Said("热力", "Heat"),
}
CONFIDENCE = {
    "high": Status(Said("已核原文", "Read in the text"), "good"),
    "medium": Status(Said("有副本印证", "Second copy")),
    "low": Status(Said("待核原文", "To be checked"), "warn"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the result."""

    line: AccountedLine

    @property
    def source(self) -> Said:
        """Its source in words."""
        return SOURCES[self.line.activity.source]

    @property
    def working(self) -> list[dict[str, object]]:
        """Its working, for why."""
        return self.line.explanation.as_json()


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was refused, in the language of the page."""

    refusal: Refusal

    @property
    def message(self) -> str:
        """What was refused and why."""
        return refusing.message(self.refusal)

    @property
    def remedy(self) -> str:
        """What to do."""
        return refusing.remedy(self.refusal)


@dataclass(frozen=True, slots=True)
class Sum:
    """A total with its name: a facility's or the report's."""

    name: str
    year: int
    totals: Totals


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a report."""

    is_restated: bool
    report: Report

    @property
    def rows(self) -> list[Row]:
        """The lines that could be accounted for."""
        return [Row(line) for line in self.report.lines]

    @property
    def refused(self) -> list[Refused]:
        """What was refused."""
        return [Refused(refusal) for refusal in self.report.refusals]

    @property
    def sums(self) -> list[Sum]:
        """Totals by facility, then of the report (without a name) by year."""
        facilities = [Sum(one.facility, one.year, one.totals) for one in self.report.facilities]
        return facilities + [Sum("", year, one) for year, one in self.report.by_year.items()]


@dataclass(frozen=True, slots=True)
class Default:
    """A factor of a set as the page lists it."""

    factor: Factor

    @property
    def confidence(self) -> Status:
        """How far it may be relied on."""
        return CONFIDENCE[self.factor.confidence]

    @property
    def values(self) -> list[tuple[str, Decimal]]:
        """Its defaults by name."""
        return list(self.factor.values.items())


def defaults(factors: FactorSet) -> list[tuple[Said, list[Default]]]:
    """The factors of a set, table by table."""
    found = [
        (label, [Default(one) for one in factors.factors if one.table == table])
        for table, label in TABLES.items()
    ]
    return [(label, rows) for label, rows in found if rows]


def shown(*, factors: str, gwp: str, restated: str, rows: str) -> list[Shown]:
    """Account for pasted rows, and once more by another set where one is named.

    Source: CQETS-24, CQ208-A1.M.2.2d.

    Raises:
        Refusal: a set or the table as a whole.
    """
    table = read_rows(as_csv(rows).encode(), columns=COLUMNS, optional=OPTIONAL)
    sets = [factor_set(name) for name in (factors, restated) if name]
    if gwp:
        sets = [one.with_gwp(gwp) for one in sets]
    report = account_table(table, factors=sets[0])
    again = [restate_report(report, factors=other) for other in sets[1:]]
    return [Shown(False, report), *(Shown(True, one) for one in again)]


def as_csv(rows: str) -> str:
    """What a spreadsheet puts on the clipboard has tabs between its cells."""
    lines = rows.strip("\r\n").splitlines()
    if not lines or "\t" not in lines[0]:
        return rows
    cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter="\t"))
    return table_text(cells[0], cells[1:])
