"""Greenhouse gases let out as such (非二氧化碳温室气体)."""

from openets.mrv.accounting.factors import gases
from openets.mrv.accounting.working import Inputs, Worked


def gas_released(inputs: Inputs, gas: str) -> Worked:
    """Work out a mass of gas in tCO2e by its global warming potential.

    Source: CQETS-24, CQETS-33.i1.

    Raises:
        UnknownGas, UnitMismatch.
    """
    potential = inputs.potential(gas)
    tonnes = inputs.quantity("t")
    return Worked(tonnes * potential, f"quantity × GWP {gas}", gas=gases()[gas].kind)
