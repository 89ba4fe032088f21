"""CQ208 annex 1, section 2: the total and the government reserve."""

import pytest

from openets.allocation.reserve import entities_sum, reserve_of
from openets.kernel.quantity import Tonnes
from openets.rulebook.load import NoValueForTime
from tests.allocation.rows import allocated, cq, history

pytestmark = pytest.mark.requirement("CQ208-A1.2")


def reserve(sum_t: int, **readings: str) -> tuple[int, int]:
    found = reserve_of(entities_sum_t=Tonnes(sum_t), year=2021, law=cq(**readings))
    return found.reserve_t, found.total_t


def test_the_reserve_is_five_percent_of_the_total_that_contains_it() -> None:
    assert reserve(95_000_000) == (5_000_000, 100_000_000)


def test_no_entities_no_reserve() -> None:
    assert reserve(0) == (0, 0)


@pytest.mark.requirement("AMB-24")
def test_the_other_reading_takes_five_percent_of_the_entities_sum_amb_24() -> None:
    assert reserve(95_000_000, reserve_base="entities_sum") == (4_750_000, 99_750_000)


@pytest.mark.parametrize(("sum_t", "reserve_t"), [(18, 0), (19, 1), (20, 1), (37, 1), (38, 2)])
def test_the_reserve_is_rounded_down(sum_t: int, reserve_t: int) -> None:
    assert reserve(sum_t)[0] == reserve_t


def test_a_year_without_a_share_is_refused() -> None:
    with pytest.raises(NoValueForTime):
        reserve_of(entities_sum_t=Tonnes(1), year=2023, law=cq())


def test_the_reserve_explains_itself_with_its_article() -> None:
    step = reserve_of(entities_sum_t=Tonnes(95), year=2022, law=cq()).explanation.steps[0]
    assert (step.result, step.cites[0].source) == ("5", "CQ208-A1.2")


@pytest.mark.requirement("AMB-24")
def test_the_entities_sum_contains_the_exemption_and_no_pre_allocation_amb_24() -> None:
    relieved = allocated(
        history(co2=[70_000] * 4 + [100_000], days=[100] * 5, comparable=False), year=2022
    )
    assert (relieved.allowance_t, relieved.determined_t) == (70_000, 80_000)
    assert entities_sum(allocations=[relieved], year=2022, law=cq()) == 80_000
    without = cq(reserve_exemption="excluded")
    assert entities_sum(allocations=[relieved], year=2022, law=without) == 70_000
