"""The annual report as a grid by facility and source: what it holds, and what is wrong with it.

Pure. Every emission follows from a row of activity data by the factor set the report names; the
rows per production line and product, which the allocation takes, follow from those or must agree.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from openets.kernel.quantity import NotANumber, Tonnes, half_up, parse_decimal, plain
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.kernel.workbook import Fault
from openets.mrv.accounting.account import AccountedLine
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.factors import FactorSet
from openets.mrv.accounting.report import Report, ReportIncomplete, account_table
from openets.mrv.accounting.rows import CellEmpty
from openets.mrv.accounting.totals import Totals
from openets.mrv.accounting.units import unit_names
from openets.mrv.evidence import wrong_evidence
from openets.mrv.figures import CAUSES, Figures, UnknownCause, check_figures
from openets.mrv.sheets import FIRST_ROW, Column, Grid, Row, SheetKind

AMOUNT_DECIMALS = 4
"""Decimals of the emissions of a line."""
OUTPUT_DECIMALS = 6
MOST_DIGITS = 12
"""Before the point, of any amount and of the total."""

ACTIVITY = SheetKind(
    "activity",
    "活动数据",
    "Activity data",
    (
        Column("facility", "设施", "Facility", required=True),
        Column("source", "排放源类型", "Source", choices=tuple(Source), required=True),
        Column("item", "品种", "Item", required=True),
        Column("quantity", "数量", "Quantity", required=True, number=True),
        Column("unit", "单位", "Unit", choices=unit_names(), required=True),
        Column("ncv", "低位发热量", "Heating value", "GJ/单位", number=True),
        Column("carbon_content", "单位热值含碳量", "Carbon content", "tC/GJ", number=True),
        Column("oxidation", "氧化率", "Oxidation", "小数", number=True),
        Column("factor", "实测排放因子", "Measured factor", "tCO2/单位", number=True),
        Column("parameters", "其他参数", "Parameters", "名称=数值"),
        Column("captive_quantity", "其中自备电厂", "Of it captive", "同数量", number=True),
        Column("meter", "计量器具编号", "Meter"),
        Column("from_date", "数据起始日", "Data from", "年-月-日"),
        Column("evidence", "证据材料", "Evidence"),
        Column("note", "说明", "Explanation"),
    ),
    key=("facility", "source", "item", "from_date"),
)
LINES = SheetKind(
    "lines",
    "生产线和产品",
    "Lines and products",
    (
        Column("line", "生产线", "Line", required=True),
        Column("product", "产品", "Product", required=True),
        Column("output", "产量", "Output", required=True, number=True),
        Column("unit", "产量单位", "Unit", required=True),
        Column("production_days", "生产天数", "Production days", "天", required=True, number=True),
        Column("shutdown_days", "停产天数", "Shutdown days", "天", required=True, number=True),
        Column("co2_t", "二氧化碳排放量", "CO₂", "tCO2", number=True),
        Column("non_co2_t", "其他温室气体", "Other gases", "tCO2e", number=True),
        Column("usable_from", "改造后数据起始日", "Usable from", "年-月-日"),
        Column("usable_output", "改造后产量", "Usable output", number=True),
        Column("usable_co2_t", "改造后排放量", "Usable CO₂", "tCO2", number=True),
        Column("usable_production_days", "改造后生产天数", "Usable days", "天", number=True),
        Column("evidence", "证据材料", "Evidence"),
        Column("note", "说明", "Explanation"),
        Column("usable_because", "改造类型", "Kind of change", choices=CAUSES),
        Column("zero_output_reason", "零产量原因", "Why no output"),
    ),
    key=("line", "product"),
)
SUMMARY = SheetKind(
    "summary",
    "报告信息",
    "The report",
    (
        Column("responsible", "核算和报告负责人", "Who accounts and reports", required=True),
        Column("note", "排放总量变化说明", "Why the total changed"),
    ),
    key=(),
)
KINDS = (ACTIVITY, LINES, SUMMARY)
"""The sheets of a report, in their order."""

_WIDE = re.compile(r"[０-９．，－]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")


class WideDigits(Refusal):
    """Full-width digits look like a number and are none to Excel."""

    code = "wide_digits"
    article = "CQETS-24"
    zh = "“{value}”含有全角字符，不能作为数字"
    en = "“{value}” has full-width characters and is no number"
    remedy_zh = "请以半角数字重新输入"
    remedy_en = "Type it again with ordinary digits"


class DayForNumber(Refusal):
    """Excel made a date of a number."""

    code = "day_for_number"
    article = "CQETS-24"
    zh = "该单元格为日期 {value}，应为数字"
    en = "The cell holds the date {value} and should be a number"
    remedy_zh = "请将单元格格式改为“常规”后重新输入数字"
    remedy_en = "Format the cell as “General” and type the number again"


class NotADay(Refusal):
    """A day is none, or of another year."""

    code = "not_a_day"
    article = "CQETS-24"
    zh = "“{value}”不是 {year} 年内的日期"
    en = "“{value}” is no day of {year}"
    remedy_zh = "请按 年-月-日 填写，例如 {year}-06-01"
    remedy_en = "Write it as year-month-day, for example {year}-06-01"


class NotWhole(Refusal):
    """Days are counted."""

    code = "not_whole"
    article = "CQETS-24"
    zh = "{name} 为 {value}，应为整数"
    en = "{name} is {value} and must be a whole number"
    remedy_zh = "请填写整数"
    remedy_en = "Write a whole number"


class OutOfRange(Refusal):
    """A number is larger, or written more finely, than it can be kept."""

    code = "out_of_range"
    article = "CQETS-24"
    zh = "{name} 为 {value}：整数部分最多 {digits} 位，小数最多 {decimals} 位"
    en = "{name} is {value}: at most {digits} digits before the point and {decimals} after it"
    remedy_zh = "请核对数值和单位"
    remedy_en = "Check the number and its unit"


class EmissionsOfLineMissing(Refusal):
    """The emissions of a line neither stand in its row nor follow from a facility of its name."""

    code = "emissions_of_line_missing"
    article = "CQETS-24"
    zh = "生产线 {line} 的排放量为空，且无法由活动数据得出"
    en = "The emissions of line {line} are empty and do not follow from activity data"
    remedy_zh = "请填写排放量；生产线只有一种产品且活动数据的设施与其同名时可留空"
    remedy_en = (
        "Write them; they may stay empty for a line of one product whose facility has its name"
    )


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
    table = [TableRow(at, _cells(row)) for at, row in _numbered(grid[ACTIVITY.name])]
    accounted = account_table(table, factors=factors, year=year)
    faults = [
        _fault(ACTIVITY, refusal.row, refusal.field or "", refusal)
        for refusal in accounted.refusals
        if not isinstance(refusal, ReportIncomplete)
    ]
    faults += _bad_days(grid, year)
    if documents is not None:
        faults += wrong_evidence(KINDS, grid, documents)
    if not grid[ACTIVITY.name]:
        faults.append(_fault(ACTIVITY, None, "", CellEmpty(name=ACTIVITY.zh)))
    totals = accounted.by_year.get(year)
    if totals and abs(totals.exact) >= 10**MOST_DIGITS:
        too_much = _out_of_range("tCO2e", totals.total_t, 0)
        faults.append(_fault(ACTIVITY, None, "", too_much))
    reading = _Lines(grid, year, accounted)
    faults += reading.faults
    if reading.is_whole:
        faults += _wrong_figures(reading.figures, year, lines)
    if totals and reading.is_whole:
        faults += _disagreement(reading, totals)
    summary = next(iter(grid[SUMMARY.name]), {})
    if not summary.get("responsible"):
        empty = CellEmpty(article="BJETS-22", name="responsible")
        faults.append(_fault(SUMMARY, FIRST_ROW, "responsible", empty))
    return Checked(
        accounted=accounted,
        faults=tuple(faults),
        changes=tuple(_changes(grid, last, totals, change_ratio)),
        figures=tuple(reading.figures) if reading.is_whole and not faults else (),
        totals=totals if not faults else None,
    )


class _Lines:
    """The figures of lines and products while their rows are read."""

    def __init__(self, grid: Grid, year: int, accounted: Report) -> None:
        self.year = year
        self.figures: list[Figures] = []
        self.faults: list[Fault] = []
        self.rounding = Fraction(0)
        """How much the rounding of the written emissions may explain, in tonnes."""
        rows = grid[LINES.name]
        names = [row.get("line", "") for row in rows]
        self._by_facility: dict[str, list[AccountedLine]] = {}
        for line in accounted.lines:
            self._by_facility.setdefault(line.activity.facility, []).append(line)
        if not rows:
            self.faults.append(_fault(LINES, None, "", CellEmpty(name=LINES.zh)))
        for at, row in _numbered(rows):
            self._read(at, row, is_only=names.count(row.get("line", "")) == 1)

    @property
    def is_whole(self) -> bool:
        """Whether every row could be read."""
        return not self.faults

    def _read(self, at: int, row: Row, *, is_only: bool) -> None:
        found = _Cells(row, self.year)
        line = found.text("line")
        product, unit = found.text("product"), found.text("unit")
        output = found.amount("output", needed=True)
        days = [found.days(name, needed=True) for name in ("production_days", "shutdown_days")]
        co2_t, non_co2_t = found.amount("co2_t"), found.amount("non_co2_t")
        usable = {
            "usable_from": found.day("usable_from"),
            "usable_output": found.amount("usable_output"),
            "usable_co2_t": found.amount("usable_co2_t"),
            "usable_production_days": found.days("usable_production_days"),
            "usable_because": found.cause("usable_because"),
            "zero_output_reason": row.get("zero_output_reason", ""),
        }
        own = self._by_facility.get(line, [])
        if co2_t is None and non_co2_t is None and is_only and own:
            co2_t, non_co2_t = _of(own, co2=True), _of(own, co2=False)
        elif co2_t is None:
            found.refuse("co2_t", EmissionsOfLineMissing(line=line))
        self.faults += [_fault(LINES, at, column, refusal) for column, refusal in found.refused]
        if found.refused:
            return
        assert output is not None
        assert co2_t is not None
        amounts = (co2_t, non_co2_t or Decimal(0))
        self.rounding += sum((_half_a_digit(amount) for amount in amounts), Fraction(0))
        self.figures.append(
            Figures(line, product, output, unit, *amounts, days[0] or 0, days[1] or 0, **usable)  # type: ignore[arg-type]  # Each name has its type.
        )


class _Cells:
    """The cells of one row as they are read; every refusal is kept with its column."""

    def __init__(self, row: Row, year: int) -> None:
        self._row, self._year = row, year
        self.refused: list[tuple[str, Refusal]] = []

    def refuse(self, name: str, refusal: Refusal) -> None:
        self.refused.append((name, refusal))

    def text(self, name: str) -> str:
        if not self._row.get(name):
            self.refuse(name, CellEmpty(name=name))
        return self._row.get(name, "")

    def amount(self, name: str, *, needed: bool = False) -> Decimal | None:
        text = self.text(name) if needed else self._row.get(name, "")
        decimals = OUTPUT_DECIMALS if name.endswith("output") else AMOUNT_DECIMALS
        try:
            found = parse_decimal(text) if text else None
        except NotANumber as refusal:
            self.refuse(name, clearer(refusal))
            return None
        if found is not None and not _fits(found, decimals):
            self.refuse(name, _out_of_range(name, found, decimals))
            return None
        return found

    def days(self, name: str, *, needed: bool = False) -> int | None:
        amount = self.amount(name, needed=needed)
        if amount is None or amount == amount.to_integral_value():
            return None if amount is None else int(amount)
        self.refuse(name, NotWhole(name=name, value=amount))
        return None

    def cause(self, name: str) -> str:
        text = self._row.get(name, "")
        if text and text not in CAUSES:
            self.refuse(name, UnknownCause(value=text[:40], known=", ".join(CAUSES)))
        return text

    def day(self, name: str) -> date | None:
        text = self._row.get(name, "")
        try:
            found = date.fromisoformat(text) if text else None
        except ValueError:
            found = date.min
        if found is not None and found.year != self._year:
            self.refuse(name, NotADay(value=text[:40], year=self._year))
            return None
        return found


def clearer(refusal: Refusal) -> Refusal:
    """Say of what is no number what it is, where that can be told."""
    value = str(refusal.numbers.get("value", ""))
    if not isinstance(refusal, NotANumber):
        return refusal
    if _WIDE.search(value):
        return WideDigits(field=refusal.field, row=refusal.row, value=value)
    if _DAY.fullmatch(value):
        return DayForNumber(field=refusal.field, row=refusal.row, value=value)
    return refusal


def lines_grid(figures: Sequence[Figures]) -> Grid:
    """The rows of lines and products that a report without activity data consists of."""
    found: list[dict[str, str]] = []
    for figure in figures:
        row = {one.name: getattr(figure, one.name, None) for one in LINES.columns}
        found.append({name: _written(value) for name, value in row.items() if value is not None})
    return {ACTIVITY.name: (), LINES.name: tuple(found), SUMMARY.name: ()}


def _written(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def quantities(grid: Grid) -> dict[tuple[str, str, str], Decimal]:
    """The quantities of a checked grid by facility, source and item, for the year after."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for row in grid[ACTIVITY.name]:
        key = (row.get("facility", ""), row.get("source", ""), row.get("item", ""))
        found[key] = found.get(key, Decimal(0)) + (_number(row.get("quantity", "")) or 0)
    return found


