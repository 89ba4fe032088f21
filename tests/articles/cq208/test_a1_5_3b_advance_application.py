"""Annex 1, 五（三）: an application to use the frozen pre-allocation in advance."""

import pytest

from openets.compliance.advance import (
    AboveAdvanceLimit,
    YearAdvance,
    available_advance_t,
    check_advance,
)
from openets.compliance.obligation import NotPositive, NotWholeTonnes
from openets.kernel.quantity import parse_decimal


def year_2021(limit_t=10_000, *, advanced_t=0, open_t=20_000):
    return YearAdvance(year=2021, limit_t=limit_t, advanced_t=advanced_t, open_t=open_t)


@pytest.mark.requirement("CQ208-A1.5.3b")
@pytest.mark.parametrize(
    ("limit_t", "frozen_t", "most_t"), [(10_000, 56_000, 10_000), (10_000, 7_000, 7_000)]
)
def test_the_limit_and_the_frozen_quantity_are_the_most(limit_t, frozen_t, most_t):
    case = {"year": 2021, "years": [year_2021(limit_t)], "frozen_left_t": frozen_t}
    assert check_advance(requested=most_t, **case) == most_t
    with pytest.raises(AboveAdvanceLimit) as refusal:
        check_advance(requested=most_t + 1, **case)
    assert refusal.value.numbers["available_t"] == most_t


@pytest.mark.requirement("CQ208-A1.5.3b")
def test_a_gap_of_exactly_ten_percent_leaves_nothing_to_advance():
    with pytest.raises(AboveAdvanceLimit):
        check_advance(year=2021, years=[year_2021(0)], frozen_left_t=56_000, requested=1)


@pytest.mark.requirement("CQ208-A1.5.3b")
@pytest.mark.parametrize(
    ("advanced_t", "open_t", "available_t"),
    [(4_000, 20_000, 6_000), (10_000, 20_000, 0), (0, 300, 300), (0, 0, 0)],
)
def test_what_was_advanced_and_what_is_no_longer_owed_count(advanced_t, open_t, available_t):
    years = [year_2021(advanced_t=advanced_t, open_t=open_t)]
    assert available_advance_t(year=2021, years=years, frozen_left_t=56_000) == available_t


@pytest.mark.requirement("AMB-22")
@pytest.mark.parametrize(
    ("frozen_t", "advance_2021_t", "advance_2022_t"),
    [(66_500, 10_000, 4_000), (14_000, 10_000, 4_000), (12_000, 10_000, 2_000), (9_000, 9_000, 0)],
)
def test_2021_comes_before_2022_when_the_frozen_quantity_is_short(
    frozen_t, advance_2021_t, advance_2022_t
):
    years = [YearAdvance(year=2022, limit_t=4_000, open_t=9_000), year_2021()]
    case = {"years": years, "frozen_left_t": frozen_t}
    assert available_advance_t(year=2021, **case) == advance_2021_t
    assert available_advance_t(year=2022, **case) == advance_2022_t


@pytest.mark.requirement("AMB-22")
def test_2021_sets_nothing_aside_once_it_is_fulfilled():
    years = [year_2021(open_t=0), YearAdvance(year=2022, limit_t=4_000, open_t=9_000)]
    assert available_advance_t(year=2022, years=years, frozen_left_t=3_000) == 3_000


@pytest.mark.requirement("CQ208-A1.5.3b")
@pytest.mark.parametrize(
    ("requested", "refusal"),
    [(0, NotPositive), (-5, NotPositive), (parse_decimal("1.5"), NotWholeTonnes)],
)
def test_an_application_for_nothing_or_a_fraction_is_refused(requested, refusal):
    with pytest.raises(refusal):
        check_advance(year=2021, years=[year_2021()], frozen_left_t=7_000, requested=requested)
