"""The rows that `openets allocate` reads and those it answers, entity by entity."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from openets.allocation.entity import EntityAllocation, allocate_lines, total_of
from openets.allocation.lines import AMOUNTS, CONDITIONS, NOT_ASKED, LineYear
from openets.allocation.methods import LineAllocation
from openets.allocation.reserve import Allocated, entities_sum, reserve_of
from openets.kernel.cells import safe_cell
from openets.kernel.explain import Explanation
from openets.kernel.quantity import half_up_tonnes, parse_decimal, plain
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.rulebook.load import Law

COLUMNS = (
    "entity",
    "line",
    "process",
    "product",
    "comparable",
    "commissioned",
    "year",
    "output",
    "co2_t",
    "non_co2_t",
    "production_days",
    "shutdown_days",
    "usable_from",
    "usable_output",
    "usable_co2_t",
    "usable_production_days",
)
OPTIONAL = ("homogeneous", "clear_boundary", "usable_because", "zero_output_reason")
"""A condition without a column of its own is answered by `comparable`, as in older files."""
RESULT = (
    "entity",
    "line",
    "product",
    "method",
    "base",
    "base_years",
    "coefficient",
    "allowance_exact",
    "allowance_t",
    "verified_t",
    "gap_t",
    "gap_ratio",
    "relief",
    "determined_t",
    "advance_limit_t",
    "pre_allocation_t",
    "explanation",
)
TOTAL = "TOTAL"
MARKET = "MARKET"

_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


class NameMissing(Refusal):
    """A row does not say whose it is."""

    code = "name_missing"
    article = "CQ208-A1.3"
    zh = "{field_name} 为空"
    en = "{field_name} is empty"
    remedy_zh = "请填写重点排放单位和生产线的标识"
    remedy_en = "Name the entity and its production line"


class NameReserved(Refusal):
    """An identifier would be mistaken for a row of the result."""

    code = "name_reserved"
    zh = "“{value}” 是结果表的保留字，不能作为 {field_name}"
    en = "“{value}” is a word of the result table and cannot be {field_name}"
    remedy_zh = "请改用其他标识"
    remedy_en = "Use another identifier"


class NotAYear(Refusal):
    """The year is not a four-digit calendar year."""

    code = "not_a_year"
    zh = "“{value}” 不是有效的年份"
    en = "“{value}” is not a calendar year"
    remedy_zh = "请填写四位数年份，例如 2021"
    remedy_en = "Write four digits, for example 2021"


class NotADate(Refusal):
    """A date is not an ISO date of the calendar."""

    code = "not_a_date"
    zh = "“{value}” 不是有效的日期"
    en = "“{value}” is not a date"
    remedy_zh = "请按 2021-03-01 的格式填写"
    remedy_en = "Write it like 2021-03-01"


class NotYesOrNo(Refusal):
    """A condition of the intensity method is neither yes nor no."""

    code = "not_yes_or_no"
    article = "CQ208-A1.3.2"
    zh = "“{value}” 既不是 yes 也不是 no"
    en = "“{value}” is neither yes nor no"
    remedy_zh = "请填写 yes 或 no，未知则留空"
    remedy_en = "Write yes or no, or leave it empty if unknown"


class MarketIncomplete(Refusal):
    """The market's total would lack the entities that have a refused row."""

    code = "market_incomplete"
    article = "CQ208-A1.2"
    zh = "有 {refused} 处被拒绝，无法计算配额总量和政府预留配额"
    en = "{refused} refusals: the market's total and the reserve cannot be told"
    remedy_zh = "请先更正被拒绝的数据行"
    remedy_en = "Correct the refused rows first"


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of the answer: its cells by column, and how its figures came to be."""

    cells: Mapping[str, str]
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of each entity in the order of the file, their totals, and what was refused."""

    rows: dict[str, list[ResultRow]]
    totals: list[EntityAllocation]
    refusals: list[Refusal]


@dataclass(slots=True)
class _Entity:
    """The rows of one entity; lines of refused rows stay undecided."""

    rows: list[LineYear] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    refused: bool = False


def answer_rows(table: Iterable[TableRow], *, year: int, law: Law) -> Answer:
    """Allocate the entities of a table one by one."""
    entities, refusals = _group(table)
    found = Answer({}, [], refusals)
    for name, entity in entities.items():
        undecided = frozenset(entity.undecided)
        results = allocate_lines(year=year, rows=entity.rows, law=law, undecided=undecided)
        refusals += results.refusals
        rows = found.rows.setdefault(name, [])
        rows += [_line_row(name, line) for line in results.lines]
        if not entity.refused and not results.refusals:
            total = total_of(entity=name, year=year, rows=entity.rows, lines=results.lines, law=law)
            rows.append(_total_row(total))
            found.totals.append(total)
    return found


