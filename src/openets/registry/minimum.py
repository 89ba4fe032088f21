"""The record of the 50 % holding rule: free units by year, until the year's duty is fulfilled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.parties.models import Organisation
from openets.registry.holding import HoldingRule, Kept, OpenYear, minimums
from openets.registry.kinds import LockCause, UnitKind, is_bought
from openets.registry.models import FreeAllocation, Lock, Position, RegistryAccount
from openets.registry.parts import Part, positions_of
from openets.rulebook.load import Law
from openets.select import Select

_OPEN = Select(FreeAllocation, "account_id = %s and fulfilled_at is null order by year")
_LOCKED = Select(FreeAllocation, "account_id = %s and year = %s for no key update")


class BelowMinimumHolding(Refusal):
    """The movement would leave less than the minimum holding in the registry account."""

    code = "below_minimum_holding"
    article = "CQETS-26.3"
    zh = "划出 {amount} 吨后保留 {kept} 吨，低于免费获得年度配额 {share} 的下限 {required} 吨"
    en = "Moving {amount} t leaves {kept} t; {required} t, {share} of the free units, must stay"
    remedy_zh = "最多可划出 {allowed} 吨；履行清缴义务后不再受限"
    remedy_en = "At most {allowed} t may leave now; the limit ends when the duty is fulfilled"


_NOT_KEPT = (LockCause.PRE_ALLOCATION, LockCause.ADVANCE, LockCause.TRANSACTION)


class RecordHandedOn(Refusal):
    """What is to be taken off the record went to a successor with it."""

    code = "record_handed_on"
    article = "CQETS-14.2"
    zh = "{account} 的 {year} 年度保留记录不足：拟减少 {wanted} 吨，只余 {left} 吨"
    en = "{account} has {left} t on record for {year}, less than the {wanted} t to be taken off"
    remedy_zh = "记录已随合并、分立转给承继单位，请按收回或过户办理"
    remedy_en = "The record went to a successor; withdraw or transfer the units instead"


def open_years(account: RegistryAccount) -> list[OpenYear]:
    """The years of an account whose duty is open, with what was issued free and surrendered."""
    rows = _OPEN.rows(account.pk)
    return [OpenYear(r.year, Tonnes(r.free_t), Tonnes(r.surrendered_t)) for r in rows]


def must_keep_minimum(
    account: RegistryAccount,
    parts: Sequence[Part],
    *,
    positions: Iterable[Position] | None = None,
    law: Law,
    at: datetime,
) -> None:
    """Refuse to let `parts` leave a registry account that needs them for the minimum holding.

    `positions` are at least all those of the account, where they are known.
    Source: CQETS-26.3, AMB-27.

    Raises:
        BelowMinimumHolding.
    """
    rule, years = HoldingRule.of(law, market_date(at)), open_years(account)
    leaving = {(part.lot.pk, part.traded): part.amount_t for part in parts}
    found = [
        position
        for position in (positions_of(account) if positions is None else positions)
        if position.account_id == account.pk and position.lot.kind == UnitKind.ALLOWANCE
    ]
    balances = ledger_queries.balances([position.ledger_account for position in found])
    frozen = _frozen_but_kept(account) if any(b.debits_pending for b in balances.values()) else {}
    kept = [
        Kept(
            position.lot.vintage_year,
            is_bought(position.lot.origin, traded=position.traded),
            Tonnes(
                balances[position.ledger_account].own
                + frozen.get(position.pk, 0)
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


def _frozen_but_kept(account: RegistryAccount) -> dict[int, int]:
    """Tonnes by position that a lock holds and that count as kept all the same.

    A court's or another freeze leaves units in the account; a frozen pre-allocation is not yet the
    holder's free quantity (AMB-27), and what a filed transaction keeps is about to leave.
    """
    locks = Lock.objects.filter(position__account=account, lifted_at__isnull=True)
    counted = locks.exclude(cause__in=_NOT_KEPT)
    rows = counted.values_list("position").annotate(t=Sum("amount_t")).order_by()
    return dict(rows)


def remember_free(free: Mapping[tuple[int, int], int]) -> None:
    """Add free tonnes, by (account id, year), to what the rule starts from, or take some off.

    Source: AMB-27.

    Raises:
        RecordHandedOn: less is on record than is to be taken off.
    """
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
        _must_be_on_record(row, row.free_t, free[row.account_id, row.year])
        row.free_t += free[row.account_id, row.year]
    FreeAllocation.objects.bulk_update(changed, ["free_t"])


def remember_surrendered(account: RegistryAccount, year: int, amount_t: Tonnes) -> None:
    """Count tonnes surrendered for a year as kept, or those returned no longer. Source: AMB-27.

    Raises:
        RecordHandedOn: less is on record than is returned.
    """
    row = _LOCKED.first(account.pk, year)
    if row is None:
        FreeAllocation.objects.get_or_create(account=account, year=year, defaults={"free_t": 0})
        (row,) = _LOCKED.rows(account.pk, year)
    _must_be_on_record(row, row.surrendered_t, amount_t)
    row.surrendered_t += amount_t
    row.save(update_fields=["surrendered_t"])


def _must_be_on_record(row: FreeAllocation, left: int, change: int) -> None:
    if left + change < 0:
        raise RecordHandedOn(account=row.account.number, year=row.year, left=left, wanted=-change)


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
