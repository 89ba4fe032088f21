"""Money on the market's own accounts: what is nobody's yet, and the risk reserve."""

from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen
from openets.ledger.refusals import InsufficientBalance
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.settlement.models import CashAccount, Payment
from openets.settlement.operations import (
    BANK,
    FEES,
    RESERVE,
    SUSPENSE,
    NotEnoughMoney,
    book,
    locked_cash,
    market_account,
)

ARTICLE = "CQ208-A4.1.3"
RESERVE_ARTICLE = "CQETS-21"


@transaction.atomic
def take_in(*, amount_fen: Fen, reference: str, acting: Acting, at: datetime) -> Payment:
    """Book money whose owner is not known (待查款项), once a reference. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NotAPayment, PaymentDiffers.
    """
    acting.must_be(Role.BANK, article=ARTICLE)
    ends = market_account(BANK), market_account(SUSPENSE)
    return book("suspense", *ends, amount_fen, reference, acting, at)


@transaction.atomic
def give_to(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Book what was nobody's to a holder, as two persons decided. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoCashAccount, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    ends = market_account(SUSPENSE), locked_cash(holder)
    return book("suspense_booking", *ends, amount_fen, reference, acting, at)


@transaction.atomic
def contribute(*, amount_fen: Fen, reference: str, acting: Acting, at: datetime) -> Payment:
    """Set a share of the fees aside for the risk reserve (风险准备金). Source: CQETS-21.

    Raises:
        NotYourRole, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article=RESERVE_ARTICLE)
    ends = market_account(FEES), market_account(RESERVE)
    return _covered("reserve_contribution", FEES, ends, amount_fen, reference, acting, at)


@transaction.atomic
def use_reserve(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Pay a holder out of the risk reserve what a default cost it. Source: CQETS-21.

    Raises:
        NotYourRole, NoCashAccount, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=RESERVE_ARTICLE)
    ends = market_account(RESERVE), locked_cash(holder)
    return _covered("reserve_use", RESERVE, ends, amount_fen, reference, acting, at)


@transaction.atomic
def recover(
    *, debtor: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Take back from whoever defaulted what the reserve paid (追偿). Source: CQETS-21.

    Raises:
        NotYourRole, NoCashAccount, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=RESERVE_ARTICLE)
    ends = locked_cash(debtor), market_account(RESERVE)
    return _covered("reserve_recovery", debtor.name, ends, amount_fen, reference, acting, at)


def is_recovered(*, reference: str) -> bool:
    """Whether a recovery was booked under this reference."""
    return Payment.objects.filter(kind="reserve_recovery", reference=reference).exists()


def _covered(
    kind: str,
    name: str,
    ends: tuple[CashAccount, CashAccount],
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Payment:
    debit, credit = ends
    try:
        with transaction.atomic():
            return book(
                kind, debit, credit, amount_fen, reference, acting, at, article=RESERVE_ARTICLE
            )
    except InsufficientBalance as refusal:
        available = refusal.numbers["available"]
        raise NotEnoughMoney(holder=name, available=available, wanted=amount_fen) from refusal
