"""The accounting against a twin: plain fractions, the files of the sets read on its own."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import openets.mrv
from openets.mrv.accounting.account import account_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.factors import factor_set

FOLDER = Path(openets.mrv.__file__).parent / "factors"
SETS = ("steel-2024", "cement-2024", "aluminium-2024", "general-2022", "general-2023")
SMALL = {"kg": 1000, "Nm3": 10_000, "MJ": 1000, "kWh": 1000}
UNITS = {"t": ("t", "kg"), "1e4Nm3": ("1e4Nm3", "Nm3"), "GJ": ("GJ", "MJ"), "MWh": ("MWh", "kWh")}
F = Fraction


@cache
def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


@cache
def table(name: str, of: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(read(name).get(of, {}))
    for part in read(name)["takes"]:
        found |= read(part).get(of, {})
    return found


def clinker(amount: F, v: dict[str, F]) -> F:
    raw = (name for name in v if f"deduction {name}" in v)
    return max(F(0), amount * v["factor"] - sum(v[name] * v[f"deduction {name}"] for name in raw))


def anode_effect(amount: F, v: dict[str, F]) -> F:
    minutes = v.get("anode_effect_minutes")
    cf4 = v["cf4"] if minutes is None else v["cf4_slope"] * minutes
    c2f6 = v["c2f6"] if minutes is None else v["c2f6_share"] * cf4
    return amount * (cf4 * v["GWP CF4"] + c2f6 * v["GWP C2F6"]) / 1000


def oxides(amount: F, v: dict[str, F]) -> F:
    lime = (v["cao"] - v["cao_without_carbonate"]) * 44 / 56
    return amount * (lime + (v["mgo"] - v["mgo_without_carbonate"]) * 44 / 40)


def hot_water(amount: F, v: dict[str, F]) -> F:
    degrees = v["temperature"] - v["feed_water_temperature"]
    return amount * degrees * v["heat_capacity"] / 1000 * v["factor"]


def steam(amount: F, v: dict[str, F]) -> F:
    return amount * (v["enthalpy"] - v["feed_water_enthalpy"]) / 1000 * v["factor"]


FORMULAS: dict[str, Callable[[F, dict[str, F]], F]] = {
    "fuel": lambda n, v: n * v["ncv"] * v["carbon_content"] * v["oxidation"] * 44 / 12,
    "carbonate": lambda n, v: n * v["factor"] * v["purity"] * v["calcination"],
    "clinker": clinker,
    "clinker_oxides": oxides,
    "anode": lambda n, v: n * v["anode_consumption"] * (1 - v["sulphur"] - v["ash"]) * 44 / 12,
    "anode_effect": anode_effect,
    "nitric_acid": lambda n, v: n * v["n2o"] * v["GWP N2O"],
    "steam": steam,
    "hot_water": hot_water,
    "factor": lambda n, v: n * v["factor"],
}
SAME = {"electricity": "factor", "heat": "factor"}
TEXTS = {"zh", "method", "unit", "note", "confidence", "deductions"}


def method_of(words: dict[str, Any], source: str) -> str:
    method = words.get("method", "fuel" if source == "fuel" else "factor")
    return SAME.get(method, method)


def twin(name: str, source: str, item: str, quantity: F, unit: str, more: dict[str, F]) -> F:
    amount = quantity / SMALL.get(unit, 1)
    potentials = read("gwp")["sets"][read(name)["gwp"]]["values"]
    if source == "gas":
        return amount * F(potentials[item])
    words = table(name, source.removesuffix("_sold"))[item]
    values = {key: F(value) for key, value in words.items() if key not in TEXTS}
    values |= {f"GWP {gas}": F(value) for gas, value in potentials.items()}
    values |= {f"deduction {raw}": F(value) for raw, value in words.get("deductions", {}).items()}
    tco2e = FORMULAS[method_of(words, source)](amount, values | more)
    return -tco2e if source in {"product", "electricity_sold", "heat_sold"} else tco2e


amounts = st.decimals(0, 10**9, places=4)
ratios = st.decimals(0, 1, places=6)
anything = st.decimals(0, 1000, places=5)
carbon = {"ncv": anything, "carbon_content": ratios, "oxidation": ratios}


@st.composite
def oxide_shares(draw: Any) -> dict[str, Decimal]:
    shares = {}
    for oxide in ("cao", "mgo"):
        part, whole = sorted([draw(ratios), draw(ratios)])
        shares |= {oxide: whole, f"{oxide}_without_carbonate": part}
    return shares


def fuel_parameters(words: dict[str, Any]) -> Any:
    needed = {key: one for key, one in carbon.items() if key not in words}
    known = {key: one for key, one in carbon.items() if key in words}
    return st.fixed_dictionaries(needed, optional=known)


def anode_parameters(words: dict[str, Any]) -> Any:
    halves = st.decimals(0, "0.5", places=4)
    known = {"anode_consumption": ratios, "sulphur": halves, "ash": halves}
    return st.fixed_dictionaries({key: one for key, one in known.items() if key not in words})


def effect_parameters(words: dict[str, Any]) -> Any:
    if "cf4" in words:
        return st.dictionaries(st.just("anode_effect_minutes"), anything)
    return st.fixed_dictionaries({"cf4": anything, "c2f6": anything})


def raw_materials(words: dict[str, Any]) -> Any:
    return st.dictionaries(st.sampled_from(sorted(words["deductions"])), amounts, max_size=3)


MEASURED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "fuel": fuel_parameters,
    "clinker": raw_materials,
    "clinker_oxides": lambda _: oxide_shares(),
    "anode": anode_parameters,
    "anode_effect": effect_parameters,
    "carbonate": lambda _: st.dictionaries(st.sampled_from(["purity", "calcination"]), ratios),
    "steam": lambda _: st.fixed_dictionaries({"enthalpy": st.decimals(84, 4000, places=2)}),
    "hot_water": lambda _: st.fixed_dictionaries({"temperature": st.decimals(20, 180, places=1)}),
    "factor": lambda _: st.dictionaries(st.just("factor"), anything),
}
"""What may be measured of an item, and of what has no default what must be."""


@st.composite
def lines(draw: Any) -> tuple[str, str, str, Decimal, str, dict[str, Decimal]]:
    name = draw(st.sampled_from(SETS))
    source = draw(st.sampled_from(list(Source))).value
    if source == "gas":
        item = draw(st.sampled_from(sorted(read("gwp")["sets"][read(name)["gwp"]]["values"])))
        return name, source, item, draw(amounts), draw(st.sampled_from(["t", "kg"])), {}
    if source == "product":
        name = "steel-2024"
    items = table(name, source.removesuffix("_sold"))
    item = draw(st.sampled_from(sorted(items)))
    more = MEASURED.get(method_of(items[item], source), lambda _: st.just({}))(items[item])
    unit = draw(st.sampled_from(UNITS[items[item].get("unit", "MWh")]))
    return name, source, item, draw(amounts), unit, draw(more)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(lines())
def test_any_line_comes_out_as_the_twin_says(given: Any) -> None:
    name, source, item, quantity, unit, more = given
    factors = factor_set(name)
    found = account_line(
        activity=Activity("F", Source(source), item, factors.years[0], quantity, unit, more),
        factors=factors,
    )
    exact = {key: F(value) for key, value in more.items()}
    assert found.tco2e == twin(name, source, item, F(quantity), unit, exact)
