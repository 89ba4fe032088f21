"""The monitoring plan (监测计划, 数据质量控制方案) as a grid, and data compared with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.refusal import Refusal
from openets.kernel.workbook import Fault
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.rows import CellEmpty, UnknownSource
from openets.mrv.sheets import FIRST_ROW, Column, Grid, Row, SheetKind

MEASURED, DEFAULT = "measured", "default"
_WAYS = (MEASURED, DEFAULT)

SOURCES = SheetKind(
    "sources",
    "排放源",
    "Emission sources",
    (
        Column("facility", "设施", "Facility", required=True),
        Column("source", "排放源类型", "Source", choices=tuple(Source), required=True),
        Column("item", "品种", "Item", required=True),
        Column("meter", "计量器具编号", "Meter"),
        Column("heating_value", "低位发热量获取方式", "Heating value", choices=_WAYS),
        Column("carbon_content", "含碳量获取方式", "Carbon content", choices=_WAYS),
        Column("reason", "采用缺省值的理由", "Why a default"),
    ),
    key=("facility", "source", "item"),
)
METERS = SheetKind(
    "meters",
    "计量器具",
    "Meters",
    (
        Column("code", "编号", "Code", required=True),
        Column("name", "名称", "Name", required=True),
        Column("place", "安装位置", "Place"),
        Column("accuracy_class", "准确度等级", "Accuracy class", required=True),
        Column("calibrated_date", "最近检定日期", "Calibrated on", "年-月-日", required=True),
        Column(
            "calibration_due_date", "下次检定日期", "Calibration due", "年-月-日", required=True
        ),
    ),
    key=("code",),
)
SAMPLING = SheetKind(
    "sampling",
    "采样和检测",
    "Sampling and testing",
    (
        Column("facility", "设施", "Facility", required=True),
        Column("item", "品种", "Item", required=True),
        Column("parameter", "参数", "Parameter", required=True),
        Column("frequency", "频次", "Frequency", required=True),
        Column("standard", "方法标准", "Standard", required=True),
        Column("body", "检验检测机构", "Testing body"),
        Column("body_number", "机构资质编号", "Qualification number"),
    ),
    key=("facility", "item", "parameter"),
)
PEOPLE = SheetKind(
    "people",
    "责任人员",
    "Responsible people",
    (
        Column("name", "姓名", "Name", required=True),
        Column("duty", "职责", "Duty", required=True),
        Column("contact", "联系方式", "Contact"),
    ),
    key=("name", "duty"),
)
KINDS = (SOURCES, METERS, SAMPLING, PEOPLE)
"""The sheets of a plan, in their order."""


class PlanWithoutSources(Refusal):
    """A plan says what is monitored."""

    code = "plan_without_sources"
    article = "CNETS-24"
    zh = "监测计划没有任何排放源"
    en = "The plan names no emission source"
    remedy_zh = "请至少填写一个排放源"
    remedy_en = "Name at least one source"


class UnknownMeter(Refusal):
    """A source names a meter that the plan does not describe."""

    code = "unknown_meter"
    article = "CNETS-24"
    zh = "计量器具 {meter} 未列入监测计划的计量器具表"
    en = "The meter {meter} is not among the meters of the plan"
    remedy_zh = "请在“计量器具”中登记该器具"
    remedy_en = "Describe it among the meters"


class NotADate(Refusal):
    """A day of the plan cannot be read."""

    code = "not_a_date"
    article = "CNETS-24"
    zh = "“{value}”不是有效日期"
    en = "“{value}” is no date"
    remedy_zh = "请按 年-月-日 填写，例如 2022-06-01"
    remedy_en = "Write it as year-month-day, for example 2022-06-01"


class UnknownWay(Refusal):
    """A value is measured or a default."""

    code = "unknown_way"
    article = "CNETS-24"
    zh = "获取方式“{value}”无效"
    en = "“{value}” is no way to get a value"
    remedy_zh = "请填写 measured（实测）或 default（缺省）"
    remedy_en = "Write measured or default"


class DefaultWithoutReason(Refusal):
    """Measured values of fossil fuels go before defaults."""

    code = "default_without_reason"
    article = "CNETS-24"
    zh = "“{item}”采用缺省值而未说明理由，应优先实测低位发热量和含碳量"
    en = "“{item}” takes a default without a reason; measured values are to be preferred"
    remedy_zh = "请改为实测，或填写理由"
    remedy_en = "Measure it, or say why not"


class CalibrationOver(Refusal):
    """A meter's calibration has run out."""

    code = "calibration_over"
    article = "CNETS-24"
    zh = "计量器具 {meter} 的检定已于 {day} 到期"
    en = "The calibration of {meter} ran out on {day}"
    remedy_zh = "请检定后更新监测计划"
    remedy_en = "Have it calibrated, then update the plan"


class NotQualified(Refusal):
    """A testing body gives no number of its qualification."""

    code = "not_qualified"
    article = "BJETS-22c"
    zh = "检验检测机构“{body}”没有资质编号，其检测视为不具资质"
    en = "The testing body “{body}” has no qualification number and counts as not qualified"
    remedy_zh = "请填写资质编号"
    remedy_en = "Give the number of its qualification"


