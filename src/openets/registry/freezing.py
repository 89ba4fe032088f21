"""Freezes ordered from outside (冻结、解冻): by a court, for risk, or for another stated reason.

One person files the order, another places it; the same goes for its lifting. Only the role that
ordered a lock lifts it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger
from openets.ledger.queries import Balance
from openets.parties import operations as parties
from openets.registry import locks
from openets.registry.grounds import must_have_document, must_have_reasons
from openets.registry.kinds import HOLDING_KINDS, ORDERED, LockCause
from openets.registry.lots import chosen
from openets.registry.models import LockOrder, Lot, Position, RegistryAccount
from openets.registry.movement import ReferenceReused
from openets.registry.orders import OpenOrders, numbers_of
from openets.registry.parts import NotAnAmount, Part, choose
from openets.registry.procedures import FREEZES, LOCK
from openets.registry.standing import AccountClosed
from openets.rulebook.load import Law


class OverLocked(Refusal):
    """More was to be locked than no other lock holds."""

    code = "over_locked"
    article = "AMB-32"
    zh = "账户 {account} 未被冻结的单位为 {available} 吨，不能冻结 {wanted} 吨"
    en = "{account} has {available} t that no lock holds; {wanted} t cannot be frozen"
    remedy_zh = "请减少数量，或先解除其他冻结"
    remedy_en = "Ask for less, or have other locks lifted first"


class NotTheOwner(Refusal):
    """Only the owner of a lock places and lifts it."""

    code = "not_the_owner_of_the_lock"
    article = "AMB-32"
    zh = "该冻结由 {owner} 提出，{role} 无权办理"
    en = "The lock belongs to {owner}; {role} may not act on it"
    remedy_zh = "请由提出冻结的一方办理"
    remedy_en = "Let the owner of the lock act"


@transaction.atomic
def order_lock(
    *,
    account: RegistryAccount,
    cause: LockCause,
    amount_t: Tonnes,
    document: str,
    reason: str,
    reference: str,
    acting: Acting,
    at: datetime,
    lots: Collection[str] = (),
) -> LockOrder:
    """File an order to freeze units of an account (冻结); another person places it.

    `lots` are the codes of those to be frozen, else the first go first; units that open orders
    hold count as there, since these give way when it is placed. The same order sent again
    under its `reference` is the earlier one. Source: AMB-32, CQETS-30, BJETS-16.

    Raises:
        NotYourRole, AccountClosed, DocumentMissing, ReasonsMissing, NotAnAmount, NoSuchLot,
        OverLocked, ReferenceReused.
    """
    assert account.kind in HOLDING_KINDS, "an account that holds units"
    acting.must_be(*FREEZES, article="AMB-32")
    acting.must_be(*ORDERED[cause], article="AMB-32")
    must_have_document(document, article="AMB-32")
    must_have_reasons(reason, article="AMB-32")
    own = f"{account.holder.code}/{reference}"
    parties.lock_organisations([account.holder])
    before = LockOrder.objects.filter(reference=own).first()
    if before:
        same = (before.account_id, before.cause, before.amount_t)
        if same != (account.pk, cause, amount_t):
            raise ReferenceReused(reference=own, before=before.amount_t, now=amount_t)
        return before
    there = _locked(account)
    _must_be_there(there, amount_t, _balances(there, lots))
    day = market_date(at)
    casework.open_cases(
        LOCK,
        [casework.NewCase(own, account.holder, day.year)],
        acting=acting,
        at=at,
        article="AMB-32",
    )
    return LockOrder.objects.create(
        reference=own,
        account=account,
        cause=cause,
        owner=acting.role,
        amount_t=amount_t,
        lots=sorted(lots),
        document=document.strip(),
        reason=reason.strip(),
        filed_at=at,
    )


@transaction.atomic
def place_lock(
    *, order: LockOrder, orders: OpenOrders, law: Law, acting: Acting, at: datetime
) -> tuple[Part, ...]:
    """Freeze what an order asks for, by a second person of its owner; gives the parts frozen.

    What is free goes first; for the rest the latest open orders are withdrawn that hold units of
    the account, as many as it takes, and the holder is told. Source: AMB-32, CQETS-30.

    Raises:
        NotYourRole, NotTheOwner, WrongState, SamePerson, AccountClosed, OverLocked.
    """
    _must_own(order, acting)
    amount_t, account = Tonnes(order.amount_t), _locked(order.account)
    balances = _balances(account, order.lots)
    missing = amount_t - sum(balance.own for balance in balances.values())
    withdrawn: Sequence[int] = ()
    if missing > 0:
        withdrawn = orders.withdraw_holding(balances, missing, order.reference)
    subject, note = [order.reference], numbers_of(withdrawn)
    casework.move_cases(LOCK, "place", subject, acting=acting, at=at, note=note)
    _must_be_there(account, amount_t, balances)
    parts = _choose(account, amount_t, order.lots, law, at)
    wanted = [(account, parts, order.reference)]
    locks.place(wanted, LockCause(order.cause), "AMB-32", acting, at)
    return parts


@transaction.atomic
def refuse_lock(*, order: LockOrder, reasons: str, acting: Acting, at: datetime) -> None:
    """Let an order come to nothing, with reasons.

    Raises:
        NotYourRole, NotTheOwner, ReasonsMissing, WrongState.
    """
    _must_own(order, acting)
    casework.move_cases(LOCK, "refuse", [order.reference], acting=acting, at=at, note=reasons)


@transaction.atomic
def ask_lifting(
    *, order: LockOrder, document: str, reasons: str, acting: Acting, at: datetime
) -> None:
    """Ask for the lifting of a freeze on a document; another person lifts it. Source: AMB-32.

    Raises:
        NotYourRole, NotTheOwner, DocumentMissing, ReasonsMissing, WrongState.
    """
    _must_own(order, acting)
    must_have_document(document, article="AMB-32")
    casework.move_cases(LOCK, "ask_lifting", [order.reference], acting=acting, at=at, note=reasons)
    order.lift_document = document.strip()
    order.save(update_fields=["lift_document"])


@transaction.atomic
def lift_lock(*, order: LockOrder, acting: Acting, at: datetime) -> Tonnes:
    """Lift a freeze (解冻), by a second person of its owner; tells the tonnes freed.

    Source: AMB-32.

    Raises:
        NotYourRole, NotTheOwner, WrongState, SamePerson.
    """
    _must_own(order, acting)
    casework.move_cases(LOCK, "lift", [order.reference], acting=acting, at=at)
    _locked(order.account)
    return locks.lift_all(order.reference, LockCause(order.cause), acting, at)


@transaction.atomic
def keep_lock(*, order: LockOrder, reasons: str, acting: Acting, at: datetime) -> None:
    """Keep a freeze whose lifting was asked for, with reasons.

    Raises:
        NotYourRole, NotTheOwner, ReasonsMissing, WrongState.
    """
    _must_own(order, acting)
    casework.move_cases(LOCK, "keep", [order.reference], acting=acting, at=at, note=reasons)


def _must_own(order: LockOrder, acting: Acting) -> None:
    acting.must_be(*ORDERED[LockCause(order.cause)], article="AMB-32")
    if acting.role != order.owner:
        raise NotTheOwner(owner=order.owner, role=acting.role)


def _locked(account: RegistryAccount) -> RegistryAccount:
    """The account, no other act on it until the transaction ends."""
    return RegistryAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def _balances(account: RegistryAccount, lots: Collection[str]) -> dict[int, Balance]:
    """What the account has of the lots named, or of all, by ledger account."""
    held = Lot.objects.filter(positions__account=account)
    found = Position.objects.filter(account=account, lot__in=chosen(held, lots))
    return ledger.locked_balances(found.values_list("ledger_account", flat=True))


def _must_be_there(
    account: RegistryAccount, amount_t: Tonnes, balances: Mapping[int, Balance]
) -> None:
    """Refuse to freeze more than no other lock holds."""
    if account.closed_at:
        raise AccountClosed(account=account.number, closed_at=market_date(account.closed_at))
    if amount_t < 1:
        raise NotAnAmount(field="amount_t", amount=amount_t)
    available_t = sum(max(0, balance.own + balance.held) for balance in balances.values())
    if available_t < amount_t:
        raise OverLocked(
            field="amount_t", account=account.number, available=available_t, wanted=amount_t
        )


def _choose(
    account: RegistryAccount, amount_t: Tonnes, lots: Collection[str], law: Law, at: datetime
) -> tuple[Part, ...]:
    named = chosen(Lot.objects.filter(positions__account=account), lots)
    order = law.on("registry.lots_consumption", market_date(at)).text
    return choose(account, amount_t, fits=lambda lot, _: lot.pk in named, order=order)
