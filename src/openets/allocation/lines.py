"""The rows allocation works on: a product of a production line (生产线/生产工序) in a year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.mrv.figures import CAUSES, UnknownCause

PROCESSES = ("clinker", "aluminium", "waste_incineration", "shale_gas", "other")

AMOUNTS = {
    "output": "CQ208-A1.M.1.1",
    "co2_t": "CQ208-A1.5.3",
    "non_co2_t": "CQ208-A1.3.4",
    "production_days": "CQ208-A1.M.3.1",
    "shutdown_days": "CQ208-A1.3.4e",
    "usable_output": "CQ208-A1.M.2.2c",
    "usable_co2_t": "CQ208-A1.M.2.2c",
    "usable_production_days": "CQ208-A1.M.3.2c",
}
"""Every amount of a row, with the article that needs it."""

USABLE = tuple(name for name in AMOUNTS if name.startswith("usable_"))
DAYS = frozenset(name for name in AMOUNTS if name.endswith("_days"))
_amounts, _usable = attrgetter(*AMOUNTS), attrgetter(*USABLE)

CONDITIONS = ("homogeneous", "clear_boundary", "comparable")
"""What a product must be for the intensity method, each by itself. Source: CQ208-A1.3.2."""


class UnknownProcess(Refusal):
    """The process is none of those the plan distinguishes."""

    code = "unknown_process"
    article = "CQ208-A1.3"
    zh = "未知的生产工序“{value}”"
    en = "Unknown process “{value}”"
    remedy_zh = "请填写以下之一：{known}"
    remedy_en = "Write one of: {known}"


class NegativeAmount(Refusal):
    """An output, emission or number of days is below zero."""

    code = "negative_amount"
    zh = "生产线“{line}” {year} 年的 {field_name} 为负数：{value}"
    en = "Line “{line}” has a negative {field_name} in {year}: {value}"
    remedy_zh = "请按核查结果更正为零或正数"
    remedy_en = "Correct it to zero or more, as verified"


class MoreDaysThanTheYear(Refusal):
    """A year cannot have that many production or shutdown days."""

    code = "more_days_than_the_year"
    zh = "生产线“{line}”的 {field_name} 为 {value} 天，而 {year} 年只有 {days} 天"
    en = "Line “{line}” has {value} {field_name}, but {year} has {days} days"
    remedy_zh = "请更正天数"
    remedy_en = "Correct the number of days"


class UsableDoesNotFit(Refusal):
    """The part of a year that counts contradicts its date or the whole year."""

    code = "usable_does_not_fit"
    article = "CQ208-A1.M.2.2c"
    zh = (
        "生产线“{line}” {year} 年的 {field_name}（{value}）与 usable_from（{usable_from}）不符："
        "应为 {expected}"
    )
    en = (
        "{field_name} ({value}) of line “{line}” in {year} does not fit usable_from "
        "({usable_from}): it must be {expected}"
    )
    remedy_zh = "日期之前的年度填 0，当年填该日期之后的部分，之后的年度留空"
    remedy_en = (
        "Write 0 in years before the date, the part from the date on in its year, and leave "
        "later years empty"
    )


class RowsDisagree(Refusal):
    """Rows that state the same fact state it differently."""

    code = "rows_disagree"
    zh = "{what} 的 {field_name} 前后不一致：第 {first_row} 行为“{first}”，此处为“{value}”"
    en = "Rows disagree on {field_name} of {what}: “{first}” in row {first_row}, “{value}” here"
    remedy_zh = "请核实并使各行一致"
    remedy_en = "Find out which is right and write it in every row"


class DuplicateRow(Refusal):
    """A product of a line has two rows in one year."""

    code = "duplicate_row"
    article = "CQ208-A1.3"
    zh = "生产线“{line}”产品“{product}” {year} 年重复（首次出现于第 {first_row} 行）"
    en = "Line “{line}”, product “{product}”, {year} stands twice (first in row {first_row})"
    remedy_zh = "每条生产线每种产品每年只保留一行"
    remedy_en = "Keep one row per line, product and year"


class Incomplete(Refusal):
    """A figure the method needs is unknown."""

    code = "incomplete"
    article = "CQ208-1"
    zh = "数据不完整：生产线“{line}”产品“{product}” {year} 年缺少 {field_name}，{method} 需要该数据"
    en = (
        "Incomplete: {field_name} of line “{line}”, product “{product}” in {year} is unknown, "
        "and {method} needs it"
    )
    remedy_zh = "请补充经核查（盘查）的数据；确实没有的填 0"
    remedy_en = "Give the verified (inventory) figure; write 0 where there was none"


class MissingYear(Refusal):
    """A year the method needs has no row."""

    code = "missing_year"
    article = "CQ208-1"
    zh = "数据不完整：生产线“{line}”产品“{product}”没有 {missing_year} 年的数据"
    en = "Incomplete: line “{line}”, product “{product}” has no row for {missing_year}"
    remedy_zh = "请补充该年度的数据行；该年度未生产的，产量填 0"
    remedy_en = "Add the row of that year, with output 0 if nothing was made"


NOT_ASKED = "the file has no column for a reason"
"""The reason of a year without output in a file that does not ask for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineYear:
    """One product of one line in one year; `None` is unknown or none.

    Emissions in tonnes CO2 (`co2_t`) and tonnes CO2e (`non_co2_t`). `shutdown_days` are the
    enterprise's and agree over its rows of a year. `usable_from` is the day from which the row's
    data count for a base value and `usable_because` one of `CAUSES`, none being a changed facility;
    they stand on every row of the line up to its year, and the `usable_*` figures give the part
    after it. `zero_output_reason` is the recorded reason of a year without output. `row` and
    `origin` say where the row was taken from.
    """

    line: str
    year: int
    process: str = "other"
    product: str = ""
    homogeneous: bool | None = None
    clear_boundary: bool | None = None
    comparable: bool | None = None
    commissioned: date | None = None
    output: Decimal | None = None
    co2_t: Decimal | None = None
    non_co2_t: Decimal | None = None
    production_days: Decimal | None = None
    shutdown_days: Decimal | None = None
    usable_from: date | None = None
    usable_output: Decimal | None = None
    usable_co2_t: Decimal | None = None
    usable_production_days: Decimal | None = None
    usable_because: str | None = None
    zero_output_reason: str = ""
    row: int | None = None
    origin: str = ""

    @property
    def source(self) -> str:
        """Where the row was taken from, in words."""
        return self.origin or (f"row {self.row}" if self.row else f"data of {self.year}")

    @property
    def non_co2(self) -> Decimal:
        """Non-CO2 emissions in tonnes CO2e; an empty cell is none."""
        return self.non_co2_t or Decimal(0)

    def needed(self, name: str, method: str) -> Decimal:
        """An amount of the row that `method` cannot do without.

        Raises:
            Incomplete: it is unknown.
        """
        value: Decimal | None = getattr(self, name)
        if value is None:
            raise self.incomplete(name, method)
        return value

    def incomplete(self, name: str, method: str) -> Incomplete:
        """The refusal of a row whose `name` is unknown."""
        return Incomplete(
            field=name,
            row=self.row,
            line=self.line,
            product=self.product,
            year=self.year,
            field_name=name,
            method=method,
        )


