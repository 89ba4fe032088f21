"""A slow, obvious second calculation in plain fractions, against random entities.

The twin knows the numbers of CQ208 by heart, reads no rulebook and shares no code with the room.
It follows every reading of `READINGS`, and says by code why it cannot decide.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.allocation.carried import carry
from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.allocation.reserve import entities_sum, reserve_of
from openets.kernel.refusal import Refusal
from tests.allocation.rows import cq

BENCHMARK = {
    ("clinker", 2021): Fraction("0.8289"),
    ("clinker", 2022): Fraction("0.8244"),
    ("aluminium", 2021): Fraction("7.7614"),
    ("aluminium", 2022): Fraction("7.7557"),
}
COEFFICIENT = {2021: Fraction("0.94"), 2022: Fraction("0.945")}


READINGS = {
    "rounding_level": ["entity_year", "line"],
    "equal_shutdown_scope": ["enterprise_all", "history_lines_only"],
    "intensity_weights": ["output", "none"],
    "intensity_zero_output": ["refused", "left_out"],
    "intensity_deviation_boundary": ["inclusive", "exclusive"],
    "base_cut": ["date", "whole_year"],
    "total_divisor": ["production_days", "calendar_days"],
    "non_co2": ["add_equal", "within_method"],
    "new_project_year": ["calendar", "months"],
    "gap_exempt_mode": ["most_favourable", "share_only", "tonnes_only", "both_required"],
    "advance_gap_basis": ["after_exemption", "before_exemption"],
    "prealloc_base": ["determined", "calculated"],
}
"""The readings an entity's allowance depends on, the default first."""
DEFAULT = {name: options[0] for name, options in READINGS.items()}
LATER = {
    "reserve_base": ["total", "entities_sum"],
    "reserve_exemption": ["included", "excluded"],
    "prealloc_trueup": ["claim", "none"],
    "deduction_carry_remainder": [True, False],
}
"""The readings of what follows from the allowances: the reserve, and the year after."""
Readings = dict[str, Any]
Part = tuple[int, Fraction, Fraction]


class UndecidedError(Exception):
    """Names the code of the refusal."""


def fraction(value: Decimal | None) -> Fraction:
    if value is None:
        raise UndecidedError("incomplete")
    return Fraction(value)


def rounded(value: Fraction, decimals: int = 0) -> Fraction:
    scaled = value * 10**decimals
    whole = scaled.numerator // scaled.denominator
    return Fraction(whole + (1 if scaled - whole >= Fraction(1, 2) else 0), 10**decimals)


def days_in(year: int) -> int:
    return 366 if year % 4 == 0 else 365


def twin(rows: list[LineYear], year: int, read: Readings = DEFAULT) -> dict[str, Any]:
    base_years = [year - 3, year - 2, year - 1]
    for row in rows:
        twin_check(row)
    if len({(row.line, row.product, row.year) for row in rows}) < len(rows):
        raise UndecidedError("duplicate_row")
    past = [row for row in rows if row.year <= year]
    stated = {(row.year, row.shutdown_days) for row in past if row.shutdown_days is not None}
    stops = dict(stated)
    if len(stops) < len(stated):
        raise UndecidedError("rows_disagree")
    if not any(row.year == year for row in rows):
        raise UndecidedError("nothing_in_year")
    stopped = sum(stops.get(one, 0) >= 183 for one in base_years) >= 2
    lines = {}
    for name in dict.fromkeys(row.line for row in past):
        mine = [row for row in past if row.line == name]
        lines.update(twin_line(mine, year, base_years, stops, stopped, read))
    if read["rounding_level"] == "line":
        names = dict.fromkeys(name for name, _ in lines)
        sums = [sum(one["exact"] for key, one in lines.items() if key[0] == n) for n in names]
        allowance = sum((rounded(Fraction(one)) for one in sums), Fraction(0))
    else:
        allowance = rounded(sum((one["exact"] for one in lines.values()), Fraction(0)))
    emitted = [row for row in rows if row.year == year]
    verified = rounded(sum(fraction(row.co2_t) + Fraction(row.non_co2_t or 0) for row in emitted))
    relief, determined = twin_relief(verified, allowance, read["gap_exempt_mode"])
    held = determined if read["advance_gap_basis"] == "after_exemption" else allowance
    advance = max(Fraction(0), verified - held - verified / 10)
    of = determined if read["prealloc_base"] == "determined" else allowance
    return {
        "lines": lines,
        "allowance": allowance,
        "verified": verified,
        "determined": determined,
        "relief": relief,
        "advance": advance.numerator // advance.denominator,
        "ahead": rounded(of * 7 / 10) if year == 2022 else None,
    }


