"""A small report for tests: one facility that is a line, with fuel and electricity."""

from decimal import Decimal

from openets.mrv.accounting.factors import factor_set
from openets.mrv.grid import LastYear, check_grid
from openets.mrv.report_sheets import KINDS
from openets.mrv.sheets import cleaned

FUEL = {
    "facility": "L1",
    "source": "fuel",
    "item": "烟煤",
    "quantity": "1000",
    "unit": "t",
    "meter": "M1",
}
POWER = {
    "facility": "L1",
    "source": "electricity",
    "item": "重庆",
    "quantity": "2000",
    "unit": "MWh",
    "meter": "M2",
}
LINE = {
    "line": "L1",
    "product": "产品",
    "output": "1000",
    "unit": "t",
    "production_days": "300",
    "shutdown_days": "65",
}
SUMMARY = {"responsible": "核算负责人"}
FACTORS = "general-2022"
RATIO = Decimal("0.20")


def content(*activity, lines=(LINE,), summary=SUMMARY):
    """The content of a report, as it comes from a page."""
    return {"activity": list(activity or (FUEL, POWER)), "lines": list(lines), "summary": [summary]}


def checked(*activity, last=None, known=("L1", "L2"), year=2022, **given):
    """A report, checked."""
    return check_grid(
        cleaned(KINDS, content(*activity, **given)),
        year=year,
        factors=factor_set(FACTORS),
        lines=known,
        last=last or LastYear(),
        change_ratio=RATIO,
    )