def days_of(year: int) -> int:
    """Calendar days of a year."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def check_row(row: LineYear) -> None:
    """Refuse a row that cannot be true by itself. Source: CQ208-A1.M.1.1, A1.M.3.1, A1.3.4.

    Raises:
        UnknownProcess, UnknownCause, NegativeAmount, MoreDaysThanTheYear, UsableDoesNotFit.
    """
    if row.process not in PROCESSES:
        raise UnknownProcess(
            field="process", row=row.row, value=row.process, known=", ".join(PROCESSES)
        )
    for (name, article), value in zip(AMOUNTS.items(), _amounts(row), strict=True):
        if value is None:
            continue
        if value < 0:
            raise NegativeAmount(**_place(row, name, value), article=article)
        if name in DAYS and value > days_of(row.year):
            raise MoreDaysThanTheYear(
                **_place(row, name, value), article=article, days=days_of(row.year)
            )
    for name, value in zip(USABLE, _usable(row), strict=True):
        if value is not None:
            _check_usable(row, name)
    if row.usable_because is not None:
        _check_cause(row, row.usable_because)


def _check_cause(row: LineYear, cause: str) -> None:
    if cause not in CAUSES:
        known = ", ".join(CAUSES)
        raise UnknownCause(field="usable_because", row=row.row, value=cause, known=known)
    if row.usable_from is None:
        raise UsableDoesNotFit(
            **_place(row, "usable_because", cause),
            usable_from="",
            expected="empty without a date",
        )


def _check_usable(row: LineYear, name: str) -> None:
    value, whole = getattr(row, name), getattr(row, name.removeprefix("usable_"))
    if row.usable_from is None:
        expected = "empty without a date"
    elif row.usable_from > date(row.year, 12, 31):
        expected = "" if value == 0 else "0 before the date"
    elif row.usable_from <= date(row.year, 1, 1):
        expected = "" if value == whole else f"empty or the whole year's {whole}"
    else:
        expected = "" if whole is None or value <= whole else f"at most the whole year's {whole}"
    if expected:
        raise UsableDoesNotFit(
            **_place(row, name, value), usable_from=str(row.usable_from or ""), expected=expected
        )


def _place(row: LineYear, name: str, value: Decimal | str) -> dict[str, Any]:
    return {
        "field": name,
        "row": row.row,
        "line": row.line,
        "year": row.year,
        "field_name": name,
        "value": value if isinstance(value, str) else plain(value),
    }


def check_unique(rows: Iterable[LineYear]) -> list[DuplicateRow]:
    """The refusals of rows that repeat an earlier row's line, product and year."""
    first: dict[tuple[str, str, int], LineYear] = {}
    refusals = []
    for row in rows:
        key = (row.line, row.product, row.year)
        earlier = first.get(key)
        first.setdefault(key, row)
        if earlier is not None:
            refusals.append(
                DuplicateRow(
                    row=row.row,
                    line=row.line,
                    product=row.product,
                    year=row.year,
                    first_row=earlier.row,
                )
            )
    return refusals


