"""Enthalpy of steam (蒸汽热焓) from its pressure, or from pressure and temperature.

Between two tabulated pressures saturated steam is interpolated linearly. Outside the table, and
between superheated points, nothing is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

import yaml

from openets.kernel.refusal import Refusal


class OutsideSteamTable(Refusal):
    """The table does not reach the state of the steam."""

    code = "outside_steam_table"
    article = "CQETS-24"
    zh = "热焓表不含 {kind_zh} {state} 的数据；可查：{known}"
    en = "The steam table does not reach {kind} steam at {state}; it has {known}"
    remedy_zh = "请按公开的热焓表查得后填写 enthalpy"
    remedy_en = "Look it up in a published table and give the enthalpy"


@dataclass(frozen=True, slots=True)
class SteamTable:
    """Tabulated enthalpies in kJ/kg: saturated by MPa, superheated by MPa and °C."""

    origin: str
    saturated: Mapping[Decimal, Decimal]
    superheated: Mapping[tuple[Decimal, Decimal], Decimal]

    def of_saturated(self, pressure: Decimal) -> Fraction:
        """The enthalpy of saturated steam (饱和蒸汽) in kJ/kg, between its neighbours linearly.

        Source: CQETS-24.

        Raises:
            OutsideSteamTable.
        """
        below = [one for one in self.saturated if one <= pressure]
        above = [one for one in self.saturated if one >= pressure]
        if not below or not above:
            known = f"{min(self.saturated)}-{max(self.saturated)} MPa"
            raise OutsideSteamTable(
                field="pressure",
                kind="saturated",
                kind_zh="饱和蒸汽",
                state=f"{pressure} MPa",
                known=known,
            )
        low, high = max(below), min(above)
        if low == high:
            return Fraction(self.saturated[low])
        share = (Fraction(pressure) - Fraction(low)) / (Fraction(high) - Fraction(low))
        start, end = Fraction(self.saturated[low]), Fraction(self.saturated[high])
        return start + share * (end - start)

    def of_superheated(self, pressure: Decimal, temperature: Decimal) -> Fraction:
        """The enthalpy of superheated steam (过热蒸汽) in kJ/kg, at a tabulated point only.

        Source: CQETS-24.

        Raises:
            OutsideSteamTable.
        """
        found = self.superheated.get((pressure, temperature))
        if found is None:
            raise OutsideSteamTable(
                field="steam_temperature",
                kind="superheated",
                kind_zh="过热蒸汽",
                state=f"{pressure} MPa, {temperature} °C",
                known="; ".join(f"{p} MPa, {t} °C" for p, t in self.superheated),
            )
        return Fraction(found)


@cache
def steam_table() -> SteamTable:
    """The table at hand."""
    text = files("openets.mrv").joinpath("enthalpy.yaml").read_text("utf-8")
    content = yaml.safe_load(text)
    return SteamTable(
        origin=f"enthalpy: {content['source']} (confidence {content['confidence']})",
        saturated={Decimal(p): Decimal(value) for p, value in content["saturated"].items()},
        superheated={
            (Decimal(p), Decimal(t)): Decimal(value)
            for p, row in content["superheated"].items()
            for t, value in row.items()
        },
    )
