"""A slow, obvious second calculation in plain fractions, against random entities.

The twin knows the numbers of CQ208 by heart, reads no rulebook and shares no code with the room.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law

BENCHMARK = {
    ("clinker", 2021): Fraction("0.8289"),
    ("clinker", 2022): Fraction("0.8244"),
    ("aluminium", 2021): Fraction("7.7614"),
    ("aluminium", 2022): Fraction("7.7557"),
}
COEFFICIENT = {2021: Fraction("0.94"), 2022: Fraction("0.945")}


class UndecidedError(Exception):
    pass


def fraction(value: Decimal | None) -> Fraction:
    if value is None:
        raise UndecidedError
    return Fraction(value)


def rounded(value: Fraction, decimals: int = 0) -> Fraction:
    scaled = value * 10**decimals
    whole = scaled.numerator // scaled.denominator
    return Fraction(whole + (1 if scaled - whole >= Fraction(1, 2) else 0), 10**decimals)


def twin(rows: list[LineYear], year: int) -> dict[str, Any]:
    base_years = [year - 3, year - 2, year - 1]
    if not any(row.year == year for row in rows):
        raise UndecidedError
    stops = {row.year: row.shutdown_days or 0 for row in rows}
    stopped = sum(stops.get(one, 0) >= 183 for one in base_years) >= 2
    lines = {}
    for name in dict.fromkeys(row.line for row in rows if row.year <= year):
        mine = [row for row in rows if row.line == name]
        lines.update(twin_line(mine, year, base_years, stops, stopped))
    exact = sum((one["exact"] for one in lines.values()), Fraction(0))
    allowance = rounded(exact)
    emitted = [row for row in rows if row.year == year]
    verified = rounded(sum(fraction(row.co2_t) + Fraction(row.non_co2_t or 0) for row in emitted))
    gap = verified - allowance
    determined, relief = allowance, "none"
    if gap > verified / 5 or gap > 200_000:
        by_share, by_tonnes = rounded(verified * 4 / 5), verified - 200_000
        relief = "share" if by_share >= by_tonnes else "tonnes"
        determined = max(allowance, by_share, by_tonnes)
    advance = max(Fraction(0), verified - determined - verified / 10)
    return {
        "lines": lines,
        "allowance": allowance,
        "verified": verified,
        "determined": determined,
        "relief": relief,
        "advance": advance.numerator // advance.denominator,
        "ahead": rounded(determined * 7 / 10) if year == 2022 else None,
    }


def twin_line(
    rows: list[LineYear], year: int, base_years: list[int], stops: Any, stopped: bool
) -> dict[tuple[str, str], Any]:
    at = {(row.product, row.year): row for row in rows}
    recent = [row for row in rows if row.year in (*base_years, year)]
    products = list(dict.fromkeys(row.product for row in recent))
    if any((product, year) not in at for product in products):
        raise UndecidedError
    method = twin_method(recent, products, year, stopped)
    found = {}
    for product in products:
        row = at[(product, year)]
        non_co2 = Fraction(row.non_co2_t or 0)
        base, used = None, []
        if method == "equal_amount":
            exact = fraction(row.co2_t)
        elif method == "benchmark":
            base = BENCHMARK[(row.process, year)]
            exact = base * fraction(row.output)
        else:
            parts = twin_parts(at, product, base_years, method)
            if method == "historical_intensity":
                used = twin_intensity_years([part for part in parts if part[2]])
                factor = fraction(row.output) * COEFFICIENT[year]
            else:
                long = [one for one in base_years if stops.get(one, 0) > 183]
                used = [part for part in parts if len(long) != 1 or part[0] != long[0]]
                factor = fraction(row.production_days)
            quantity = sum(part[2] for part in used)
            if not quantity:
                raise UndecidedError
            base = rounded(sum((part[1] for part in used), Fraction(0)) / quantity, 4)
            exact = base * factor
        fraction(row.co2_t)
        found[(row.line, product)] = {
            "method": method,
            "base": base,
            "years": tuple(part[0] for part in used),
            "exact": exact + non_co2,
        }
    return found


def twin_method(rows: list[LineYear], products: list[str], year: int, stopped: bool) -> str:
    process, started = rows[0].process, rows[0].commissioned
    benchmarked = process in ("clinker", "aluminium")
    if process in ("waste_incineration", "shale_gas") or stopped:
        return "equal_amount"
    if started is not None:
        first_full = started.year if (started.month, started.day) == (1, 1) else started.year + 1
        if year - first_full < (1 if benchmarked else 2):
            return "equal_amount"
    if benchmarked:
        return "benchmark"
    if len(products) > 2 or any(row.comparable is False for row in rows):
        return "historical_total"
    if any(row.comparable is None for row in rows if row.year == year):
        raise UndecidedError
    return "historical_intensity"


def twin_parts(
    at: Any, product: str, base_years: list[int], method: str
) -> list[tuple[int, Fraction, Fraction]]:
    intensity = method == "historical_intensity"
    parts = []
    for one in base_years:
        row = at.get((product, one))
        if row is None:
            started = at[(product, max(y for p, y in at if p == product))].commissioned
            if started and one < started.year:
                continue
            raise UndecidedError
        if row.usable_from and row.usable_from.year > one:
            continue
        if row.usable_from and row.usable_from > date(one, 1, 1):
            quantity = row.usable_output if intensity else row.usable_production_days
            parts.append((one, fraction(row.usable_co2_t), fraction(quantity)))
        else:
            quantity = row.output if intensity else row.production_days
            parts.append((one, fraction(row.co2_t), fraction(quantity)))
    return parts


def twin_intensity_years(parts: list[tuple[int, Fraction, Fraction]]) -> list[Any]:
    if len(parts) < 3:
        return parts
    mean = sum(part[1] for part in parts) / sum(part[2] for part in parts)
    if mean == 0:
        return parts
    odd = [part for part in parts if abs(part[1] / part[2] / mean - 1) >= Fraction(1, 5)]
    return [part for part in parts if part not in odd] if len(odd) == 1 else parts


PROCESSES = [*["other"] * 12, "clinker", "aluminium", "shale_gas", "waste_incineration"]
STARTS = [*[date(2005, 1, 1)] * 6, None, date(2019, 1, 1), date(2020, 6, 1), date(2021, 3, 1)]
CUTS = [*[None] * 4, date(2019, 7, 1), date(2021, 1, 1)]
ROUND = st.sampled_from([80, 105, 115, 105, 140]).map(lambda n: Decimal(n * 1000))
ANY = st.decimals(0, 3_000_000, places=2)


@st.composite
def entities(draw: st.DrawFn) -> list[LineYear]:
    """Entities on and around the boundaries: round intensities, 182 to 184 days, rare gaps."""
    some_stops = draw(st.booleans())
    days = st.sampled_from([0, 0, 0, 182, 183, 184] if some_stops else [0])
    stops = {year: Decimal(draw(days)) for year in range(2018, 2023)}
    rows = []
    for number in range(draw(st.integers(1, 3))):
        process, started = draw(st.sampled_from(PROCESSES)), draw(st.sampled_from(STARTS))
        comparable = draw(st.sampled_from([*[True] * 8, *[False] * 4, None]))
        cut = draw(st.sampled_from(CUTS))
        amounts = draw(st.sampled_from([ROUND, ROUND, ANY]))
        missing = draw(st.sampled_from([*[None] * 12, 2018, 2019, 2021]))
        for product in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            rows += [
                LineYear(
                    line=f"L{number}",
                    product=f"p{product}",
                    process=process,
                    commissioned=started,
                    comparable=comparable,
                    year=year,
                    shutdown_days=stops[year],
                    **draw_year(draw, year, cut, amounts),
                )
                for year in range(2018, 2023)
                if year != missing
            ]
    return rows


def draw_year(draw: st.DrawFn, year: int, cut: date | None, amounts: Any) -> dict[str, Any]:
    output = Decimal(50_000) if amounts is ROUND else draw(amounts)
    facts: dict[str, Any] = {
        "output": draw(st.sampled_from([*[output] * 9, Decimal(0)])),
        "co2_t": draw(amounts),
        "production_days": Decimal(draw(st.sampled_from([300, 300, 365, 0]))),
        "non_co2_t": draw(st.sampled_from([None, Decimal("12.5")])),
    }
    if cut and year <= cut.year:
        whole_year = (cut.month, cut.day) == (1, 1)
        part = Decimal(0) if year < cut.year else Decimal(1) if whole_year else Decimal("0.5")
        facts["usable_from"] = cut
        for name in ("output", "co2_t", "production_days"):
            facts[f"usable_{name}"] = facts[name] * part
    return facts


@pytest.mark.slow
@settings(
    max_examples=2000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rows=entities(), year=st.sampled_from([2021, 2022]))
def test_room_and_twin_agree_on_random_entities(rows: list[LineYear], year: int) -> None:
    try:
        expected = twin(rows, year)
    except UndecidedError:
        expected = None
    try:
        found = allocate_entity(entity="E", year=year, rows=rows, law=law("cq"))
    except Refusal:
        found = None
    assert (found is None) == (expected is None)
    if found and expected:
        compare(found, expected)


def compare(found: EntityAllocation, expected: dict[str, Any]) -> None:
    lines = {
        (one.line, one.product): {
            "method": one.method.value,
            "base": None if one.base is None else Fraction(one.base),
            "years": one.base_years,
            "exact": Fraction(one.allowance_exact),
        }
        for one in found.lines
    }
    assert lines == expected["lines"]
    assert found.allowance_t == expected["allowance"]
    assert found.verified_t == expected["verified"]
    assert found.gap_t == expected["verified"] - expected["allowance"]
    assert found.relief == expected["relief"]
    assert found.determined_t == expected["determined"]
    assert found.advance_limit_t == expected["advance"]
    assert found.pre_allocation_t == expected["ahead"]
