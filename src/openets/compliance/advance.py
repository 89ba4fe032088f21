"""Advance use (预支) of the frozen pre-allocation for the surrender of an earlier year."""

from collections.abc import Sequence
from dataclasses import dataclass

from openets.compliance.obligation import NOTHING, countable
from openets.kernel.quantity import Exact, Tonnes
from openets.kernel.refusal import Refusal


class AboveAdvanceLimit(Refusal):
    """More is asked for than the gap, the frozen quantity or the duty leaves."""

    code = "above_advance_limit"
    article = "CQ208-A1.5.3b"
    zh = "申请预支 {requested_t} 吨超过 {year} 年度可预支的 {available_t} 吨"
    en = "An advance of {requested_t} t for {year} is above the {available_t} t available"
    remedy_zh = "请改为不超过 {available_t} 吨"
    remedy_en = "Apply for {available_t} t or less"


@dataclass(frozen=True, slots=True)
class YearAdvance:
    """The advance of one year, in whole tonnes.

    `limit_t` is the part of the gap after relief above the rulebook's share of verified emissions,
    as the allocation determined it; `advanced_t` what was granted before; `open_t` what is still
    owed for the year.
    """

    year: int
    limit_t: Tonnes
    open_t: Tonnes
    advanced_t: Tonnes = NOTHING

    @property
    def claim_t(self) -> Tonnes:
        """What may still be asked for, were there frozen units enough."""
        return Tonnes(max(0, min(self.limit_t - self.advanced_t, self.open_t)))


def available_advance_t(
    *, year: int, years: Sequence[YearAdvance], frozen_left_t: Tonnes
) -> Tonnes:
    """What may be advanced (预支) for `year`, in whole tonnes.

    Earlier years come first: what they may still claim stays set aside in the frozen quantity.
    Source: CQ208-A1.5.3b, AMB-22.
    """
    set_aside_t = sum(other.claim_t for other in years if other.year < year)
    own_t = sum(other.claim_t for other in years if other.year == year)
    return Tonnes(max(0, min(own_t, frozen_left_t - set_aside_t)))


def check_advance(
    *, year: int, years: Sequence[YearAdvance], frozen_left_t: Tonnes, requested: Exact
) -> Tonnes:
    """Accept a written application for advance use, in whole tonnes.

    Source: CQ208-A1.5.3b, CQ208-4.2b, AMB-22.

    Raises:
        NotWholeTonnes, NotPositive, AboveAdvanceLimit.
    """
    requested_t = countable(requested, field="amount")
    available_t = available_advance_t(year=year, years=years, frozen_left_t=frozen_left_t)
    if requested_t > available_t:
        raise AboveAdvanceLimit(
            field="amount", year=year, requested_t=requested_t, available_t=available_t
        )
    return requested_t
