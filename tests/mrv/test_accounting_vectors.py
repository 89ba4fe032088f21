"""Worked lines and a worked enterprise, reproduced to the last digit."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from openets.kernel.quantity import half_up, plain
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.totals import total_of
from openets.mrv.accounting.units import in_unit
from tests.mrv.accounted import line, tonnes

VECTORS = json.loads((Path(__file__).parent / "data/carbon_material_vectors.json").read_text())
LINES = {one["id"]: one for one in VECTORS["lines"]}
SET = "carbon-material-2024"


def worked(one: dict[str, Any]) -> Any:
    place = (one["source"], one["item"], one["quantity"], one["unit"])
    return line(*place, factors=SET, **one["measured"])


def as_told(exact: Fraction, told: str) -> str:
    """An exact result with as many decimals as the vector has, whose last digit may be cut."""
    return format(half_up(exact, len(told.partition(".")[2])), "f")


@pytest.mark.parametrize("name", LINES)
def test_a_worked_line_is_reproduced(name: str) -> None:
    one = LINES[name]
    exact, told = worked(one).tco2e, one["tco2"]
    assert abs(exact - Fraction(told)) < Fraction(1, 10**28)
    assert as_told(exact, told[:30]) == as_told(Fraction(told), told[:30])


def test_the_worked_enterprise_is_reproduced() -> None:
    enterprise = VECTORS["enterprise"]
    lines = [LINES[name] for name in enterprise["lines"]] + enterprise["more"]
    totals = total_of(map(worked, lines))
    for exact, told in (
        (totals.direct_exact, enterprise["direct"]),
        (totals.indirect_exact, enterprise["indirect"]),
        (totals.exact, enterprise["total"]),
    ):
        assert abs(exact - Fraction(told)) < Fraction(1, 10**28)
    assert format(half_up(totals.direct_exact, 2), "f") == enterprise["direct_2dp"]
    assert format(half_up(totals.exact, 2), "f") == enterprise["total_2dp"]
    assert totals.total_t == 72


def test_each_furnace_is_worked_out_with_its_own_parameters_and_then_added() -> None:
    both = [worked(LINES[f"calcination.{one}"]).tco2e for one in "ab"]
    assert sum(both) == Fraction("51.76875")
    merged = {
        **LINES["calcination.a"]["measured"],
        "calcined": 135,
        "undercalcined": 14,
        "dust": 1,
    }
    assert tonnes("process", "calcination", 300, factors=SET, **merged) == Fraction("59.27625")


def test_proved_nonfossil_electricity_counts_nothing() -> None:
    lines = [("national", 100), ("nonfossil_traded", 20), ("nonfossil_own", 30)]
    found = [tonnes("electricity", item, mwh, "MWh", factors=SET) for item, mwh in lines]
    assert found == [Fraction("53.06"), 0, 0]


@pytest.mark.parametrize("pressure", VECTORS["steam_enthalpy"]["saturated"])
def test_saturated_steam_has_the_enthalpy_of_the_table_and_between_its_points(
    pressure: str,
) -> None:
    told = Fraction(VECTORS["steam_enthalpy"]["saturated"][pressure])
    found = line("heat", "steam", 1, factors="steel-2024", pressure=pressure)
    assert found.tco2e == (told - Fraction("83.74")) / 1000 * Fraction("0.11")
    step = found.explanation.steps[0]
    assert {g.value: g.origin[:9] for g in step.given if g.name == "enthalpy"} == {
        plain(told): "enthalpy:"
    }


@pytest.mark.parametrize("state", VECTORS["steam_enthalpy"]["superheated"])
def test_superheated_steam_has_the_enthalpy_of_its_point(state: str) -> None:
    told = Fraction(VECTORS["steam_enthalpy"]["superheated"][state])
    pressure, temperature = state.split("/")
    found = tonnes(
        "heat", "steam", 1, factors=SET, pressure=pressure, steam_temperature=temperature
    )
    assert found == told / 1000 * Fraction("0.11")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pressure": "1.69"}, "outside_steam_table"),
        ({"pressure": "1.81"}, "outside_steam_table"),
        ({"pressure": "1", "steam_temperature": "301"}, "outside_steam_table"),
        ({"pressure": "2", "steam_temperature": "325"}, "outside_steam_table"),
        ({"steam_temperature": "300"}, "no_default"),
        ({"pressure": "1.75", "enthalpy": "2794"}, "parameters_conflict"),
        ({}, "no_default"),
    ],
)
def test_outside_the_table_nothing_is_guessed(given: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as no:
        line("heat", "steam", 1, **given)
    assert no.value.code == code


@pytest.mark.parametrize(("quantity", "unit", "wanted", "told"), VECTORS["units"])
def test_units_are_turned_into_the_main_one(
    quantity: str, unit: str, wanted: str, told: str
) -> None:
    assert in_unit(Decimal(quantity), unit, wanted=[wanted], item="x") == Fraction(told)
