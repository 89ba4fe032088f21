"""CQ208 annex 1, annex 2: the four calculation methods."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openets.allocation.base import NoBaseLeft, NoOutput, ProjectOutsideYears
from openets.allocation.entity import allocate_entity
from openets.allocation.lines import (
    MoreDaysThanTheYear,
    NegativeAmount,
    RowsDisagree,
    UsableDoesNotFit,
)
from openets.allocation.methods import Departure, LineAllocation, Method
from openets.mrv.figures import UnknownCause
from openets.rulebook.load import NoValueForTime
from tests.allocation.rows import allocated, changed, cq, history


def line_of(rows: list[Any], year: int = 2021, **readings: Any) -> LineAllocation:
    return allocated(rows, year, **readings).lines[0]


def clinker(year: int, output: int | str, process: str = "clinker") -> list[Any]:
    return history(first=year, co2=[1000], output=[output], process=process)


@pytest.mark.requirement("CQ208-A1.M.1.1")
@pytest.mark.parametrize(
    ("output", "allowance"), [(1_000_000, "828900"), (1, "0.8289"), (0, "0"), ("0.5", "0.41445")]
)
def test_the_benchmark_times_the_output(output: int | str, allowance: str) -> None:
    found = line_of(clinker(2021, output))
    assert (found.method, found.base, found.base_years) == (Method.BENCHMARK, Decimal("0.8289"), ())
    assert found.allowance_exact == Decimal(allowance)


@pytest.mark.requirement("CQ208-A1.M.1.1")
def test_the_benchmark_takes_the_output_and_not_the_emissions_of_the_year() -> None:
    rows = history(first=2021, co2=[1], output=[1_000_000], process="clinker")
    assert line_of(rows).allowance_exact == 828_900


@pytest.mark.requirement("CQ208-A1.M.1.1")
def test_the_working_of_a_benchmark_names_its_formula_its_figures_and_its_article() -> None:
    step = line_of(clinker(2021, 1_000_000)).explanation.steps[-1]
    assert (step.formula, step.result) == ("benchmark × output", "828900")
    assert [given.value for given in step.given] == ["0.8289", "1000000"]
    assert step.cites[0].source == "CQ208-A1.M.1.1"


@pytest.mark.requirement("CQ208-A1.M.1.1")
@pytest.mark.parametrize("output", [-1, "-0.0001"])
def test_a_negative_output_is_rejected(output: int | str) -> None:
    with pytest.raises(NegativeAmount) as no:
        line_of(clinker(2021, output))
    assert (no.value.field, no.value.article) == ("output", "CQ208-A1.M.1.1")


@pytest.mark.requirement("CQ208-A1.M.1.2")
@pytest.mark.parametrize(
    ("process", "year", "output", "allowance"),
    [
        ("clinker", 2022, 1_000_000, 824_400),
        ("aluminium", 2021, 300_000, 2_328_420),
        ("aluminium", 2022, 300_000, 2_326_710),
    ],
)
def test_each_year_has_its_own_benchmark(
    process: str, year: int, output: int, allowance: int
) -> None:
    assert line_of(clinker(year, output, process), year).allowance_exact == allowance


@pytest.mark.requirement("CQ208-A1.M.1.2", "CQ208-A1.M.2.3", "CQ208-A1.M.3.3")
@pytest.mark.parametrize("year", [2020, 2023])
@pytest.mark.parametrize("facts", [{"process": "clinker"}, {}, {"comparable": False}])
def test_a_year_without_values_is_refused(year: int, facts: dict[str, Any]) -> None:
    rows = history(first=2015, co2=[10] * 9, output=[5] * 9, days=[300] * 9, **facts)
    with pytest.raises(NoValueForTime) as no:
        allocated(rows, year)
    assert no.value.article.startswith("CQ208-")


@pytest.mark.requirement("CQ208-A1.M.2.1", "CQ208-A1.M.2.3")
def test_intensity_base_times_output_times_the_coefficient_of_the_year() -> None:
    rows = history(co2=[105_000] * 5, output=[50_000] * 3 + [55_000] * 2)
    rows = changed(rows, 2021, co2_t=115_500)
    first, second = allocated(rows, 2021), allocated(rows, 2022)
    assert (first.lines[0].base, first.lines[0].coefficient) == (
        Decimal("2.1000"),
        Decimal("0.9400"),
    )
    assert first.lines[0].allowance_exact == 108_570
    assert (second.lines[0].base, second.lines[0].coefficient) == (
        Decimal("2.1000"),
        Decimal("0.9450"),
    )
    assert second.lines[0].allowance_exact == Decimal("109147.5")
    assert second.allowance_t == 109_148


@pytest.mark.requirement("CQ208-A1.M.2.2")
def test_the_intensity_base_is_weighted_by_output_over_the_base_years_of_the_year() -> None:
    rows = history(
        co2=[100_000, 110_000, 110_000, 90_000, 1], output=[50_000, 50_000, 60_000, 45_000, 1]
    )
    assert (line_of(rows).base, line_of(rows).base_years) == (Decimal("2.0000"), (2018, 2019, 2020))
    later = line_of(rows, 2022)
    assert (later.base, later.base_years) == (Decimal("2.0000"), (2019, 2020, 2021))


@pytest.mark.requirement("CQ208-A1.M.2.2")
@pytest.mark.parametrize(
    ("co2", "base"),
    [(199_999, "1.0000"), (200_010, "1.0001"), (200_009, "1.0000"), (200_030, "1.0002")],
)
def test_the_base_keeps_four_decimals_half_up(co2: int, base: str) -> None:
    rows = history(co2=[co2, 0, 0, 1], output=[200_000, 0, 0, 1], zero_output_reason="closed")
    assert line_of(rows).base == Decimal(base)


IDLE = history(co2=[100, 300, 110, 1], output=[50, 0, 50, 1])
"""2019 made nothing, and nobody says why."""


@pytest.mark.requirement("CQ208-A1.M.2.2")
def test_a_base_year_without_output_and_without_a_reason_is_refused_with_what_to_do() -> None:
    with pytest.raises(NoOutput) as no:
        line_of(IDLE)
    assert (no.value.article, no.value.field) == ("CQ208-A1.M.2.2", "zero_output_reason")
    assert no.value.numbers["years"] == "2019"
    assert "zero_output_reason" in no.value.remedy("en")
    with pytest.raises(NoOutput):
        line_of(changed(IDLE, 2019, zero_output_reason=" "))
    with pytest.raises(NoOutput):
        line_of(changed(IDLE, 2018, zero_output_reason="of another year"))


@pytest.mark.requirement("CQ208-A1.M.2.2")
def test_a_base_year_whose_zero_output_has_a_reason_is_left_out_and_said() -> None:
    found = line_of(changed(IDLE, 2019, zero_output_reason="overhaul of the whole year"))
    assert (found.base, found.base_years) == (Decimal("2.1000"), (2018, 2020))
    told = "2019 left out: no output, so no intensity (overhaul of the whole year)"
    assert any(told in step.note for step in found.explanation.steps)
    nothing = history(co2=[1] * 4, output=[0, 0, 0, 1], zero_output_reason="built, not started")
    with pytest.raises(NoBaseLeft):
        line_of(nothing)


@pytest.mark.requirement("CQ208-A1.M.2.2")
def test_the_authority_may_record_the_reason_with_the_method() -> None:
    def recorded(reason: str) -> LineAllocation:
        departures = {"L1": Departure(Method.HISTORICAL_INTENSITY, reason)}
        return allocate_entity(
            entity="E", year=2021, rows=IDLE, law=cq(), departures=departures
        ).lines[0]

    with pytest.raises(NoOutput):
        recorded(" ")
    assert recorded("overhaul").base_years == (2018, 2020)


@pytest.mark.requirement("AMB-14")
def test_the_other_reading_leaves_a_year_without_output_out_unasked_amb_14() -> None:
    assert line_of(IDLE, intensity_zero_output="left_out").base_years == (2018, 2020)


@pytest.mark.requirement("CQ208-A1.M.2.2b")
@pytest.mark.parametrize(
    ("co2", "base", "years"),
    [
        ((100_000, 110_000, 70_000), "2.1000", (2018, 2019)),
        ((50_000, 100_000, 150_000), "2.0000", (2018, 2019, 2020)),
        ((80_000, 105_000, 115_000), "2.2000", (2019, 2020)),
        ((80_001, 105_000, 114_999), "2.0000", (2018, 2019, 2020)),
        ((120_000, 95_000, 85_000), "1.8000", (2019, 2020)),
        ((119_999, 95_001, 85_000), "2.0000", (2018, 2019, 2020)),
    ],
)
def test_exactly_one_year_that_deviates_by_a_fifth_is_left_out(
    co2: tuple[int, ...], base: str, years: tuple[int, ...]
) -> None:
    found = line_of(history(co2=[*co2, 1], output=[50_000] * 3 + [1]))
    assert (found.base, found.base_years) == (Decimal(base), years)


@pytest.mark.requirement("CQ208-A1.M.2.2b")
def test_fewer_than_three_usable_years_are_not_tested() -> None:
    # 1.0 and 1.4 with a mean of 1.3: of three years the first would be left out.
    rows = history(co2=[100, 420, 0, 1], output=[100, 300, 0, 1], zero_output_reason="closed")
    found = line_of(rows)
    assert (found.base, found.base_years) == (Decimal("1.3000"), (2018, 2019))


def abated(**usable: Any) -> list[Any]:
    rows = history(co2=[200_000, 80_000, 76_000, 70_000], output=[60_000, 42_000, 40_000, 40_000])
    cut = date(2019, 7, 1)
    rows = changed(rows, 2018, usable_from=cut, usable_co2_t=0, usable_output=0)
    return changed(rows, 2019, usable_from=cut, **usable)


@pytest.mark.requirement("CQ208-A1.M.2.2c")
def test_only_data_from_a_declared_abatement_project_on_enter_the_base() -> None:
    found = line_of(abated(usable_co2_t=40_000, usable_output=22_000))
    assert (found.base, found.base_years) == (Decimal("1.8710"), (2019, 2020))
    undeclared = [
        replace(row, usable_from=None, usable_co2_t=None, usable_output=None) for row in abated()
    ]
    assert line_of(undeclared).base_years == (2018, 2019, 2020)
    assert line_of(undeclared).base == Decimal("2.5070")


@pytest.mark.requirement("CQ208-A1.M.2.2c")
def test_a_change_on_new_year_2021_leaves_only_2021_for_2022() -> None:
    rows = history(co2=[90, 90, 90, 100, 1], output=[50, 50, 50, 50, 1])
    cut = date(2021, 1, 1)
    for year in (2018, 2019, 2020, 2021):
        rows = changed(rows, year, usable_from=cut)
    found = line_of(rows, 2022)
    assert (found.base, found.base_years) == (Decimal("2.0000"), (2021,))
    with pytest.raises(NoBaseLeft) as no:
        line_of(rows, 2021)
    assert "data count from 2021-01-01" in no.value.message("en")


@pytest.mark.requirement("CQ208-A1.M.2.2c")
@pytest.mark.parametrize(
    ("cut", "years"),
    [
        (date(2018, 12, 31), (2018, 2019, 2020)),
        (date(2019, 1, 1), (2019, 2020)),
        (date(2019, 1, 2), (2019, 2020)),
        (date(2019, 12, 31), (2019, 2020)),
        (date(2020, 1, 1), (2020,)),
        (date(2020, 12, 31), (2020,)),
    ],
)
def test_the_day_of_the_change_counts_already(cut: date, years: tuple[int, ...]) -> None:
    rows = history(co2=[100] * 4, output=[50] * 4)
    for year in range(2018, cut.year):
        rows = changed(rows, year, usable_from=cut)
    whole = cut == date(cut.year, 1, 1)
    part = {} if whole else {"usable_co2_t": 2, "usable_output": 1}
    found = line_of(changed(rows, cut.year, usable_from=cut, **part))
    assert (found.base, found.base_years) == (Decimal("2.0000"), years)


def project_of(cut: date, because: str | None, **facts: Any) -> list[Any]:
    """Even years, of which those before `cut` do not count."""
    rows = history(co2=[100] * 5, output=[50] * 5, days=[300] * 5, first=2017, **facts)
    for year in range(2017, cut.year + 1):
        rows = changed(rows, year, usable_from=cut, usable_because=because)
    part = {"usable_co2_t": 40, "usable_output": 20, "usable_production_days": 120}
    return rows if cut == date(cut.year, 1, 1) else changed(rows, cut.year, **part)


@pytest.mark.parametrize(
    ("comparable", "article"),
    [
        pytest.param(True, "CQ208-A1.M.2.2c", marks=pytest.mark.requirement("CQ208-A1.M.2.2c")),
        pytest.param(False, "CQ208-A1.M.3.2c", marks=pytest.mark.requirement("CQ208-A1.M.3.2c")),
    ],
)
@pytest.mark.parametrize(
    ("cut", "years"),
    [
        (date(2017, 12, 31), None),
        (date(2018, 1, 1), (2018, 2019, 2020)),
        (date(2018, 1, 2), (2018, 2019, 2020)),
        (date(2020, 12, 31), (2020,)),
        (date(2021, 1, 1), None),
    ],
)
def test_only_an_abatement_project_of_2018_to_2020_cuts_the_base(
    cut: date, years: tuple[int, ...] | None, comparable: bool, article: str
) -> None:
    rows = project_of(cut, "abatement_project", comparable=comparable)
    if years is not None:
        assert line_of(rows).base_years == years
        return
    with pytest.raises(ProjectOutsideYears) as no:
        line_of(rows)
    assert (no.value.article, no.value.field) == (article, "usable_from")
    assert (no.value.numbers["usable_from"], no.value.numbers["years"]) == (
        str(cut),
        "2018, 2019, 2020",
    )


@pytest.mark.requirement("CQ208-A1.M.2.2c")
@pytest.mark.parametrize("because", ["changed_facility", None])
def test_a_changed_facility_is_bound_to_no_years_of_projects(because: str | None) -> None:
    assert line_of(project_of(date(2017, 12, 31), because)).base_years == (2018, 2019, 2020)


@pytest.mark.requirement("CQ208-A1.M.2.2c")
def test_the_cause_is_one_of_the_law_agrees_over_the_line_and_needs_its_date() -> None:
    rows = project_of(date(2019, 7, 1), "abatement_project")
    with pytest.raises(UnknownCause):
        line_of(changed(rows, 2019, usable_because="weather"))
    with pytest.raises(RowsDisagree):
        line_of(changed(rows, 2018, usable_because="changed_facility"))
    with pytest.raises(UsableDoesNotFit):
        line_of(changed(rows, 2021, usable_because="abatement_project"))


def workshop(**series: Any) -> list[Any]:
    return history(**{"comparable": False, **series})


@pytest.mark.requirement("CQ208-A1.M.3.1", "CQ208-A1.M.3.3")
def test_the_daily_mean_times_production_days_times_the_coefficient() -> None:
    found = line_of(workshop(co2=[30_000] * 3 + [31_000], days=[300, 300, 300, 310]))
    assert (found.base, found.coefficient, found.allowance_exact) == (100, 1, 31_000)
    assert line_of(workshop(co2=[30_000] * 3 + [0], days=[300, 300, 300, 0])).allowance_exact == 0
    year_2022 = line_of(workshop(co2=[30_000] * 5, days=[300] * 5), 2022)
    assert year_2022.coefficient == 1


@pytest.mark.requirement("CQ208-A1.M.3.1")
def test_a_common_year_has_365_days_and_a_leap_year_366() -> None:
    with pytest.raises(MoreDaysThanTheYear) as no:
        line_of(workshop(co2=[1] * 4, days=[300, 300, 366, 366]))
    assert (no.value.numbers["year"], no.value.numbers["days"]) == (2021, 365)
    assert line_of(workshop(co2=[1] * 4, days=[300, 300, 366, 365])).base is not None
    with pytest.raises(MoreDaysThanTheYear):
        line_of(workshop(co2=[1] * 4, days=[300] * 4, shutdown=[0, 366]))


@pytest.mark.requirement("CQ208-A1.M.3.2")
@pytest.mark.parametrize(
    ("co2", "days", "base"),
    [
        ((30_000, 33_000, 32_000), (300, 330, 320), "100.0000"),
        ((30_000, 40_000, 30_000), (300, 300, 300), "111.1111"),
    ],
)
def test_the_total_base_is_the_daily_mean_to_four_decimals(
    co2: tuple[int, ...], days: tuple[int, ...], base: str
) -> None:
    found = line_of(workshop(co2=[*co2, 1], days=[*days, 1]))
    assert (str(found.base), found.base_years) == (base, (2018, 2019, 2020))


@pytest.mark.requirement("CQ208-A1.M.3.2")
def test_the_total_base_of_2022_is_that_of_2019_to_2021() -> None:
    found = line_of(workshop(co2=[9, 100, 100, 100, 1], days=[1, 10, 10, 10, 1]), 2022)
    assert (found.base, found.base_years) == (10, (2019, 2020, 2021))


@pytest.mark.requirement("CQ208-A1.M.3.2b")
@pytest.mark.parametrize(
    ("shutdown", "method", "years"),
    [
        ((184, 0, 0), "historical_total", (2019, 2020)),
        ((183, 0, 0), "historical_total", (2018, 2019, 2020)),
        ((0, 365, 182), "historical_total", (2018, 2020)),
        ((184, 183, 0), "equal_amount", ()),
    ],
)
def test_one_base_year_shut_down_for_more_than_183_days_is_left_out(
    shutdown: tuple[int, ...], method: str, years: tuple[int, ...]
) -> None:
    found = line_of(workshop(co2=[10_000] * 4, days=[100] * 4, shutdown=[*shutdown, 0]))
    assert (found.method.value, found.base_years) == (method, years)


@pytest.mark.requirement("CQ208-A1.M.3.2b")
def test_where_several_years_stood_still_that_long_none_is_left_out() -> None:
    rows = workshop(co2=[10_000] * 3 + [1], days=[100] * 4, shutdown=[184, 184, 0, 0])
    found = line_of(rows, equal_shutdown_years=3)
    assert (found.method, found.base_years) == (Method.HISTORICAL_TOTAL, (2018, 2019, 2020))


@pytest.mark.requirement("CQ208-A1.M.3.2c")
@pytest.mark.parametrize("declared", [True, False])
def test_only_a_declared_project_cuts_the_total_base(declared: bool) -> None:
    rows = workshop(co2=[60_000, 45_000, 30_000, 1], days=[300] * 4)
    if declared:
        cut = date(2019, 7, 1)
        rows = changed(rows, 2018, usable_from=cut)
        rows = changed(rows, 2019, usable_from=cut, usable_co2_t=15_000, usable_production_days=150)
    found = line_of(rows)
    expected = ("100.0000", (2019, 2020)) if declared else ("150.0000", (2018, 2019, 2020))
    assert (str(found.base), found.base_years) == expected


@pytest.mark.requirement("CQ208-A1.M.3.2c")
def test_the_total_base_counts_only_the_time_after_a_change() -> None:
    rows = workshop(co2=[99_000, 40_000, 36_600, 100], days=[365, 365, 366, 1])
    rows = changed(
        rows, 2018, usable_from=date(2019, 7, 1), usable_co2_t=0, usable_production_days=0
    )
    rows = changed(
        rows, 2019, usable_from=date(2019, 7, 1), usable_co2_t=18_300, usable_production_days=183
    )
    found = line_of(rows)
    assert (str(found.base), found.base_years) == ("100.0000", (2019, 2020))


@pytest.mark.requirement("CQ208-A1.M.4")
def test_equal_amount_follows_the_verified_amount() -> None:
    rows = history(first=2021, co2=[40_000], process="shale_gas")
    assert allocated(rows).determined_t == 40_000
    assert allocated(changed(rows, 2021, co2_t=39_500)).determined_t == 39_500


@pytest.mark.requirement("CQ208-A1.M.4")
def test_equal_amount_is_all_that_was_emitted_to_the_last_decimal() -> None:
    rows = history(first=2021, co2=["40000.4"], process="shale_gas")
    found = allocated(changed(rows, 2021, non_co2_t=2))
    assert found.lines[0].allowance_exact == Decimal("40002.4")
    assert (found.determined_t, found.gap_t) == (40_002, 0)
