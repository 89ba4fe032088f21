"""Openings for programs; a step sent twice is refused by the state it left."""

from datetime import date
from secrets import randbelow
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from ninja import Router, Schema
from pydantic import Field

from openets.banking import operations as banking
from openets.casework.models import Case
from openets.casework.operations import NoSuchCase
from openets.opening import operations, queries
from openets.opening.operations import Arrival, Information, NewContact
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind
from openets.rulebook.load import law
from openets.web import clock
from openets.web.forms import new_reference
from openets.web.guards import acting_of, guarded, within
from openets.web.opening.applicant import CODE_DIGITS
from openets.web.schemas import Tonnes, answers

router = Router(tags=["opening"])


class CaseOut(Schema):
    """An application and where it stands."""

    number: int
    subject: str
    state: str
    due_date: date | None


class StandingOut(Schema):
    """How far an organisation has come with its accounts."""

    registry_account: str | None
    registry_application: CaseOut | None
    trading_account: str | None
    trading_application: CaseOut | None
    missing_applications: list[str]
    bank_bound: bool
    linked: bool
    certification: CaseOut | None


class AnswerIn(Schema):
    """Whether an old user."""

    former_user: bool | None = None


class FormerIn(Schema):
    """Account and password of the former register."""

    account: str = Field(max_length=60)
    password: str = Field(max_length=200)


class InformationIn(Schema):
    """What an applicant tells of itself."""

    credit_code: str = Field(max_length=18)
    address: str = Field(max_length=120)
    principal: str = Field(max_length=60)

    def told(self) -> Information:
        """As the operations take it."""
        return Information(self.credit_code, self.address, self.principal)


class ContactIn(Schema):
    """A contact."""

    name: str = Field(max_length=60)
    mobile: str = Field(max_length=20)


class ApplicationIn(InformationIn):
    """An application for an account."""

    contacts: list[ContactIn]

    def named(self) -> list[NewContact]:
        """The contacts as the operations take them."""
        return [NewContact(contact.name, contact.mobile) for contact in self.contacts]


class ReplaceIn(ContactIn):
    """A contact that follows another."""

    account_kind: Literal["registry", "trading"]


class BankIn(Schema):
    """A bank account."""

    holder_name: str = Field(max_length=120)
    number: str = Field(max_length=40)


class LinkIn(Schema):
    """The number of the registry account."""

    number: str = Field(max_length=50)


class MobileIn(Schema):
    """A mobile number."""

    mobile: str = Field(max_length=20)


class CodeIn(Schema):
    """The code from the message."""

    code: str = Field(max_length=10)


class ArrivalIn(Schema):
    """Paper that came in: compliant copies by kind of document."""

    copies: dict[str, int]
    received_date: date
    posted_date: date | None = None

    def recorded(self) -> Arrival:
        """As the operations take it."""
        return Arrival(self.copies, self.received_date, self.posted_date)


class DecisionIn(Schema):
    """A decision; some need reasons."""

    reasons: str = Field(default="", max_length=1000)


class ResetIn(Schema):
    """A reset on paper."""

    password: str = Field(max_length=200)
    document_reference: str = Field(max_length=80)


class CarriedOut(Schema):
    """How much of a former account is carried over now."""

    carried_t: Tonnes


@router.get("", response=answers(StandingOut))
@within("registry_opening.submit")
def standing(request: HttpRequest) -> StandingOut:
    """How far one's own organisation has come."""
    return _standing(request)


@router.post("/registry/answer", response=answers(StandingOut))
@within("registry_opening.answer_new")
def answer(request: HttpRequest, body: AnswerIn) -> StandingOut:
    """Answer whether an old user, once."""
    operations.begin_registry_opening(
        former_user=body.former_user, law=law(settings.JURISDICTION), **_own(request)
    )
    return _standing(request)


@router.post("/registry/verify", response=answers(StandingOut))
@within("registry_opening.verify")
def verify(request: HttpRequest, body: FormerIn) -> StandingOut:
    """Prove the former account; the registry account opens at once."""
    operations.link_former_account(
        account=body.account,
        password=body.password,
        law=law(settings.JURISDICTION),
        **_own(request),
    )
    return _standing(request)


@router.post("/registry/submit", response=answers(StandingOut))
@within("registry_opening.submit")
def submit_registry(request: HttpRequest, body: ApplicationIn) -> StandingOut:
    """Send a new user's application; its documents are filed with the case before."""
    operations.submit_registry_opening(
        information=body.told(),
        contacts=body.named(),
        law=law(settings.JURISDICTION),
        **_own(request),
    )
    return _standing(request)


