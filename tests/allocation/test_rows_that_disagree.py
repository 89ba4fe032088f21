"""What one row, or rows together, may not say."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from openets.allocation.base import NoBaseLeft
from openets.allocation.entity import NothingInYear, allocate_lines
from openets.allocation.lines import (
    DuplicateRow,
    Incomplete,
    MissingYear,
    RowsDisagree,
    UsableDoesNotFit,
)
from tests.allocation.rows import allocated, changed, cq, history, without

CUT = date(2019, 7, 1)


def line(**constant: Any) -> list[Any]:
    return history(co2=[100] * 4, output=[50] * 4, shutdown=[0] * 4, **constant)


def test_the_enterprise_has_one_number_of_shutdown_days_a_year() -> None:
    rows = line() + changed(line(product="q"), 2019, shutdown_days=1)
    with pytest.raises(RowsDisagree) as no:
        allocated(rows)
    assert (no.value.field, no.value.article) == ("shutdown_days", "CQ208-A1.3.4e")
    assert allocate_lines(year=2021, rows=rows, law=cq()).lines == ()


def test_a_row_silent_on_shutdown_takes_the_days_of_the_enterprise() -> None:
    silent = [replace(row, line="L2", shutdown_days=None) for row in line()]
    rows = changed(changed(line(), 2018, shutdown_days=200), 2019, shutdown_days=200)
    assert [one.method.value for one in allocated(rows + silent).lines] == ["equal_amount"] * 2


@pytest.mark.parametrize(
    ("field", "value"), [("process", "clinker"), ("commissioned", date(2020, 1, 1))]
)
def test_a_line_has_one_process_and_one_start(field: str, value: object) -> None:
    with pytest.raises(RowsDisagree) as no:
        allocated(changed(line(), 2019, **{field: value}))
    assert no.value.field == field


def test_the_date_from_which_data_count_stands_on_every_row_up_to_its_year() -> None:
    rows = changed(line(), 2019, usable_from=CUT, usable_co2_t=50, usable_output=25)
    with pytest.raises(RowsDisagree) as no:
        allocated(rows)
    assert no.value.field == "usable_from"
    rows = changed(rows, 2018, usable_from=CUT, usable_co2_t=0, usable_output=0)
    assert allocated(rows).lines[0].base_years == (2019, 2020)


@pytest.mark.parametrize(
    ("year", "facts"),
    [
        (2018, {"usable_from": CUT, "usable_co2_t": 1}),
        (2019, {"usable_from": CUT, "usable_co2_t": 101}),
        (2020, {"usable_from": CUT, "usable_output": 49}),
        (2019, {"usable_output": 10}),
    ],
)
def test_a_usable_part_must_fit_its_date_and_its_year(year: int, facts: dict[str, Any]) -> None:
    with pytest.raises(UsableDoesNotFit):
        allocated(changed(line(), year, **facts))


def test_a_partial_year_without_its_part_is_incomplete() -> None:
    rows = changed(line(), 2018, usable_from=CUT)
    with pytest.raises(Incomplete) as no:
        allocated(changed(rows, 2019, usable_from=CUT))
    assert no.value.field == "usable_co2_t"


def test_a_repeated_row_takes_its_line_out_and_no_other() -> None:
    other = history("L2", co2=[100] * 4, output=[50] * 4)
    results = allocate_lines(year=2021, rows=[*line(), *other, line()[1]], law=cq())
    assert [type(one) for one in results.refusals] == [DuplicateRow]
    assert [one.line for one in results.lines] == ["L2"]


def test_one_and_the_same_row_given_twice_is_a_repetition_too() -> None:
    rows = line()
    with pytest.raises(DuplicateRow):
        allocated([*rows, rows[3]])


def test_a_product_that_ended_says_so_with_a_row_of_zero() -> None:
    ended = line(product="q")
    with pytest.raises(MissingYear) as no:
        allocated(line() + without(ended, 2021))
    assert no.value.numbers["missing_year"] == 2021
    found = allocated(line() + changed(ended, 2021, output=0, co2_t=0))
    assert [one.allowance_exact for one in found.lines] == [94, 0]


def test_base_years_before_the_line_started_are_left_out_and_said() -> None:
    rows = without(line(commissioned=date(2019, 1, 1)), 2018)
    found = allocated(rows).lines[0]
    assert found.base_years == (2019, 2020)
    assert any("2018 left out: before" in step.note for step in found.explanation.steps)


def test_an_entity_without_a_row_of_the_year_is_refused() -> None:
    with pytest.raises(NothingInYear):
        allocated(line(), 2022)
    with pytest.raises(NothingInYear):
        allocated([])


def test_later_years_in_the_file_change_nothing() -> None:
    rows = line()
    assert allocated(rows + history("L9", first=2022, co2=[1], output=[1])) == allocated(rows)


@pytest.mark.requirement("CQ208-A1.M.3.2")
def test_a_total_line_without_any_production_day_has_no_base() -> None:
    rows = history(co2=[0, 0, 0, 1], days=[0, 0, 0, 1], comparable=False)
    with pytest.raises(NoBaseLeft):
        allocated(rows)
