"""What may happen in the registry: issue, carry-over, registration, moves and surrender.

The door of the room: the operations on accounts, locks and the minimum holding are passed on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry import blocks, locks, movement
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
    reserve_account,
    reserve_left,
    system_account,
)
from openets.registry.basis import BasisMissing, SaleGoesThroughTheExchange
from openets.registry.blocks import Step
from openets.registry.certificates import cancel_voluntarily, new_code
from openets.registry.change import (
    Portion,
    UnitsAwaitDecision,
    UnitsInOrders,
    move_for_change,
)
from openets.registry.closing import (
    AccountNotEmpty,
    ask_closing,
    close_account,
    refuse_closing,
)
from openets.registry.filings import (
    NotYourFiling,
    SameHolder,
    Wanted,
    approve,
    execute_due,
    expire_filed,
    file_opposite,
    file_taking,
    file_transfer,
    reject,
    withdraw_filing,
)
from openets.registry.freezing import (
    NotTheOwner,
    OverLocked,
    ask_lifting,
    keep_lock,
    lift_lock,
    order_lock,
    place_lock,
    refuse_lock,
)
from openets.registry.grounds import DocumentMissing
from openets.registry.importing import FormerRowsRefused, import_carry_over
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause, Origin, UnitKind
from openets.registry.linking import Link, NotLinked, NotYourNumber, link_accounts, must_be_linked
from openets.registry.locks import (
    NothingLocked,
    change_lock,
    lock_units,
    release_locked,
    use_locked,
    withdraw_locked,
)
from openets.registry.lots import LotOf, NoSuchLot, chosen, row_of
from openets.registry.minimum import (
    BelowMinimumHolding,
    RecordHandedOn,
    end_minimum_holding,
    must_keep_minimum,
    remember_free,
    remember_surrendered,
)
from openets.registry.models import Lot, RegistryAccount, Transaction
from openets.registry.movement import (
    CannotBeUndone,
    Fits,
    KindForbids,
    MoreThanMoved,
    Movement,
    NotAnAmount,
    NotEnoughUnits,
    Part,
    ReferenceReused,
    UndoneBefore,
)
from openets.registry.restricting import (
    MeasureEndsBeforeItBegins,
    MeasureExists,
    NothingBarred,
    decide_lifting,
    decide_measure,
    execute_measure,
    lift_measure,
    withdraw_measure,
)
from openets.registry.selling import buy_back, sell_reserve
from openets.registry.standing import AccountClosed, AccountRestricted
from openets.registry.stopping import StillTimeToClose, decide_stop, stop_accounts
from openets.rulebook.load import Law

__all__ = [
    "AccountClosed",
    "AccountNotEmpty",
    "AccountRestricted",
    "BasisMissing",
    "BelowMinimumHolding",
    "CannotBeUndone",
    "DocumentMissing",
    "FormerRowsRefused",
    "Issue",
    "KindForbids",
    "Link",
    "LotOf",
    "MeasureEndsBeforeItBegins",
    "MeasureExists",
    "MoreThanMoved",
    "NoAccount",
    "NoSuchLot",
    "NotAnAmount",
    "NotEnoughUnits",
    "NotLinked",
    "NotTheOwner",
    "NotYourAccount",
    "NotYourFiling",
    "NotYourNumber",
    "NothingBarred",
    "NothingLocked",
    "OverLocked",
    "Portion",
    "RecordHandedOn",
    "ReferenceReused",
    "SaleGoesThroughTheExchange",
    "SaleNotDecided",
    "SameHolder",
    "Step",
    "StillTimeToClose",
    "UndoneBefore",
    "UnitsAwaitDecision",
    "UnitsInOrders",
    "UnpaidNotCarriedOver",
    "Wanted",
    "approve",
    "ask_closing",
    "ask_lifting",
    "buy_back",
    "cancel_reserve",
    "cancel_voluntarily",
    "carry_over",
    "carry_over_reserve",
    "change_lock",
    "close_account",
    "decide_lifting",
    "decide_measure",
    "decide_stop",
    "end_minimum_holding",
    "execute_due",
    "execute_measure",
    "expire_filed",
    "file_opposite",
    "file_taking",
    "file_transfer",
    "import_carry_over",
    "issue",
    "issue_frozen",
    "keep_lock",
    "lift_lock",
    "lift_measure",
    "link_accounts",
    "lock_units",
    "move_between_own",
    "move_for_change",
    "move_serials",
    "new_code",
    "open_accounts",
    "open_system_accounts",
    "order_lock",
    "place_lock",
    "receiving_positions",
    "refuse_closing",
    "refuse_lock",
    "register_credits",
    "reject",
    "release_locked",
    "reserve_left",
    "return_surrendered",
    "sell_reserve",
    "set_aside_reserve",
    "stop_accounts",
    "surrender",
    "surrender_from_lock",
    "use_locked",
    "withdraw_filing",
    "withdraw_locked",
    "withdraw_measure",
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
    reserve = reserve_account(lot.vintage_year, acting=acting, at=at)
    ends = system_account(AccountKind.ISSUED), reserve
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
    return _carry_over(system_account(AccountKind.HISTORICAL_RESERVE), part, acting, at)


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
    lots: Collection[str] = (),
) -> Transaction:
    """Move a holder's units between its registry and its trading account (划转).

    `kind` is move_to_trading or move_to_registry; `reference` is the holder's own; `lots` are the
    codes of those it chooses. The accounts are locked first, so that two movements at once cannot
    both pass the holding rule. Source: CQ208-A4.2.6, CQETS-26.3, AMB-30.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotLinked, NoSuchLot, NotAnAmount, NotEnoughUnits,
        BelowMinimumHolding, AccountRestricted, ReferenceReused.
    """
    assert kind in {"move_to_trading", "move_to_registry"}, "the kind of an own movement"
    must_be_holder(acting, holder)
    ends = locked_accounts(holder, [AccountKind.REGISTRY, AccountKind.TRADING])
    must_be_linked(*ends)
    debit, credit = ends if kind == "move_to_trading" else reversed(ends)
    own = f"{holder.code}/{reference}"
    found = Lot.objects.filter(kind=unit)
    if vintage_year is not None:
        found = found.filter(vintage_year=vintage_year)
    named = chosen(found, lots) if lots else None
    before = movement.done_before(
        kind=kind,
        reference=own,
        debit=debit,
        amount_t=amount_t,
        lots=found if named is None else found.filter(pk__in=named),
    )
    if before:
        return before

    def is_named(lot: Lot, _: bool) -> bool:
        if named is not None:
            return lot.pk in named
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
    lots: Collection[str] = (),
) -> Transaction:
    """Hand in allowances for a year, in the order of consumption (清缴).

    `fits` tells which units the year's duty admits; which vintages may be used is the rule
    `registry.surrender_vintage`; `lots` are the codes of those the holder chooses. Units frozen
    for a cause of `registry.suspend_allow_surrender` go last. Source: CQETS-26, AMB-30, AMB-32.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NoSuchLot, NotAnAmount, NotEnoughUnits,
        AccountRestricted, ReferenceReused.
    """
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="surrender", reference=reference, debit=debit, amount_t=amount_t
    )
    if before:
        return before
    named = chosen(Lot.objects.filter(kind=UnitKind.ALLOWANCE), lots) if lots else None
    any_vintage = law.for_year("registry.surrender_vintage", year).text == "any"

    def may_serve(lot: Lot, traded: bool) -> bool:
        in_time = any_vintage or lot.vintage_year <= year
        may_be_taken = named is None or lot.pk in named
        return lot.kind == UnitKind.ALLOWANCE and in_time and may_be_taken and fits(lot, traded)

    parts = locks.choose_with_frozen(debit, amount_t, fits=may_serve, law=law, acting=acting, at=at)
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
def return_surrendered(
    *,
    surrendered: Transaction,
    year: int,
    amount_t: Tonnes,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Give back what a surrender handed in beyond the duty, by the opposite entry (退还多缴).

    Serves the decision on a review that lowers a duty already fulfilled; once a surrender. The
    decision is the case of the duty, which has its second person. Source: AMB-31.

    Raises:
        NotYourRole, CannotBeUndone, UndoneBefore, NotAnAmount, MoreThanMoved, ReferenceReused.
        RecordHandedOn: the surrender counts for a successor by now.
    """
    rows = Transaction.objects.select_related("debit", "credit")
    undone = rows.select_for_update(of=("self",), no_key=True).get(pk=surrendered.pk)
    before = movement.done_before(
        kind="return_surrendered", reference=reference, debit=undone.credit, amount_t=amount_t
    )
    if before:
        return before
    movement.must_not_be_undone(undone, "return_surrendered")
    parts = movement.opposite(undone, amount_t)
    moved = Movement("return_surrendered", reference, undone.credit, undone.debit, parts, undone)
    (done,) = movement.post([moved], acting=acting, at=at)
    remember_surrendered(undone.debit, year, Tonnes(-amount_t))
    return done


@transaction.atomic
def cancel_reserve(
    *, years: Sequence[int], law: Law, acting: Acting, at: datetime
) -> list[Transaction]:
    """Cancel what is left on the reserve accounts of these years (注销), a transaction a year.

    Source: CQ208-A1.2b, AMB-25.

    Raises:
        NotYourRole.
    """
    kind = TRANSACTION_KINDS["cancel_reserve"]
    acting.must_be(*kind.roles, article=kind.article)
    found = RegistryAccount.objects.select_for_update(no_key=True).order_by("id")
    order = law.on("registry.lots_consumption", market_date(at)).text
    end = system_account(AccountKind.CANCELLED)
    movements = []
    for reserve in found.filter(kind=AccountKind.RESERVE, year__in=years):
        left = reserve_left(reserve)
        if left:
            parts = movement.choose(reserve, left, fits=lambda *_: True, order=order)
            reference = f"unused/{reserve.year}"
            movements.append(Movement("cancel_reserve", reference, reserve, end, parts))
    return movement.post(movements, acting=acting, at=at)


def move_serials(steps: Sequence[Step]) -> None:
    """Let the serials follow deliveries that settlement posted in this transaction.

    Source: CQETS-22, CQ208-A6.3.
    """
    blocks.follow(steps)


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
