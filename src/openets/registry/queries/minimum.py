"""What the 50 % rule leaves free to move (无偿配额的最低保有)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry.holding import HoldingRule, Kept, OpenYear, free_to_move_t, minimums
from openets.registry.kinds import AccountKind, UnitKind, is_bought
from openets.registry.models import FreeAllocation
from openets.registry.queries.balances import Holding
from openets.rulebook.load import Law, Rule


@dataclass(frozen=True, slots=True)
class MinimumHolding:
    """The 50 % rule for one holder, over all years whose duty is open, in tonnes."""

    share: Rule
    years: tuple[int, ...]
    free_t: Tonnes
    """Issued free for these years."""
    required_t: Tonnes
    in_account_t: Tonnes
    """What counts in the registry account."""
    surrendered_t: Tonnes
    """What counts of what was surrendered for these years."""
    may_move_t: Tonnes
    """How much may leave the registry account now."""


def free_to_move(
    holders: Mapping[int, Sequence[Holding]], *, law: Law, day: date
) -> dict[int, Tonnes]:
    """How much each holder may take out of its registry account under the 50 % rule.

    `holders` maps an organisation's id to what it holds. Source: CQETS-26.3, AMB-27.
    """
    rule = HoldingRule.of(law, day)
    years: dict[int, list[OpenYear]] = {holder: [] for holder in holders}
    rows = FreeAllocation.objects.filter(account__holder__in=holders, fulfilled_at__isnull=True)
    for holder, year, free, surrendered in rows.values_list(
        "account__holder_id", "year", "free_t", "surrendered_t"
    ):
        years[holder].append(OpenYear(year, Tonnes(free), Tonnes(surrendered)))
    return {
        holder: free_to_move_t(
            years[holder],
            _kept(found),
            rule,
        )
        for holder, found in holders.items()
    }


def minimum_holding(
    holder: Organisation, held: Sequence[Holding], *, law: Law, day: date
) -> MinimumHolding:
    """What the 50 % rule asks of a holder now, by open years, and what it leaves free to move.

    Source: CQETS-26.3, AMB-27.
    """
    rule, kept = HoldingRule.of(law, day), _kept(held)
    rows = FreeAllocation.objects.filter(account__holder=holder, fulfilled_at__isnull=True)
    years = [OpenYear(r.year, Tonnes(r.free_t), Tonnes(r.surrendered_t)) for r in rows]
    found = minimums(years, kept, rule)
    return MinimumHolding(
        share=rule.share,
        years=tuple(year.year for year in years),
        free_t=Tonnes(sum(year.free_t for year in years)),
        required_t=Tonnes(sum(minimum.required_t for minimum in found)),
        in_account_t=Tonnes(sum(minimum.in_account_t for minimum in found)),
        surrendered_t=Tonnes(sum(minimum.surrendered_t for minimum in found)),
        may_move_t=free_to_move_t(years, kept, rule),
    )


def _kept(held: Sequence[Holding]) -> list[Kept]:
    """The usable allowances of a registry account, as the 50 % rule counts them."""
    return [
        Kept(h.lot.vintage_year, is_bought(h.lot.origin, traded=h.traded), h.available_t)
        for h in held
        if h.account_kind == AccountKind.REGISTRY and h.lot.kind == UnitKind.ALLOWANCE
    ]