@router.post("/trading/begin", response=answers(StandingOut))
@within("trading_opening.apply")
def begin_trading(request: HttpRequest) -> StandingOut:
    """Begin an application for a trading account."""
    operations.begin_trading_opening(law=law(settings.JURISDICTION), **_own(request))
    return _standing(request)


@router.post("/trading/apply", response=answers(StandingOut))
@within("trading_opening.apply")
def apply_for_trading(request: HttpRequest, body: ApplicationIn) -> StandingOut:
    """Send it; the month for the paper begins."""
    operations.apply_for_trading(
        information=body.told(),
        contacts=body.named(),
        law=law(settings.JURISDICTION),
        **_own(request),
    )
    return _standing(request)


@router.post("/trading/withdraw", response=answers(StandingOut))
@within("trading_opening.withdraw")
def withdraw_trading(request: HttpRequest) -> StandingOut:
    """Take the application back."""
    operations.withdraw_trading_opening(**_own(request))
    return _standing(request)


@router.post("/bank", response=answers(StandingOut))
@within("settlement.bind_bank_account")
def bind_bank(request: HttpRequest, body: BankIn) -> StandingOut:
    """Bind one's bank account, on a trading day within the hours."""
    own = _own(request)
    banking.bind_or_ask(
        holder=own.pop("organisation"),
        name=body.holder_name,
        number=body.number,
        reference=new_reference(),
        law=law(settings.JURISDICTION),
        **own,
    )
    return _standing(request)


@router.post("/link", response=answers(StandingOut))
@within("registry.link_accounts")
def link(request: HttpRequest, body: LinkIn) -> StandingOut:
    """Link one's registry account to one's trading account."""
    own = _own(request)
    asks = registry.Link(own["organisation"], body.number, own["acting"])
    registry.link_accounts([asks], at=own["at"])
    return _standing(request)


@router.post("/contacts", response=answers(StandingOut))
@within("opening.replace_contact")
def replace_contact(request: HttpRequest, body: ReplaceIn) -> StandingOut:
    """Let another contact follow."""
    operations.replace_contact(
        kind=AccountKind(body.account_kind),
        contact=NewContact(body.name, body.mobile),
        law=law(settings.JURISDICTION),
        **_own(request),
    )
    return _standing(request)


@router.post("/platform/code", response=answers(StandingOut))
@within("opening.send_platform_code")
def send_code(request: HttpRequest, body: MobileIn) -> StandingOut:
    """Have a code sent to a mobile number."""
    operations.send_platform_code(
        mobile=body.mobile,
        code=f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}",
        send=import_string(settings.SMS_TRANSPORT),
        **_own(request),
    )
    return _standing(request)


@router.post("/platform/register", response=answers(StandingOut))
@within("opening.register_platform_account")
def register_platform(request: HttpRequest, body: CodeIn) -> StandingOut:
    """Register by the code."""
    operations.register_platform_account(
        code=body.code, law=law(settings.JURISDICTION), **_own(request)
    )
    return _standing(request)


@router.post("/platform/apply", response=answers(StandingOut))
@within("platform_certification.apply")
def apply_for_certification(request: HttpRequest) -> StandingOut:
    """Begin an application for certification."""
    operations.apply_for_certification(**_own(request))
    return _standing(request)


@router.post("/platform/submit", response=answers(StandingOut))
@within("platform_certification.submit")
def submit_certification(request: HttpRequest, body: InformationIn) -> StandingOut:
    """Send it with the licence filed before."""
    operations.submit_certification(
        information=body.told(), law=law(settings.JURISDICTION), **_own(request)
    )
    return _standing(request)


@router.post("/registry/{code}/{decision}", response=answers(CaseOut))
@within("registry_opening.approve")
def decide_registry(
    request: HttpRequest,
    code: str,
    decision: Literal["approve", "return", "correct-answer"],
    body: DecisionIn,
) -> CaseOut:
    """Approve an application, send it back with reasons, or correct a wrong yes."""
    applicant = {"organisation": _applicant(code), **_by(request)}
    if decision == "approve":
        operations.approve_registry_opening(**applicant)
    elif decision == "return":
        operations.return_registry_opening(reasons=body.reasons, **applicant)
    else:
        operations.correct_answer(reasons=body.reasons, **applicant)
    return _case(queries.standing(applicant["organisation"]).registry_case)


