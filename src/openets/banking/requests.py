"""What participants ask of the bank: to be paid out, and to have their account bound."""

from datetime import date, datetime, time

from django.db import transaction

from openets.banking.models import BankFile, Instruction
from openets.banking.procedures import ARTICLE, BINDING, BINDING_ARTICLE, HOLDERS, WITHDRAWAL
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.parties import operations as organisations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.settlement import held
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.settlement.operations import NoCashAccount, PaymentDiffers

_KIND = Instruction.Kind


class OutsideWithdrawalHours(Refusal):
    """Money is asked for on trading days, within the hours."""

    code = "outside_withdrawal_hours"
    article = ARTICLE
    zh = "{moment} 不在出金时间内：出金应在交易日 {opens}-{closes} 申请"
    en = "{moment} is no time to withdraw: ask on trading days, {opens}-{closes}"
    remedy_zh = "请于 {next_day} {opens}-{closes} 申请"
    remedy_en = "Ask on {next_day} between {opens} and {closes}"


class NoBankNumber(Refusal):
    """The bank has to know where the money goes."""

    code = "no_bank_number"
    article = ARTICLE
    zh = "{holder} 绑定的银行账号未登记，不能出金"
    en = "The number of the bank account bound to {holder} is not known; nothing can be paid out"
    remedy_zh = "请先绑卡"
    remedy_en = "Bind the bank account first"


class NoSuchRequest(Refusal):
    """There is no request of this number."""

    code = "no_such_bank_request"
    article = ARTICLE
    zh = "没有编号为 {number} 的申请"
    en = "There is no request {number}"
    remedy_zh = "请从申请列表中选择"
    remedy_en = "Choose one of the list"


class BindingUnderWay(Refusal):
    """One binding after the other."""

    code = "binding_under_way"
    article = BINDING_ARTICLE
    zh = "{holder} 已有绑卡申请正在银行核验"
    en = "The bank already checks an account of {holder}"
    remedy_zh = "请等待银行核验结果"
    remedy_en = "Wait for the bank's answer"


