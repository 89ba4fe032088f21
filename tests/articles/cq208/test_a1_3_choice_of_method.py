"""CQ208 annex 1, section 3: which method allocates a line."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openets.allocation.entity import EntityAllocation, allocate_entity, allocate_lines
from openets.allocation.lines import Incomplete, NegativeAmount, UnknownProcess
from openets.allocation.methods import Departure, Method, MethodOutOfOrder
from tests.allocation.rows import allocated, changed, cq, cq_as_if_for, history


def plain_line(name: str = "L1", **constant: Any) -> list[Any]:
    return history(
        name, co2=[100] * 5, output=[50] * 5, days=[300] * 5, shutdown=[0] * 5, **constant
    )


def methods(found: EntityAllocation) -> list[str]:
    return [line.method.value for line in found.lines]


@pytest.mark.requirement("CQ208-A1.3")
def test_an_entity_is_the_sum_of_its_lines_each_by_its_first_applicable_method() -> None:
    clinker = history("K", co2=[900] * 4, output=[1000] * 4, process="clinker")
    grinding = history("G", co2=[100] * 4, output=[50] * 4)
    found = allocated(clinker + grinding)
    assert methods(found) == ["benchmark", "historical_intensity"]
    assert [line.allowance_exact for line in found.lines] == [Decimal("828.9"), Decimal(94)]
    assert found.allowance_exact == Decimal("922.9")
    assert found.allowance_t == 923


@pytest.mark.requirement("CQ208-A1.3")
def test_total_instead_of_intensity_needs_a_recorded_reason() -> None:
    def depart(method: Method, reason: str, rows: list[Any]) -> EntityAllocation:
        departures = {"L1": Departure(method, reason)}
        return allocate_entity(entity="E", year=2021, rows=rows, law=cq(), departures=departures)

    with pytest.raises(MethodOutOfOrder) as no:
        depart(Method.HISTORICAL_TOTAL, " ", plain_line())
    assert no.value.article == "CQ208-A1.3"
    found = depart(Method.HISTORICAL_TOTAL, "meters of the products failed", plain_line())
    assert methods(found) == ["historical_total"]
    assert "meters of the products failed" in found.lines[0].explanation.steps[0].note
    with pytest.raises(MethodOutOfOrder):
        depart(Method.HISTORICAL_TOTAL, "a reason", plain_line(process="clinker"))
    with pytest.raises(MethodOutOfOrder):
        depart(Method.HISTORICAL_INTENSITY, "a reason", plain_line(comparable=False))
    assert methods(depart(Method.BENCHMARK, "", plain_line(process="clinker"))) == ["benchmark"]


@pytest.mark.requirement("CQ208-A1.3.1")
@pytest.mark.parametrize(
    ("process", "method"),
    [("clinker", "benchmark"), ("aluminium", "benchmark"), ("other", "historical_intensity")],
)
def test_clinker_and_aluminium_use_the_benchmark_and_grinding_does_not(
    process: str, method: str
) -> None:
    assert methods(allocated(plain_line(process=process))) == [method]


def test_a_process_outside_the_plan_is_refused() -> None:
    with pytest.raises(UnknownProcess):
        allocated(plain_line(process="cement"))


@pytest.mark.requirement("CQ208-A1.3.2", "CQ208-A1.3.3")
@pytest.mark.parametrize(
    ("products", "comparable", "method"),
    [
        (1, True, "historical_intensity"),
        (2, True, "historical_intensity"),
        (3, True, "historical_total"),
        (5, True, "historical_total"),
        (2, False, "historical_total"),
        (1, False, "historical_total"),
    ],
)
def test_intensity_needs_at_most_two_products_that_are_comparable(
    products: int, comparable: bool, method: str
) -> None:
    rows = [
        row for i in range(products) for row in plain_line(product=f"p{i}", comparable=comparable)
    ]
    assert methods(allocated(rows)) == [method] * products


@pytest.mark.requirement("CQ208-A1.3.2")
def test_one_product_of_two_without_clear_boundary_sends_the_line_to_total() -> None:
    rows = plain_line(product="a") + plain_line(product="b", comparable=False)
    assert methods(allocated(rows)) == ["historical_total"] * 2


@pytest.mark.requirement("CQ208-A1.3.2")
@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("homogeneous", "a product is not homogeneous"),
        ("clear_boundary", "the emission boundary of a product is not clear"),
        ("comparable", "the intensity of a product cannot be computed or compared"),
    ],
)
def test_each_condition_of_the_intensity_method_is_required_by_itself(
    condition: str, why: str
) -> None:
    rows = plain_line(product="a") + plain_line(product="b", **{condition: False})
    found = allocated(rows)
    assert methods(found) == ["historical_total"] * 2
    step = found.lines[0].explanation.steps[0]
    assert step.note == why
    told = {given.name: given.value for given in step.given}
    answers = {name: told[name] for name in ("homogeneous", "clear_boundary", "comparable")}
    assert answers == dict.fromkeys(answers, "yes") | {condition: "no"}


@pytest.mark.requirement("CQ208-A1.3.2")
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"comparable": None}, "comparable"),
        ({"homogeneous": None}, "homogeneous"),
        ({"clear_boundary": None}, "clear_boundary"),
        ({"product": ""}, "product"),
        ({"output": None}, "output"),
    ],
)
def test_missing_product_data_leave_the_choice_incomplete(
    facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(Incomplete) as no:
        allocated([replace(row, **facts) for row in plain_line()])
    assert no.value.field == field


@pytest.mark.requirement("CQ208-A1.3.3")
def test_a_clinker_line_never_falls_to_total() -> None:
    rows = [
        row
        for i in range(5)
        for row in plain_line(product=f"p{i}", process="clinker", comparable=False)
    ]
    assert methods(allocated(rows)) == ["benchmark"] * 5


@pytest.mark.requirement("CQ208-A1.3.4")
def test_non_co2_is_added_one_to_one_beside_the_method_of_the_co2_part() -> None:
    rows = history(co2=[50_000] * 4, days=[100] * 4, comparable=False)
    found = allocated(changed(rows, 2021, non_co2_t=2_000))
    assert found.lines[0].method is Method.HISTORICAL_TOTAL
    assert found.lines[0].allowance_exact == 52_000
    with pytest.raises(NegativeAmount):
        allocated(changed(rows, 2021, non_co2_t=-1))


@pytest.mark.requirement("CQ208-A1.3.4b")
@pytest.mark.parametrize("process", ["waste_incineration", "shale_gas"])
def test_incineration_and_shale_gas_are_due_what_they_emit(process: str) -> None:
    found = allocated(history(first=2021, co2=[40_000], process=process))
    assert methods(found) == ["equal_amount"]
    assert found.allowance_t == 40_000


@pytest.mark.requirement("CQ208-A1.3.4b")
def test_gas_purification_not_flagged_shale_gas_follows_the_normal_order() -> None:
    assert methods(allocated(plain_line(process="other", product="purified gas"))) == [
        "historical_intensity"
    ]


def method_when_started(process: str, commissioned: date, year: int) -> str:
    rows = plain_line(process=process, commissioned=commissioned)
    rows += [replace(rows[-1], year=2023)]
    law = cq_as_if_for(2023, like=2022)
    results = allocate_lines(year=year, rows=rows, law=law)
    return results.lines[0].method.value


@pytest.mark.requirement("CQ208-A1.3.4c")
@pytest.mark.parametrize(
    ("commissioned", "year", "method"),
    [
        (date(2021, 3, 1), 2021, "equal_amount"),
        (date(2021, 3, 1), 2022, "equal_amount"),
        (date(2021, 3, 1), 2023, "benchmark"),
        (date(2021, 1, 1), 2021, "equal_amount"),
        (date(2021, 1, 1), 2022, "benchmark"),
        (date(2021, 1, 2), 2022, "equal_amount"),
        (date(2020, 12, 31), 2021, "equal_amount"),
        (date(2020, 12, 31), 2022, "benchmark"),
    ],
)
@pytest.mark.parametrize("process", ["clinker", "aluminium"])
def test_new_clinker_and_aluminium_projects_wait_one_full_year(
    process: str, commissioned: date, year: int, method: str
) -> None:
    assert method_when_started(process, commissioned, year) == method


@pytest.mark.requirement("CQ208-A1.3.4c", "CQ208-A1.3.4d")
@pytest.mark.parametrize("process", ["clinker", "other"])
def test_a_line_called_new_without_a_start_date_is_refused(process: str) -> None:
    called_new = {"L1": Departure(Method.EQUAL_AMOUNT, "new project")}

    def allocate(commissioned: date | None) -> EntityAllocation:
        rows = plain_line(process=process, commissioned=commissioned)
        return allocate_entity(entity="E", year=2021, rows=rows, law=cq(), departures=called_new)

    with pytest.raises(MethodOutOfOrder) as no:
        allocate(None)
    assert no.value.numbers["requested"] == "equal_amount"
    with pytest.raises(MethodOutOfOrder):
        allocate(date(2019, 1, 1))
    assert methods(allocate(date(2021, 3, 1))) == ["equal_amount"]


@pytest.mark.requirement("CQ208-A1.3.4d")
@pytest.mark.parametrize(
    ("commissioned", "year", "method"),
    [
        (date(2021, 1, 1), 2021, "equal_amount"),
        (date(2021, 1, 1), 2022, "equal_amount"),
        (date(2021, 1, 1), 2023, "historical_intensity"),
        (date(2019, 1, 1), 2021, "historical_intensity"),
        (date(2019, 1, 2), 2021, "equal_amount"),
        (date(2019, 1, 2), 2022, "historical_intensity"),
    ],
)
def test_other_new_projects_wait_two_full_years(commissioned: date, year: int, method: str) -> None:
    assert method_when_started("other", commissioned, year) == method


def test_a_line_without_a_start_date_is_not_taken_as_new_and_says_so() -> None:
    found = allocated(
        history(first=2021, co2=[900], output=[1000], process="clinker", commissioned=None)
    )
    assert methods(found) == ["benchmark"]
    assert "no commissioning date given" in found.lines[0].explanation.steps[0].note


@pytest.mark.requirement("CQ208-A1.3.4e")
@pytest.mark.parametrize(
    ("shutdown", "method"),
    [
        ((183, 200, 10), "equal_amount"),
        ((183, 182, 10), "historical_intensity"),
        ((183, 183, 0), "equal_amount"),
        ((0, 183, 183), "equal_amount"),
        ((366 - 1, 0, 182), "historical_intensity"),
        ((0, 182, 183), "historical_intensity"),
    ],
)
def test_two_base_years_of_183_shutdown_days_give_equal_amount(
    shutdown: tuple[int, ...], method: str
) -> None:
    rows = history(co2=[100] * 4, output=[50] * 4, shutdown=[*shutdown, 0])
    assert methods(allocated(rows)) == [method]


@pytest.mark.requirement("CQ208-A1.3.4e")
def test_the_shutdown_rule_covers_all_lines_of_the_enterprise_and_only_its_base_years() -> None:
    rows = history(co2=[100] * 5, output=[50] * 5, shutdown=[183, 183, 0, 0, 0])
    clinker = history("K", first=2021, co2=[900] * 2, output=[1000] * 2, process="clinker")
    assert methods(allocated(rows + clinker, 2021)) == ["equal_amount", "equal_amount"]
    assert methods(allocated(rows + clinker, 2022)) == ["historical_intensity", "benchmark"]
