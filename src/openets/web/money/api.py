"""Money for programs: one's own, the settlement desk's, fees and market reports."""

from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.banking import operations as banking
from openets.banking import queries as bank
from openets.clearing import operations as clearing
from openets.clearing import queries
from openets.clearing.models import MarketReport
from openets.clearing.reports import PeriodKind
from openets.kernel.quantity import Fen as WholeFen
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.settlement import fees as schedule
from openets.settlement import queries as money
from openets.web import clock
from openets.web.guards import acting_of, guarded, must_reach, public, within
from openets.web.schemas import Exact, Fen, answers

router = Router(tags=["money"])
settlement_router = Router(tags=["settlement"])
Reference = Field(max_length=80, description="of the caller: the same again is done once")


class NoSuchReport(Refusal):
    """No report of this period was published."""

    code = "no_such_market_report"
    article = "CQVER-36.2"
    zh = "{kind} {start} 的交易报告尚未公布"
    en = "No report {kind} of {start} is published"
    remedy_zh = "请从已公布的报告中选择"
    remedy_en = "Choose one of the list"


class BalanceOut(Schema):
    """One's own money in fen."""

    available_fen: Fen
    orders_hold_fen: Fen
    withdrawals_hold_fen: Fen
    bank_number: str


class RequestOut(Schema):
    """What was asked of the bank; state as in the table of the procedure."""

    number: int
    kind: str
    amount_fen: Fen
    account_number: str
    asked_at: datetime
    state: str
    reason: str


class WithdrawalIn(Schema):
    """A withdrawal to the bound account."""

    amount_fen: Fen
    reference: str = Reference


class BindingIn(Schema):
    """An account to be checked by the bank and bound."""

    holder_name: str = Field(max_length=200)
    number: str = Field(max_length=40)
    reference: str = Reference


class ObjectionIn(Schema):
    """What is wrong with a statement."""

    text: str = Field(max_length=2000)


class StatementOut(Schema):
    """A clearing statement as it was served; tonnes and fen, out below 0."""

    day: date
    holder: str
    state: str = Field(description="served, accepted, filed, upheld or rejected")
    objections_until: datetime
    sha256: str
    content: dict[str, Any]


class FeeOut(Schema):
    """What one side pays of the turnover."""

    method: str
    side: str
    ratio: Exact


class ReportOut(Schema):
    """A published report; prices in fen a tonne."""

    kind: str
    start_date: date
    end_date: date
    published_at: datetime
    analysis: str
    rows: list[dict[str, Any]]


class ConservedOut(Schema):
    """Where the money at the bank belongs."""

    at_bank_fen: Fen
    held_fen: Fen
    fees_fen: Fen
    proceeds_fen: Fen
    suspense_fen: Fen
    reserve_fen: Fen
    holds: bool


class ItemOut(Schema):
    """Money whose owner is not known."""

    number: int
    bank_reference: str
    account_name: str
    account_number: str
    amount_fen: Fen
    state: str


class ProposalIn(Schema):
    """Whose money it is, by the code of the participant; without one it goes back."""

    holder: str = Field("", max_length=50)
    reasons: str = Field(max_length=2000)


class FileOut(Schema):
    """A file of the bank."""

    number: int
    name: str
    outgoing: bool
    at: datetime
    state: str
    rows: int
    repeated: int
    faults: list[dict[str, Any]]


class ClearedOut(Schema):
    """A day whose statements were served."""

    day: date
    since: datetime
    until: datetime
    fees_fen: Fen
    reserved_fen: Fen
    objections_until: datetime
    statements: int


class PublishIn(Schema):
    """The period a day lies in, and the exchange's own words."""

    kind: Literal["week", "month", "year"]
    day: date
    analysis: str = Field("", max_length=2000)


class DecisionIn(Schema):
    """The decision of an objection."""

    upheld: bool
    reasons: str = Field(max_length=2000)


@router.get("/balance", response=answers(BalanceOut))
@within("banking.ask_withdrawal")
def balance(request: HttpRequest) -> dict[str, Any]:
    """One's own money."""
    holder = parties.organisation(acting_of(request).organisation)
    cash, holds = money.cash(holder), money.holds_of(holder)
    account = money.cash_account(holder)
    return {
        "available_fen": cash.available_fen if cash else 0,
        "orders_hold_fen": holds.orders_fen,
        "withdrawals_hold_fen": holds.withdrawals_fen,
        "bank_number": account.bank_number if account else "",
    }