@transaction.atomic
def ask_withdrawal(
    *,
    holder: Organisation,
    amount_fen: Fen,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Instruction:
    """Ask for money to be paid out to the bound account (出金申请); it is held from now on.

    Above the amount of the card a second person approves it. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, OutsideYourScope, OutsideWithdrawalHours, NoCashAccount, NoBankNumber,
        NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(*HOLDERS, article=ARTICLE)
    parties.must_be_allowed(acting, "banking.ask_withdrawal", holder)
    before = _asked(_KIND.WITHDRAW, holder, reference)
    if before:
        if before.amount_fen != amount_fen:
            raise PaymentDiffers(reference=reference, before=before.amount_fen, now=amount_fen)
        return before
    _must_be_withdrawal_hours(law, at)
    account = money.cash_account(holder)
    if account is None or account.bound_at is None:
        raise NoCashAccount(holder=holder.name)
    if not account.bank_number:
        raise NoBankNumber(holder=holder.name)
    made = Instruction.objects.create(
        kind=_KIND.WITHDRAW,
        holder=holder,
        asked_as=reference,
        amount_fen=max(0, amount_fen),
        account_number=account.bank_number,
        account_name=holder.name,
        asked_at=at,
    )
    case = NewCase(made.reference, holder, market_date(at).year)
    casework.open_cases(WITHDRAWAL, [case], acting=acting, at=at, article=ARTICLE)
    held.hold_withdrawal(
        holder=holder, amount_fen=amount_fen, reference=made.reference, acting=acting, at=at
    )
    if amount_fen <= law.on("settlement.withdrawal_second_fen", market_date(at)).whole:
        casework.move_cases(WITHDRAWAL, "pass", [made.reference], acting=acting, at=at)
    _record("ask_withdrawal", made, acting, at, ARTICLE)
    return made


@transaction.atomic
def approve_withdrawal(*, number: int, acting: Acting, at: datetime) -> Instruction:
    """Approve a large withdrawal, as another person of the holder or of the exchange (出金复核).

    Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchRequest, WrongState, SamePerson.
    """
    found = _withdrawal(number)
    acting.must_be(*HOLDERS, Role.EXCHANGE_OPERATOR, article=ARTICLE)
    parties.must_be_allowed(acting, "banking.approve_withdrawal", found.owner)
    casework.move_cases(WITHDRAWAL, "approve", [found.reference], acting=acting, at=at)
    return found


@transaction.atomic
def cancel_withdrawal(*, number: int, acting: Acting, at: datetime) -> Instruction:
    """Take a withdrawal back before it was sent; the money is free again. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchRequest.
        WrongState: it is with the bank, or ended.
    """
    found = _withdrawal(number)
    acting.must_be(*HOLDERS, article=ARTICLE)
    parties.must_be_allowed(acting, "banking.cancel_withdrawal", found.owner)
    casework.move_cases(WITHDRAWAL, "cancel", [found.reference], acting=acting, at=at)
    held.free(kind=held.WITHDRAWAL, reference=found.reference, acting=acting, at=at)
    return found


@transaction.atomic
def ask_binding(
    *,
    holder: Organisation,
    name: str,
    number: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Instruction:
    """Ask the bank to check that an account is in the holder's real name, and bind it (绑卡).

    Source: CQ208-A4.1.3, CQ208-A4.2.5.

    Raises:
        NotYourRole, OutsideYourScope, OutsideBindingHours, NameDiffers, NotABankNumber,
        NoCashAccount, BindingUnderWay.
    """
    acting.must_be(*HOLDERS, article=BINDING_ARTICLE)
    parties.must_be_allowed(acting, "banking.ask_binding", holder)
    before = _asked(_KIND.BIND, holder, reference)
    if before:
        return before
    settlement.must_be_bindable(holder=holder, name=name, number=number, law=law, at=at)
    settlement.locked_cash(holder)
    mine = Instruction.objects.filter(kind=_KIND.BIND, holder=holder)
    states = cases.states(BINDING, [one.reference for one in mine])
    if {"asked", "sent"} & set(states.values()):
        raise BindingUnderWay(holder=holder.name)
    made = Instruction.objects.create(
        kind=_KIND.BIND,
        holder=holder,
        asked_as=reference,
        account_number=number,
        account_name=name,
        asked_at=at,
    )
    case = NewCase(made.reference, holder, market_date(at).year)
    casework.open_cases(BINDING, [case], acting=acting, at=at, article=BINDING_ARTICLE)
    _record("ask_binding", made, acting, at, BINDING_ARTICLE)
    return made


def bind_or_ask(
    *,
    holder: Organisation,
    name: str,
    number: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> bool:
    """Bind a bank account at once, or let the bank check it where there is a link to it.

    Tells whether it is bound now. Source: CQ208-A4.2.5.

    Raises:
        What `ask_binding` and `settlement.bind_bank_account` refuse.
    """
    if BankFile.objects.exists():
        ask_binding(
            holder=holder,
            name=name,
            number=number,
            reference=reference,
            law=law,
            acting=acting,
            at=at,
        )
        return False
    settlement.bind_bank_account(
        holder=holder, name=name, number=number, law=law, acting=acting, at=at
    )
    return True


def withdrawal_hours(law: Law, day: date) -> tuple[str, str]:
    """From when to when money may be asked for on a trading day."""
    names = "settlement.withdrawal_from", "settlement.withdrawal_to"
    opens, closes = (law.on(name, day).text for name in names)
    return opens, closes


def _must_be_withdrawal_hours(law: Law, at: datetime) -> None:
    local = at.astimezone(MARKET_ZONE)
    opens, closes = withdrawal_hours(law, local.date())
    known = cases.calendar(law.jurisdiction)
    is_open = time.fromisoformat(opens) <= local.time() <= time.fromisoformat(closes)
    trades = known.is_trading_day(local.date())
    if is_open and trades:
        return
    early = trades and local.time() < time.fromisoformat(opens)
    raise OutsideWithdrawalHours(
        moment=f"{local:%Y-%m-%d %H:%M:%S}",
        opens=opens,
        closes=closes,
        next_day=local.date() if early else known.next_trading_day(local.date()),
    )


def _asked(kind: str, holder: Organisation, reference: str) -> Instruction | None:
    """What was asked under a reference before; the same at once waits for the first."""
    organisations.one_at_a_time(f"banking/{kind}/{holder.pk}/{reference}")
    mine = Instruction.objects.filter(kind=kind, holder=holder, asked_as=reference)
    return mine.select_related("holder").first()


def _withdrawal(number: int) -> Instruction:
    asked = Instruction.objects.filter(kind=_KIND.WITHDRAW).select_related("holder")
    found = asked.filter(pk=number).first()
    if found is None:
        raise NoSuchRequest(number=number)
    return found


def _record(what: str, made: Instruction, acting: Acting, at: datetime, article: str) -> None:
    journal.record(
        operation=f"banking.{what}",
        subject=made.reference,
        acting=acting,
        at=at,
        article=article,
        content={
            "holder": made.owner.code,
            "amount_fen": made.amount_fen,
            "number": made.account_number,
        },
    )
