"""Rows for allocation tests: a line's years from plain sequences."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.rulebook.load import Law, law

OLD = date(2005, 1, 1)


def history(
    line: str = "L1",
    *,
    co2: Sequence[Any],
    output: Sequence[Any] = (),
    days: Sequence[Any] = (),
    shutdown: Sequence[Any] = (),
    first: int = 2018,
    **constant: Any,
) -> list[LineYear]:
    """Rows of consecutive years from `first` on; `constant` holds for all of them."""
    facts = {
        "product": "p",
        "homogeneous": True,
        "clear_boundary": True,
        "comparable": True,
        "commissioned": OLD,
        **constant,
    }
    return [
        LineYear(
            line=line,
            year=first + i,
            co2_t=amount(co2[i]),
            output=amount(output[i]) if output else None,
            production_days=amount(days[i]) if days else None,
            shutdown_days=amount(shutdown[i]) if i < len(shutdown) else None,
            **facts,
        )
        for i in range(len(co2))
    ]


def amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def changed(rows: list[LineYear], year: int, **facts: Any) -> list[LineYear]:
    """The rows with other facts in one year; plain numbers become decimals."""
    exact = {k: Decimal(v) if isinstance(v, int) else v for k, v in facts.items()}
    return [replace(row, **exact) if row.year == year else row for row in rows]


def without(rows: list[LineYear], *years: int) -> list[LineYear]:
    return [row for row in rows if row.year not in years]


def allocated(rows: list[LineYear], year: int = 2021, **readings: Any) -> EntityAllocation:
    """The entity's allocation under the law, with some cards of alloc read or set otherwise."""
    return allocate_entity(entity="E", year=year, rows=rows, law=cq(**readings))


def cq(**readings: Any) -> Law:
    changes = {f"alloc.{key}": value for key, value in readings.items()}
    return law("cq").instead(changes)


def cq_as_if_for(year: int, like: int) -> Law:
    """A what-if law in which every card of `like` holds for `year` too."""
    rules: dict[str, tuple[Any, ...]] = {}
    for rule in law("cq"):
        years = rule.years | {year} if like in rule.years and year not in rule.years else rule.years
        rules[rule.key] = (*rules.get(rule.key, ()), replace(rule, years=years))
    return Law("cq", rules)
