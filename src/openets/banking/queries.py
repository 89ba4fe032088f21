"""What may be asked about the bank link."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min, QuerySet

from openets.banking.files import Told
from openets.banking.models import (
    BankAdvice,
    BankFile,
    BankStatement,
    Instruction,
    SuspenseProposal,
)
from openets.banking.procedures import BINDING, SUSPENSE_ITEM, WITHDRAWAL
from openets.casework import queries as cases
from openets.kernel.clock import market_date
from openets.parties.models import Organisation

_OUT = (Instruction.Kind.WITHDRAW, Instruction.Kind.RETURN)
_PAYS = {Instruction.Kind.WITHDRAW: "withdraw", Instruction.Kind.RETURN: "suspense_return"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a participant asked of the bank, and where it stands."""

    order: Instruction
    state: str
    reason: str
    """Of the bank, where it refused."""


@dataclass(frozen=True, slots=True)
class Item:
    """Money that is nobody's, where it stands, and what one person proposed."""

    advice: BankAdvice
    state: str
    proposed: SuspenseProposal | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that the bank moved: its reference, and the payment that books it here."""

    bank_reference: str
    amount_fen: int
    """Out is below 0."""
    payment: str
    """Kind and reference; empty where it could not be booked."""


def withdrawals(holder: Organisation | None = None, limit: int = 200) -> list[Request]:
    """Withdrawals of a holder or of all, newest first."""
    return _requests(Instruction.Kind.WITHDRAW, holder, limit)


def request(number: int) -> Request:
    """The request of a number, of whichever kind."""
    order = Instruction.objects.select_related("holder").get(pk=number)
    return _told([order], Instruction.Kind(order.kind))[0]


def bindings(holder: Organisation | None = None, limit: int = 200) -> list[Request]:
    """Bindings asked for by a holder or by all, newest first."""
    return _requests(Instruction.Kind.BIND, holder, limit)


def deposits(holder: Organisation, limit: int = 200) -> list[BankAdvice]:
    """What the bank told came in from a holder's account, newest first."""
    came = BankAdvice.objects.filter(kind=Told.DEPOSIT, holder=holder)
    return list(came.filter(outcome=BankAdvice.Outcome.BOOKED)[:limit])


def suspense() -> list[Item]:
    """All money whose owner was not known when it came, newest first."""
    found = list(BankAdvice.objects.filter(outcome=BankAdvice.Outcome.SUSPENSE))
    states = cases.states(SUSPENSE_ITEM, [one.subject for one in found])
    proposals = SuspenseProposal.objects.filter(advice__in=found).select_related("holder")
    proposed = {one.advice_id: one for one in proposals}
    return [Item(one, states[one.subject], proposed.get(one.pk)) for one in found]


def files(limit: int = 100) -> list[BankFile]:
    """The newest files of both directions, without what they hold."""
    return list(BankFile.objects.defer("content")[:limit])


def file(number: int) -> BankFile | None:
    """A file as it was."""
    return BankFile.objects.filter(pk=number).first()


def faulty_advices() -> QuerySet[BankAdvice]:
    """What the bank told and nobody could book."""
    return BankAdvice.objects.filter(outcome=BankAdvice.Outcome.FAULTY).select_related("file")


def linked_since() -> date | None:
    """The day of the first file; before it the market had no link to a bank."""
    first = BankFile.objects.aggregate(first=Min("at"))["first"]
    return market_date(first) if first else None


def statement(day: date) -> BankStatement | None:
    """The bank's statement of a day (银行日终对账单), if it came."""
    return BankStatement.objects.filter(day=day).first()


def last_statement(before: date) -> BankStatement | None:
    """The statement before a day."""
    return BankStatement.objects.filter(day__lt=before).first()


def moved(references: list[str]) -> dict[str, Moved]:
    """What the bank's advices of these references moved, and how it is booked here."""
    found = BankAdvice.objects.filter(bank_reference__in=references).select_related("instruction")
    return {one.bank_reference: _moved(one) for one in found}


def waiting_withdrawals_fen() -> int:
    """What is held for withdrawals and returns that the bank has not answered."""
    asked = Instruction.objects.filter(kind=Instruction.Kind.WITHDRAW)
    open_cases = cases.standing(WITHDRAWAL, "asked", "approved", "sent")
    numbers = [
        subject.partition("-")[2] for subject in open_cases.values_list("subject", flat=True)
    ]
    held = sum(asked.filter(pk__in=numbers).values_list("amount_fen", flat=True))
    returning = cases.standing(SUSPENSE_ITEM, "returning").values_list("subject", flat=True)
    items = [subject.partition("-")[2] for subject in returning]
    back = BankAdvice.objects.filter(pk__in=items).values_list("amount_fen", flat=True)
    return int(held + sum(back))


def missing_numbers(day: date) -> list[int]:
    """Numbers of files of advices of a day that did not come, below the highest that did."""
    names = BankFile.objects.filter(outgoing=False, name__startswith=f"advices-{day:%Y%m%d}-")
    came = {
        int(name[-8:-4])
        for name in names.exclude(state=BankFile.State.REFUSED).values_list("name", flat=True)
    }
    return sorted(set(range(1, max(came, default=0))) - came)


def _requests(kind: str, holder: Organisation | None, limit: int) -> list[Request]:
    asked = Instruction.objects.filter(kind=kind).select_related("holder")
    if holder is not None:
        asked = asked.filter(holder=holder)
    return _told(list(asked[:limit]), kind)


def _told(found: list[Instruction], kind: str) -> list[Request]:
    procedure = WITHDRAWAL if kind == Instruction.Kind.WITHDRAW else BINDING
    states = cases.states(procedure, [one.reference for one in found])
    said = BankAdvice.objects.filter(instruction__in=found, kind=Told.REJECTED)
    reasons = dict(said.values_list("instruction", "reason"))
    return [Request(one, states[one.reference], reasons.get(one.pk, "")) for one in found]


def _moved(one: BankAdvice) -> Moved:
    order = one.instruction
    booked = one.outcome != BankAdvice.Outcome.FAULTY
    if one.kind == Told.DEPOSIT:
        kind = "suspense" if one.outcome == BankAdvice.Outcome.SUSPENSE else "deposit"
        payment = f"{kind}/{one.bank_reference}" if booked else ""
        return Moved(one.bank_reference, one.amount_fen, payment)
    pays = order is not None and one.kind == Told.DONE and order.kind in _OUT and booked
    if not pays or order is None:
        return Moved(one.bank_reference, 0, "")
    payment = f"{_PAYS[Instruction.Kind(order.kind)]}/{order.reference}"
    return Moved(one.bank_reference, -one.amount_fen, payment)
