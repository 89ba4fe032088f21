"""The 50 % holding rule: what must stay in the registry account while a duty is open. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.quantity import Tonnes, ceil_tonnes
from openets.rulebook.load import Law, Rule


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year whose duty is not fulfilled: free units issued for it, and already surrendered."""

    year: int
    free_t: Tonnes
    surrendered_t: Tonnes


@dataclass(frozen=True, slots=True)
class Kept:
    """Allowances of one vintage in the registry account, without the locked ones."""

    vintage_year: int
    bought: bool
    """Whether they came by a purchase and not by the holder's own free allocation."""
    amount_t: Tonnes


@dataclass(frozen=True, slots=True)
class HoldingRule:
    """The share and the readings of the rule in force. Source: CQETS-26.3, AMB-27."""

    share: Rule
    per_vintage: bool
    count_bought: bool
    count_surrendered: bool

    @classmethod
    def of(cls, law: Law, day: date) -> "HoldingRule":
        """The rule in force on a day."""
        return cls(
            share=law.on("registry.min_hold_share", day),
            per_vintage=law.on("registry.hold50_scope", day).text == "per_vintage",
            count_bought=law.on("registry.hold50_count_purchased", day).flag,
            count_surrendered=law.on("registry.hold50_count_surrendered", day).flag,
        )


@dataclass(frozen=True, slots=True)
class Minimum:
    """What must be kept for one or more open years, and what counts as kept, in tonnes."""

    required_t: Tonnes
    in_account_t: Tonnes
    surrendered_t: Tonnes

    @property
    def kept_t(self) -> Tonnes:
        """What counts: units in the account, and those surrendered for the years."""
        return Tonnes(self.in_account_t + self.surrendered_t)

    @property
    def bound_t(self) -> Tonnes:
        """The units in the account that may not leave it now."""
        missing = self.required_t - self.surrendered_t
        return Tonnes(min(self.in_account_t, max(0, missing)))


def minimums(
    open_years: Sequence[OpenYear], kept: Sequence[Kept], rule: HoldingRule
) -> list[Minimum]:
    """The minimum holding, rounded up: one for all open years together, or one for each.

    Source: CQETS-26.3, AMB-27.
    """
    groups = [[year] for year in open_years] if rule.per_vintage else [open_years]
    return [_minimum(group, kept, rule) for group in groups if group]


def free_to_move_t(
    open_years: Sequence[OpenYear], kept: Sequence[Kept], rule: HoldingRule
) -> Tonnes:
    """How much may leave the registry account now, in tonnes. Source: CQETS-26.3."""
    bound = sum(minimum.bound_t for minimum in minimums(open_years, kept, rule))
    return Tonnes(sum(units.amount_t for units in kept) - bound)


def _minimum(years: Sequence[OpenYear], kept: Sequence[Kept], rule: HoldingRule) -> Minimum:
    vintages = {year.year for year in years}
    counted = (
        units.amount_t
        for units in kept
        if (rule.count_bought or not units.bought)
        and (units.vintage_year in vintages or not rule.per_vintage)
    )
    surrendered = sum(year.surrendered_t for year in years) if rule.count_surrendered else 0
    return Minimum(
        required_t=ceil_tonnes(sum(year.free_t for year in years) * rule.share.number),
        in_account_t=Tonnes(sum(counted)),
        surrendered_t=Tonnes(surrendered),
    )