class MeterNotPlanned(Refusal):
    """Data come from a meter that the plan in force on their day does not name."""

    code = "meter_not_planned"
    article = "CNETS-25"
    zh = "{day} 起的数据来自计量器具 {meter}，当日有效的监测计划（第 {version} 版）未列该器具"
    en = "Data from {day} come from meter {meter}, which version {version} of the plan lacks"
    remedy_zh = "请报告监测计划的变更，或更正计量器具编号"
    remedy_en = "Report the change of the plan, or correct the meter"


class PlanMissing(Refusal):
    """A report should rest on a filed plan; without one it is taken, with this warning."""

    code = "plan_missing"
    article = "BJETS-22b"
    zh = "{year} 年度没有已备案的监测计划（数据质量控制方案）"
    en = "No monitoring plan (data quality control plan) is filed for {year}"
    remedy_zh = "请制定并备案后实施"
    remedy_en = "Make a plan, file it and carry it out"


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """What is wrong with a plan, and what it should think about."""

    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """A filed version and the day from which it is in force (生效日期)."""

    version: int
    from_date: date
    grid: Grid


def check_plan(grid: Grid, *, today: date) -> CheckedPlan:
    """Check a plan before it is filed (备案). Source: CNETS-24, BJETS-22c."""
    faults = [] if grid[SOURCES.name] else [Fault(SOURCES.name, None, "", PlanWithoutSources())]
    warnings: list[Fault] = []
    for kind in KINDS:
        faults += _empty_cells(kind, grid)
    meters = {row.get("code", "") for row in grid[METERS.name]}
    for at, row in enumerate(grid[SOURCES.name], start=FIRST_ROW):
        faults += _faults_of_source(at, row, meters)
        if _takes_default(row) and not row.get("reason"):
            warned = DefaultWithoutReason(item=row.get("item", ""))
            warnings.append(_at(SOURCES, at, "reason", warned))
    for at, row in enumerate(grid[METERS.name], start=FIRST_ROW):
        faults += _faults_of_meter(at, row)
        due = _day(row.get("calibration_due_date", ""))
        if due and due < today:
            over = CalibrationOver(meter=row.get("code", ""), day=due.isoformat())
            warnings.append(_at(METERS, at, "calibration_due_date", over))
    for at, row in enumerate(grid[SAMPLING.name], start=FIRST_ROW):
        if row.get("body") and not row.get("body_number"):
            warnings.append(_at(SAMPLING, at, "body_number", NotQualified(body=row["body"])))
    return CheckedPlan(tuple(faults), tuple(warnings))


def in_force(plans: Sequence[InForce], day: date) -> InForce | None:
    """The version in force on a day; None before the first."""
    begun = [plan for plan in plans if plan.from_date <= day]
    return max(begun, key=lambda plan: (plan.from_date, plan.version), default=None)


def day_of(text: str, year: int) -> date:
    """The day from which a row's data are; the first of the year where none can be read."""
    return _day(text) or date(year, 1, 1)


def deviation(*, meter: str, day: date, plans: Sequence[InForce]) -> MeterNotPlanned | None:
    """Whether data of a meter depart from the plan in force on their day. Source: CNETS-25."""
    plan = in_force(plans, day)
    if not meter or plan is None:
        return None
    known = {row.get("code", "") for row in plan.grid[METERS.name]}
    if meter in known:
        return None
    return MeterNotPlanned(meter=meter, day=day.isoformat(), version=plan.version)


def _empty_cells(kind: SheetKind, grid: Grid) -> list[Fault]:
    return [
        _at(kind, at, column.name, CellEmpty(article="CNETS-24", name=column.en, name_zh=column.zh))
        for at, row in enumerate(grid[kind.name], start=FIRST_ROW)
        for column in kind.columns
        if column.required and not row.get(column.name)
    ]


def _faults_of_source(at: int, row: Row, meters: set[str]) -> list[Fault]:
    found = []
    source, meter = row.get("source", ""), row.get("meter", "")
    if source and source not in list(Source):
        unknown = UnknownSource(value=source[:40], known=", ".join(Source))
        found.append(_at(SOURCES, at, "source", unknown))
    if meter and meter not in meters:
        found.append(_at(SOURCES, at, "meter", UnknownMeter(meter=meter)))
    for column in ("heating_value", "carbon_content"):
        way = row.get(column, "")
        if way and way not in _WAYS:
            found.append(_at(SOURCES, at, column, UnknownWay(value=way[:40])))
    return found


def _faults_of_meter(at: int, row: Row) -> list[Fault]:
    return [
        _at(METERS, at, column, NotADate(value=text[:40]))
        for column in ("calibrated_date", "calibration_due_date")
        if (text := row.get(column, "")) and _day(text) is None
    ]


def _takes_default(row: Row) -> bool:
    """Whether a fossil fuel is not measured; what is not said is a default."""
    ways = (row.get("heating_value"), row.get("carbon_content"))
    return row.get("source") == Source.FUEL and any(way != MEASURED for way in ways)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _at(kind: SheetKind, row: int, column: str, refusal: Refusal) -> Fault:
    return Fault(kind.name, row, kind.letter(column), refusal)
