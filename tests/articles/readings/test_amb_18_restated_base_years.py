"""Reading AMB-18: base years follow the factors of the allocation year, or stay as reported.

10,000 MWh of 2019 at a factor of 0.6 and then of 0.5 t/MWh are 1,000 t less (invented factors).
"""

import pytest

from openets.mrv.restating import NotABaseYear, StaysAsReported, must_be_base_year
from tests.allocation.rows import allocated, changed, cq, history

pytestmark = pytest.mark.requirement("AMB-18")

REPORTED = history(co2=[31_000] * 4, output=[10_000] * 4)
RESTATED = changed(REPORTED, 2019, co2_t=30_000)


def test_restated_base_years_give_another_allowance_amb_18() -> None:
    # 93,000/30,000 = 3.1 and 92,000/30,000 = 3.0667, times 10,000 and 0.94.
    assert (allocated(REPORTED).allowance_t, allocated(RESTATED).allowance_t) == (29_140, 28_827)


@pytest.mark.parametrize("year", [2018, 2019, 2020])
def test_base_years_may_be_restated_for_their_allocation_year_amb_18(year: int) -> None:
    must_be_base_year(year, 2021, cq())


@pytest.mark.parametrize("year", [2017, 2021])
def test_no_other_year_is_amb_18(year: int) -> None:
    with pytest.raises(NotABaseYear):
        must_be_base_year(year, 2021, cq())


def test_by_the_other_reading_they_stay_as_reported_amb_18() -> None:
    with pytest.raises(StaysAsReported):
        must_be_base_year(2019, 2021, cq(restate_factors="as_reported"))