def twin_relief(verified: Fraction, allowance: Fraction, mode: str) -> tuple[str, Fraction]:
    gap = verified - allowance
    by = {"share": rounded(verified * 4 / 5), "tonnes": verified - 200_000}
    over = {"share": gap > verified / 5, "tonnes": gap > 200_000}
    if mode == "most_favourable":
        limb = "share" if by["share"] >= by["tonnes"] else "tonnes"
        applies = over["share"] or over["tonnes"]
    elif mode == "both_required":
        limb = "share" if by["share"] <= by["tonnes"] else "tonnes"
        applies = over["share"] and over["tonnes"]
    else:
        limb = mode.removesuffix("_only")
        applies = over[limb]
    return (limb, max(allowance, by[limb])) if applies else ("none", allowance)


def twin_check(row: LineYear) -> None:
    for name in ("output", "co2_t", "non_co2_t", "production_days", "shutdown_days"):
        amount = getattr(row, name)
        if amount is not None and amount < 0:
            raise UndecidedError("negative_amount")
        if amount is not None and name.endswith("days") and amount > days_in(row.year):
            raise UndecidedError("more_days_than_the_year")
    twin_check_usable(row)


def twin_check_usable(row: LineYear) -> None:
    if row.usable_because and row.usable_from is None:
        raise UndecidedError("usable_does_not_fit")
    for name in ("output", "co2_t", "production_days"):
        part, whole = getattr(row, f"usable_{name}"), getattr(row, name)
        if part is None:
            continue
        cut = row.usable_from
        if cut is None:
            fits = False
        elif cut.year > row.year:
            fits = part == 0
        elif cut <= date(row.year, 1, 1):
            fits = part == whole
        else:
            fits = whole is None or part <= whole
        if not fits:
            raise UndecidedError("usable_does_not_fit")


def twin_start(rows: list[LineYear]) -> date | None:
    for name in ("usable_from", "process", "commissioned", "usable_because"):
        if len({getattr(row, name) for row in rows} - {None}) > 1:
            raise UndecidedError("rows_disagree")
    cut = next((row.usable_from for row in rows if row.usable_from), None)
    if cut and any(row.usable_from is None and row.year <= cut.year for row in rows):
        raise UndecidedError("rows_disagree")
    return next((row.commissioned for row in rows if row.commissioned), None)


def twin_line(
    rows: list[LineYear],
    year: int,
    base_years: list[int],
    stops: Any,
    stopped: bool,
    read: Readings,
) -> dict[tuple[str, str], Any]:
    started = twin_start(rows)
    at = {(row.product, row.year): row for row in rows}
    recent = [row for row in rows if row.year in (*base_years, year)]
    products = list(dict.fromkeys(row.product for row in recent))
    if any((product, year) not in at for product in products):
        raise UndecidedError("missing_year")
    method = twin_method(recent, products, year, stopped, started, read)
    found = {}
    for product in [row.product for row in rows if row.year == year]:
        row = at[(product, year)]
        actual = fraction(row.co2_t) + Fraction(row.non_co2_t or 0)
        base, used = None, []
        if method == "equal_amount":
            exact = actual
        elif method == "benchmark":
            base = BENCHMARK[(row.process, year)]
            exact = base * fraction(row.output)
        else:
            parts = twin_parts(at, product, base_years, method, started, read)
            idle = [at[(product, part[0])] for part in parts if not part[2]]
            silent = method == "historical_intensity" and not all(
                one.zero_output_reason for one in idle
            )
            if silent and read["intensity_zero_output"] == "refused":
                raise UndecidedError("no_output")
            used = twin_used(parts, base_years, method, stops, read)
            in_days = method == "historical_total"
            base = rounded(twin_mean(used, DEFAULT if in_days else read), 4)
            factor = fraction(row.production_days if in_days else row.output)
            exact = base * factor * (1 if in_days else COEFFICIENT[year])
        if method != "equal_amount":
            if read["non_co2"] == "add_equal":
                exact += Fraction(row.non_co2_t or 0)
            exact = twin_split(exact, actual, row, started, year, read)
        found[(row.line, product)] = {
            "method": method,
            "base": base,
            "years": tuple(part[0] for part in used),
            "exact": exact,
        }
    return found