@dataclass(frozen=True, slots=True)
class Line:
    """A production line: what does not change over its years, and its rows."""

    name: str
    process: str
    commissioned: date | None
    usable_from: date | None
    usable_because: str | None
    rows: Mapping[tuple[str, int], LineYear]
    """The row of a product in a year."""

    def products(self, years: Iterable[int]) -> tuple[str, ...]:
        """The products with a row in any of `years`, in the order of the file."""
        wanted = set(years)
        return tuple(dict.fromkeys(product for product, year in self.rows if year in wanted))


def line_of(rows: Sequence[LineYear]) -> Line:
    """Join the rows of one line.

    Raises:
        RowsDisagree: on the process, the commissioning date, the cause of a part that counts, or
            the date from which data count, which must stand on every row up to its year.
    """
    name = rows[0].line
    cut = _agreed(rows, "usable_from", f"line {name}", "CQ208-A1.M.2.2c")
    for row in rows:
        if cut and row.usable_from is None and row.year <= cut.year:
            carrier = next(other for other in rows if other.usable_from)
            raise _disagree(carrier, row, "usable_from", f"line {name}", "CQ208-A1.M.2.2c")
    return Line(
        name=name,
        process=_agreed(rows, "process", f"line {name}", "CQ208-A1.3"),
        commissioned=_agreed(rows, "commissioned", f"line {name}", "CQ208-A1.3.4c"),
        usable_from=cut,
        usable_because=_agreed(rows, "usable_because", f"line {name}", "CQ208-A1.M.2.2c"),
        rows={(row.product, row.year): row for row in rows},
    )


def shutdown_by_year(rows: Iterable[LineYear]) -> dict[int, Decimal]:
    """The enterprise's shutdown days (累计停产天数) of each year that states them.

    Raises:
        RowsDisagree: two rows of a year state different days. Source: CQ208-A1.3.4e.
    """
    by_year: dict[int, list[LineYear]] = {}
    for row in rows:
        by_year.setdefault(row.year, []).append(row)
    agreed = {
        year: _agreed(same, "shutdown_days", f"the enterprise in {year}", "CQ208-A1.3.4e")
        for year, same in by_year.items()
    }
    return {year: days for year, days in agreed.items() if days is not None}


def _agreed(rows: Sequence[LineYear], name: str, what: str, article: str) -> Any:
    stated = [row for row in rows if getattr(row, name) is not None]
    for row in stated:
        if getattr(row, name) != getattr(stated[0], name):
            raise _disagree(stated[0], row, name, what, article)
    return getattr(stated[0], name) if stated else None


def _disagree(first: LineYear, row: LineYear, name: str, what: str, article: str) -> RowsDisagree:
    return RowsDisagree(
        field=name,
        row=row.row,
        article=article,
        what=what,
        field_name=name,
        first=str(getattr(first, name)),
        first_row=first.row,
        value="" if getattr(row, name) is None else str(getattr(row, name)),
    )
