"""The settlement risk reserve (风险准备金): used by decision of two, and taken back.

In this market every order is covered in full before it enters the book and both legs of a trade
move together, so nobody can fail to pay or deliver. The reserve is for what no rule foresees.
"""

from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.clearing.models import ReserveUse
from openets.clearing.procedures import RESERVE_ARTICLE, RESERVE_USE
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.parties import operations as organisations
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.settlement import funds
from openets.settlement.operations import NotAPayment, PaymentDiffers


class NoSuchUse(Refusal):
    """The reserve was not used under this number."""

    code = "no_such_reserve_use"
    article = RESERVE_ARTICLE
    zh = "没有编号为 {number} 的风险准备金使用事项"
    en = "There is no use {number} of the risk reserve"
    remedy_zh = "请从列表中选择"
    remedy_en = "Choose one of the list"


class RecoveredInFull(Refusal):
    """No more is taken back than was used."""

    code = "recovered_in_full"
    article = RESERVE_ARTICLE
    zh = "尚待追偿 {left} 分，不能追偿 {wanted} 分"
    en = "{left} fen are still to be recovered, not {wanted}"
    remedy_zh = "请核对金额"
    remedy_en = "Check the amount"


@transaction.atomic
def propose(
    *,
    creditor: Organisation,
    debtor: Organisation,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
) -> ReserveUse:
    """Propose to pay a participant out of the reserve what another's default cost it.

    Source: CQETS-21.

    Raises:
        NotYourRole, NotAPayment, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=RESERVE_ARTICLE)
    if amount_fen < 1:
        raise NotAPayment(field="amount", amount=amount_fen)
    organisations.one_at_a_time(f"clearing/reserve/{reference}")
    before = ReserveUse.objects.filter(asked_as=reference).first()
    if before:
        if before.amount_fen != amount_fen:
            raise PaymentDiffers(reference=reference, before=before.amount_fen, now=amount_fen)
        return before
    made = ReserveUse.objects.create(
        creditor=creditor, debtor=debtor, amount_fen=amount_fen, asked_as=reference
    )
    case = NewCase(made.subject, creditor, market_date(at).year)
    casework.open_cases(RESERVE_USE, [case], acting=acting, at=at, article=RESERVE_ARTICLE)
    journal.record(
        operation="clearing.propose_reserve_use",
        subject=made.subject,
        acting=acting,
        at=at,
        article=RESERVE_ARTICLE,
        content={"creditor": creditor.code, "debtor": debtor.code, "amount_fen": amount_fen},
    )
    return made


@transaction.atomic
def approve(*, number: int, acting: Acting, at: datetime) -> ReserveUse:
    """Approve the use as another person; the money is paid at once. Source: CQETS-21.

    Raises:
        NotYourRole, NoSuchUse, WrongState, SamePerson, NoCashAccount, NotEnoughMoney.
    """
    found = _use(number)
    casework.move_cases(RESERVE_USE, "approve", [found.subject], acting=acting, at=at)
    funds.use_reserve(
        holder=found.creditor,
        amount_fen=Fen(found.amount_fen),
        reference=found.subject,
        acting=acting,
        at=at,
    )
    return found


@transaction.atomic
def drop(*, number: int, reasons: str, acting: Acting, at: datetime) -> ReserveUse:
    """Do not approve a use. Raises: NotYourRole, NoSuchUse, WrongState, ReasonsMissing."""
    found = _use(number)
    casework.move_cases(RESERVE_USE, "drop", [found.subject], acting=acting, at=at, note=reasons)
    return found


@transaction.atomic
def recover(
    *, number: int, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> ReserveUse:
    """Take back from whoever defaulted what the reserve paid, once a reference (追偿).

    Source: CQETS-21.

    Raises:
        NotYourRole, NoSuchUse, RecoveredInFull, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=RESERVE_ARTICLE)
    found = _use(number)
    name = f"{found.subject}/{reference}"
    if funds.is_recovered(reference=name):
        return found
    left = found.amount_fen - found.recovered_fen
    if amount_fen > left:
        raise RecoveredInFull(field="amount", left=left, wanted=amount_fen)
    funds.recover(debtor=found.debtor, amount_fen=amount_fen, reference=name, acting=acting, at=at)
    found.recovered_fen += amount_fen
    found.save(update_fields=["recovered_fen"])
    return found


def _use(number: int) -> ReserveUse:
    found = ReserveUse.objects.select_for_update(of=("self",)).filter(pk=number)
    use = found.select_related("creditor", "debtor").first()
    if use is None:
        raise NoSuchUse(number=number)
    return use