@router.get("/withdrawals", response=answers(list[RequestOut]))
@within("banking.ask_withdrawal")
def withdrawals(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own withdrawals, newest first."""
    holder = parties.organisation(acting_of(request).organisation)
    return [_request(one) for one in bank.withdrawals(holder)]


@router.post("/withdrawals", response=answers(RequestOut))
@within("banking.ask_withdrawal")
def withdraw(request: HttpRequest, body: WithdrawalIn) -> dict[str, Any]:
    """Ask for money; it is held from now on."""
    acting = acting_of(request)
    made = banking.ask_withdrawal(
        holder=parties.organisation(acting.organisation),
        amount_fen=WholeFen(body.amount_fen),
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _withdrawal(made.pk)


@router.post("/withdrawals/{number}/approve", response=answers(RequestOut))
@within("banking.approve_withdrawal")
def approve(request: HttpRequest, number: int) -> dict[str, Any]:
    """Approve a large one as another person."""
    banking.approve_withdrawal(number=number, acting=acting_of(request), at=clock.now(request))
    return _withdrawal(number)


@router.post("/withdrawals/{number}/cancel", response=answers(RequestOut))
@within("banking.cancel_withdrawal")
def cancel(request: HttpRequest, number: int) -> dict[str, Any]:
    """Take one back before it is sent."""
    banking.cancel_withdrawal(number=number, acting=acting_of(request), at=clock.now(request))
    return _withdrawal(number)


@router.post("/bindings", response=answers(RequestOut))
@within("banking.ask_binding")
def bind(request: HttpRequest, body: BindingIn) -> dict[str, Any]:
    """Let the bank check an account and bind it."""
    acting = acting_of(request)
    holder = parties.organisation(acting.organisation)
    made = banking.ask_binding(
        holder=holder,
        name=body.holder_name,
        number=body.number,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return next(_request(one) for one in bank.bindings(holder) if one.order.pk == made.pk)


@router.get("/statements", response=answers(list[StatementOut]))
@within("banking.ask_withdrawal")
def statements(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own clearing statements, newest first."""
    holder = parties.organisation(acting_of(request).organisation)
    return [_statement(request, one) for one in queries.statements(holder)]


@router.get("/statements/{day}/{code}", response=answers(StatementOut))
@within("money.read")
def statement(request: HttpRequest, day: date, code: str) -> dict[str, Any]:
    """The clearing statement of a participant and day."""
    holder = parties.registered(code)
    must_reach(request, "money.read", holder)
    return _statement(request, queries.served_to(holder, day))


@router.post("/statements/{day}/{code}/objection", response=answers(StatementOut))
@within("clearing.object_to")
def object_to(request: HttpRequest, day: date, code: str, body: ObjectionIn) -> dict[str, Any]:
    """Object to one's own statement; the same text again is one objection."""
    holder = parties.registered(code)
    acting = must_reach(request, "clearing.object_to", holder)
    clearing.object_to(holder=holder, day=day, text=body.text, acting=acting, at=clock.now(request))
    return _statement(request, queries.served_to(holder, day))


@router.post("/statements/{day}/{code}/decision", response=answers(StatementOut))
@guarded("clearing_objection.uphold")
def decide(request: HttpRequest, day: date, code: str, body: DecisionIn) -> dict[str, Any]:
    """Decide an objection for the exchange."""
    holder = parties.registered(code)
    clearing.decide(
        holder=holder,
        day=day,
        upheld=body.upheld,
        reasons=body.reasons,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _statement(request, queries.served_to(holder, day))


@router.get("/fees", response=answers(list[FeeOut]))
@public
def fees(request: HttpRequest) -> list[dict[str, Any]]:
    """The fee schedule in force."""
    found = schedule.schedule(law(settings.JURISDICTION), clock.today(request))
    return [{"method": f.method, "side": f.side, "ratio": f.ratio} for f in found]


@router.get("/market-reports", response=answers(list[ReportOut]))
@public
def market_reports(request: HttpRequest) -> list[MarketReport]:
    """Published reports, newest first."""
    return queries.market_reports()


@router.get("/market-reports/{kind}/{start}", response=answers(ReportOut))
@public
def market_report(request: HttpRequest, kind: str, start: date) -> MarketReport:
    """The published report of a period."""
    found = queries.market_report(kind, start)
    if found is None:
        raise NoSuchReport(kind=kind, start=start)
    return found


@router.post("/market-reports", response=answers(ReportOut))
@guarded("clearing.publish")
def publish(request: HttpRequest, body: PublishIn) -> MarketReport:
    """Publish the report of a period and submit it, once."""
    return clearing.publish(
        kind=PeriodKind(body.kind),
        day=body.day,
        analysis=body.analysis,
        acting=acting_of(request),
        at=clock.now(request),
    )


@settlement_router.get("/conservation", response=answers(ConservedOut))
@guarded("settlement_desk.read")
def conservation(request: HttpRequest) -> dict[str, Any]:
    """Where the money at the bank belongs."""
    found = money.conservation()
    return {
        "at_bank_fen": found.paid_in_fen,
        "held_fen": found.held_fen,
        "fees_fen": found.fees_fen,
        "proceeds_fen": found.proceeds_fen,
        "suspense_fen": found.suspense_fen,
        "reserve_fen": found.reserve_fen,
        "holds": found.holds,
    }


@settlement_router.get("/withdrawals", response=answers(list[RequestOut]))
@guarded("settlement_desk.read")
def all_withdrawals(request: HttpRequest) -> list[dict[str, Any]]:
    """The withdrawals of all, newest first."""
    return [_request(one) for one in bank.withdrawals()]


@settlement_router.get("/suspense", response=answers(list[ItemOut]))
@guarded("settlement_desk.read")
def suspense(request: HttpRequest) -> list[dict[str, Any]]:
    """Money whose owner is not known."""
    return [_item(one) for one in bank.suspense()]


@settlement_router.post("/suspense/{number}/propose", response=answers(ItemOut))
@guarded("suspense_item.propose_booking")
def propose(request: HttpRequest, number: int, body: ProposalIn) -> dict[str, Any]:
    """Propose to book it to a participant, or to send it back."""
    acting, at = acting_of(request), clock.now(request)
    if body.holder:
        holder = parties.registered(body.holder)
        banking.propose_booking(
            number=number, holder=holder, reasons=body.reasons, acting=acting, at=at
        )
    else:
        banking.propose_return(number=number, reasons=body.reasons, acting=acting, at=at)
    return _item_of(number)


@settlement_router.post("/suspense/{number}/confirm", response=answers(ItemOut))
@guarded("suspense_item.book")
def confirm(request: HttpRequest, number: int) -> dict[str, Any]:
    """Agree with what another person proposed."""
    banking.confirm(number=number, acting=acting_of(request), at=clock.now(request))
    return _item_of(number)


@settlement_router.get("/files", response=answers(list[FileOut]))
@guarded("settlement_desk.read")
def files(request: HttpRequest) -> list[dict[str, Any]]:
    """The files of the bank with what is wrong with them, newest first."""
    names = ("name", "outgoing", "at", "state", "rows", "repeated", "faults")
    return [
        {"number": one.pk, **{name: getattr(one, name) for name in names}} for one in bank.files()
    ]


@settlement_router.get("/days", response=answers(list[ClearedOut]))
@guarded("settlement_desk.read")
def days(request: HttpRequest) -> list[dict[str, Any]]:
    """The days whose statements were served, newest first."""
    return [_cleared(one.day) for one in queries.days()]


@settlement_router.post("/days/{day}/serve", response=answers(ClearedOut))
@guarded("clearing.serve")
def serve(request: HttpRequest, day: date) -> dict[str, Any]:
    """Serve the statements of a day; again gives what was served."""
    rules = law(settings.JURISDICTION)
    clearing.serve(day=day, law=rules, acting=acting_of(request), at=clock.now(request))
    return _cleared(day)


def _cleared(day: date) -> dict[str, Any]:
    found = queries.cleared(day)
    assert found is not None, "it was just served"
    names = ("day", "since", "until", "fees_fen", "reserved_fen", "objections_until")
    told = {name: getattr(found, name) for name in names}
    return {**told, "statements": found.statements.count()}


def _request(one: bank.Request) -> dict[str, Any]:
    order = one.order
    return {
        "number": order.pk,
        "kind": order.kind,
        "amount_fen": order.amount_fen,
        "account_number": order.account_number,
        "asked_at": order.asked_at,
        "state": one.state,
        "reason": one.reason,
    }


def _withdrawal(number: int) -> dict[str, Any]:
    return _request(bank.request(number))


def _statement(request: HttpRequest, one: queries.ClearingStatement) -> dict[str, Any]:
    return {
        "day": one.content["day"],
        "holder": one.content["holder"],
        "state": queries.stands(one, clock.now(request)),
        "objections_until": one.cleared.objections_until,
        "sha256": one.sha256,
        "content": one.content,
    }


def _item(one: bank.Item) -> dict[str, Any]:
    advice = one.advice
    return {
        "number": advice.pk,
        "bank_reference": advice.bank_reference,
        "account_name": advice.account_name,
        "account_number": advice.account_number,
        "amount_fen": advice.amount_fen,
        "state": one.state,
    }


def _item_of(number: int) -> dict[str, Any]:
    return next(_item(one) for one in bank.suspense() if one.advice.pk == number)