def twin_normal_from(process: str, started: date, read: Readings) -> date:
    """The day on which a line is no new project any more."""
    full = 1 if process in ("clinker", "aluminium") else 2
    if read["new_project_year"] == "calendar" and (started.month, started.day) != (1, 1):
        started = date(started.year + 1, 1, 1)
    return started.replace(year=started.year + full)


def twin_split(
    exact: Fraction,
    actual: Fraction,
    row: LineYear,
    started: date | None,
    year: int,
    read: Readings,
) -> Fraction:
    normal = twin_normal_from(row.process, started, read) if started else date(1, 1, 1)
    new_days = (normal - date(year, 1, 1)).days
    if new_days <= 0:
        return exact
    days = days_in(year)
    return rounded((actual * new_days + exact * (days - new_days)) / days, 6)


def twin_method(
    rows: list[LineYear],
    products: list[str],
    year: int,
    stopped: bool,
    started: date | None,
    read: Readings,
) -> str:
    process = rows[0].process if rows else ""
    benchmarked = process in ("clinker", "aluminium")
    spared = benchmarked and read["equal_shutdown_scope"] == "history_lines_only"
    if process in ("waste_incineration", "shale_gas") or (stopped and not spared):
        return "equal_amount"
    if started and twin_normal_from(process, started, read).year > year:
        return "equal_amount"
    if benchmarked:
        return "benchmark"
    conditions = [(row.homogeneous, row.clear_boundary, row.comparable) for row in rows]
    if len(products) > 2 or any(False in of_row for of_row in conditions):
        return "historical_total"
    of_year = [of_row for row, of_row in zip(rows, conditions, strict=True) if row.year == year]
    if any(None in of_row for of_row in of_year):
        raise UndecidedError("incomplete")
    return "historical_intensity"


def twin_parts(
    at: Any,
    product: str,
    base_years: list[int],
    method: str,
    started: date | None,
    read: Readings,
) -> list[Part]:
    parts = []
    project = [row for row in at.values() if row.usable_because == "abatement_project"]
    if project and project[0].usable_from.year not in (2018, 2019, 2020):
        raise UndecidedError("project_outside_years")
    for one in base_years:
        row = at.get((product, one))
        silent = row is None or (row.output is None and row.production_days is None)
        if silent and started and one < started.year:
            continue
        if row is None:
            raise UndecidedError("missing_year")
        cut = row.usable_from or date(one, 1, 1)
        partial = cut > date(one, 1, 1)
        if cut.year > one or (partial and read["base_cut"] == "whole_year"):
            continue
        prefix = "usable_" if partial else ""
        emissions = fraction(getattr(row, f"{prefix}co2_t"))
        if read["non_co2"] == "within_method" and row.non_co2_t:
            if partial:
                raise UndecidedError("incomplete")
            emissions += Fraction(row.non_co2_t)
        if method == "historical_intensity":
            quantity = fraction(getattr(row, f"{prefix}output"))
        elif read["total_divisor"] == "calendar_days":
            quantity = Fraction((date(one + 1, 1, 1) - cut).days if partial else days_in(one))
        else:
            quantity = fraction(getattr(row, f"{prefix}production_days"))
        parts.append((one, emissions, quantity))
    return parts


def twin_used(
    parts: list[Part], base_years: list[int], method: str, stops: Any, read: Readings
) -> list[Part]:
    if method == "historical_total":
        long = [one for one in base_years if stops.get(one, 0) > 183]
        used = [part for part in parts if len(long) != 1 or part[0] != long[0]]
        if not sum(part[2] for part in used):
            raise UndecidedError("no_base_left")
        return used
    used = [part for part in parts if part[2]]
    if not used:
        raise UndecidedError("no_base_left")
    return twin_intensity_years(used, read)


def twin_mean(parts: list[Part], read: Readings) -> Fraction:
    if read["intensity_weights"] == "none":
        return sum((part[1] / part[2] for part in parts), Fraction(0)) / len(parts)
    return sum((part[1] for part in parts), Fraction(0)) / sum(part[2] for part in parts)


