"""Money kept back until the bank answers: then it leaves, or is free again.

A withdrawal is reserved in the ledger when it is asked for, posted when the bank paid it, and
voided when the bank refused it or nobody sent it. Each of the three happens once a reference.
"""

from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen
from openets.ledger import operations as ledger
from openets.ledger.posting import Kind, Transfer
from openets.ledger.refusals import InsufficientBalance
from openets.parties.models import Organisation
from openets.settlement.models import CashAccount, Payment
from openets.settlement.operations import (
    BANK,
    SUSPENSE,
    NoCashAccount,
    NotAPayment,
    NotEnoughMoney,
    locked_cash,
    market_account,
)

ARTICLE = "CQ208-A4.1.3"
WITHDRAWAL, RETURN = "withdraw", "suspense_return"
"""What money is kept back for: a holder's withdrawal, or the return of what was nobody's."""


@transaction.atomic
def hold_withdrawal(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> CashAccount:
    """Keep back the money of a withdrawal (出金冻结); what orders hold cannot be kept back again.

    Source: CQ208-A4.1.3.

    Raises:
        NoCashAccount, NotAPayment, NotEnoughMoney.
    """
    cash = locked_cash(holder)
    if cash.bound_at is None:
        raise NoCashAccount(holder=holder.name)
    _hold(WITHDRAWAL, cash, holder.name, amount_fen, reference, acting, at)
    return cash


@transaction.atomic
def hold_return(*, amount_fen: Fen, reference: str, acting: Acting, at: datetime) -> None:
    """Keep back what goes back to whoever paid it in. Raises: NotAPayment, NotEnoughMoney."""
    _hold(RETURN, market_account(SUSPENSE), SUSPENSE, amount_fen, reference, acting, at)


@transaction.atomic
def pay(
    *,
    kind: str,
    debit: CashAccount,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Payment:
    """Let what was kept back leave, all of it, because the bank paid it; once a reference.

    Source: CQ208-A4.1.3.
    """
    before = Payment.objects.filter(kind=kind, reference=reference).first()
    if before:
        return before
    event = Transfer(
        key=f"{kind}/{reference}", kind=Kind.POST, pending=_key(kind, reference), reason=kind
    )
    ledger.post_all([event], acting=acting, at=at, article=ARTICLE, subject=kind)
    journal.record(
        operation=f"settlement.{kind}",
        subject=f"{kind}/{reference}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"debit": debit.number, "credit": BANK, "amount_fen": amount_fen},
    )
    return Payment.objects.create(
        kind=kind,
        reference=reference,
        debit=debit,
        credit=market_account(BANK),
        amount_fen=amount_fen,
        at=at,
    )


@transaction.atomic
def free(*, kind: str, reference: str, acting: Acting, at: datetime) -> None:
    """Give back what was kept back. Source: CQ208-A4.1.3."""
    key = _key(kind, reference)
    event = Transfer(key=f"{key}/free", kind=Kind.VOID, pending=key, reason=kind)
    ledger.post_all([event], acting=acting, at=at, article=ARTICLE, subject=kind)


def _hold(
    kind: str,
    debit: CashAccount,
    name: str,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
) -> None:
    if amount_fen < 1:
        raise NotAPayment(field="amount", amount=amount_fen)
    event = Transfer(
        key=_key(kind, reference),
        debit=debit.ledger_account,
        credit=market_account(BANK).ledger_account,
        amount=amount_fen,
        kind=Kind.PENDING,
        reason=kind,
    )
    try:
        with transaction.atomic():
            ledger.post_all([event], acting=acting, at=at, article=ARTICLE, subject=kind)
    except InsufficientBalance as refusal:
        available = refusal.numbers["available"]
        raise NotEnoughMoney(
            field="amount", holder=name, available=available, wanted=amount_fen
        ) from refusal


def _key(kind: str, reference: str) -> str:
    return f"{kind}-hold/{reference}"
