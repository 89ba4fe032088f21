"""A base year's figures by another factor set: what changed in each line, carried to the rows.

Only the change moves: what was reported stays, exactly as it was kept, whatever became of its set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openets.kernel.citation import Citation
from openets.kernel.explain import Given, Step, given
from openets.kernel.quantity import half_up
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import AccountedLine, exact_text, worked_line
from openets.mrv.accounting.activity import Activity
from openets.mrv.accounting.factors import FactorSet
from openets.mrv.figures import Figures

AMOUNT_DECIMALS = 4
"""Decimals in which the emissions of a row are kept."""
ROUNDING = f"half-up to {AMOUNT_DECIMALS} decimals"
ARTICLE = "CQ208-A1.M.2.2d"


class NothingToShareBy(Refusal):
    """A change belongs to rows that emitted nothing of its kind, so that no row can take it."""

    code = "nothing_to_share_by"
    article = ARTICLE
    zh = "设施“{facility}”的变化量 {change} 吨无法分摊：相关生产线该类气体原排放量为零"
    en = "The change of {change} t at “{facility}” cannot be shared: its rows had no such emissions"
    remedy_zh = "请将设施名称填为所属生产线代码后重新提供活动数据"
    remedy_en = "Name the facility after its line and supply the activity data again"


@dataclass(frozen=True, slots=True)
class LineBefore:
    """What was kept of a line when its report was accounted for; tCO2e, exactly."""

    tco2e: Fraction
    gas: str
    working: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of activity data as reported and by the other set, each with its working."""

    activity: Activity
    before: LineBefore
    after: AccountedLine

    @property
    def change_tco2e(self) -> Fraction:
        """By the other set less as reported."""
        return self.after.tco2e - self.before.tco2e

    @property
    def change_without_captive_tco2e(self) -> Fraction:
        """The change that is not the captive power plant's, whose share is one of quantities."""
        quantity, captive = self.activity.quantity, self.activity.captive_quantity
        if not captive:
            return self.change_tco2e
        return self.change_tco2e * (1 - Fraction(captive) / Fraction(quantity))


@dataclass(frozen=True, slots=True)
class RestatedFigures:
    """The rows as they bind, the same rows restated, and the working of each."""

    before: tuple[Figures, ...]
    after: tuple[Figures, ...]
    steps: tuple[Step, ...]

    @property
    def change_t(self) -> Decimal:
        """What the rows changed by together."""
        total = sum((row.total_t for row in self.after), Decimal(0))
        return total - sum((row.total_t for row in self.before), Decimal(0))


def line_changes(
    activities: Sequence[Activity], before: Mapping[int, LineBefore], *, factors: FactorSet
) -> tuple[LineChange, ...]:
    """Account for kept activity data by another set; what was measured stays measured.

    `before` is by row of the activity data. Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.

    Raises:
        UnknownItem, NoDefault: the set lacks a factor, and the calculation stops.
    """
    changes = []
    for activity in activities:
        assert activity.row is not None, "kept activity data have rows"
        try:
            after = worked_line(activity=activity, factors=factors)
        except Refusal as refusal:
            refusal.row = activity.row
            raise
        changes.append(LineChange(activity, before[activity.row], after))
    return tuple(changes)


def restated_figures(
    *, figures: Sequence[Figures], changes: Sequence[LineChange], factors: FactorSet
) -> RestatedFigures:
    """Carry the changes of lines to the rows per production line and product.

    A facility with the name of a line changes that line, any other all of them; several rows share
    a change by the emissions they reported. So does the part of a row that counts after an
    abatement project (AMB-16), because activity data are not split by days: both are assumptions,
    and the working says so. Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.

    Raises:
        NothingToShareBy.
    """
    co2, co2_why = _shares(figures, changes, _co2_of, is_co2=True)
    other, other_why = _shares(figures, changes, _non_co2_of, is_co2=False)
    after = []
    steps = []
    for at, row in enumerate(figures):
        restated = _restated(row, co2[at], other[at])
        after.append(restated)
        steps.append(_step(row, restated, (*co2_why[at], *other_why[at]), factors))
    return RestatedFigures(tuple(figures), tuple(after), tuple(steps))


def _shares(
    figures: Sequence[Figures],
    changes: Sequence[LineChange],
    amount_of: Callable[[Figures], Decimal],
    *,
    is_co2: bool,
) -> tuple[list[Fraction], list[list[Given]]]:
    """What each row takes of the changes of one kind of gas, and from where."""
    taken = [Fraction(0) for _ in figures]
    why: list[list[Given]] = [[] for _ in figures]
    for facility, change in _by_facility(changes, is_co2=is_co2).items():
        own = [at for at, row in enumerate(figures) if row.line == facility]
        places = own or list(range(len(figures)))
        whole = sum((Fraction(amount_of(figures[at])) for at in places), Fraction(0))
        for at in places:
            if len(places) == 1:
                share = Fraction(1)
            elif whole:
                share = Fraction(amount_of(figures[at])) / whole
            else:
                raise NothingToShareBy(facility=facility, change=exact_text(change))
            taken[at] += change * share
            name = "change of CO2" if is_co2 else "change of other gases"
            origin = "of its own facility" if own and len(places) == 1 else "shared by emissions"
            why[at].append(given(name, exact_text(change * share), "tCO2e", origin))
    return taken, why


def _by_facility(changes: Sequence[LineChange], *, is_co2: bool) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for one in changes:
        if (one.before.gas == "CO2") is is_co2:
            facility = one.activity.facility
            found[facility] = found.get(facility, Fraction(0)) + one.change_without_captive_tco2e
    return {facility: change for facility, change in found.items() if change}


def _restated(row: Figures, co2: Fraction, other: Fraction) -> Figures:
    co2_t = half_up(Fraction(row.co2_t) + co2, AMOUNT_DECIMALS)
    non_co2_t = half_up(Fraction(row.non_co2_t) + other, AMOUNT_DECIMALS)
    usable = row.usable_co2_t
    if usable and row.co2_t:
        share = Fraction(co2_t) / Fraction(row.co2_t)
        usable = half_up(Fraction(usable) * share, AMOUNT_DECIMALS)
    return replace(row, co2_t=co2_t, non_co2_t=non_co2_t, usable_co2_t=usable)


def _step(row: Figures, restated: Figures, why: Sequence[Given], factors: FactorSet) -> Step:
    usable: tuple[Given, ...] = ()
    if row.usable_co2_t and restated.usable_co2_t is not None:
        origin = "shared by emissions"
        usable = (
            given("part that counts, reported", row.usable_co2_t, "tCO2", origin),
            given("part that counts, restated", restated.usable_co2_t, "tCO2", origin),
        )
    return Step(
        title=f"Restated: {row.line} {row.product}",
        title_zh=f"修正：{row.line} {row.product}",
        formula="reported + change",
        given=(given("reported", row.total_t, "tCO2e"), *why, *usable),
        result=exact_text(Fraction(restated.total_t)),
        unit="tCO2e",
        cites=(Citation(source=ARTICLE), Citation(source="AMB-18")),
        rounding=ROUNDING,
        note=f"factor set {factors.name}, sha256 {factors.digest[:16]}, GWP {factors.gwp.name}",
    )


def _co2_of(row: Figures) -> Decimal:
    return row.co2_t


def _non_co2_of(row: Figures) -> Decimal:
    return row.non_co2_t
