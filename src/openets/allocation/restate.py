"""Correcting base-year emissions to the factors of the allocation year (参数修正)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from openets.allocation.lines import LineYear
from openets.kernel.citation import Citation
from openets.kernel.explain import Step, given
from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law


class NoActivityData(Refusal):
    """Without stored activity data the correction cannot be made."""

    code = "no_activity_data"
    article = "CQ208-A1.M.2.2d"
    zh = "无法修正：生产线“{line}” {year} 年没有可用于修正的活动数据"
    en = "Correction impossible: no stored activity data of line “{line}” for {year}"
    remedy_zh = "请补充该年度的活动数据及当时采用的参数"
    remedy_en = "Supply the activity data of that year and the factors then used"


class NoFactor(Refusal):
    """The factor of the allocation year is not known, so the calculation stops."""

    code = "no_factor"
    article = "CQ208-A1.M.2.2d"
    zh = "缺少 {year} 年度的参数“{factor}”，计算中止"
    en = "The factor “{factor}” of {year} is missing; the calculation stops"
    remedy_zh = "请录入该年度已公布的参数"
    remedy_en = "Enter the published factor of that year"


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity behind a base year's emissions: quantity × factor = tonnes CO2.

    `usable_quantity` is its part from the row's `usable_from` on, where the row has one.
    """

    factor: str
    quantity: Decimal
    unit: str
    factor_then: Decimal
    usable_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Restated:
    """Both versions of a base-year row, and the working from one to the other."""

    reported: LineYear
    restated: LineYear
    step: Step


def restate(
    *,
    row: LineYear,
    activities: Sequence[Activity],
    factors_now: Mapping[str, Decimal],
    year: int,
    law: Law,
) -> Restated:
    """Recompute a base-year row's emissions with the factors of the allocation `year`.

    Only the difference of the named factors moves; everything else stays as reported.
    Source: CQ208-A1.M.2.2d, A1.M.3.2d (AMB-18).

    Raises:
        NoActivityData: nothing is stored to recompute from.
        NoFactor: a factor of the allocation year is missing.
        Incomplete: the row has no emissions to correct.
    """
    reading = law.for_year("alloc.restate_factors", year)
    before = row.needed("co2_t", "the correction of factors")
    inputs = [given("emissions as reported", before, "t", row.source)]
    change = usable_change = Decimal(0)
    if reading.text == "restate":
        if not activities:
            raise NoActivityData(row=row.row, line=row.line, year=row.year)
        for one in activities:
            if one.factor not in factors_now:
                raise NoFactor(row=row.row, factor=one.factor, year=year)
            difference = factors_now[one.factor] - one.factor_then
            change += one.quantity * difference
            if row.usable_co2_t is not None:
                usable_change += _usable_quantity(row, one) * difference
            inputs += [
                given(one.factor, one.quantity, one.unit),
                given(f"{one.factor}, factor of {row.year}", one.factor_then),
                given(f"{one.factor}, factor of {year}", factors_now[one.factor]),
            ]
    after = before + change
    usable = row.usable_co2_t
    restated = replace(
        row,
        co2_t=after,
        usable_co2_t=None if usable is None else usable + usable_change,
        origin=f"{row.source}, restated from {plain(before)} t to the factors of {year}",
    )
    step = Step(
        title=f"Correction of factors, {row.year}",
        title_zh=f"{row.year} 年参数修正",
        formula="emissions + Σ quantity × (factor now - factor then)",
        given=tuple(inputs),
        result=plain(after),
        unit="t",
        cites=(Citation(source="CQ208-A1.M.2.2d"), reading.cite),
    )
    return Restated(row, restated if reading.text == "restate" else row, step)


def _usable_quantity(row: LineYear, activity: Activity) -> Decimal:
    """The part of an activity that counts: none where nothing of the year does."""
    if activity.usable_quantity is not None:
        return activity.usable_quantity
    if row.usable_co2_t == 0:
        return Decimal(0)
    raise NoActivityData(field="usable_from", row=row.row, line=row.line, year=row.year)