def market_rows(
    totals: Iterable[Allocated], refusals: list[Refusal], *, year: int, law: Law
) -> list[ResultRow]:
    """The market's total and the reserve; withheld, and that refused, while a row is refused."""
    if refusals:
        refusals.append(MarketIncomplete(refused=len(refusals)))
        return []
    sum_t = entities_sum(allocations=totals, year=year, law=law)
    reserve = reserve_of(entities_sum_t=sum_t, year=year, law=law)
    amounts = {
        "ENTITIES": reserve.entities_sum_t,
        "RESERVE": reserve.reserve_t,
        "MARKET_TOTAL": reserve.total_t,
    }
    return [
        ResultRow(
            {"entity": MARKET, "line": name, "determined_t": str(amount_t)}, reserve.explanation
        )
        for name, amount_t in amounts.items()
    ]


def _group(table: Iterable[TableRow]) -> tuple[dict[str, _Entity], list[Refusal]]:
    entities: dict[str, _Entity] = {}
    refusals: list[Refusal] = []
    for row in table:
        name = row.cells.get("entity", "").strip()
        try:
            parsed = _parse(row)
            entities.setdefault(name, _Entity()).rows.append(parsed)
        except Refusal as refusal:
            refusals.append(refusal)
            if name:
                entity = entities.setdefault(name, _Entity())
                entity.refused = True
                entity.undecided.add(row.cells.get("line", "").strip())
    return entities, refusals


def _parse(row: TableRow) -> LineYear:
    if row.refusal:
        raise row.refusal
    cells = {name: cell.strip() for name, cell in row.cells.items()}
    _check_name(row, "entity", cells["entity"], MARKET)
    _check_name(row, "line", cells["line"], TOTAL)
    if not _YEAR.fullmatch(cells["year"]):
        raise NotAYear(field="year", row=row.number, value=cells["year"][:40])
    conditions: dict[str, Any] = {name: _yes_or_no(row, name, cells) for name in CONDITIONS}
    amounts: dict[str, Any] = {name: _amount(row, name, cells[name]) for name in AMOUNTS}
    return LineYear(
        line=cells["line"],
        year=int(cells["year"]),
        process=cells["process"],
        product=cells["product"],
        **conditions,
        commissioned=_date(row, "commissioned", cells["commissioned"]),
        usable_from=_date(row, "usable_from", cells["usable_from"]),
        usable_because=cells.get("usable_because") or None,
        zero_output_reason=cells.get("zero_output_reason", NOT_ASKED),
        row=row.number,
        **amounts,
    )


def _check_name(row: TableRow, name: str, value: str, reserved: str) -> None:
    if not value:
        raise NameMissing(field=name, row=row.number, field_name=name)
    if value == reserved:
        raise NameReserved(field=name, row=row.number, field_name=name, value=value)


def _amount(row: TableRow, name: str, cell: str) -> Decimal | None:
    return parse_decimal(cell, field=name, row=row.number) if cell else None


def _yes_or_no(row: TableRow, name: str, cells: Mapping[str, str]) -> bool | None:
    column = name if name in cells else "comparable"
    cell = cells[column]
    if cell not in {"yes", "no", ""}:
        raise NotYesOrNo(field=column, row=row.number, value=cell[:40])
    return {"yes": True, "no": False}.get(cell)


def _date(row: TableRow, name: str, cell: str) -> date | None:
    if not cell:
        return None
    try:
        if _DATE.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise NotADate(field=name, row=row.number, value=cell[:40])


def _line_row(entity: str, line: LineAllocation) -> ResultRow:
    cells = {
        "entity": safe_cell(entity),
        "line": safe_cell(line.line),
        "product": safe_cell(line.product),
        "method": line.method.value,
        "base": _number(line.base),
        "base_years": ";".join(str(year) for year in line.base_years),
        "coefficient": _number(line.coefficient),
        "allowance_exact": plain(line.allowance_exact),
        "allowance_t": str(half_up_tonnes(line.allowance_exact)),
    }
    return ResultRow(cells, line.explanation)


def _total_row(total: EntityAllocation) -> ResultRow:
    ahead = total.pre_allocation_t
    cells = {
        "entity": safe_cell(total.entity),
        "line": TOTAL,
        "allowance_exact": plain(total.allowance_exact),
        "allowance_t": str(total.allowance_t),
        "verified_t": str(total.verified_t),
        "gap_t": str(total.gap_t),
        "gap_ratio": _number(total.gap_ratio),
        "relief": total.relief,
        "determined_t": str(total.determined_t),
        "advance_limit_t": str(total.advance_limit_t),
        "pre_allocation_t": "" if ahead is None else str(ahead),
    }
    return ResultRow(cells, total.explanation)


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
