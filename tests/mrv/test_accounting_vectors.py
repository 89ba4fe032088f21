"""Worked lines and a worked enterprise, reproduced to the last digit."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from openets.kernel.quantity import half_up
from openets.mrv.accounting.totals import total_of
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
