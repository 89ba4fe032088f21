"""CQ208 A1.M.2.2(d): base years are corrected to the factors of the allocation year."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import account_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.base_year import (
    LineBefore,
    NothingToShareBy,
    line_changes,
    restated_figures,
)
from openets.mrv.accounting.factors import FactorSet, factor_set
from openets.mrv.accounting.restate import NothingToRestate, restate
from openets.mrv.figures import Figures

pytestmark = pytest.mark.requirement("CQ208-A1.M.2.2d", "CQ208-A1.M.3.2d", "AMB-18")


def with_power(factor: str) -> FactorSet:
    """A set whose national electricity factor is this one."""
    one = factor_set("general-2020")
    factors = tuple(
        replace(f, values={"factor": Decimal(factor)}) if f.key == "national" else f
        for f in one.factors
    )
    return replace(one, factors=factors)


THEN, NOW = with_power("0.6"), with_power("0.5")
POWER = Activity("L1", Source.ELECTRICITY, "national", 2019, Decimal(10_000), "MWh", row=2)


def row(line="L1", product="产品", co2_t=31_000, non_co2_t=0, **usable) -> Figures:
    amounts = {"output": Decimal(10_000), "co2_t": Decimal(co2_t), "non_co2_t": Decimal(non_co2_t)}
    return Figures(
        line, product, unit="t", production_days=300, shutdown_days=65, **amounts, **usable
    )


def restated(*activities: Activity, figures=None, now: FactorSet = NOW):
    before = {}
    for at, activity in enumerate(activities, start=2):
        line = account_line(activity=activity, factors=THEN)
        before[activity.row or at] = LineBefore(line.tco2e, line.gas, line.explanation.as_json())
    changes = line_changes(activities, before, factors=now)
    return restated_figures(figures=figures or [row()], changes=changes, factors=now)


def test_ten_thousand_megawatt_hours_at_a_tenth_less_lower_the_base_by_a_thousand_tonnes():
    found = restated(POWER)
    assert (found.before[0].co2_t, found.after[0].co2_t) == (31_000, 30_000)
    assert found.change_t == -1_000
    (step,) = found.steps
    assert (step.result, step.cites[0].source) == ("30000", "CQ208-A1.M.2.2d")
    assert NOW.digest[:16] in step.note


def test_without_stored_activity_data_the_correction_is_impossible():
    with pytest.raises(NothingToRestate):
        restate(reported=[], factors=NOW)


def test_a_missing_factor_stops_the_correction_at_its_row():
    sold = replace(POWER, item="national_ets_report")
    lacking = replace(NOW, factors=tuple(f for f in NOW.factors if "ets" not in f.key))
    with pytest.raises(Refusal) as no:
        restated(sold, now=lacking)
    assert (no.value.code, no.value.row) == ("unknown_item", 2)


def test_what_was_measured_stays_measured():
    measured = replace(POWER, measured={"factor": Decimal("0.6")})
    assert restated(measured).change_t == 0


def test_a_line_of_several_products_shares_the_change_by_its_emissions():
    rows = [row(product="甲", co2_t=10_000), row(product="乙", co2_t=30_000), row("L2")]
    found = restated(POWER, figures=rows)
    assert [one.co2_t for one in found.after] == [9_750, 29_250, 31_000]


def test_a_facility_that_is_no_line_is_shared_by_all():
    rows = [row(co2_t=10_000), row("L2", co2_t=30_000)]
    found = restated(replace(POWER, facility="公用工程"), figures=rows)
    assert [one.co2_t for one in found.after] == [9_750, 29_250]
    assert {g.origin for g in found.steps[0].given} == {"", "shared by emissions"}


def test_the_part_that_counts_after_an_abatement_project_shares_it_likewise():
    found = restated(POWER, figures=[row(usable_co2_t=Decimal(15_500))])
    assert found.after[0].usable_co2_t == 15_000
    assert restated(POWER, figures=[row(usable_co2_t=Decimal(0))]).after[0].usable_co2_t == 0


def test_other_gases_follow_another_set_of_potentials_apart_from_co2():
    acid = Activity(
        "L1", Source.PROCESS, "nitric_acid_double_pressure", 2019, Decimal(1_000), "t", row=2
    )
    found = restated(acid, figures=[row(non_co2_t=2_480)], now=THEN.with_gwp("AR5"))
    assert (found.after[0].co2_t, found.after[0].non_co2_t) == (31_000, 2_120)


def test_a_change_that_no_row_can_take_is_refused():
    acid = Activity(
        "F", Source.PROCESS, "nitric_acid_double_pressure", 2019, Decimal(1_000), "t", row=2
    )
    with pytest.raises(NothingToShareBy):
        restated(acid, figures=[row(), row("L2")], now=THEN.with_gwp("AR5"))


def test_the_captive_plants_part_is_no_part_of_the_base():
    fuel = Activity(
        "L1", Source.FUEL, "coke", 2019, Decimal(100), "t", captive_quantity=Decimal(25), row=2
    )
    less = replace(
        NOW,
        factors=tuple(
            replace(f, values={**f.values, "oxidation": f.values["oxidation"] / 2})
            if f.key == "coke"
            else f
            for f in NOW.factors
        ),
    )
    whole = account_line(activity=replace(fuel, captive_quantity=Decimal(0)), factors=THEN).tco2e
    change = restated(fuel, now=less).after[0].co2_t - 31_000
    assert abs(Fraction(change) + whole / 2 * 3 / 4) < Fraction(1, 10_000)


def test_the_reported_version_is_what_was_kept_whatever_became_of_its_set():
    kept = {2: LineBefore(Fraction(7_000), "CO2", [])}
    changes = line_changes([POWER], kept, factors=NOW)
    assert restated_figures(figures=[row()], changes=changes, factors=NOW).change_t == -2_000