def twin_intensity_years(parts: list[Part], read: Readings) -> list[Part]:
    mean = twin_mean(parts, read)
    if len(parts) < 3 or mean == 0:
        return parts
    off = {part: abs(part[1] / part[2] / mean - 1) for part in parts}
    inclusive = read["intensity_deviation_boundary"] == "inclusive"
    odd = [p for p in parts if off[p] > Fraction(1, 5) or (inclusive and off[p] == Fraction(1, 5))]
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
        condition = st.sampled_from([*[True] * 24, *[False] * 4, None])
        names = ("homogeneous", "clear_boundary", "comparable")
        conditions = {name: draw(condition) for name in names}
        cut = draw(st.sampled_from(CUTS))
        because = draw(st.sampled_from([None, "abatement_project", "changed_facility"]))
        amounts = draw(st.sampled_from([ROUND, ROUND, ANY]))
        missing = draw(st.sampled_from([*[None] * 12, 2018, 2019, 2021]))
        for product in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            rows += [
                LineYear(
                    line=f"L{number}",
                    product=f"p{product}",
                    process=process,
                    commissioned=started,
                    **conditions,
                    year=year,
                    shutdown_days=stops[year],
                    **draw_year(draw, year, cut, because, amounts),
                )
                for year in range(2018, 2023)
                if year != missing
            ]
    return rows


def draw_year(
    draw: st.DrawFn, year: int, cut: date | None, because: str | None, amounts: Any
) -> dict[str, Any]:
    output = Decimal(50_000) if amounts is ROUND else draw(amounts)
    facts: dict[str, Any] = {
        "output": draw(st.sampled_from([*[output] * 9, Decimal(0)])),
        "co2_t": draw(amounts),
        "production_days": Decimal(draw(st.sampled_from([300, 300, 365, 0]))),
        "non_co2_t": draw(st.sampled_from([None, Decimal("12.5")])),
        "zero_output_reason": draw(st.sampled_from(["", "停产", "停产", "停产"])),
    }
    if cut and year <= cut.year:
        whole_year = (cut.month, cut.day) == (1, 1)
        part = Decimal(0) if year < cut.year else Decimal(1) if whole_year else Decimal("0.5")
        facts |= {"usable_from": cut, "usable_because": because}
        for name in ("output", "co2_t", "production_days"):
            facts[f"usable_{name}"] = facts[name] * part
    return facts


SPOILT: list[dict[str, Any]] = [
    {"co2_t": None},
    {"output": None},
    {"production_days": None},
    {"output": None, "production_days": None},
    {"shutdown_days": None},
    {"comparable": None},
    {"homogeneous": False},
    {"clear_boundary": None},
    {"usable_because": "abatement_project"},
    {"zero_output_reason": "停产"},
    {"co2_t": Decimal(-1)},
    {"non_co2_t": Decimal("-0.001")},
    {"production_days": Decimal(366)},
    {"shutdown_days": Decimal(184)},
    {"process": "clinker"},
    {"commissioned": date(2020, 6, 2)},
    {"usable_from": date(2019, 7, 1)},
    {"usable_output": Decimal(1)},
    {"output": Decimal(0)},
]


@st.composite
def spoilt_entities(draw: st.DrawFn) -> list[LineYear]:
    """Entities one of whose rows may be wrong, unknown in part, twice there, or missing."""
    rows = draw(entities())
    place = draw(st.integers(0, len(rows) - 1))
    if draw(st.integers(0, 2)):
        return rows
    spoilt = draw(st.sampled_from([*SPOILT, "twice", "missing"]))
    if spoilt == "twice":
        return [*rows, rows[place]]
    if spoilt == "missing":
        return rows[:place] + rows[place + 1 :]
    return [*rows[:place], replace(rows[place], **spoilt), *rows[place + 1 :]]


OTHER_READINGS = [{name: option} for name, options in READINGS.items() for option in options[1:]]
MANY = settings(
    max_examples=900,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEW = settings(MANY, max_examples=60)


@pytest.mark.slow
@MANY
@given(rows=spoilt_entities(), year=st.sampled_from([2021, 2022]))
def test_room_and_twin_agree_on_random_entities(rows: list[LineYear], year: int) -> None:
    agree(rows, year, {})


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHER_READINGS, ids=lambda one: "-".join(*one.items()))
def test_room_and_twin_agree_under_every_reading(other: Readings) -> None:
    @FEW
    @given(rows=spoilt_entities(), year=st.sampled_from([2021, 2022]))
    def on_random_entities(rows: list[LineYear], year: int) -> None:
        agree(rows, year, other)

    on_random_entities()


