"""The rows per production line and product as they are read, each fault at its cell. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from openets.kernel.quantity import NotANumber, half_up, parse_decimal
from openets.kernel.refusal import Refusal
from openets.kernel.workbook import Fault
from openets.mrv.accounting.account import AccountedLine
from openets.mrv.accounting.report import Report
from openets.mrv.accounting.rows import CellEmpty
from openets.mrv.figures import CAUSES, Figures, UnknownCause
from openets.mrv.report_sheets import ACTIVITY, LINES, numbered
from openets.mrv.sheets import Grid, Row, SheetKind

AMOUNT_DECIMALS = 4
"""Decimals of the emissions of a line."""
OUTPUT_DECIMALS = 6
MOST_DIGITS = 12
"""Before the point, of any amount and of the total."""

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
    zh = "{name_zh} 为 {value}，应为整数"
    en = "{name} is {value} and must be a whole number"
    remedy_zh = "请填写整数"
    remedy_en = "Write a whole number"


class OutOfRange(Refusal):
    """A number is larger, or written more finely, than it can be kept."""

    code = "out_of_range"
    article = "CQETS-24"
    zh = "{name_zh} 为 {value}：整数部分最多 {digits} 位，小数最多 {decimals} 位"
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


class LinesRead:
    """The figures of lines and products, and what was wrong with their rows."""

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
            self.faults.append(
                fault_at(LINES, None, "", CellEmpty(name=LINES.en, name_zh=LINES.zh))
            )
        for at, row in numbered(rows):
            self._read(at, row, is_only=names.count(row.get("line", "")) == 1)

    @property
    def is_whole(self) -> bool:
        """Whether every row could be read."""
        return not self.faults

    def _read(self, at: int, row: Row, *, is_only: bool) -> None:
        found = CellsRead(row, self.year)
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
        self.faults += [fault_at(LINES, at, column, refusal) for column, refusal in found.refused]
        if found.refused:
            return
        assert output is not None
        assert co2_t is not None
        amounts = (co2_t, non_co2_t or Decimal(0))
        self.rounding += sum((_half_a_digit(amount) for amount in amounts), Fraction(0))
        self.figures.append(
            Figures(line, product, output, unit, *amounts, days[0] or 0, days[1] or 0, **usable)  # type: ignore[arg-type]  # Each name has its type.
        )


class CellsRead:
    """The cells of one row as they are read; every refusal is kept with its column."""

    def __init__(self, row: Row, year: int) -> None:
        self._row, self._year = row, year
        self.refused: list[tuple[str, Refusal]] = []

    def refuse(self, name: str, refusal: Refusal) -> None:
        """Keep why a cell cannot be taken."""
        self.refused.append((name, refusal))

    def text(self, name: str) -> str:
        """The text of a cell that may not be empty."""
        if not self._row.get(name):
            column = LINES.column(name)
            self.refuse(name, CellEmpty(name=column.en, name_zh=column.zh))
        return self._row.get(name, "")

    def amount(self, name: str, *, needed: bool = False) -> Decimal | None:
        """The number of a cell, with no more digits than are kept."""
        text = self.text(name) if needed else self._row.get(name, "")
        decimals = OUTPUT_DECIMALS if name.endswith("output") else AMOUNT_DECIMALS
        try:
            found = parse_decimal(text) if text else None
        except NotANumber as refusal:
            self.refuse(name, clearer(refusal))
            return None
        if found is not None and not _fits(found, decimals):
            column = LINES.column(name)
            self.refuse(name, out_of_range(column.en, column.zh, found, decimals))
            return None
        return found

    def days(self, name: str, *, needed: bool = False) -> int | None:
        """The whole number of a cell."""
        amount = self.amount(name, needed=needed)
        if amount is None or amount == amount.to_integral_value():
            return None if amount is None else int(amount)
        column = LINES.column(name)
        self.refuse(name, NotWhole(name=column.en, name_zh=column.zh, value=amount))
        return None

    def cause(self, name: str) -> str:
        text = self._row.get(name, "")
        if text and text not in CAUSES:
            self.refuse(name, UnknownCause(value=text[:40], known=", ".join(CAUSES)))
        return text

    def day(self, name: str) -> date | None:
        """The day of a cell, which lies in the year of the report."""
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


def fault_at(kind: SheetKind, row: int | None, column: str, refusal: Refusal) -> Fault:
    """A refusal at its cell; of a parameter, at the cell that holds them all."""
    if column not in {one.name for one in kind.columns} and column:
        column = "parameters" if kind is ACTIVITY else ""
    return Fault(kind.name, row, kind.letter(column), clearer(refusal))


def out_of_range(name: str, name_zh: str, value: object, decimals: int) -> OutOfRange:
    """The refusal of a number that cannot be kept."""
    return OutOfRange(
        name=name, name_zh=name_zh, value=value, digits=MOST_DIGITS, decimals=decimals
    )


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
