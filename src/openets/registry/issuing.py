"""How units come into the world: issue (发放), carry-over (结转) and registration (登记).

Also how the unused rest of a reserve leaves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry import locks, movement
from openets.registry.accounts import accounts_of, reserve_account, reserve_left, system_account
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause, Origin
from openets.registry.lots import LotOf, locked_row_of, next_batch, row_of
from openets.registry.minimum import remember_free
from openets.registry.models import Lot, RegistryAccount, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import Part, choose
from openets.rulebook.load import Law


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

    What is issued together is one batch (批次) of its lot; those of a lot are numbered from 1.
    Source: CQ208-A1.5.1, CQETS-12, CQETS-26.3.

    Raises:
        NotYourRole, SaleNotDecided, NoAccount, NotAnAmount, ReferenceReused.
    """
    made_lot = locked_row_of(lot)
    movements = _issues(items, made_lot)
    fresh = movement.not_yet_done(movements)
    if fresh:
        movements = _in_next_batch(movements, made_lot)
    free: dict[tuple[int, int], int] = {}
    for moved in fresh:
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
    made_lot = locked_row_of(lot)
    fresh = movement.not_yet_done(_issues(items, made_lot))
    if not fresh:
        return
    fresh = _in_next_batch(fresh, made_lot)
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
    part = Part(locked_row_of(lot), traded=False, amount_t=amount_t)
    reserve = reserve_account(lot.vintage_year, acting=acting, at=at)
    ends = system_account(AccountKind.ISSUED), reserve
    moved = [Movement("issue_reserve", reference, *ends, (part,))]
    if movement.not_yet_done(moved):
        moved = _in_next_batch(moved, part.lot)
    return movement.post(moved, acting=acting, at=at)[0]


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
            parts = choose(reserve, left, fits=lambda *_: True, order=order)
            reference = f"unused/{reserve.year}"
            movements.append(Movement("cancel_reserve", reference, reserve, end, parts))
    return movement.post(movements, acting=acting, at=at)


def _issues(items: Sequence[Issue], lot: Lot) -> list[Movement]:
    if lot.origin != Origin.FREE:
        raise SaleNotDecided(origin=lot.origin)
    source = system_account(AccountKind.ISSUED)
    accounts = accounts_of([item.holder for item in items], AccountKind.REGISTRY)
    return [
        Movement(
            "issue",
            item.reference,
            source,
            accounts[item.holder.pk],
            (Part(lot, traded=False, amount_t=item.amount_t),),
        )
        for item in items
    ]


def _in_next_batch(movements: Sequence[Movement], lot: Lot) -> list[Movement]:
    batch = next_batch(lot)
    return [replace(moved, batch=batch) for moved in movements]


def _carry_over(account: RegistryAccount, part: Part, acting: Acting, at: datetime) -> Transaction:
    source = system_account(AccountKind.ISSUED)
    reference = f"{account.number}/{part.lot.code}"
    moved = Movement("carry_over", reference, source, account, (part,))
    return movement.post([moved], acting=acting, at=at)[0]
