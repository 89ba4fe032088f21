"""Carbon materials (炭素材料): calcination, baking and graphitisation by the balance of carbon.

Volatile matter leaves as methane that is burnt: 16 tonnes of it give 44 of CO2.
"""

from fractions import Fraction

from openets.mrv.accounting.process import PartAboveWhole
from openets.mrv.accounting.working import CO2_PER_C, Inputs, Worked

CO2_PER_CH4 = Fraction(44, 16)


def calcination(inputs: Inputs) -> Worked:
    """Work out the CO2 of calcining green coke (煅烧); the quantity is the green coke.

    Calcined coke, undercalcined coke and dust in t; carbon and volatiles are ratios.
    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, PartAboveWhole.
    """
    green = inputs.quantity("t")
    calcined = inputs.number("calcined", "t")
    left = calcined + inputs.number("undercalcined", "t") + inputs.number("dust", "t")
    carbon = green * inputs.ratio("carbon_in") - left * inputs.ratio("carbon_out")
    volatile = green * inputs.ratio("volatile_in") - calcined * inputs.ratio("volatile_out")
    formula = (
        "(quantity × carbon_in - (calcined + undercalcined + dust) × carbon_out) × 44/12"
        " + (quantity × volatile_in - calcined × volatile_out) × methane_share × 44/16"
    )
    return _balance(inputs, carbon, volatile, formula)


def baking(inputs: Inputs) -> Worked:
    """Work out the CO2 of baking (焙烧); the quantity is the green product, all masses in t.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, PartAboveWhole.
    """
    green = inputs.quantity("t")
    packing = inputs.number("packing", "t")
    carbon = (
        green * inputs.ratio("carbon_in")
        + packing * inputs.ratio("packing_carbon")
        - inputs.number("waste_carbon", "t")
        - inputs.number("product", "t") * inputs.ratio("carbon_out")
    )
    volatile = green * inputs.ratio("volatile_in") + packing * inputs.ratio("packing_volatile")
    formula = (
        "(quantity × carbon_in + packing × packing_carbon - waste_carbon - product × carbon_out)"
        " × 44/12 + (quantity × volatile_in + packing × packing_volatile) × methane_share × 44/16"
    )
    return _balance(inputs, carbon, volatile, formula)


def graphitisation(inputs: Inputs) -> Worked:
    """Work out the CO2 of graphitisation (石墨化); the quantity is the baked product, masses in t.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, PartAboveWhole.
    """
    baked = inputs.quantity("t")
    carbon = (
        baked * inputs.ratio("carbon_in")
        + inputs.number("packing", "t") * inputs.ratio("packing_carbon")
        - inputs.number("waste_carbon", "t")
        - inputs.number("product", "t") * inputs.ratio("carbon_out")
    )
    volatile = baked * inputs.ratio("volatile_in")
    formula = (
        "(quantity × carbon_in + packing × packing_carbon - waste_carbon - product × carbon_out)"
        " × 44/12 + quantity × volatile_in × methane_share × 44/16"
    )
    return _balance(inputs, carbon, volatile, formula)


def _balance(inputs: Inputs, carbon: Fraction, volatile: Fraction, formula: str) -> Worked:
    """More carbon out than in is a fault of the figures, not a sink."""
    if carbon < 0 or volatile < 0:
        what = "carbon" if carbon < 0 else "volatile matter"
        raise PartAboveWhole(field="quantity", part=f"{what} going out", whole=f"{what} coming in")
    burnt = volatile * inputs.ratio("methane_share")
    return Worked(carbon * CO2_PER_C + burnt * CO2_PER_CH4, formula)
