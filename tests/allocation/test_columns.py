"""The columns give the exact path's figures, or leave the entity to it."""

from decimal import Decimal
from typing import Any

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
from tests.allocation.rows import cq
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
