"""The record of the 50 % holding rule: free units by year, until the year's duty is fulfilled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.parties.models import Organisation
from openets.registry.holding import HoldingRule, Kept, OpenYear, minimums
from openets.registry.kinds import UnitKind, is_bought
from openets.registry.models import FreeAllocation, Position, RegistryAccount
from openets.registry.movement import Part
from openets.rulebook.load import Law


class BelowMinimumHolding(Refusal):
    """The movement would leave less than the minimum holding in the registry account."""

    code = "below_minimum_holding"
    article = "CQETS-26.3"
    zh = "划出 {amount} 吨后保留 {kept} 吨，低于免费获得年度配额 {share} 的下限 {required} 吨"
    en = "Moving {amount} t leaves {kept} t; {required} t, {share} of the free units, must stay"
    remedy_zh = "最多可划出 {allowed} 吨；履行清缴义务后不再受限"
    remedy_en = "At most {allowed} t may leave now; the limit ends when the duty is fulfilled"


def open_years(account: RegistryAccount) -> list[OpenYear]:
    """The years of an account whose duty is open, with what was issued free and surrendered."""
    rows = FreeAllocation.objects.filter(account=account, fulfilled_at__isnull=True)
    return [OpenYear(r.year, Tonnes(r.free_t), Tonnes(r.surrendered_t)) for r in rows]


def must_keep_minimum(
    account: RegistryAccount,
    parts: Sequence[Part],
    *,
    positions: Iterable[Position],
    law: Law,
    at: datetime,
) -> None:
    """Refuse to let `parts` leave a registry account that needs them for the minimum holding.

    `positions` are at least all those of the account, with their lots.
    Source: CQETS-26.3, AMB-27.

    Raises:
        BelowMinimumHolding.
    """
    rule, years = HoldingRule.of(law, market_date(at)), open_years(account)
    leaving = {(part.lot.pk, part.traded): part.amount_t for part in parts}
    found = [
        position
        for position in positions
        if position.account_id == account.pk and position.lot.kind == UnitKind.ALLOWANCE
    ]
    balances = ledger_queries.balances([position.ledger_account for position in found])
    kept = [
        Kept(
            position.lot.vintage_year,
            is_bought(position.lot.origin, traded=position.traded),
            Tonnes(
                balances[position.ledger_account].own
                - leaving.get((position.lot_id, position.traded), 0)
            ),
        )
        for position in found
    ]
    amount = sum(part.amount_t for part in parts)
    for minimum in minimums(years, kept, rule):
        missing = minimum.required_t - minimum.kept_t
        if missing > 0:
            raise BelowMinimumHolding(
                amount=amount,
                kept=minimum.kept_t,
                share=f"{rule.share.number:.0%}",
                required=minimum.required_t,
                allowed=max(0, amount - missing),
            )


def remember_free(free: Mapping[tuple[int, int], int]) -> None:
    """Add free tonnes, by (account id, year), to what the rule starts from. Source: AMB-27."""
    FreeAllocation.objects.bulk_create(
        [FreeAllocation(account_id=account, year=year, free_t=0) for account, year in free],
        ignore_conflicts=True,
    )
    rows = FreeAllocation.objects.filter(account_id__in={account for account, _ in free})
    changed = [
        row
        for row in rows.select_for_update(no_key=True).order_by("id")
        if (row.account_id, row.year) in free
    ]
    for row in changed:
        row.free_t += free[row.account_id, row.year]
    FreeAllocation.objects.bulk_update(changed, ["free_t"])


def remember_surrendered(account: RegistryAccount, year: int, amount_t: Tonnes) -> None:
    """Count tonnes surrendered for a year as kept. Source: AMB-27."""
    FreeAllocation.objects.filter(account=account, year=year).update(
        surrendered_t=F("surrendered_t") + amount_t
    )


@transaction.atomic
def end_minimum_holding(
    *, holders: Sequence[Organisation], year: int, acting: Acting, at: datetime
) -> None:
    """End the holding rule of a year for holders that fulfilled it. Source: CQETS-26.3."""
    ended = FreeAllocation.objects.filter(
        account__holder__in=holders, year=year, fulfilled_at__isnull=True
    ).update(fulfilled_at=at)
    if ended:
        journal.record(
            operation="registry.end_minimum_holding",
            subject=f"holding/{year}",
            acting=acting,
            at=at,
            article="CQETS-26.3",
            content={"holders": [holder.code for holder in holders]},
        )
