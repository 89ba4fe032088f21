"""Electricity and heat, bought and sold (购入、输出的电力和热力)."""

from fractions import Fraction

from openets.kernel.refusal import Refusal
from openets.mrv.accounting.enthalpy import steam_table
from openets.mrv.accounting.working import Inputs, Worked

FACTOR = "tCO2/GJ"


class ColderThanFeedWater(Refusal):
    """Steam or hot water carries less heat than the water it is made of."""

    code = "colder_than_feed_water"
    article = "CQETS-24"
    zh = "{name} 低于给水基准，热量为负"
    en = "{name} lies below that of the feed water, so that the heat would be negative"
    remedy_zh = "请核对 {name} 及其单位"
    remedy_en = "Check {name} and its unit"


def electricity(inputs: Inputs) -> Worked:
    """Work out the CO2 of electricity by the factor of its grid. Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault.
    """
    return Worked(inputs.quantity("MWh") * inputs.number("factor", "tCO2/MWh"), "quantity × factor")


def heat(inputs: Inputs) -> Worked:
    """Work out the CO2 of heat that is measured in GJ. Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault.
    """
    return Worked(inputs.quantity("GJ") * inputs.number("factor", FACTOR), "quantity × factor")


def steam(inputs: Inputs) -> Worked:
    """Work out the CO2 of steam by its enthalpy (热焓) above that of the feed water.

    The enthalpy is given, or looked up by pressure (MPa), of superheated steam with its
    temperature (°C). Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, ParametersConflict, OutsideSteamTable, ColderThanFeedWater.
    """
    tonnes = inputs.quantity("t")
    enthalpy = _enthalpy(inputs)
    above = enthalpy - inputs.number("feed_water_enthalpy", "kJ/kg")
    formula = "quantity × (enthalpy - feed_water_enthalpy) / 1000 × factor"
    return Worked(_gj(tonnes * above, "enthalpy") * inputs.number("factor", FACTOR), formula)


def hot_water(inputs: Inputs) -> Worked:
    """Work out the CO2 of hot water by its temperature above that of the feed water.

    Source: CQETS-24.

    Raises:
        UnitMismatch, NoDefault, ColderThanFeedWater.
    """
    tonnes = inputs.quantity("t")
    above = inputs.number("temperature", "°C") - inputs.number("feed_water_temperature", "°C")
    kilojoules = tonnes * above * inputs.number("heat_capacity", "kJ/(kg·°C)")
    formula = "quantity × (temperature - feed_water_temperature) × heat_capacity / 1000 × factor"
    return Worked(_gj(kilojoules, "temperature") * inputs.number("factor", FACTOR), formula)


def _enthalpy(inputs: Inputs) -> Fraction:
    for name in ("pressure", "steam_temperature"):
        inputs.must_not_be_both("enthalpy", name)
    if not (inputs.is_measured("pressure") or inputs.is_measured("steam_temperature")):
        return inputs.number("enthalpy", "kJ/kg")
    table = steam_table()
    pressure = inputs.measured("pressure", "MPa")
    if inputs.is_measured("steam_temperature"):
        found = table.of_superheated(pressure, inputs.measured("steam_temperature", "°C"))
    else:
        found = table.of_saturated(pressure)
    return inputs.looked_up("enthalpy", found, "kJ/kg", table.origin)


def _gj(tonnes_times_kj_per_kg: Fraction, name: str) -> Fraction:
    if tonnes_times_kj_per_kg < 0:
        raise ColderThanFeedWater(field=name, name=name)
    return tonnes_times_kj_per_kg / 1000
