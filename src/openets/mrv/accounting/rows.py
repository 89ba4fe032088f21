"""Reading activity data from a table, one row a line, each decided by itself."""

import re
from collections.abc import Mapping
from decimal import Decimal

from openets.kernel.quantity import parse_decimal
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.factors import FactorSet

NAMES_ZH = {
    "facility": "设施",
    "source": "排放源类型",
    "item": "品种",
    "quantity": "数量",
    "unit": "单位",
}
COLUMNS = tuple(NAMES_ZH)
"""What every line has; before it the Chinese names."""
MEASURED = ("ncv", "carbon_content", "oxidation", "factor")
"""Parameters with a column of their own; all others stand in `parameters`."""
OPTIONAL = ("year", *MEASURED, "parameters", "captive_quantity")

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)


class CellEmpty(Refusal):
    """A row lacks what every line needs."""

    code = "cell_empty"
    article = "CQETS-24"
    zh = "{name_zh}为空"
    en = "{name} is empty"
    remedy_zh = "请填写{name_zh}"
    remedy_en = "Fill in {name}"


class UnknownSource(Refusal):
    """The source of a line is none that is accounted for."""

    code = "unknown_source"
    article = "CQETS-24"
    zh = "没有排放源类型“{value}”"
    en = "There is no source “{value}”"
    remedy_zh = "请填写其中之一：{known}"
    remedy_en = "Write one of {known}"


class NotAYear(Refusal):
    """The year of a line is missing, or no year."""

    code = "not_a_year"
    article = "CQETS-24"
    zh = "“{value}” 不是有效的年份"
    en = "“{value}” is not a calendar year"
    remedy_zh = "请填写四位数年份；因子集 {set} 适用于 {years}"
    remedy_en = "Write four digits; the factor set {set} is for {years}"


class BadParameters(Refusal):
    """The cell of further parameters cannot be read, or says one twice."""

    code = "bad_parameters"
    article = "CQETS-24"
    zh = "参数“{value}”无效或重复填写"
    en = "The parameter “{value}” cannot be read, or is given twice"
    remedy_zh = "请写作 名称=数值，多个参数以分号隔开，每个只写一次"
    remedy_en = "Write name=value, several with semicolons between, each once"


def read_activity(row: TableRow, *, factors: FactorSet, year: int | None = None) -> Activity:
    """Read one row as activity data.

    A row without a year is of `year`, or else of the only year the set is for. Source: CQETS-24.

    Raises:
        CellEmpty, UnknownSource, NotAYear, NotANumber, BadParameters, and the row's own refusal.
    """
    if row.refusal:
        raise row.refusal
    cells = {name: cell.strip() for name, cell in row.cells.items()}
    for name, name_zh in NAMES_ZH.items():
        if not cells[name]:
            raise CellEmpty(field=name, name=name, name_zh=name_zh)
    if cells["source"] not in list(Source):
        known = ", ".join(Source)
        raise UnknownSource(field="source", value=cells["source"][:40], known=known)
    captive = cells.get("captive_quantity", "")
    return Activity(
        facility=cells["facility"],
        source=Source(cells["source"]),
        item=cells["item"],
        year=_year(cells.get("year", ""), factors, year),
        quantity=parse_decimal(cells["quantity"], field="quantity"),
        unit=cells["unit"],
        measured=_measured(cells),
        captive_quantity=parse_decimal(captive or "0", field="captive_quantity"),
        row=row.number,
    )


def _year(cell: str, factors: FactorSet, year: int | None) -> int:
    if not cell and year is not None:
        return year
    if not cell and len(factors.years) == 1:
        return factors.years[0]
    if not _YEAR.fullmatch(cell):
        years = ", ".join(str(one) for one in factors.years)
        raise NotAYear(field="year", value=cell[:40], set=factors.name, years=years)
    return int(cell)


def _measured(cells: Mapping[str, str]) -> dict[str, Decimal]:
    measured = {
        name: parse_decimal(cells[name], field=name) for name in MEASURED if cells.get(name)
    }
    for part in cells.get("parameters", "").split(";"):
        if not part.strip():
            continue
        found = _PARAMETER.fullmatch(part.strip())
        if found is None or found[1].strip() in measured:
            raise BadParameters(field="parameters", value=part.strip()[:40])
        measured[found[1]] = parse_decimal(found[2], field=found[1])
    return measured
