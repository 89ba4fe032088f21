"""Reading AMB-12: shale gas is what the bureau says of a line, not a label nor a name."""

from typing import Any

import pytest

from openets.rulebook.load import law
from tests.allocation.rows import allocated, history

pytestmark = pytest.mark.requirement("AMB-12", "CQ208-A1.3.4b")


def well(process: str, **constant: Any) -> list[Any]:
    """An even 2.1 t a unit in the base years, 60,000 t for 25,000 units in 2021."""
    rows = {"co2": [42_000] * 3 + [60_000], "output": [20_000] * 3 + [25_000]}
    return history(process=process, **rows, **constant)


def test_a_line_said_to_be_shale_gas_is_due_what_it_emits_amb_12() -> None:
    found = allocated(well("shale_gas"))
    assert (found.lines[0].method.value, found.allowance_t) == ("equal_amount", 60_000)


@pytest.mark.parametrize("named", ["天然气净化", "页岩气"])
def test_a_line_not_said_to_be_is_not_whatever_its_name_amb_12(named: str) -> None:
    found = allocated(well("other", line=named, product=named))
    # 2.1 × 25,000 × 0.94.
    assert (found.lines[0].method.value, found.allowance_t) == ("historical_intensity", 49_350)


def test_shale_gas_is_a_process_of_equal_amount_and_said_nowhere_else_amb_12() -> None:
    cq = law("cq")
    assert "list.equal_amount_flags" not in cq, "two cards for one rule could disagree"
    assert "shale_gas" in cq.for_year("alloc.equal_processes", 2021).items


def test_without_the_special_case_it_follows_the_order_of_methods_amb_12() -> None:
    found = allocated(well("shale_gas"), equal_processes=["waste_incineration"])
    assert (found.lines[0].method.value, found.allowance_t) == ("historical_intensity", 49_350)
