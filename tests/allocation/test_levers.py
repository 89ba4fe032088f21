"""What a what-if may change, and to what."""

from decimal import Decimal

import pytest

from openets.allocation.levers import (
    NotALever,
    NothingChanged,
    OutOfRange,
    changed,
    differing,
    levers,
)
from tests.markets import CQ


def changing(key, text, year=2022):
    return changed(CQ, year, {f"alloc.{key}": text}).for_year(f"alloc.{key}", year)


def test_every_parameter_that_makes_a_figure_is_a_lever_with_its_value_of_the_year():
    known = levers(CQ, 2022)
    assert known["alloc.intensity_coefficient"].value == "0.9450"
    assert levers(CQ, 2021)["alloc.intensity_coefficient"].value == "0.9400"
    assert known["alloc.preallocation_share"].value == "0.70", "of the year after"
    assert not known.keys() & {"alloc.objection_days", "alloc.outlier_ratio", "ledger.anything"}


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
