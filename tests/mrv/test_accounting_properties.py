"""What holds of every line: it is linear, nothing gives nothing, units agree, sets are values."""

import ast
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openets.mrv.accounting
from openets.mrv.accounting.account import METHODS, account_line, worked_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.compare import set_differences
from openets.mrv.accounting.factors import TABLES, factor_set, factor_sets
from openets.mrv.accounting.totals import total_of
from openets.mrv.accounting.units import in_unit, is_of_kind, main_unit, unit_names
from tests.mrv.test_accounting_twin import lines

ROOM = Path(openets.mrv.accounting.__file__).parent
SECTORS = {"any", "steel", "cement", "aluminium", "carbon materials"}


def is_linear(case: Any) -> bool:
    """Clinker is less what its raw materials replaced, which are quantities of their own."""
    return "clinker" not in case[2]


@settings(max_examples=200, deadline=None)
@given(lines().filter(is_linear), st.integers(0, 7))
def test_so_many_times_the_activity_emits_so_many_times_as_much(case: Any, times: int) -> None:
    name, source, item, quantity, unit, more = case
    factors = factor_set(name)
    one = Activity("F", Source(source), item, factors.years[0], quantity, unit, more)
    many = replace(one, quantity=quantity * times)
    once = account_line(activity=one, factors=factors).tco2e
    assert account_line(activity=many, factors=factors).tco2e == once * times


@settings(max_examples=200, deadline=None)
@given(lines())
def test_nothing_done_is_nothing_emitted(case: Any) -> None:
    name, source, item, _, unit, more = case
    factors = factor_set(name)
    line = Activity("F", Source(source), item, factors.years[0], Decimal(0), unit, more)
    assert account_line(activity=line, factors=factors).tco2e == 0


@settings(max_examples=200, deadline=None)
@given(lines())
def test_what_is_deducted_is_never_above_nothing_and_the_rest_never_below(case: Any) -> None:
    name, source, item, quantity, unit, more = case
    factors = factor_set(name)
    line = Activity("F", Source(source), item, factors.years[0], quantity, unit, more)
    found = account_line(activity=line, factors=factors)
    assert found.tco2e <= 0 if line.source.is_deducted else found.tco2e >= 0
    assert sum(total_of([found]).by_source.values()) == found.tco2e


@given(st.decimals(0, 10**9, places=6), st.sampled_from(unit_names()))
def test_a_quantity_goes_into_its_main_unit_and_back(quantity: Decimal, unit: str) -> None:
    main = main_unit(unit)
    there = in_unit(quantity, unit, wanted=[main], item="x")
    size = in_unit(Decimal(1), unit, wanted=[main], item="x")
    assert there / size == Fraction(quantity)
    assert is_of_kind(unit, main)


@settings(max_examples=100, deadline=None)
@given(lines())
def test_a_set_of_the_same_digest_gives_the_same_result(case: Any) -> None:
    name, source, item, quantity, unit, more = case
    factors = factor_set(name)
    copy = replace(factors, name="copy", title="Copy", note="", source="elsewhere")
    assert copy.digest == factors.digest
    line = Activity("F", Source(source), item, 1999, quantity, unit, more)
    assert (
        worked_line(activity=line, factors=copy).tco2e
        == worked_line(activity=line, factors=factors).tco2e
    )


@pytest.mark.parametrize("name", factor_sets())
def test_any_other_value_is_another_digest(name: str) -> None:
    factors = factor_set(name)
    first = next(one for one in factors.factors if one.values)
    key = next(iter(first.values))
    moved = replace(first, values={**first.values, key: first.values[key] + Decimal("0.0001")})
    others = tuple(moved if one is first else one for one in factors.factors)
    assert replace(factors, factors=others).digest != factors.digest
    assert [row.name for row in set_differences(factors, replace(factors, factors=others))] == [key]


def test_no_number_of_the_room_is_a_float() -> None:
    found = [
        (path.name, node.lineno)
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id in {"float", "round"})
    ]
    assert found == []


@pytest.mark.parametrize("name", factor_sets())
def test_every_factor_says_unit_source_confidence_and_a_formula_that_exists(name: str) -> None:
    one = factor_set(name)
    assert one.sector in SECTORS
    assert one.years
    assert one.source
    assert one.confidence in {"high", "medium", "low"}
    for factor in one.factors:
        place = f"{name} {factor.table} {factor.key}"
        assert factor.table in TABLES, place
        assert factor.unit in unit_names() or factor.table == "electricity", place
        assert factor.source, place
        assert factor.confidence in {"high", "medium", "low"}, place
        assert not factor.method or factor.method in METHODS, place
        assert all(isinstance(value, Decimal) for value in factor.values.values()), place
        ratios = {"oxidation", "purity", "calcination", "sulphur", "ash"} & set(factor.values)
        assert all(0 <= factor.values[ratio] <= 1 for ratio in ratios), place


def test_every_base_and_allocation_year_has_a_set_and_electricity_its_own_factor() -> None:
    covered = {year for one in factor_sets().values() for year in one.years}
    assert set(range(2018, 2025)) <= covered
    national = {
        year: factor_set(f"general-{year}").find("electricity", "national").values["factor"]
        for year in (2020, 2021, 2022, 2023)
    }
    told = {2020: "0.5703", 2021: "0.5568", 2022: "0.5366", 2023: "0.5306"}
    assert national == {year: Decimal(factor) for year, factor in told.items()}
