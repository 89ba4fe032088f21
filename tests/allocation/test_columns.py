"""The columns give the exact path's figures, or leave the entity to it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.allocation.columns import (
    READINGS,
    Columns,
    allocate_table,
    covers,
    plain_allocations,
)
from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.allocation.methods import Method
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, law
from tests.allocation.markets import Market, plain_market, table_of
from tests.allocation.rows import changed, cq, history
from tests.allocation.test_twin import entities

READING_OPTIONS = [
    (rule.key.removeprefix("alloc."), option)
    for rule in law("cq")
    if rule.key.startswith("alloc.") and rule.reading
    for option in rule.options
]


def exact(market: Market, year: int, rules: Law) -> dict[str, EntityAllocation | None]:
    found: dict[str, EntityAllocation | None] = {}
    for entity, rows in market.items():
        try:
            found[entity] = allocate_entity(entity=entity, year=year, rows=rows, law=rules)
        except Refusal:
            found[entity] = None
    return found


def figures(one: EntityAllocation) -> dict[str, Any]:
    return {
        "allowance": one.allowance_exact,
        "allowance_t": one.allowance_t,
        "verified_t": one.verified_t,
        "gap_t": one.gap_t,
        "gap_ratio": one.gap_ratio,
        "relief": one.relief,
        "determined_t": one.determined_t,
        "advance_limit_t": one.advance_limit_t,
        "pre_allocation_t": one.pre_allocation_t,
        "lines": {
            line.line: (
                line.product,
                line.method.value,
                None if line.method is Method.BENCHMARK else line.base,
                ";".join(map(str, line.base_years)) or None,
                line.allowance_exact,
            )
            for line in one.lines
        },
    }


def figures_in(columns: Columns) -> dict[str, dict[str, Any]]:
    def unscaled(value: int | None, decimals: int) -> Decimal | None:
        return None if value is None else Decimal(f"{value}E-{decimals}")

    found = {}
    for row in columns.totals.iter_rows(named=True):
        row["allowance"] = unscaled(row["allowance"], columns.decimals)
        row["gap_ratio"] = unscaled(row["gap_ratio"], 6)
        entity = row.pop("entity")
        found[entity] = {**row, "lines": {}}
    for row in columns.lines.iter_rows(named=True):
        assert row["line"] not in found[row["entity"]]["lines"]
        found[row["entity"]]["lines"][row["line"]] = (
            row["product"],
            row["method"],
            unscaled(row["base"], 4),
            row["base_years"],
            unscaled(row["allowance"], columns.decimals),
        )
    return found


def agree(market: Market, year: int, rules: Law) -> float:
    """Compare both paths; gives the share of the entities that was worked out in columns."""
    columns = plain_allocations(table=table_of(market), year=year, law=rules)
    expected, found = exact(market, year, rules), figures_in(columns)
    assert {*found, *columns.rest} == {*market}
    assert len(found) + len(columns.rest) == len(market)
    for entity, got in found.items():
        one = expected[entity]
        assert one is not None, f"{entity} is refused by the exact path"
        assert got == figures(one), market[entity]
    return len(found) / len(market)


@pytest.mark.parametrize("year", [2021, 2022])
@pytest.mark.parametrize("seed", range(3))
def test_plain_entities_get_the_exact_figures_in_columns(seed: int, year: int) -> None:
    assert agree(plain_market(seed, 400), year, law("cq")) > 0.7


@pytest.mark.parametrize(("name", "option"), READING_OPTIONS)
def test_under_every_reading_both_paths_give_the_same(name: str, option: str) -> None:
    rules = cq(**{name: option})
    assert covers(rules, 2022) == (READINGS.get(name, option) == option)
    market = plain_market(7, 60)
    found = allocate_table(table=table_of(market), year=2022, law=rules)
    expected = exact(market, 2022, rules)
    in_columns = figures_in(found.columns) if found.columns else {}
    one_by_one = {one.entity: figures(one) for one in found.exact}
    assert in_columns | one_by_one == {k: figures(v) for k, v in expected.items() if v}
    assert {*found.refused} == {k for k, v in expected.items() if v is None}


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(market=st.lists(entities(), min_size=12, max_size=12), year=st.sampled_from([2021, 2022]))
def test_unusual_entities_are_left_to_the_exact_path_or_agree(
    market: list[list[LineYear]], year: int
) -> None:
    agree({f"E{n}": rows for n, rows in enumerate(market) if rows}, year, law("cq"))


def a_line(name: str = "L1", **series: Any) -> list[LineYear]:
    usual = {
        "co2": [100_000] * 5,
        "output": [50_000] * 5,
        "days": [300] * 5,
        "shutdown": [0] * 5,
    }
    return history(name, **{**usual, **series})


def in_columns(rows: list[LineYear], year: int = 2021, **readings: Any) -> bool:
    """Whether an entity of these rows is worked out in columns, with the exact figures."""
    return agree({"E": rows}, year, cq(**readings)) == 1


@pytest.mark.requirement("CQ208-A1.M.2.2b", "CQ208-A1.M.3.2b", "CQ208-A1.3.4e")
@pytest.mark.parametrize(
    "series",
    [
        {"co2": [80_000, 105_000, 115_000, 1, 1]},
        {"co2": [80_001, 105_000, 114_999, 1, 1]},
        {"co2": [120_000, 95_000, 85_000, 1, 1]},
        {"co2": [50_000, 100_000, 150_000, 1, 1]},
        {"co2": [0, 0, 0, 1, 1]},
        {"co2": ["0.001", "0.001", "0.001", 1, 1], "output": ["99999.999"] * 5},
        {"co2": [999_999_999] * 5, "output": [999_999_999] * 5},
        {"co2": [99_999_999] * 5, "output": [9_999, 9_999, 9_999, 99_999_999, 1]},
        {"shutdown": [184, 0, 0, 0, 0], "comparable": False},
        {"shutdown": [183, 0, 0, 0, 0], "comparable": False},
        {"shutdown": [183, 183, 0, 0, 0]},
        {"shutdown": [183, 182, 0, 0, 0]},
        {"days": [0, 0, 366, 365, 365], "shutdown": [365, 0, 0, 0, 0], "comparable": False},
        {"co2": ["100000.005"] * 5, "output": ["50000.001"] * 5},
        {"commissioned": date(2020, 1, 1), "process": "clinker"},
        {"commissioned": date(2020, 1, 2), "process": "clinker"},
        {"commissioned": date(2019, 1, 1)},
        {"commissioned": date(2019, 1, 2)},
        {"process": "waste_incineration", "comparable": None, "product": ""},
    ],
)
def test_boundaries_are_worked_out_in_columns_as_exactly(series: dict[str, Any]) -> None:
    assert in_columns(a_line(**series))
    if "commissioned" not in series:
        assert in_columns(a_line(**series), intensity_deviation_boundary="exclusive")


UNUSUAL = {
    "a missing base year": a_line()[1:],
    "a year twice": [*a_line(), a_line()[1]],
    "a later year twice": [*a_line(), a_line()[4]],
    "two products": a_line() + a_line(product="q"),
    "a process that changes": changed(a_line(), 2019, process="clinker"),
    "a process that changes after the year": changed(a_line(), 2022, process="shale_gas"),
    "a start that changes": changed(a_line(), 2019, commissioned=date(2001, 1, 1)),
    "shutdown days that disagree": a_line() + a_line("L2", shutdown=[0, 1, 0, 0, 0]),
    "shutdown days that disagree on years": a_line() + a_line("L2", shutdown=[1, 0, 0, 0, 0]),
    "shutdown days unknown": changed(a_line(), 2020, shutdown_days=None),
    "too many days": changed(a_line(), 2021, production_days=366),
    "no output in a base year": a_line(output=[0, 1, 1, 1, 1]),
    "no production day at all": a_line(days=[0] * 5, comparable=False),
    "an unknown output": changed(a_line(), 2020, output=None),
    "an unknown emission": changed(a_line(), 2022, co2_t=None),
    "a negative amount": changed(a_line(), 2022, non_co2_t=-1),
    "an amount too long": a_line(co2=[1_100_000_000] * 5),
    "a base too long": a_line(co2=[999_999_999] * 5, output=["0.001"] * 5),
    "a total too long": a_line(co2=[999_999_999] * 5, output=[10, 10, 10, 999_999_999, 1]),
    "comparable unknown": changed(a_line(), 2021, comparable=None),
    "no name of the product": a_line(product=""),
    "a process that is none": a_line(process="cement"),
    "a partial year": changed(a_line(), 2018, usable_from=date(2018, 7, 1), usable_co2_t=1),
    "a usable amount": changed(a_line(), 2022, usable_output=1),
    "no row of the year": a_line()[:3],
    "a year too far": [*a_line(), replace(a_line()[0], year=2030)],
    "a line with fewer years": a_line() + a_line("L2", process="shale_gas")[3:],
}


@pytest.mark.parametrize("rows", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_unusual_is_left_to_the_exact_path_and_its_neighbour_is_not(
    rows: list[LineYear],
) -> None:
    market = {"E1": rows, "E2": a_line()}
    assert agree(market, 2021, law("cq")) == 0.5


def test_a_doubtful_row_leaves_its_entity_to_the_exact_path() -> None:
    table = table_of({"E1": a_line(), "E2": a_line()})
    doubt = table.with_columns(doubtful=(pl.col("entity") == "E2") & (pl.col("year") == 2022))
    columns = plain_allocations(table=doubt, year=2021, law=law("cq"))
    assert (columns.totals["entity"].to_list(), columns.rest.to_list()) == (["E1"], ["E2"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("intensity_coefficient", "0.93"), ("gap_exempt_share", "0.15"), ("benchmark_clinker", "0.9")],
)
def test_a_what_if_number_reaches_the_columns(name: str, value: str) -> None:
    rules = cq(**{name: value})
    assert covers(rules, 2022)
    assert agree(plain_market(21, 100), 2022, rules) > 0.7


@pytest.mark.parametrize(
    ("name", "value"),
    [("intensity_coefficient", "0.9300000001"), ("benchmark_clinker", 11), ("base_years", [2018])],
)
def test_a_law_beyond_the_bits_is_left_to_the_exact_path(name: str, value: Any) -> None:
    rules = cq(**{name: value})
    assert not covers(rules, 2021)
    found = allocate_table(table=table_of({"E": a_line()}), year=2021, law=rules)
    assert (found.columns, len(found.exact)) == (None, 1)
