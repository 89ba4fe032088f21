"""CQ208 section 4 and annex 1, sections 4 and 5(3): gap exemption, advance use, pre-allocation."""

import pytest

from openets.allocation.lines import Incomplete, NegativeAmount
from openets.allocation.relief import (
    AdvanceAboveLimit,
    NegativeVerifiedAmount,
    advance_limit,
    check_advance,
    pre_allocation,
    relieve,
)
from openets.kernel.quantity import Tonnes
from tests.allocation.rows import allocated, changed, cq, history


def relieved(verified_t: int, allowance_t: int) -> tuple[str, int]:
    found = relieve(
        verified_t=Tonnes(verified_t), allowance_t=Tonnes(allowance_t), year=2021, law=cq()
    )
    return found.kind, found.determined_t


@pytest.mark.requirement("CQ208-A1.5.3", "CQ208-4.1")
@pytest.mark.parametrize(
    ("verified_t", "allowance_t", "kind", "determined_t"),
    [
        (500_000, 350_000, "share", 400_000),
        (2_000_000, 1_700_000, "tonnes", 1_800_000),
        (500_000, 400_000, "none", 400_000),
        (500_000, 399_999, "share", 400_000),
        (2_000_000, 1_800_000, "none", 1_800_000),
        (2_000_000, 1_799_999, "tonnes", 1_800_000),
        (100_000, 70_000, "share", 80_000),
        (100_000, 80_000, "none", 80_000),
        (100_000, 120_000, "none", 120_000),
        (0, 0, "none", 0),
    ],
)
def test_a_gap_above_a_fifth_or_200_000_tonnes_is_cut_back_to_it(
    verified_t: int, allowance_t: int, kind: str, determined_t: int
) -> None:
    assert relieved(verified_t, allowance_t) == (kind, determined_t)


@pytest.mark.requirement("CQ208-A1.5.3")
@pytest.mark.parametrize(
    ("verified_t", "kind", "determined_t"),
    [
        (999_999, "share", 799_999),
        (1_000_000, "share", 800_000),
        (1_000_002, "share", 800_002),
        (1_000_003, "tonnes", 800_003),
    ],
)
def test_where_both_limbs_give_the_same_tonnes_the_share_is_named(
    verified_t: int, kind: str, determined_t: int
) -> None:
    assert relieved(verified_t, 700_000) == (kind, determined_t)


@pytest.mark.requirement("CQ208-A1.5.3")
def test_a_missing_or_negative_verified_amount_is_refused() -> None:
    with pytest.raises(NegativeVerifiedAmount):
        relieved(-1, 0)
    rows = history(first=2021, co2=[100], output=[100], process="clinker")
    with pytest.raises(NegativeAmount):
        allocated(changed(rows, 2021, co2_t=-1))
    with pytest.raises(Incomplete) as no:
        allocated(changed(rows, 2021, co2_t=None))
    assert no.value.field == "co2_t"


@pytest.mark.requirement("CQ208-4.1")
def test_the_result_tells_the_exemption_in_its_own_line() -> None:
    rows = history(co2=[70_000] * 3 + [100_000], days=[100] * 4, comparable=False)
    found = allocated(rows)
    assert (found.allowance_t, found.determined_t, found.exemption_t) == (70_000, 80_000, 10_000)
    assert any("exemption +10000" in step.note for step in found.explanation.steps)
    assert str(found.gap_ratio) == "0.300000"
    at_limit = allocated(history(co2=[80_000] * 3 + [100_000], days=[100] * 4, comparable=False))
    assert (at_limit.exemption_t, at_limit.relief) == (0, "none")


@pytest.mark.requirement("CQ208-A1.5.3", "CQ208-4.1")
def test_an_exemption_adds_and_never_takes_away() -> None:
    found = relieve(
        verified_t=Tonnes(100_000),
        allowance_t=Tonnes(70_000),
        year=2021,
        law=cq(gap_exempt_floor_share="0.60", gap_exempt_mode="share_only"),
    )
    assert (found.kind, found.determined_t) == ("share", 70_000)


def limit(verified_t: int, allowance_t: int) -> int:
    found, step = advance_limit(
        verified_t=Tonnes(verified_t),
        allowance_t=Tonnes(allowance_t),
        determined_t=Tonnes(allowance_t),
        year=2021,
        law=cq(),
    )
    assert step.result == str(found)
    return found


@pytest.mark.requirement("CQ208-A1.5.3b")
@pytest.mark.parametrize(
    ("verified_t", "allowance_t", "limit_t"),
    [
        (100_000, 80_000, 10_000),
        (100_000, 90_000, 0),
        (100_000, 89_999, 1),
        (100_000, 120_000, 0),
        (100_005, 80_004, 10_000),
        (0, 0, 0),
    ],
)
def test_the_gap_above_a_tenth_may_be_covered_in_advance(
    verified_t: int, allowance_t: int, limit_t: int
) -> None:
    assert limit(verified_t, allowance_t) == limit_t


@pytest.mark.requirement("CQ208-A1.5.3b")
def test_a_request_above_the_limit_or_the_frozen_quantity_is_refused() -> None:
    ask = Tonnes(10_001)
    with pytest.raises(AdvanceAboveLimit):
        check_advance(requested_t=ask, limit_t=Tonnes(10_000), frozen_t=Tonnes(75_999))
    check_advance(requested_t=Tonnes(10_000), limit_t=Tonnes(10_000), frozen_t=Tonnes(75_999))
    with pytest.raises(AdvanceAboveLimit) as no:
        check_advance(requested_t=Tonnes(7_001), limit_t=Tonnes(10_000), frozen_t=Tonnes(7_000))
    assert no.value.numbers["limit_t"] == 7_000
    check_advance(requested_t=Tonnes(7_000), limit_t=Tonnes(10_000), frozen_t=Tonnes(7_000))


@pytest.mark.requirement("CQ208-A1.4b")
@pytest.mark.parametrize(
    ("determined_t", "expected_t"), [(100_001, 70_001), (108_570, 75_999), (5, 4), (1, 1), (0, 0)]
)
def test_the_2023_pre_allocation_is_seventy_percent_of_2022_half_up(
    determined_t: int, expected_t: int
) -> None:
    found = pre_allocation(
        allowance_t=Tonnes(0), determined_t=Tonnes(determined_t), year=2022, law=cq()
    )
    assert found is not None
    assert found[0] == expected_t


@pytest.mark.requirement("CQ208-A1.4b")
def test_the_year_2021_brings_no_pre_allocation() -> None:
    rows = history(co2=[100] * 5, output=[100] * 5)
    assert allocated(rows, 2021).pre_allocation_t is None
    assert allocated(rows, 2022).pre_allocation_t == 67
