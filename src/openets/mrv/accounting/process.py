"""Industrial processes (工业生产过程): factors, carbonates, clinker, aluminium, nitric acid."""

from fractions import Fraction

from openets.kernel.refusal import Refusal
from openets.mrv.accounting.working import CO2_PER_C, Inputs, Worked

CO2_PER_CAO, CO2_PER_MGO = Fraction(44, 56), Fraction(44, 40)


class PartAboveWhole(Refusal):
    """A part is larger than the whole it belongs to."""

    code = "part_above_whole"
    article = "CQETS-24"
    zh = "{part} 大于 {whole}"
    en = "{part} is more than {whole}"
    remedy_zh = "请核对这两项数据"
    remedy_en = "Check the two figures"


def by_factor(inputs: Inputs) -> Worked:
    """Work out an amount times its factor, in tCO2; the generic process and a product's carbon.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault.
    """
    tco2 = inputs.quantity("t") * inputs.number("factor", "tCO2/t")
    return Worked(tco2, "quantity × factor")


def carbonate(inputs: Inputs) -> Worked:
    """Work out the CO2 of a carbonate (碳酸盐) by its purity and the share calcined.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne.
    """
    pure = inputs.quantity("t") * inputs.ratio("purity")
    tco2 = pure * inputs.number("factor", "tCO2/t") * inputs.ratio("calcination")
    return Worked(tco2, "quantity × purity × factor × calcination")


def clinker(inputs: Inputs) -> Worked:
    """Work out the CO2 of clinker (熟料) less what alternative raw materials did not emit.

    Each parameter named after such a material is its tonnes. Never below zero.
    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault.
    """
    gross = inputs.quantity("t") * inputs.number("factor", "tCO2/t")
    replaced = inputs.amounts("deduction_", "t")
    net = gross - sum((tonnes * factor for _, tonnes, factor in replaced), Fraction(0))
    terms = "".join(f" - {name} × deduction_{name}" for name, _, _ in replaced)
    formula = f"quantity × factor{terms}"
    return Worked(max(net, Fraction(0)), f"max(0, {formula})" if terms else formula)


def clinker_oxides(inputs: Inputs) -> Worked:
    """Work out the CO2 of clinker from its oxides, less those that came in without carbonate.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, PartAboveWhole.
    """
    quantity = inputs.quantity("t")
    lime = _rest(inputs, "cao", "cao_without_carbonate") * CO2_PER_CAO
    magnesia = _rest(inputs, "mgo", "mgo_without_carbonate") * CO2_PER_MGO
    formula = (
        "quantity × ((cao - cao_without_carbonate) × 44/56 + (mgo - mgo_without_carbonate) × 44/40)"
    )
    return Worked(quantity * (lime + magnesia), formula)


def anode(inputs: Inputs) -> Worked:
    """Work out the CO2 of the carbon anodes of aluminium cells (炭阳极), per tonne of aluminium.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, PartAboveWhole.
    """
    anodes = inputs.quantity("t") * inputs.number("anode_consumption", "t/t")
    carbon_share = 1 - inputs.ratio("sulphur") - inputs.ratio("ash")
    if carbon_share < 0:
        raise PartAboveWhole(field="ash", part="sulphur + ash", whole="the anode")
    formula = "quantity × anode_consumption × (1 - sulphur - ash) × 44/12"
    return Worked(anodes * carbon_share * CO2_PER_C, formula)


def anode_effect(inputs: Inputs) -> Worked:
    """Work out the perfluorocarbons of anode effects (阳极效应), in tCO2e per tonne of aluminium.

    With the measured minutes a cell and day by the slope, else by kilograms a tonne.
    Source: CQETS-24, CQETS-33.i1.

    Raises:
        UnitMismatch, NoDefault.
    """
    quantity = inputs.quantity("t")
    for emitted in ("cf4", "c2f6"):
        inputs.must_not_be_both("anode_effect_minutes", emitted)
    if inputs.is_measured("anode_effect_minutes"):
        minutes = inputs.number("anode_effect_minutes", "min/(cell·day)")
        cf4 = inputs.number("cf4_slope", "kg/t per min/(cell·day)") * minutes
        c2f6 = cf4 * inputs.number("c2f6_share", "kg/kg CF4")
        cf4_said = "cf4_slope × anode_effect_minutes"
        c2f6_said = f"c2f6_share × {cf4_said}"
    else:
        cf4, c2f6 = inputs.number("cf4", "kg/t"), inputs.number("c2f6", "kg/t")
        cf4_said, c2f6_said = "cf4", "c2f6"
    each = cf4 * inputs.potential("CF4") + c2f6 * inputs.potential("C2F6")
    formula = f"quantity × ({cf4_said} × GWP CF4 + {c2f6_said} × GWP C2F6) / 1000"
    return Worked(quantity * each / 1000, formula, gas="PFCs")


def nitric_acid(inputs: Inputs) -> Worked:
    """Work out the N2O of nitric acid, in tCO2e. Source: CQETS-24, CQETS-33.i1.

    Raises:
        UnitMismatch, NoDefault.
    """
    n2o = inputs.quantity("t") * inputs.number("n2o", "tN2O/t")
    return Worked(n2o * inputs.potential("N2O"), "quantity × n2o × GWP N2O", gas="N2O")


def _rest(inputs: Inputs, whole: str, part: str) -> Fraction:
    """A share less the part of it that does not count."""
    rest = inputs.ratio(whole) - inputs.ratio(part)
    if rest < 0:
        raise PartAboveWhole(field=part, part=part, whole=whole)
    return rest