@pytest.mark.slow
@settings(MANY, max_examples=300)
@given(
    rows=spoilt_entities(),
    year=st.sampled_from([2021, 2022]),
    readings=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in READINGS.items()}),
)
def test_room_and_twin_agree_under_any_mixture_of_readings(
    rows: list[LineYear], year: int, readings: Readings
) -> None:
    agree(rows, year, readings)


def test_the_twin_knows_every_reading_of_an_allowance() -> None:
    elsewhere = {"restate_factors"}  # Base years are restated before they come here.
    cards = {
        rule.key.removeprefix("alloc."): list(rule.options)
        for rule in cq()
        if rule.key.startswith("alloc.") and rule.options
    }
    known = {name: sorted(options) for name, options in (READINGS | LATER).items()}
    assert {n: sorted(o) for n, o in cards.items() if n not in elsewhere} == known


@dataclass(frozen=True)
class Due:
    """An allowance before and after its exemption."""

    allowance_t: int
    determined_t: int


TONNES = st.one_of(st.integers(0, 400), st.integers(0, 20_000_000))
DUES = st.lists(st.builds(lambda t, more: Due(t, t + more), TONNES, TONNES), max_size=8)
LATER_READINGS = st.fixed_dictionaries({k: st.sampled_from(v) for k, v in LATER.items()})


def twin_reserve(dues: list[Due], read: Readings) -> tuple[int, int]:
    """The most that is no more than a twentieth: of the total it is part of, or of the sum."""
    total = 0
    for due in dues:
        total += due.determined_t if read["reserve_exemption"] == "included" else due.allowance_t
    of_sum = Fraction(total, 20 if read["reserve_base"] == "entities_sum" else 19)
    return total, of_sum.numerator // of_sum.denominator


@pytest.mark.requirement("AMB-24")
@settings(MANY, max_examples=200)
@given(dues=DUES, readings=LATER_READINGS, year=st.sampled_from([2021, 2022]))
def test_room_and_twin_agree_on_the_reserve(dues: list[Due], readings: Readings, year: int) -> None:
    rules = cq(**readings)
    sum_t = entities_sum(allocations=dues, year=year, law=rules)
    found = reserve_of(entities_sum_t=sum_t, year=year, law=rules)
    expected = twin_reserve(dues, readings)
    assert (found.entities_sum_t, found.reserve_t) == expected
    assert found.total_t == sum(expected)
    if readings["reserve_base"] == "total":
        assert found.reserve_t * 20 <= found.total_t < (found.reserve_t + 1) * 20


def twin_carried(determined: int, before: int, claims: int, read: Readings) -> dict[str, int]:
    """Tonne by tonne: what was given before comes off first, then what is claimed."""
    left, short = determined, 0
    for _ in range(before):
        if left:
            left -= 1
        elif read["prealloc_trueup"] == "claim":
            short += 1
    taken = 0
    while taken < claims and left:
        left, taken = left - 1, taken + 1
    lapsed = 0 if read["deduction_carry_remainder"] else claims - taken
    return {"to_issue": left, "deducted": taken, "claim": short, "lapsed": lapsed}


@pytest.mark.requirement("AMB-23", "AMB-26")
@settings(MANY, max_examples=300)
@given(
    determined=st.integers(0, 40),
    before=st.integers(0, 40),
    claims=st.integers(0, 40),
    readings=LATER_READINGS,
)
def test_room_and_twin_agree_on_what_a_later_year_settles(
    determined: int, before: int, claims: int, readings: Readings
) -> None:
    found = carry(
        determined_t=determined,
        pre_issued_t=before,
        claims_t=claims,
        year=2023,
        law=cq(**readings),
    )
    assert twin_carried(determined, before, claims, readings) == {
        "to_issue": found.to_issue_t,
        "deducted": found.deducted_t,
        "claim": found.claim_t,
        "lapsed": found.lapsed_t,
    }


def agree(rows: list[LineYear], year: int, readings: Readings) -> None:
    """Both decide alike, or refuse for the same reason."""
    rules, code = cq(**readings), ""
    try:
        expected = twin(rows, year, {**DEFAULT, **readings})
    except UndecidedError as no:
        code = str(no)
    if code:
        with pytest.raises(Refusal) as refused:
            allocate_entity(entity="E", year=year, rows=rows, law=rules)
        assert refused.value.code == code
    else:
        compare(allocate_entity(entity="E", year=year, rows=rows, law=rules), expected)


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
