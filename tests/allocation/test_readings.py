"""The worked example of every reading that allocation depends on, and its alternatives."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openets.allocation.entity import allocate_lines
from openets.allocation.lines import Incomplete
from openets.allocation.relief import pre_allocation, relieve, share_out_frozen, true_up
from openets.kernel.quantity import Tonnes
from openets.rulebook.load import law
from tests.allocation.rows import allocated, changed, cq, cq_as_if_for, history


def workshop(**series: Any) -> list[Any]:
    return history(**{"comparable": False, **series})


def test_every_reading_stands_on_one_of_its_options() -> None:
    readings = [rule for rule in law("cq") if rule.key.startswith("alloc.") and rule.reading]
    assert {rule.reading for rule in readings} == {
        "AMB-03",
        "AMB-26",
        *(f"AMB-{n}" for n in range(13, 25)),
    }
    assert all(rule.value in rule.options and rule.cite.assumed for rule in readings)


@pytest.mark.requirement("AMB-03")
def test_lines_are_rounded_together_unless_read_otherwise_amb_03() -> None:
    rows = [
        row
        for name in ("A", "B")
        for row in history(name, first=2021, co2=["10.4"], process="shale_gas")
    ]
    assert allocated(rows).allowance_t == 21
    assert allocated(rows, rounding_level="line").allowance_t == 20


@pytest.mark.requirement("AMB-03")
def test_the_products_of_a_line_are_rounded_together_when_lines_are_amb_03() -> None:
    rows = [
        row
        for product in ("a", "b")
        for row in history(first=2021, co2=["10.4"], process="shale_gas", product=product)
    ]
    assert allocated(rows, rounding_level="line").allowance_t == 21


@pytest.mark.requirement("AMB-13")
def test_a_shut_down_enterprise_keeps_its_benchmark_lines_if_read_so_amb_13() -> None:
    rows = history(
        "K", co2=[900] * 4, output=[1000] * 4, shutdown=[184, 183, 0, 0], process="clinker"
    )
    rows += history("G", co2=[100] * 4, output=[50] * 4)
    found = allocated(rows)
    assert [line.method.value for line in found.lines] == ["equal_amount"] * 2
    narrow = allocated(rows, equal_shutdown_scope="history_lines_only")
    assert [line.method.value for line in narrow.lines] == ["benchmark", "equal_amount"]
    assert (found.allowance_t, narrow.allowance_t) == (1_000, 929)


@pytest.mark.requirement("AMB-13")
def test_a_long_shutdown_drops_no_year_of_an_intensity_line_amb_13() -> None:
    rows = history(co2=[100] * 4, output=[50] * 4, shutdown=[184, 0, 0, 0])
    assert allocated(rows).lines[0].base_years == (2018, 2019, 2020)


@pytest.mark.requirement("AMB-14")
def test_intensities_are_weighted_by_output_amb_14() -> None:
    rows = history(co2=[100, 330, 180, 1], output=[50, 150, 100, 1])
    assert allocated(rows).lines[0].base == Decimal("2.0333")
    assert allocated(rows, intensity_weights="none").lines[0].base == Decimal("2.0000")


@pytest.mark.requirement("AMB-14")
def test_two_products_are_two_series_whose_allowances_add_up_amb_14() -> None:
    rows = history(co2=[100] * 4, output=[50] * 4, product="a")
    rows += history(co2=[100] * 4, output=[20] * 4, product="b")
    found = allocated(rows)
    assert [(line.product, line.base) for line in found.lines] == [("a", 2), ("b", 5)]
    assert found.allowance_exact == 188


@pytest.mark.requirement("AMB-15")
def test_exactly_a_fifth_counts_as_deviation_unless_exclusive_amb_15() -> None:
    rows = history(co2=[80, 105, 115, 1], output=[50, 50, 50, 1])
    assert allocated(rows).lines[0].base == Decimal("2.2000")
    exclusive = allocated(rows, intensity_deviation_boundary="exclusive")
    assert exclusive.lines[0].base == Decimal("2.0000")


@pytest.mark.requirement("AMB-16")
def test_the_year_of_a_change_may_be_cut_whole_amb_16() -> None:
    rows = history(co2=[9, 90_000, 76_000, 1], output=[1, 30_000, 40_000, 1])
    cut = date(2019, 7, 1)
    rows = changed(rows, 2018, usable_from=cut, usable_co2_t=0, usable_output=0)
    rows = changed(rows, 2019, usable_from=cut, usable_co2_t=40_000, usable_output=22_000)
    assert allocated(rows).lines[0].base == Decimal("1.8710")
    whole = allocated(rows, base_cut="whole_year").lines[0]
    assert (whole.base, whole.base_years) == (Decimal("1.9000"), (2020,))


@pytest.mark.requirement("AMB-16")
def test_the_partial_year_counts_as_a_year_in_the_deviation_test_amb_16() -> None:
    rows = history(co2=[999, 105, 115, 1], output=[100, 50, 50, 1])
    rows = changed(rows, 2018, usable_from=date(2018, 7, 1), usable_co2_t=80, usable_output=50)
    assert allocated(rows).lines[0].base_years == (2019, 2020)


@pytest.mark.requirement("AMB-17")
def test_the_daily_mean_is_of_production_days_amb_17() -> None:
    rows = workshop(co2=[30_000, 33_000, 32_000, 1], days=[300, 330, 320, 310])
    found = allocated(rows)
    assert (str(found.lines[0].base), found.allowance_t) == ("100.0000", 31_000)
    other = allocated(rows, total_divisor="calendar_days")
    assert (str(other.lines[0].base), other.allowance_t) == ("86.6788", 26_870)


@pytest.mark.requirement("AMB-17")
def test_calendar_days_of_a_cut_year_run_from_the_cut_amb_17() -> None:
    rows = workshop(co2=[1, 90_000, 36_600, 1], days=[1, 365, 366, 1])
    cut = date(2019, 7, 1)
    rows = changed(rows, 2018, usable_from=cut, usable_co2_t=0, usable_production_days=0)
    rows = changed(rows, 2019, usable_from=cut, usable_co2_t=18_400, usable_production_days=9)
    assert str(allocated(rows, total_divisor="calendar_days").lines[0].base) == "100.0000"


def with_n2o() -> list[Any]:
    rows = workshop(co2=[50_000] * 3 + [60_000], days=[100] * 4)
    return changed(rows, 2021, non_co2_t=2_000)


@pytest.mark.requirement("AMB-19")
def test_non_co2_is_added_beside_the_method_amb_19() -> None:
    found = allocated(with_n2o())
    assert (found.allowance_t, found.verified_t, found.gap_t) == (52_000, 62_000, 10_000)
    assert (str(found.gap_ratio), found.relief) == ("0.161290", "none")


@pytest.mark.requirement("AMB-19")
def test_non_co2_may_enter_the_method_instead_amb_19() -> None:
    rows = [replace(row, non_co2_t=Decimal(1_000)) for row in with_n2o()]
    rows = changed(rows, 2021, non_co2_t=3_000)
    assert (allocated(rows).lines[0].base, allocated(rows).allowance_t) == (500, 53_000)
    found = allocated(rows, non_co2="within_method")
    assert (found.lines[0].base, found.allowance_t, found.verified_t) == (510, 51_000, 63_000)
    cut = {"usable_from": date(2018, 7, 1), "usable_co2_t": 1, "usable_production_days": 1}
    with pytest.raises(Incomplete) as no:
        allocated(changed(rows, 2018, **cut), non_co2="within_method")
    assert no.value.field == "non_co2_t"


@pytest.mark.requirement("AMB-20")
def test_months_in_production_split_the_year_amb_20() -> None:
    rows = history(
        first=2021,
        co2=[36_500, 36_500],
        output=[50_000, 50_000],
        process="clinker",
        commissioned=date(2021, 3, 1),
    )
    assert allocated(rows, 2022).lines[0].method.value == "equal_amount"
    assert allocated(rows, 2021, new_project_year="months").allowance_exact == 36_500
    split = allocated(rows, 2022, new_project_year="months").lines[0]
    # 59 days of equal amount to the end of February, 306 days of 0.8244 × 50,000 t.
    assert split.method.value == "benchmark"
    assert split.allowance_exact == Decimal("40457.041096")


@pytest.mark.requirement("AMB-20")
def test_months_in_production_end_with_the_last_month_amb_20() -> None:
    rows = history(
        first=2021,
        co2=[100, 100],
        output=[1000, 1000],
        process="clinker",
        commissioned=date(2020, 1, 1),
    )
    assert allocated(rows, 2021, new_project_year="months").allowance_exact == Decimal("828.9")


@pytest.mark.parametrize(
    ("mode", "verified_t", "allowance_t", "expected"),
    [
        ("most_favourable", 500_000, 350_000, ("share", 400_000)),
        ("most_favourable", 2_000_000, 1_700_000, ("tonnes", 1_800_000)),
        ("most_favourable", 1_000_000, 700_000, ("share", 800_000)),
        ("share_only", 500_000, 350_000, ("share", 400_000)),
        ("share_only", 2_000_000, 1_700_000, ("none", 1_700_000)),
        ("share_only", 2_000_000, 1_500_000, ("share", 1_600_000)),
        ("tonnes_only", 500_000, 350_000, ("none", 350_000)),
        ("tonnes_only", 2_000_000, 1_700_000, ("tonnes", 1_800_000)),
        ("both_required", 500_000, 350_000, ("none", 350_000)),
        ("both_required", 2_000_000, 1_700_000, ("none", 1_700_000)),
        ("both_required", 1_000_000, 700_000, ("share", 800_000)),
        ("both_required", 2_000_000, 1_500_000, ("share", 1_600_000)),
        ("both_required", 500_000, 250_000, ("tonnes", 300_000)),
    ],
)
@pytest.mark.requirement("AMB-21")
def test_which_limb_of_the_exemption_binds_amb_21(
    mode: str, verified_t: int, allowance_t: int, expected: tuple[str, int]
) -> None:
    found = relieve(
        verified_t=Tonnes(verified_t),
        allowance_t=Tonnes(allowance_t),
        year=2021,
        law=cq(gap_exempt_mode=mode),
    )
    assert (found.kind, found.determined_t) == expected


def entity_with(verified_t: int, allowance_t: int, **readings: str) -> Any:
    rows = workshop(co2=[allowance_t] * 3 + [verified_t], days=[100] * 4)
    return allocated(rows, **readings)


@pytest.mark.parametrize(
    ("verified_t", "allowance_t", "basis", "limit_t"),
    [
        (100_000, 70_000, "after_exemption", 10_000),
        (100_000, 70_000, "before_exemption", 20_000),
        (1_500_000, 1_300_000, "after_exemption", 50_000),
        (2_000_000, 1_800_000, "after_exemption", 0),
    ],
)
@pytest.mark.requirement("AMB-22")
def test_advance_use_follows_the_exemption_amb_22(
    verified_t: int, allowance_t: int, basis: str, limit_t: int
) -> None:
    found = entity_with(verified_t, allowance_t, advance_gap_basis=basis)
    assert found.advance_limit_t == limit_t
    assert found.gap_t == verified_t - allowance_t


@pytest.mark.parametrize(
    ("frozen_t", "granted"),
    [(66_500, (10_000, 4_000)), (12_000, (10_000, 2_000)), (7_000, (7_000, 0)), (0, (0, 0))],
)
@pytest.mark.requirement("AMB-22")
def test_the_frozen_quantity_serves_2021_before_2022_amb_22(
    frozen_t: int, granted: tuple[int, int]
) -> None:
    limits = {2022: Tonnes(4_000), 2021: Tonnes(10_000)}
    found = share_out_frozen(limits_t=limits, frozen_t=Tonnes(frozen_t))
    assert (found[2021], found[2022]) == granted


@pytest.mark.parametrize(("base", "expected_t"), [("determined", 56_000), ("calculated", 49_000)])
@pytest.mark.requirement("AMB-23")
def test_the_pre_allocation_is_of_the_determined_allowance_amb_23(
    base: str, expected_t: int
) -> None:
    found = pre_allocation(
        allowance_t=Tonnes(70_000),
        determined_t=Tonnes(80_000),
        year=2022,
        law=cq(prealloc_base=base),
    )
    assert found is not None
    assert found[0] == expected_t


@pytest.mark.parametrize(
    ("final_t", "reading", "issue_t", "claim_t"),
    [
        (80_000, "claim", 24_000, 0),
        (56_000, "claim", 0, 0),
        (50_000, "claim", 0, 6_000),
        (50_000, "none", 0, 0),
    ],
)
@pytest.mark.requirement("AMB-23")
def test_the_final_allowance_settles_the_pre_allocation_amb_23(
    final_t: int, reading: str, issue_t: int, claim_t: int
) -> None:
    found = true_up(
        final_t=Tonnes(final_t),
        pre_allocated_t=Tonnes(56_000),
        year=2023,
        law=cq(prealloc_trueup=reading),
    )
    assert (found.issue_t, found.claim_t) == (issue_t, claim_t)


def test_a_what_if_coefficient_reaches_the_number_and_marks_the_working() -> None:
    rows = history(co2=[100] * 4, output=[50] * 4)
    found = allocated(rows, intensity_coefficient="0.93").lines[0]
    assert found.allowance_exact == 93
    assert any(
        "changed from 0.9400" in cite.assumed
        for step in found.explanation.steps
        for cite in step.cites
    )


def test_three_base_years_of_the_what_if_year_are_those_of_the_law() -> None:
    rows = history(first=2019, co2=[100] * 5, output=[50] * 5)
    results = allocate_lines(year=2023, rows=rows, law=cq_as_if_for(2023, like=2022))
    assert results.lines[0].base_years == (2019, 2020, 2021)
