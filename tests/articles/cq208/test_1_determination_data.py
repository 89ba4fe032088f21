"""CQ208 section 1: the determination needs the inventory and the verified years."""

import pytest

from openets.allocation.lines import MissingYear
from tests.allocation.rows import allocated, history, without

pytestmark = pytest.mark.requirement("CQ208-1")


def test_both_years_are_determined_from_inventory_and_verification() -> None:
    rows = history(co2=[100] * 5, output=[50] * 5)
    assert [allocated(rows, year).allowance_t for year in (2021, 2022)] == [94, 95]


@pytest.mark.parametrize("comparable", [True, False])
def test_a_line_that_needs_2019_is_incomplete_without_it(comparable: bool) -> None:
    rows = history(co2=[100] * 4, output=[50] * 4, days=[300] * 4, comparable=comparable)
    with pytest.raises(MissingYear) as no:
        allocated(without(rows, 2019))
    assert no.value.numbers["missing_year"] == 2019
    assert no.value.article == "CQ208-1"


@pytest.mark.parametrize("process", ["clinker", "aluminium", "shale_gas", "waste_incineration"])
def test_a_benchmark_or_equal_amount_line_does_not_need_2019(process: str) -> None:
    rows = history(co2=[100] * 4, output=[50] * 4, process=process)
    assert allocated(without(rows, 2019)).determined_t > 0
