"""What a what-if may change, and to what."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openets.allocation.entity import allocate_entity
from openets.allocation.levers import (
    CLAIM_ADVANCED,
    NotALever,
    NothingChanged,
    OutOfRange,
    changed,
    differing,
    levers,
)
from openets.allocation.reserve import entities_sum, reserve_of
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law
from tests.allocation.rows import changed as with_facts
from tests.allocation.rows import history
from tests.markets import CQ


def changing(key, text, year=2022):
    return changed(CQ, year, {f"alloc.{key}": text}).for_year(f"alloc.{key}", year)


def test_every_parameter_that_makes_a_figure_is_a_lever_with_its_value_of_the_year():
    known = levers(CQ, 2022)
    assert known["alloc.intensity_coefficient"].value == "0.9450"
    assert levers(CQ, 2021)["alloc.intensity_coefficient"].value == "0.9400"
    assert known["alloc.preallocation_share"].value == "0.70", "of the year after"
    others = {"alloc.objection_days", "alloc.outlier_ratio", "alloc.prealloc_trueup"}
    assert not known.keys() & {*others, "ledger.anything"}


def even(**facts: Any) -> list[Any]:
    """Five even years of a line in every figure, unless told otherwise."""
    usual = {"co2": [1_000] * 5, "output": [500] * 5, "days": [300] * 5, "shutdown": [0] * 5}
    return history(**{**usual, **facts})


HALF = {"usable_from": date(2020, 7, 1), "usable_co2_t": 600, "usable_output": 200}
PROJECT = {"usable_from": date(2020, 1, 1), "usable_because": "abatement_project"}
ENTITIES = {
    "kiln": even(process="clinker"),
    "smelter": even(process="aluminium"),
    "deviating": even(co2=[0, 80, 105, 115, 110], output=[50] * 5),
    "two deviating": even(co2=[0, 500, 1_000, 1_600, 1_000]),
    "uneven": even(co2=[0, 1_000, 1_100, 1_000, 1_000], output=[0, 500, 450, 530, 500]),
    "idle": even(output=[500, 500, 0, 500, 500]),
    "project": with_facts(even(co2=[0, 2_000, 1_000, 800, 800]), 2020, **PROJECT),
    "workshop": even(comparable=False, co2=[0, 1_000, 1_001, 1_001, 1_000]),
    "stood still": even(comparable=False, co2=[0, 100, 1_000, 1_000, 1_000], shutdown=[0, 184, 0]),
    "stood still twice": even(process="clinker", shutdown=[0, 183, 183, 0, 0]),
    "new kiln": even(process="clinker", commissioned=date(2021, 3, 1)),
    "new line": even(commissioned=date(2021, 1, 1)),
    "incinerator": even(process="waste_incineration"),
    "changed": with_facts(even(co2=[0, 0, 1_000, 800, 800]), 2019, usable_from=date(2020, 7, 1)),
    "three products": [row for name in "abc" for row in even(product=name)],
    "nitrous": with_facts(even(comparable=False), 2022, non_co2_t=70),
    "short": even(comparable=False, co2=[0, 70_000, 70_000, 70_000, 100_000]),
    "very short": even(comparable=False, co2=[0, *[1_700_000] * 3, 2_000_000]),
    "halves": even(process="shale_gas", co2=["10.4"] * 5)
    + even(line="L2", process="shale_gas", co2=["10.4"] * 5),
}
ENTITIES["project"] = with_facts(ENTITIES["project"], 2018, **PROJECT)
ENTITIES["project"] = with_facts(ENTITIES["project"], 2019, **PROJECT)
ENTITIES["changed"] = with_facts(ENTITIES["changed"], 2020, **HALF)
ENTITIES["changed"] = with_facts(ENTITIES["changed"], 2018, usable_from=date(2020, 7, 1))

OTHERWISE = {
    "benchmark_clinker": "0.8",
    "benchmark_aluminium": "7.7",
    "intensity_coefficient": "0.9",
    "total_coefficient": "0.9",
    "intensity_base_decimals": "0",
    "total_base_decimals": "0",
    "base_years": "2020, 2021",
    "abatement_project_years": "2018, 2019",
    "intensity_deviation_limit": "0.1",
    "intensity_deviation_keep_all_count": "3",
    "intensity_max_products": "3",
    "total_shutdown_drop_days": "184",
    "equal_shutdown_days": "184",
    "equal_shutdown_years": "3",
    "equal_new_project_years_clinker_aluminium": "0",
    "equal_new_project_years_other": "1",
    "equal_processes": "shale_gas",
    "reserve_share": "0.04",
    "gap_exempt_share": "0.5",
    "gap_exempt_tonnes": "400000",
    "gap_exempt_floor_share": "0.9",
    "gap_exempt_floor_minus_tonnes": "100000",
    "advance_gap_share": "0.05",
    "preallocation_share": "0.6",
    "rounding_level": "line",
    "equal_shutdown_scope": "history_lines_only",
    "intensity_weights": "none",
    "intensity_zero_output": "left_out",
    "intensity_deviation_boundary": "exclusive",
    "base_cut": "whole_year",
    "total_divisor": "calendar_days",
    "non_co2": "within_method",
    "new_project_year": "months",
    "gap_exempt_mode": "share_only",
    "advance_gap_basis": "before_exemption",
    "prealloc_base": "calculated",
    "reserve_base": "entities_sum",
    "reserve_exemption": "excluded",
}


def outcome(law: Law) -> dict[str, Any]:
    """What a market of unlike entities is due in 2022, and its reserve."""
    found: dict[str, Any] = {}
    results = []
    for name, rows in ENTITIES.items():
        try:
            one = allocate_entity(entity=name, year=2022, rows=rows, law=law)
        except Refusal as no:
            found[name] = no.code
        else:
            results.append(one)
            told = (one.allowance_t, one.determined_t, one.advance_limit_t, one.pre_allocation_t)
            found[name] = told
    sum_t = entities_sum(allocations=results, year=2022, law=law)
    return found | {"reserve": reserve_of(entities_sum_t=sum_t, year=2022, law=law).reserve_t}


def test_every_lever_but_the_one_on_claims_stands_in_the_list_of_other_values():
    offered = levers(CQ, 2022).keys() - {CLAIM_ADVANCED}
    assert {f"alloc.{key}" for key in OTHERWISE} == offered


@pytest.mark.requirement("CQETS-11")
@pytest.mark.parametrize("key", OTHERWISE)
def test_every_lever_moves_a_figure(key):
    assert outcome(changed(CQ, 2022, {f"alloc.{key}": OTHERWISE[key]})) != outcome(CQ)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("intensity_coefficient", "0.93"),
        ("reserve_share", "0"),
        ("reserve_share", "0.9999"),
        ("gap_exempt_tonnes", "0"),
        ("total_shutdown_drop_days", "366"),
        ("intensity_base_decimals", "10"),
        ("gap_exempt_mode", "share_only"),
        ("base_years", "2019, 2020"),
        ("equal_processes", ""),
    ],
)
def test_a_value_within_its_range_is_taken(key, text):
    assert changing(key, text).value != CQ.for_year(f"alloc.{key}", 2022).value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("intensity_coefficient", "-0.0001"),
        ("intensity_coefficient", "NaN"),
        ("intensity_coefficient", "much"),
        ("reserve_share", "1"),
        ("gap_exempt_tonnes", "0.5"),
        ("total_shutdown_drop_days", "367"),
        ("intensity_base_decimals", "11"),
        ("gap_exempt_mode", "generous"),
        ("base_years", "2023"),
        ("base_years", ""),
        ("equal_processes", "clinker, magic"),
    ],
)
def test_any_other_value_is_refused_with_what_is_allowed(key, text):
    with pytest.raises(OutOfRange) as no:
        changing(key, text)
    assert no.value.field == f"alloc.{key}"
    assert no.value.numbers["range"]


@pytest.mark.parametrize("key", ["alloc.nothing", "alloc.objection_days", "surrender.deadline"])
def test_what_is_no_parameter_of_allocation_is_refused(key):
    for ask in (changed, differing):
        with pytest.raises(NotALever):
            ask(CQ, 2022, {key: "1"})


def test_only_what_differs_is_kept_however_it_is_written():
    asked = {"alloc.reserve_share": "0.050", "alloc.intensity_coefficient": " 0.93 "}
    assert differing(CQ, 2022, asked) == {"alloc.intensity_coefficient": "0.93"}
    with pytest.raises(NothingChanged):
        differing(CQ, 2022, {"alloc.reserve_share": "0.05"})


def test_the_law_itself_stays_as_it_is():
    changing("intensity_coefficient", "0.5")
    assert CQ.for_year("alloc.intensity_coefficient", 2022).number == Decimal("0.9450")
