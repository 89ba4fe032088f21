"""Closing an account (销户): asked for by one, closed by another, and only with nothing on it."""

from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger
from openets.parties import operations as parties
from openets.parties.roles import Role
from openets.registry.accounts import must_be_holder
from openets.registry.grounds import must_have_reasons
from openets.registry.kinds import AccountKind
from openets.registry.models import Closing, Lock, Position, RegistryAccount
from openets.registry.procedures import CARRIES_OUT, CLOSING, PARTICIPANTS
from openets.registry.standing import AccountClosed
from openets.rulebook.load import Law

OPERATORS = {
    AccountKind.REGISTRY: Role.REGISTRY_OPERATOR,
    AccountKind.TRADING: Role.EXCHANGE_OPERATOR,
}
"""Who closes a kind of account; accounts of the market and the government are not closed."""

ASK = (*PARTICIPANTS, *CARRIES_OUT)


class AccountNotEmpty(Refusal):
    """An account closes with nothing on it and nothing under way."""

    code = "account_not_empty"
    article = "AMB-33"
    zh = "账户 {account} 尚有余额 {held} 吨、冻结 {locked} 吨、未了结申报 {orders} 笔，不能销户"
    en = "{account} has {held} t, {locked} t of them frozen, and {orders} open orders: not closed"
    remedy_zh = "请先转出、清缴或注销全部单位，并撤销申报"
    remedy_en = "Move, surrender or cancel every unit and withdraw the orders first"


@transaction.atomic
def ask_closing(
    *, account: RegistryAccount, reason: str, reference: str, acting: Acting, at: datetime
) -> Closing:
    """Ask for an account to be closed: its holder, or its operator. Source: AMB-33, BJETS-9.3.

    Raises:
        NotYourRole, NotYourAccount, AccountClosed, ReasonsMissing, CaseExists.
    """
    acting.must_be(*ASK, article="AMB-33")
    if acting.role != OPERATORS[AccountKind(account.kind)]:
        must_be_holder(acting, account.holder)
    _must_be_open(account)
    must_have_reasons(reason, article="AMB-33")
    own = f"{account.number}/{reference}"
    parties.lock_organisations([account.holder])
    before = Closing.objects.filter(reference=own).first()
    if before:
        return before
    casework.open_cases(
        CLOSING,
        [casework.NewCase(own, account.holder, market_date(at).year)],
        acting=acting,
        at=at,
        article="AMB-33",
    )
    return Closing.objects.create(
        reference=own, account=account, reason=reason.strip(), asked_at=at
    )


@transaction.atomic
def close_account(
    *, closing: Closing, open_orders: int, law: Law, acting: Acting, at: datetime
) -> None:
    """Close an account that holds nothing (销户); it stays visible and takes part in nothing.

    `open_orders` is how many orders its holder has open, as the exchange tells.
    Source: AMB-33, BJETS-9.3.

    Raises:
        NotYourRole, WrongState, SamePerson, AccountClosed, AccountNotEmpty.
    """
    # The whole row: whoever moves units to or from it waits, or is waited for.
    account = RegistryAccount.objects.select_for_update().get(pk=closing.account_id)
    acting.must_be(OPERATORS[AccountKind(account.kind)], article="AMB-33")
    _must_be_open(account)
    casework.move_cases(CLOSING, "close", [closing.reference], acting=acting, at=at)
    if law.on("registry.close_requires_zero", market_date(at)).flag:
        _must_be_empty(account, open_orders)
    account.closed_at = at
    account.save(update_fields=["closed_at"])
    journal.record(
        operation="registry.close_account",
        subject=account.number,
        acting=acting,
        at=at,
        article="AMB-33",
        content={"kind": account.kind},
    )


@transaction.atomic
def refuse_closing(*, closing: Closing, reasons: str, acting: Acting, at: datetime) -> None:
    """Leave an account open, with reasons.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    acting.must_be(OPERATORS[AccountKind(closing.account.kind)], article="AMB-33")
    subject = [closing.reference]
    casework.move_cases(CLOSING, "refuse", subject, acting=acting, at=at, note=reasons)


def _must_be_open(account: RegistryAccount) -> None:
    if account.closed_at:
        raise AccountClosed(account=account.number, closed_at=market_date(account.closed_at))


def _must_be_empty(account: RegistryAccount, open_orders: int) -> None:
    positions = Position.objects.filter(account=account)
    balances = ledger.locked_balances(positions.values_list("ledger_account", flat=True))
    held = sum(balance.posted for balance in balances.values())
    locks = Lock.objects.filter(position__in=positions, lifted_at__isnull=True)
    locked = sum(lock.amount_t for lock in locks)
    if held or locked or open_orders:
        raise AccountNotEmpty(account=account.number, held=held, locked=locked, orders=open_orders)
