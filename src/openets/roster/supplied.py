"""Data that other departments supply about entities, read from their files. Pure."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from openets.kernel.quantity import parse_decimal
from openets.kernel.refusal import Refusal

MEASURES: Mapping[str, str] = {"energy_tce": "tce", "output_t": "t"}
"""What may be supplied, by the name of its column, and its unit."""
YEAR = re.compile(r"20\d\d")


class UnknownColumns(Refusal):
    """The file is not of the agreed shape."""

    code = "unknown_columns"
    article = "CQETS-4.3"
    zh = "文件表头应为 credit_code, year 和以下指标之一：{measures}"
    en = "The columns are credit_code, year and one of {measures}"
    remedy_zh = "请按格式修改表头"
    remedy_en = "Correct the first line"


class UnknownEntity(Refusal):
    """No organisation of that credit code is registered."""

    code = "unknown_credit_code"
    article = "CQETS-4.3"
    zh = "第 {row_number} 行的统一社会信用代码“{credit_code}”未登记"
    en = "Line {row_number}: no organisation has the credit code “{credit_code}”"
    remedy_zh = "请核对统一社会信用代码"
    remedy_en = "Check the code"


class UnknownDataYear(Refusal):
    """The year is not one data can be of."""

    code = "unknown_data_year"
    article = "CQETS-4.3"
    zh = "第 {row_number} 行的年度“{year}”无效"
    en = "Line {row_number}: “{year}” is no year that has passed"
    remedy_zh = "请填写四位数的已过年度"
    remedy_en = "Write a past year with four digits"


class NegativeFigure(Refusal):
    """Energy use and output are not below zero."""

    code = "negative_figure"
    article = "CQETS-4.3"
    zh = "第 {row_number} 行的数值 {value} 为负"
    en = "Line {row_number}: {value} is below zero"
    remedy_zh = "请核对数值"
    remedy_en = "Check the figure"


class OutsideTheSector(Refusal):
    """The entity belongs to another department's sector."""

    code = "outside_the_sector"
    article = "CQETS-4.5"
    zh = "第 {row_number} 行的单位属“{industry}”，不属于“{sector}”主管部门"
    en = "Line {row_number}: “{industry}” does not belong to the sector “{sector}”"
    remedy_zh = "请由该行业的主管部门报送"
    remedy_en = "Let the department of that sector supply it"


@dataclass(frozen=True, slots=True)
class Sector:
    """What a department is in charge of (行业主管)."""

    name: str
    industries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of a file."""

    credit_code: str
    year: int
    measure: str
    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Supplied:
    """What of a file can stand, and what was rejected with its line."""

    figures: tuple[Figure, ...]
    rejected: tuple[Refusal, ...]


def read_figures(
    lines: Iterable[str],
    *,
    industries: Mapping[str, str],
    sector: Sector | None,
    latest_year: int,
) -> Supplied:
    """Read lines of CSV: credit_code, year and one measure; the first line names them.

    `industries` are those of the registered organisations by credit code; with a `sector`, only
    its industries are accepted. Source: CQETS-4.3, CQETS-4.5.

    Raises:
        UnknownColumns.
    """
    table = csv.DictReader(lines)
    columns = table.fieldnames or []
    measure = next((name for name in columns if name in MEASURES), None)
    if measure is None or set(columns) != {"credit_code", "year", measure}:
        raise UnknownColumns(measures=", ".join(MEASURES))
    figures, rejected = [], []
    for number, row in enumerate(table, start=2):
        try:
            _must_be_known(row["credit_code"], number, industries, sector)
            figures.append(_figure(row, measure, number, latest_year))
        except Refusal as refusal:
            rejected.append(refusal)
    return Supplied(tuple(figures), tuple(rejected))


def _must_be_known(
    credit_code: str, number: int, industries: Mapping[str, str], sector: Sector | None
) -> None:
    if credit_code not in industries:
        raise UnknownEntity(
            row=number, field="credit_code", row_number=number, credit_code=credit_code
        )
    if sector and industries[credit_code] not in sector.industries:
        raise OutsideTheSector(
            row=number,
            field="credit_code",
            row_number=number,
            industry=industries[credit_code],
            sector=sector.name,
        )


def _figure(row: Mapping[str, str | None], measure: str, number: int, latest_year: int) -> Figure:
    year = row["year"] or ""
    if not YEAR.fullmatch(year) or int(year) > latest_year:
        raise UnknownDataYear(row=number, field="year", row_number=number, year=year)
    value = parse_decimal(row[measure] or "", field=measure, row=number)
    if value < 0:
        raise NegativeFigure(row=number, field=measure, row_number=number, value=str(value))
    return Figure(row["credit_code"] or "", int(year), measure, MEASURES[measure], value)
