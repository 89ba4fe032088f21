"""The 50 % holding rule: what must stay in the registry account while a duty is open. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from openets.kernel.quantity import Tonnes, ceil_tonnes
from openets.rulebook.load import Rule


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year whose duty is not fulfilled: free units issued for it, and already surrendered."""

    year: int
    free_t: Tonnes
    surrendered_t: Tonnes


def required_t(open_years: Sequence[OpenYear], share: Rule) -> Tonnes:
    """The minimum holding in tonnes, rounded up. Source: CQETS-26.3, AMB-27."""
    return ceil_tonnes(sum(year.free_t for year in open_years) * share.number)


def counted_t(open_years: Sequence[OpenYear], in_registry_t: int) -> Tonnes:
    """What counts as kept: units in the registry account and those surrendered for open years.

    `in_registry_t` leaves out the frozen pre-allocation. Source: AMB-27.
    """
    return Tonnes(in_registry_t + sum(year.surrendered_t for year in open_years))


def free_to_move_t(open_years: Sequence[OpenYear], in_registry_t: int, share: Rule) -> Tonnes:
    """How much may leave the registry account now. Source: CQETS-26.3."""
    room = counted_t(open_years, in_registry_t) - required_t(open_years, share)
    return Tonnes(max(0, min(in_registry_t, room)))
