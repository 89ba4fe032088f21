"""From lines of activity data to their emissions, each with its working."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from openets.kernel.citation import Citation
from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import half_up, plain
from openets.mrv.accounting import carbon_material, process
from openets.mrv.accounting.activity import Activity, Source, check_amounts
from openets.mrv.accounting.combustion import combustion
from openets.mrv.accounting.energy import electricity, heat, hot_water, steam
from openets.mrv.accounting.factors import Factor, FactorSet
from openets.mrv.accounting.gases import gas_released
from openets.mrv.accounting.working import Inputs, Worked

EXACT_DECIMALS = 20
"""Decimals in which an exact result is written; 44/12 has no last one."""
LINE_DECIMALS = 2
LINE_ROUNDING = f"half-up to {LINE_DECIMALS} decimals for show; sums use the exact value"

METHODS: Mapping[str, Callable[[Inputs], Worked]] = {
    "factor": process.by_factor,
    "carbonate": process.carbonate,
    "clinker": process.clinker,
    "clinker_oxides": process.clinker_oxides,
    "anode": process.anode,
    "anode_effect": process.anode_effect,
    "nitric_acid": process.nitric_acid,
    "calcination": carbon_material.calcination,
    "baking": carbon_material.baking,
    "graphitisation": carbon_material.graphitisation,
    "electricity": electricity,
    "heat": heat,
    "steam": steam,
    "hot_water": hot_water,
}
"""The formula behind each `method` that a factor set names."""

_USUAL_METHOD = {
    "process": "factor",
    "product": "factor",
    "electricity": "electricity",
    "heat": "heat",
}
"""The method of an item for which the set names none."""

_TITLES = {
    Source.FUEL: ("Combustion", "化石燃料燃烧"),
    Source.PROCESS: ("Process", "工业生产过程"),
    Source.PRODUCT: ("Carbon in products, deducted", "固碳产品（扣除）"),
    Source.GAS: ("Gas released", "非二氧化碳气体"),
    Source.ELECTRICITY: ("Electricity bought", "购入电力"),
    Source.ELECTRICITY_SOLD: ("Electricity sold, deducted", "输出电力（扣除）"),
    Source.HEAT: ("Heat bought", "购入热力"),
    Source.HEAT_SOLD: ("Heat sold, deducted", "输出热力（扣除）"),
}


@dataclass(frozen=True, slots=True)
class AccountedLine:
    """The emissions of one line by one factor set; both stay with it.

    `tco2e` is exact and below zero where the source is deducted; `captive_tco2e` is the part of
    the captive power plant; `gas` is one of the seven kinds.
    """

    activity: Activity
    factors: FactorSet
    tco2e: Fraction
    captive_tco2e: Fraction
    gas: str
    explanation: Explanation

    @property
    def emissions_t(self) -> Decimal:
        """The emissions for show, half-up to 2 decimals."""
        return half_up(self.tco2e, LINE_DECIMALS)

    @property
    def managed_t(self) -> Decimal:
        """What is left without the captive power plant, for show."""
        return half_up(self.tco2e - self.captive_tco2e, LINE_DECIMALS)

    @property
    def captive_t(self) -> Decimal:
        """The difference of the two rounded figures, so that the three always add up."""
        return self.emissions_t - self.managed_t


def account_line(*, activity: Activity, factors: FactorSet) -> AccountedLine:
    """Account for one line (核算) with the set of its year; a measured value goes before a default.

    Gives tCO2e, exactly. Source: CQETS-24.

    Raises:
        YearNotCovered: the set is not for that year.
        UnknownItem, UnknownGas: the set has no such item.
        UnitMismatch, NegativeAmount, NoDefault and what else the method refuses.
    """
    factors.must_cover(activity.year)
    return worked_line(activity=activity, factors=factors)


def worked_line(*, activity: Activity, factors: FactorSet) -> AccountedLine:
    """Account for one line with any set, whatever its years: for restatements only.

    Source: CQ208-A1.M.2.2d.

    Raises:
        As `account_line`, but for the year.
    """
    check_amounts(activity)
    factor = _factor_of(activity, factors)
    inputs = Inputs(activity, factor, factors.gwp)
    worked = _work(activity, factor, inputs)
    inputs.must_be_used_up()
    sign = -1 if activity.source.is_deducted else 1
    tco2e = sign * worked.tco2e
    step = _step(activity, worked, tco2e, inputs, factors)
    captive, more = _captive(activity, tco2e)
    return AccountedLine(
        activity=activity,
        factors=factors,
        tco2e=tco2e,
        captive_tco2e=captive,
        gas=worked.gas,
        explanation=Explanation((step, *more)),
    )


def exact_text(tco2e: Fraction) -> str:
    """An exact result as text: half-up to 20 decimals where it has more."""
    return plain(half_up(tco2e, EXACT_DECIMALS))


def _factor_of(activity: Activity, factors: FactorSet) -> Factor:
    if activity.source is Source.GAS:
        gas = activity.item
        return Factor("gas", gas, gas, "", "t", {}, factors.name, factors.gwp.title, "")
    return factors.find(activity.source.table, activity.item)


def _work(activity: Activity, factor: Factor, inputs: Inputs) -> Worked:
    if activity.source is Source.GAS:
        return gas_released(inputs, activity.item)
    if activity.source is Source.FUEL:
        return combustion(inputs, factor)
    return METHODS[factor.method or _USUAL_METHOD[factor.table]](inputs)


def _step(
    activity: Activity, worked: Worked, tco2e: Fraction, inputs: Inputs, factors: FactorSet
) -> Step:
    title, title_zh = _TITLES[activity.source]
    return Step(
        title=f"{title}: {activity.item}",
        title_zh=f"{title_zh}：{activity.item}",
        formula=f"-({worked.formula})" if activity.source.is_deducted else worked.formula,
        given=inputs.taken,
        result=exact_text(tco2e),
        unit="tCO2e",
        cites=(Citation(source="CQETS-24"),),
        rounding=LINE_ROUNDING,
        note=f"factor set {factors.name}, sha256 {factors.digest[:16]}, GWP {factors.gwp.name}",
    )


def _captive(activity: Activity, tco2e: Fraction) -> tuple[Fraction, tuple[Step, ...]]:
    """The captive plant's part of a line, by its part of the quantity."""
    if not activity.captive_quantity:
        return Fraction(0), ()
    captive = tco2e * Fraction(activity.captive_quantity) / Fraction(activity.quantity)
    step = Step(
        title="Part of the captive power plant",
        title_zh="自备电厂部分",
        formula="emissions × captive_quantity / quantity",
        given=(
            given("captive_quantity", activity.captive_quantity, activity.unit, activity.place),
        ),
        result=exact_text(captive),
        unit="tCO2e",
        cites=(Citation(source="CQ208-A1.1.1b"),),
        rounding=LINE_ROUNDING,
    )
    return captive, (step,)
