"""What may happen in the registry: issue, carry-over, registration, moves and surrender.

The door of the room: the operations on accounts, locks and the minimum holding are passed on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.parties.models import Organisation
from openets.registry import locks, movement
from openets.registry.accounts import (
    NoAccount,
    NotYourAccount,
    accounts_of,
    locked_account,
    locked_accounts,
    must_be_holder,
    open_accounts,
    open_system_accounts,
    receiving_positions,
    system_account,
)
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause, Origin, UnitKind
from openets.registry.locks import (
    NothingLocked,
    change_lock,
    lock_units,
    release_locked,
    use_locked,
    withdraw_locked,
)
from openets.registry.lots import LotOf, row_of
from openets.registry.minimum import (
    BelowMinimumHolding,
    end_minimum_holding,
    must_keep_minimum,
    remember_free,
    remember_surrendered,
)
from openets.registry.models import Lot, Position, RegistryAccount, Transaction
from openets.registry.movement import (
    Fits,
    Movement,
    NotAnAmount,
    NotEnoughUnits,
    Part,
    ReferenceReused,
)
from openets.rulebook.load import Law

__all__ = [
    "BelowMinimumHolding",
    "Issue",
    "LotOf",
    "NoAccount",
    "NotAnAmount",
    "NotEnoughUnits",
    "NotYourAccount",
    "NothingLocked",
    "ReferenceReused",
    "SaleNotDecided",
    "UnpaidNotCarriedOver",
    "cancel_reserve",
    "carry_over",
    "carry_over_reserve",
    "change_lock",
    "end_minimum_holding",
    "issue",
    "issue_frozen",
    "lock_units",
    "move_between_own",
    "open_accounts",
    "open_system_accounts",
    "receiving_positions",
    "register_credits",
    "release_locked",
    "set_aside_reserve",
    "surrender",
    "surrender_from_lock",
    "use_locked",
    "withdraw_locked",
]


class UnpaidNotCarriedOver(Refusal):
    """Free units of 2013-2020 that were never traded stay behind."""

    code = "unpaid_not_carried_over"
    article = "CQ208-A1.5.4b"
    zh = "{holder} 的 {amount} 吨系 2013—2020 年无偿取得且未交易的配额，不得结转"
    en = "{amount} t of {holder} were obtained free and never traded; they are not carried over"
    remedy_zh = "仅有偿取得的配额可一次性等额结转"
    remedy_en = "Only units obtained for payment are carried over"


class SaleNotDecided(Refusal):
    """Paid units come into the world by a decision to auction or sell, and there is none."""

    code = "sale_not_decided"
    article = "CQETS-12"
    zh = "尚无有偿分配的竞价或出售决定，不得发放来源为“{origin}”的配额"
    en = "No auction or sale is decided; allowances of origin “{origin}” cannot be issued"
    remedy_zh = "现阶段配额免费分配；有偿分配须先作出决定"
    remedy_en = "Issue free allowances, or have a sale decided first"


@dataclass(frozen=True, slots=True)
class Issue:
    """Units to issue to a holder; `reference` is the determination they rest on."""

    holder: Organisation
    amount_t: Tonnes
    reference: str


@transaction.atomic
def issue(*, items: Sequence[Issue], lot: LotOf, acting: Acting, at: datetime) -> list[Transaction]:
    """Issue free allowances into registry accounts and remember the year's free quantity (发放).

    Source: CQ208-A1.5.1, CQETS-12, CQETS-26.3.

    Raises:
        NotYourRole, SaleNotDecided, NoAccount, NotAnAmount, ReferenceReused.
    """
    movements = _issues(items, lot)
    free: dict[tuple[int, int], int] = {}
    for moved in movement.not_yet_done(movements):
        key = (moved.credit.pk, lot.vintage_year)
        free[key] = free.get(key, 0) + moved.amount_t
    done = movement.post(movements, acting=acting, at=at)
    remember_free(free)
    return done


@transaction.atomic
def issue_frozen(
    *, items: Sequence[Issue], lot: LotOf, cause: LockCause, acting: Acting, at: datetime
) -> None:
    """Issue free allowances that stay locked from their first moment. Source: CQ208-4.2.

    Raises:
        NotYourRole, SaleNotDecided, NoAccount, NotAnAmount, ReferenceReused.
    """
    fresh = movement.not_yet_done(_issues(items, lot))
    movement.post(fresh, acting=acting, at=at)
    wanted = [(m.credit, m.parts, m.reference) for m in fresh]
    locks.place(wanted, cause, "CQ208-4.2", acting, at)


@transaction.atomic
def set_aside_reserve(
    *, amount_t: Tonnes, lot: LotOf, reference: str, acting: Acting, at: datetime
) -> Transaction:
    """Issue the government reserve (政府预留配额) of a year into its own account.

    Source: CQ208-A1.2, CQETS-13.

    Raises:
        NotYourRole, NotAnAmount, ReferenceReused.
    """
    part = Part(row_of(lot), traded=False, amount_t=amount_t)
    ends = system_account(AccountKind.ISSUED), system_account(AccountKind.RESERVE)
    moved = Movement("issue_reserve", reference, *ends, (part,))
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def carry_over(
    *, holder: Organisation, amount_t: Tonnes, lot: LotOf, acting: Acting, at: datetime
) -> Transaction:
    """Carry paid units of the former register over, once and in equal quantity (结转).

    A second run for the same holder and lot adds nothing. Source: CQ208-3, CQ208-A1.5.4.

    Raises:
        NotYourRole, UnpaidNotCarriedOver, NoAccount, NotAnAmount, ReferenceReused.
    """
    if lot.origin != Origin.PAID:
        raise UnpaidNotCarriedOver(holder=holder.name, amount=amount_t)
    account = accounts_of([holder], AccountKind.REGISTRY)[holder.pk]
    return _carry_over(account, Part(row_of(lot), traded=True, amount_t=amount_t), acting, at)


@transaction.atomic
def carry_over_reserve(
    *, amount_t: Tonnes, lot: LotOf, acting: Acting, at: datetime
) -> Transaction:
    """Carry the historical surplus of the reserve over, once (历史结余的政府储备配额).

    Source: CQ208-A1.5.4, AMB-25.

    Raises:
        NotYourRole, NotAnAmount, ReferenceReused.
    """
    part = Part(row_of(lot), traded=False, amount_t=amount_t)
    return _carry_over(system_account(AccountKind.RESERVE), part, acting, at)


@transaction.atomic
def register_credits(
    *, holder: Organisation, lot: LotOf, reference: str, acting: Acting, at: datetime
) -> Transaction:
    """Register certified reductions with their serial block. Source: CQ208-A5.2.1.

    Raises:
        NotYourRole, NoAccount, ReferenceReused.
    """
    assert lot.serial_from is not None, "credits have serials"
    assert lot.serial_to is not None, "credits have serials"
    amount = Tonnes(lot.serial_to - lot.serial_from + 1)
    account = accounts_of([holder], AccountKind.REGISTRY)[holder.pk]
    part = Part(row_of(lot), traded=False, amount_t=amount)
    source = system_account(AccountKind.ISSUED)
    moved = Movement("register_credits", reference, source, account, (part,))
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def move_between_own(
    *,
    holder: Organisation,
    kind: str,
    amount_t: Tonnes,
    unit: UnitKind,
    vintage_year: int | None,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Move a holder's units between its registry and its trading account (划转).

    `kind` is move_to_trading or move_to_registry; `reference` is the holder's own. The accounts are
    locked first, so that two movements at once cannot both pass the holding rule.
    Source: CQ208-A4.2.6, CQETS-26.3.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotAnAmount, NotEnoughUnits, BelowMinimumHolding,
        ReferenceReused.
    """
    assert kind in {"move_to_trading", "move_to_registry"}, "the kind of an own movement"
    must_be_holder(acting, holder)
    ends = locked_accounts(holder, [AccountKind.REGISTRY, AccountKind.TRADING])
    debit, credit = ends if kind == "move_to_trading" else reversed(ends)
    own = f"{holder.code}/{reference}"
    lots = Lot.objects.filter(kind=unit)
    if vintage_year is not None:
        lots = lots.filter(vintage_year=vintage_year)
    before = movement.done_before(
        kind=kind, reference=own, debit=debit, amount_t=amount_t, lots=lots
    )
    if before:
        return before

    def is_named(lot: Lot, _: bool) -> bool:
        return lot.kind == unit and vintage_year in {None, lot.vintage_year}

    positions = movement.positions_of(debit, credit)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(debit, amount_t, fits=is_named, order=order, positions=positions)
    if TRANSACTION_KINDS[kind].holding_rule and unit == UnitKind.ALLOWANCE:
        must_keep_minimum(debit, parts, positions=positions, law=law, at=at)
    moved = Movement(kind, own, debit, credit, parts)
    return movement.post_new(moved, positions=positions, acting=acting, at=at)


