"""A year's figures of one product of one line, as reported or verified, and their checks. Pure."""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openets.kernel.quantity import Tonnes, half_up_tonnes
from openets.kernel.refusal import Refusal

ABATEMENT_PROJECT = "abatement_project"
CAUSES = (ABATEMENT_PROJECT, "changed_facility")
"""Why only a part of the history counts. Source: CQ208-A1.M.2.2c."""


class BadFigure(Refusal):
    """A figure of a report cannot be."""

    code = "bad_figure"
    article = "CQETS-24"
    zh = "生产线 {line} 产品“{product}”的{name_zh}为 {value}：{why_zh}"
    en = "{name} of line {line}, product “{product}”, is {value}: {why}"
    remedy_zh = "请更正后重新提交"
    remedy_en = "Correct it and submit again"


class UnknownCause(Refusal):
    """Why only a part of the history counts is none of what the law names."""

    code = "unknown_cause"
    article = "CQ208-A1.M.2.2c"
    zh = "未知的数据起计原因“{value}”"
    en = "Unknown cause “{value}” of a part that counts"
    remedy_zh = "请填写以下之一：{known}"
    remedy_en = "Write one of: {known}"


class EmptyReport(Refusal):
    """A report without a single line has no total emissions."""

    code = "report_without_emissions"
    article = "CQETS-24"
    zh = "排放报告没有任何生产线数据，缺少排放总量"
    en = "The report has no line and so no total emissions"
    remedy_zh = "请至少填报一条生产线"
    remedy_en = "Report at least one line"


@dataclass(frozen=True, slots=True)
class Figures:
    """One product of one line in one year.

    Emissions in tCO2e, output in `unit`, days of the year. `usable_from` and the `usable_*` part
    are set where an abatement project or a change of the facility, as `usable_because` says, cuts
    the year (AMB-16). `zero_output_reason` is why nothing was made (CQ208-A1.M.2.2).
    """

    line: str
    product: str
    output: Decimal
    unit: str
    co2_t: Decimal
    non_co2_t: Decimal
    production_days: int
    shutdown_days: int
    usable_from: date | None = None
    usable_output: Decimal | None = None
    usable_co2_t: Decimal | None = None
    usable_production_days: int | None = None
    usable_because: str = ""
    zero_output_reason: str = ""

    @property
    def total_t(self) -> Decimal:
        """Emissions of all gases."""
        return self.co2_t + self.non_co2_t


def total_tco2e(figures: Sequence[Figures]) -> Tonnes:
    """Emissions of an entity and year, the sum rounded half-up to whole tonnes (AMB-03)."""
    return half_up_tonnes(sum((f.total_t for f in figures), Decimal(0)))


def check_figures(figures: Sequence[Figures], *, year: int, lines: Collection[str]) -> None:
    """Refuse figures that cannot be: negative, on unknown lines, given twice, beyond the year.

    Raises:
        EmptyReport, BadFigure.
    """
    if not figures:
        raise EmptyReport
    year_days = 366 if calendar.isleap(year) else 365
    seen: set[tuple[str, str]] = set()
    for f in figures:
        if f.line not in lines:
            raise _bad(f, "line", f.line, ("生产线", "未备案"), "is not registered")
        if (f.line, f.product) in seen:
            raise _bad(f, "product", f.product, ("产品", "重复填报"), "is reported twice")
        seen.add((f.line, f.product))
        amounts = (
            ("output", "产量", f.output),
            ("co2_t", "二氧化碳排放量", f.co2_t),
            ("non_co2_t", "非二氧化碳排放量", f.non_co2_t),
            ("production_days", "生产天数", f.production_days),
            ("shutdown_days", "停产天数", f.shutdown_days),
        )
        for name, name_zh, value in amounts:
            if value < 0:
                raise _bad(f, name, value, (name_zh, "不得为负"), "may not be negative")
        days = f.production_days + f.shutdown_days
        if days > year_days:
            why = f"more than the {year_days} days of {year}"
            raise _bad(f, "production_days", days, ("生产与停产天数", "超过全年天数"), why)


def _bad(
    figures: Figures, field: str, value: object, chinese: tuple[str, str], why: str
) -> BadFigure:
    name_zh, why_zh = chinese
    return BadFigure(
        field=field,
        line=figures.line,
        product=figures.product,
        name=field,
        name_zh=name_zh,
        value=value,
        why=why,
        why_zh=why_zh,
    )
