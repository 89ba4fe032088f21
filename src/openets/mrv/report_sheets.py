"""The sheets an annual report consists of, and what is read off their cells. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from openets.kernel.quantity import NotANumber, parse_decimal, plain
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.units import unit_names
from openets.mrv.figures import CAUSES, Figures
from openets.mrv.sheets import FIRST_ROW, Column, Grid, Row, SheetKind

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


def lines_grid(figures: Sequence[Figures]) -> Grid:
    """The rows of lines and products that a report without activity data consists of."""
    found: list[dict[str, str]] = []
    for figure in figures:
        row = {one.name: getattr(figure, one.name, None) for one in LINES.columns}
        found.append({name: _written(value) for name, value in row.items() if value is not None})
    return {ACTIVITY.name: (), LINES.name: tuple(found), SUMMARY.name: ()}


def quantities(grid: Grid) -> dict[tuple[str, str, str], Decimal]:
    """The quantities of a checked grid by facility, source and item, for the year after."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for row in grid[ACTIVITY.name]:
        key = (row.get("facility", ""), row.get("source", ""), row.get("item", ""))
        found[key] = found.get(key, Decimal(0)) + (number(row.get("quantity", "")) or 0)
    return found


def numbered(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """Rows with the numbers they have on their sheet."""
    return list(enumerate(rows, start=FIRST_ROW))


def number(text: str) -> Decimal | None:
    """The number a cell holds, or None."""
    try:
        return parse_decimal(text)
    except NotANumber:
        return None


def _written(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)
