"""CQ208 section 1: the determination needs the inventory and the verified years."""

import pytest

from openets.allocation import queries
from openets.allocation.lines import MissingYear
from tests.allocation.rows import allocated, history, without
from tests.markets import NOTIFIED, notified_market

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


@pytest.mark.django_db
def test_the_results_of_both_years_are_told_to_the_entity() -> None:
    market = notified_market(entities=1, emissions=[(108_570, 108_570, 108_570, 108_570, 90_000)])
    found = {year: queries.determination(market["E001"], year) for year in (2021, 2022)}
    assert {year: row.determined_t for year, row in found.items()} == {2021: 108_570, 2022: 108_570}
    assert {year: row.verified_t for year, row in found.items()} == {2021: 108_570, 2022: 90_000}
    assert {row.notified_at for row in found.values()} == {NOTIFIED}
