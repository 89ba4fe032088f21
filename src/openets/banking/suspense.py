"""Money that matches no bound account: two persons of the exchange book it or send it back."""

from datetime import datetime

from django.db import transaction

from openets.banking.models import BankAdvice, Instruction, SuspenseProposal
from openets.banking.procedures import ARTICLE, SUSPENSE_ITEM
from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.settlement import funds, held


class NoSuchItem(Refusal):
    """No money of this number waits."""

    code = "no_such_suspense_item"
    article = ARTICLE
    zh = "没有编号为 {number} 的待查款项"
    en = "There is no money of the number {number} whose owner is unknown"
    remedy_zh = "请从待查款项列表中选择"
    remedy_en = "Choose one of the list"


def open_item(advice: BankAdvice, *, acting: Acting, at: datetime) -> None:
    """Open the case of money that came in and is nobody's; the exchange has to decide."""
    exchange = parties.must_be_designated(Role.EXCHANGE_OPERATOR, market_date(at))
    case = NewCase(advice.subject, exchange, market_date(at).year)
    casework.open_cases(SUSPENSE_ITEM, [case], acting=acting, at=at, article=ARTICLE)


@transaction.atomic
def propose_booking(
    *, number: int, holder: Organisation, reasons: str, acting: Acting, at: datetime
) -> BankAdvice:
    """Propose whose money it is (拟入账). Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoSuchItem, ReasonsMissing, WrongState.
    """
    return _propose("propose_booking", number, holder, reasons, acting, at)


@transaction.atomic
def propose_return(*, number: int, reasons: str, acting: Acting, at: datetime) -> BankAdvice:
    """Propose to send it back to whoever paid it in (拟退回). Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoSuchItem, ReasonsMissing, WrongState.
    """
    return _propose("propose_return", number, None, reasons, acting, at)


@transaction.atomic
def drop(*, number: int, reasons: str, acting: Acting, at: datetime) -> BankAdvice:
    """Do not agree with what was proposed. Raises: NotYourRole, NoSuchItem, WrongState."""
    found = _item(number)
    _move("drop", found, acting, at, reasons)
    SuspenseProposal.objects.filter(advice=found).delete()
    return found


@transaction.atomic
def confirm(*, number: int, acting: Acting, at: datetime) -> BankAdvice:
    """Agree, as another person: the money is booked, or the bank is told to send it back.

    Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoSuchItem, WrongState, SamePerson, NoCashAccount.
    """
    found = _item(number)
    proposal = SuspenseProposal.objects.filter(advice=found).select_related("holder").first()
    amount = Fen(found.amount_fen)
    if proposal is None or proposal.holder is not None:
        _move("book", found, acting, at)
        assert proposal is not None, "what is proposed has its proposal"
        assert proposal.holder is not None, "and a booking its holder"
        funds.give_to(
            holder=proposal.holder,
            amount_fen=amount,
            reference=found.bank_reference,
            acting=acting,
            at=at,
        )
        return found
    _move("order_return", found, acting, at)
    order = Instruction.objects.create(
        kind=Instruction.Kind.RETURN,
        asked_as=found.subject,
        amount_fen=amount,
        account_number=found.account_number,
        account_name=found.account_name,
        asked_at=at,
    )
    held.hold_return(amount_fen=amount, reference=order.reference, acting=acting, at=at)
    return found


def _propose(
    move: str,
    number: int,
    holder: Organisation | None,
    reasons: str,
    acting: Acting,
    at: datetime,
) -> BankAdvice:
    found = _item(number)
    _move(move, found, acting, at, reasons)
    SuspenseProposal.objects.update_or_create(advice=found, defaults={"holder": holder})
    return found


def _move(name: str, found: BankAdvice, acting: Acting, at: datetime, note: str = "") -> None:
    casework.move_cases(SUSPENSE_ITEM, name, [found.subject], acting=acting, at=at, note=note)


def _item(number: int) -> BankAdvice:
    waiting = BankAdvice.objects.filter(outcome=BankAdvice.Outcome.SUSPENSE)
    found = waiting.filter(pk=number).first()
    if found is None:
        raise NoSuchItem(number=number)
    return found