@router.post("/trading/{code}/{number}/paper", response=answers(CaseOut))
@within("opening.receive_trading_paper")
def receive_trading_paper(request: HttpRequest, code: str, number: int, body: ArrivalIn) -> CaseOut:
    """Record paper that came in."""
    operations.receive_trading_paper(
        subject=f"{code}/{number}",
        arrival=body.recorded(),
        law=law(settings.JURISDICTION),
        **_by(request),
    )
    return _case(queries.standing(parties.organisation(code)).trading_case)


@router.post("/trading/{code}/{number}/{decision}", response=answers(CaseOut))
@within("trading_opening.approve")
def decide_trading(
    request: HttpRequest,
    code: str,
    number: int,
    decision: Literal["approve", "reject"],
    body: DecisionIn,
) -> CaseOut:
    """Approve an application, or reject it with reasons."""
    subject = f"{code}/{number}"
    if decision == "approve":
        operations.approve_trading_opening(subject=subject, **_by(request))
    else:
        operations.reject_trading_opening(subject=subject, reasons=body.reasons, **_by(request))
    return _case(queries.standing(parties.organisation(code)).trading_case)


@router.post("/platform/{code}/paper", response=answers(CaseOut))
@within("opening.receive_platform_paper")
def receive_platform_paper(request: HttpRequest, code: str, body: ArrivalIn) -> CaseOut:
    """Record paper that came in for a certification."""
    organisation = _applicant(code)
    operations.receive_platform_paper(
        organisation=organisation,
        arrival=body.recorded(),
        law=law(settings.JURISDICTION),
        **_by(request),
    )
    return _case(queries.standing(organisation).platform_case)


@router.post("/platform/{code}/{decision}", response=answers(CaseOut))
@within("platform_certification.approve")
def decide_certification(
    request: HttpRequest, code: str, decision: Literal["approve", "reject"], body: DecisionIn
) -> CaseOut:
    """Approve a certification, or reject it with reasons."""
    organisation = _applicant(code)
    if decision == "approve":
        operations.approve_certification(organisation=organisation, **_by(request))
    else:
        operations.reject_certification(
            organisation=organisation, reasons=body.reasons, **_by(request)
        )
    return _case(queries.standing(organisation).platform_case)


@router.post("/former/{account}/reset", response=answers(None))
@within("opening.reset_former_password")
def reset(request: HttpRequest, account: str, body: ResetIn) -> None:
    """Reset a password of the former register on a paper request."""
    operations.reset_former_password(
        account=account,
        password=body.password,
        document_reference=body.document_reference,
        **_by(request),
    )


@router.post("/former/{account}/carry-over", response=answers(CarriedOut))
@guarded("registry_opening.read")
def carry_over(request: HttpRequest, account: str) -> CarriedOut:
    """Carry the paid holdings of a linked former account over, once."""
    tonnes = operations.carry_over_former(
        account=account, law=law(settings.JURISDICTION), **_by(request)
    )
    return CarriedOut(carried_t=tonnes)


def _applicant(code: str) -> Organisation:
    """The applicant of a code; one that is unknown has no application either.

    Raises:
        NoSuchCase.
    """
    found = parties.organisations([code]).first()
    if found is None:
        raise NoSuchCase(procedure="开户", subject=code)
    return found


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"acting": acting_of(request), "at": clock.now(request)}


def _own(request: HttpRequest) -> dict[str, Any]:
    by = _by(request)
    return {"organisation": parties.organisation(by["acting"].organisation), **by}


def _standing(request: HttpRequest) -> StandingOut:
    found = queries.standing(_own(request)["organisation"])
    return StandingOut(
        registry_account=found.registry_account.number if found.registry_account else None,
        registry_application=_case_or_none(found.registry_case),
        trading_account=found.trading_account.number if found.trading_account else None,
        trading_application=_case_or_none(found.trading_case),
        missing_applications=found.missing_applications,
        bank_bound=found.bank_bound,
        linked=found.linked,
        certification=_case_or_none(found.platform_case),
    )


def _case(case: Case | None) -> CaseOut:
    assert case is not None, "the operation moved it"
    return CaseOut(number=case.pk, subject=case.subject, state=case.state, due_date=case.due_date)


def _case_or_none(case: Case | None) -> CaseOut | None:
    return _case(case) if case else None