@transaction.atomic
def surrender(
    *,
    holder: Organisation,
    year: int,
    amount_t: Tonnes,
    reference: str,
    fits: Fits,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Hand in allowances for a year, in the order of consumption (清缴). Source: CQETS-26.

    `fits` tells which units the year's duty admits; which vintages may be used is the rule
    `registry.surrender_vintage`.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotAnAmount, NotEnoughUnits, ReferenceReused.
    """
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="surrender", reference=reference, debit=debit, amount_t=amount_t
    )
    if before:
        return before
    any_vintage = law.for_year("registry.surrender_vintage", year).text == "any"

    def may_serve(lot: Lot, traded: bool) -> bool:
        in_time = any_vintage or lot.vintage_year <= year
        return lot.kind == UnitKind.ALLOWANCE and in_time and fits(lot, traded)

    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(debit, amount_t, fits=may_serve, order=order)
    return _surrender(debit, year, parts, reference, acting, at)


@transaction.atomic
def surrender_from_lock(
    *,
    holder: Organisation,
    year: int,
    amount_t: Tonnes,
    cause: LockCause,
    lock_reference: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Hand in units straight out of a lock, the rest staying locked. Source: CQ208-4.2b.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotAnAmount, NothingLocked, ReferenceReused.
    """
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="surrender", reference=reference, debit=debit, amount_t=amount_t
    )
    if before:
        return before
    parts = locks.lift(debit, amount_t, cause, acting, at, reference=lock_reference)
    return _surrender(debit, year, parts, reference, acting, at)


