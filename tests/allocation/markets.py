"""Random markets on and around the boundaries, and as the table the columns read."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from openets.allocation.columns import SCHEMA
from openets.allocation.lines import LineYear

Market = dict[str, list[LineYear]]


def table_of(market: Mapping[str, Sequence[LineYear]]) -> pl.LazyFrame:
    facts = [
        {"entity": entity, **{name: value for name, value in asdict(row).items() if name in SCHEMA}}
        for entity, rows in market.items()
        for row in rows
    ]
    return pl.DataFrame(facts, schema=dict(SCHEMA)).lazy()


def plain_market(seed: int, entities: int) -> Market:
    """Entities as most are: every year there, every figure known, some at a boundary."""
    draw = random.Random(seed)
    return {f"E{number}": plain_entity(draw) for number in range(entities)}


def plain_entity(draw: random.Random) -> list[LineYear]:
    stops = {year: draw.choice([0, 0, 0, 0, 0, 182, 183, 184, 365]) for year in range(2018, 2023)}
    rows: list[LineYear] = []
    for number in range(draw.randint(1, 4)):
        rows += plain_line(draw, f"L{number}", stops)
    return rows


def plain_line(draw: random.Random, name: str, stops: Mapping[int, int]) -> list[LineYear]:
    round_figures = draw.random() < 0.5
    facts: dict[str, Any] = {
        "process": draw.choice(["other"] * 6 + ["clinker", "aluminium", "shale_gas"]),
        "homogeneous": True,
        "clear_boundary": draw.random() < 0.9,
        "comparable": draw.random() < 0.6,
        "commissioned": draw.choice(
            [date(2005, 1, 1)] * 6
            + [None, date(2019, 1, 1), date(2019, 1, 2), date(2020, 1, 1), date(2021, 6, 1)]
        ),
    }
    return [
        LineYear(
            line=name,
            product="p",
            year=year,
            output=Decimal(50_000) if round_figures else amount(draw, 90_000),
            co2_t=Decimal(draw.choice([80_000, 105_000, 115_000, 100_000]))
            if round_figures
            else amount(draw, 2_000_000),
            non_co2_t=draw.choice([None, Decimal(0), amount(draw, 5_000)]),
            production_days=Decimal(draw.choice([300, 320, 365, 0])),
            shutdown_days=Decimal(stops[year]),
            **facts,
        )
        for year in range(2018, 2023)
    ]


def amount(draw: random.Random, most: int) -> Decimal:
    """Sometimes a whole number, a half, or nothing, else three decimals."""
    if draw.random() < 0.3:
        return draw.choice([Decimal(0), Decimal("0.5"), Decimal(draw.randint(0, most))])
    return Decimal(draw.randint(0, most * 1000)).scaleb(-3)
