"""Combustion of fossil fuels (化石燃料燃烧)."""

from openets.mrv.accounting.factors import OTHER, Factor
from openets.mrv.accounting.units import main_unit
from openets.mrv.accounting.working import CO2_PER_C, Inputs, Worked

HEAT, CARBON = "ncv", "carbon_content"
CARBON_DIRECT = "carbon_per_unit"


def combustion(inputs: Inputs, factor: Factor) -> Worked:
    """Work out the CO2 of a fuel from its carbon, by the best of three ways it is known.

    With the measured carbon of a unit of fuel (tC), else from the energy itself where the quantity
    is in GJ, else from calorific value (低位发热量) and carbon content of the energy. Whatever is
    not measured is the set's default; oxidation is a ratio. Gives tCO2. Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, RatioAboveOne, ParametersConflict.
    """
    inputs.must_not_be_both(CARBON_DIRECT, HEAT, CARBON)
    physical = ("t", "1e4Nm3") if factor.key == OTHER else (main_unit(factor.unit),)
    if inputs.is_measured(CARBON_DIRECT):
        carbon = inputs.quantity(*physical) * inputs.number(CARBON_DIRECT, "tC/unit")
        formula = "quantity × carbon_per_unit × oxidation × 44/12"
    elif inputs.is_in("GJ"):
        carbon = inputs.quantity("GJ") * inputs.number(CARBON, "tC/GJ")
        formula = "quantity × carbon_content × oxidation × 44/12"
    else:
        energy = inputs.quantity(*physical) * inputs.number(HEAT, f"GJ/{' or '.join(physical)}")
        carbon = energy * inputs.number(CARBON, "tC/GJ")
        formula = "quantity × ncv × carbon_content × oxidation × 44/12"
    return Worked(carbon * inputs.ratio("oxidation") * CO2_PER_C, formula)