@transaction.atomic
def cancel_reserve(
    *, years: Sequence[int], reference: str, law: Law, acting: Acting, at: datetime
) -> Transaction | None:
    """Cancel what is left of the reserves of these years (注销); None when nothing is left.

    Source: CQ208-A1.2b, AMB-25.

    Raises:
        NotYourRole.
    """
    kind = TRANSACTION_KINDS["cancel_reserve"]
    acting.must_be(*kind.roles, article=kind.article)
    reserve = RegistryAccount.objects.select_for_update(no_key=True).get(kind=AccountKind.RESERVE)
    left = _own_t(reserve, years)
    if not left:
        return None
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(
        reserve, left, fits=lambda lot, _: lot.vintage_year in years, order=order
    )
    ends = reserve, system_account(AccountKind.CANCELLED)
    moved = Movement("cancel_reserve", reference, *ends, parts)
    return movement.post([moved], acting=acting, at=at)[0]


def _issues(items: Sequence[Issue], lot: LotOf) -> list[Movement]:
    if lot.origin != Origin.FREE:
        raise SaleNotDecided(origin=lot.origin)
    made_lot, source = row_of(lot), system_account(AccountKind.ISSUED)
    accounts = accounts_of([item.holder for item in items], AccountKind.REGISTRY)
    return [
        Movement(
            "issue",
            item.reference,
            source,
            accounts[item.holder.pk],
            (Part(made_lot, traded=False, amount_t=item.amount_t),),
        )
        for item in items
    ]


def _carry_over(account: RegistryAccount, part: Part, acting: Acting, at: datetime) -> Transaction:
    source = system_account(AccountKind.ISSUED)
    reference = f"{account.number}/{part.lot.code}"
    moved = Movement("carry_over", reference, source, account, (part,))
    return movement.post([moved], acting=acting, at=at)[0]


def _own_t(account: RegistryAccount, years: Sequence[int]) -> Tonnes:
    positions = Position.objects.filter(account=account, lot__vintage_year__in=years)
    ids = list(positions.values_list("ledger_account", flat=True))
    return Tonnes(sum(balance.own for balance in ledger_queries.balances(ids).values()))


def _surrender(
    debit: RegistryAccount,
    year: int,
    parts: tuple[Part, ...],
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    ends = debit, system_account(AccountKind.SURRENDERED)
    moved = Movement("surrender", reference, *ends, parts)
    done = movement.post_new(moved, acting=acting, at=at)
    remember_surrendered(debit, year, moved.amount_t)
    return done