def _numbered(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    return list(enumerate(rows, start=FIRST_ROW))


def _cells(row: Row) -> dict[str, str]:
    own = {"meter", "from_date", "evidence", "note"}
    return {one.name: row.get(one.name, "") for one in ACTIVITY.columns if one.name not in own}


def _fault(kind: SheetKind, row: int | None, column: str, refusal: Refusal) -> Fault:
    if column not in {one.name for one in kind.columns} and column:
        column = "parameters" if kind is ACTIVITY else ""
    return Fault(kind.name, row, kind.letter(column), clearer(refusal))


def _bad_days(grid: Grid, year: int) -> list[Fault]:
    found = []
    for at, row in _numbered(grid[ACTIVITY.name]):
        cells = _Cells(row, year)
        cells.day("from_date")
        found += [_fault(ACTIVITY, at, column, refusal) for column, refusal in cells.refused]
    return found


def _of(lines: Sequence[AccountedLine], *, co2: bool) -> Decimal:
    own = (line.tco2e - line.captive_tco2e for line in lines if (line.gas == "CO2") is co2)
    return half_up(sum(own, Fraction(0)), AMOUNT_DECIMALS)


def _half_a_digit(amount: Decimal) -> Fraction:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "a plain decimal was read"
    return Fraction(10) ** exponent / 2 if amount else Fraction(0)


def _fits(amount: Decimal, decimals: int) -> bool:
    exponent = amount.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a plain decimal was read"
    return abs(amount) < 10**MOST_DIGITS and -exponent <= decimals


def _out_of_range(name: str, value: object, decimals: int) -> OutOfRange:
    return OutOfRange(name=name, value=value, digits=MOST_DIGITS, decimals=decimals)


def _wrong_figures(figures: Sequence[Figures], year: int, lines: Collection[str]) -> list[Fault]:
    try:
        check_figures(figures, year=year, lines=lines)
    except Refusal as refusal:
        where = (refusal.numbers.get("line"), refusal.numbers.get("product"))
        places = [at for at, f in enumerate(figures, FIRST_ROW) if (f.line, f.product) == where]
        return [_fault(LINES, places[-1] if places else None, refusal.field or "", refusal)]
    return []


def _disagreement(reading: _Lines, totals: Totals) -> list[Fault]:
    """Rows may differ from the accounting only by what their rounding explains."""
    together = sum((Fraction(f.total_t) for f in reading.figures), Fraction(0))
    if abs(together - totals.managed_exact) <= reading.rounding:
        return []
    differ = LinesDisagree(
        lines=plain(half_up(together, AMOUNT_DECIMALS)),
        accounted=plain(half_up(totals.managed_exact, AMOUNT_DECIMALS)),
    )
    return [_fault(LINES, None, "", differ)]


def _changes(grid: Grid, last: LastYear, totals: Totals | None, limit: Decimal) -> list[Change]:
    found = []
    now = quantities(grid)
    for at, row in _numbered(grid[ACTIVITY.name]):
        facility, source, item = (row.get(name, "") for name in ("facility", "source", "item"))
        if _number(row.get("quantity", "")) is None:
            continue
        before = last.quantities.get((facility, source, item))
        name = f"{facility} {item}"
        place = (ACTIVITY.name, at, name, name)
        found += _change(place, before, now[facility, source, item], row, limit)
    for at, row in _numbered(grid[LINES.name]):
        key = (row.get("line", ""), row.get("product", ""))
        name, name_zh = f"output of {key[0]} {key[1]}", f"{key[0]} {key[1]} 产量"
        after = _number(row.get("output", ""))
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
    return _fault(kind, change.row, "note", asked)


def _number(text: str) -> Decimal | None:
    try:
        return parse_decimal(text)
    except NotANumber:
        return None
