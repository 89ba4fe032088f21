"""Reading AMB-26: a deduction larger than the next allocation leaves nothing, and is carried on."""

import pytest

from openets.allocation.carried import carry
from tests.allocation.rows import cq

pytestmark = pytest.mark.requirement("AMB-26")


def deducted(claims_t: int, determined_t: int = 80_000) -> tuple[int, int, int]:
    """What is issued of an allowance, what is deducted, what of the claims is carried on."""
    found = carry(determined_t=determined_t, pre_issued_t=0, claims_t=claims_t, year=2022, law=cq())
    return found.to_issue_t, found.deducted_t, claims_t - found.deducted_t


def test_of_90_000_owed_10_000_are_carried_on_after_an_allocation_of_80_000_amb_26() -> None:
    assert deducted(90_000) == (0, 80_000, 10_000)


def test_the_other_reading_carries_nothing_on_and_says_so_amb_26() -> None:
    law = cq(deduction_carry_remainder=False)
    found = carry(determined_t=80_000, pre_issued_t=0, claims_t=90_000, year=2022, law=law)
    assert (found.to_issue_t, found.deducted_t, found.lapsed_t) == (0, 80_000, 10_000)
    assert found.steps[-1].note == "10000 t lapse"
    kept = carry(determined_t=80_000, pre_issued_t=0, claims_t=90_000, year=2022, law=cq())
    assert (kept.lapsed_t, kept.steps[-1].note) == (0, "")


@pytest.mark.parametrize(
    ("claims_t", "outcome"),
    [(79_999, (1, 79_999, 0)), (80_000, (0, 80_000, 0)), (80_001, (0, 80_000, 1))],
)
def test_the_next_allocation_never_falls_below_nothing_amb_26(
    claims_t: int, outcome: tuple[int, int, int]
) -> None:
    assert deducted(claims_t) == outcome


def test_the_rest_is_deducted_from_the_years_after_until_it_is_cleared_amb_26() -> None:
    left, issued = 170_000, []
    for _ in range(4):
        to_issue, _, left = deducted(left)
        issued.append(to_issue)
    assert (issued, left) == ([0, 0, 70_000, 80_000], 0)
