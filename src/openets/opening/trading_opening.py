"""The way to a trading account (交易账户): the application, its month for the paper, its review."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.opening import material, papers
from openets.opening.contacts import NewContact, checked, name_contact
from openets.opening.entry_rules import Means, must_meet_entry_rules
from openets.opening.material import Arrival, Information
from openets.opening.models import Contact, PaperReceipt, TradingOpening
from openets.opening.procedures import TRADING_OPENING
from openets.opening.registry_opening import must_have_none
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind
from openets.rulebook.load import Law
from openets.settlement import operations as settlement

OPEN = [name for name, state in TRADING_OPENING.states.items() if not state.final]


class OpeningUnderWay(Refusal):
    """One application after the other."""

    code = "opening_under_way"
    article = "CQ208-A4.2.2"
    zh = "{organisation} 的开户申请 {subject} 正在办理，不能另行申请"
    en = "The application {subject} of {organisation} is under way; there is no other beside it"
    remedy_zh = "请在原申请中继续办理，或先撤回"
    remedy_en = "Go on with it, or withdraw it first"


class NoTradingOpening(Refusal):
    """There is no application of that name."""

    code = "no_trading_opening"
    article = "CQ208-A4.2.2"
    zh = "没有交易账户开户申请 {subject}"
    en = "There is no application {subject} for a trading account"
    remedy_zh = "请先提出申请"
    remedy_en = "Apply first"


@transaction.atomic
def begin_trading_opening(
    *, organisation: Organisation, law: Law, acting: Acting, at: datetime
) -> TradingOpening:
    """Begin an application for a trading account, so that its documents can be uploaded.

    Source: CQ208-A4.2.2.

    Raises:
        NotYourRole, OutsideYourScope, AccountExists, OpeningUnderWay.
        NotSet: no documents are listed for this class of participants (AMB-40).
    """
    people.must_be_allowed(acting, "trading_opening.apply", organisation)
    parties.lock_organisations([organisation])
    must_have_none(organisation, AccountKind.TRADING, article="CQ208-A4.1.2")
    papers.papers(law, papers.LISTS[Role(organisation.role)], market_date(at))
    before = TradingOpening.objects.filter(organisation=organisation).last()
    if before and cases.states(TRADING_OPENING, [before.subject])[before.subject] in OPEN:
        raise OpeningUnderWay(organisation=organisation.name, subject=before.subject)
    number = before.number + 1 if before else 1
    opening = TradingOpening.objects.create(organisation=organisation, number=number, begun_at=at)
    new = casework.NewCase(opening.subject, organisation, market_date(at).year)
    casework.open_cases(TRADING_OPENING, [new], acting=acting, at=at, article="CQ208-A4.2.2")
    return opening


@transaction.atomic
def apply_for_trading(
    *,
    organisation: Organisation,
    information: Information,
    contacts: Sequence[NewContact],
    law: Law,
    acting: Acting,
    at: datetime,
    means: Means | None = None,
) -> TradingOpening:
    """Apply online for a trading account (在线申请); the month for the paper begins.

    `means` is what an applicant for whom there are entry rules is and has (准入条件).
    Source: CQ208-A4.1.2, CQ208-A4.2.2, CQ208-A4.2.4b, CQETS-16, CQVER-37.

    Raises:
        NotYourRole, OutsideYourScope, NoTradingOpening, WrongState, WrongContactCount, BadContact.
        MaterialMissing: naming each missing item.
        BadCreditCode, NoEntryRule, BelowEntryRule, StaffMustNotTrade.
        UnknownYear: the month ends beyond the known calendar.
    """
    people.must_be_allowed(acting, "trading_opening.apply", organisation)
    people.must_not_be_staff(acting.person, market_date(at))
    must_meet_entry_rules(organisation.role, means, _entry_rules(law, at))
    parties.lock_organisations([organisation])
    opening = _latest(organisation)
    case = material.case_of(TRADING_OPENING, opening.subject)
    contact = checked(contacts, AccountKind.TRADING, law=law, at=at)
    required = trading_uploads(organisation, law, at)
    given = material.must_be_complete(case, information, required, article="CQ208-A4.2.2")
    today, known = market_date(at), cases.calendar(law.jurisdiction)
    last = papers.last_paper_day(today, law=law, calendar=known)
    _move("apply", opening, acting, at, due_date=last)
    given |= asdict(means) if means else {}
    opening.information, opening.applied_date, opening.last_paper_date = given, today, last
    opening.save()
    name_contact(organisation, AccountKind.TRADING, contact, acting=acting, at=at)
    return opening


@transaction.atomic
def withdraw_trading_opening(*, organisation: Organisation, acting: Acting, at: datetime) -> None:
    """Withdraw an application (撤回); the paper that came in for it counts no more.

    Raises:
        NotYourRole, OutsideYourScope, NoTradingOpening, WrongState.
    """
    people.must_be_allowed(acting, "trading_opening.withdraw", organisation)
    opening = _latest(organisation)
    _move("withdraw", opening, acting, at)
    material.void_paper(material.case_of(TRADING_OPENING, opening.subject), at)


@transaction.atomic
def receive_trading_paper(
    *, subject: str, arrival: Arrival, law: Law, acting: Acting, at: datetime
) -> PaperReceipt:
    """Record paper that came in (纸质材料接收): review begins once it is complete and in time.

    What is incomplete is asked for again and the month goes on; what comes after the last day ends
    the application, and all its paper is void. Source: CQ208-A4.2.3, CQ208-A4.2.4b, CQ208-A4.L,
    AMB-44.

    Raises:
        NotYourRole, NoTradingOpening, WrongState, PaperDateWrong, UnknownPaper.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQ208-A4.2.3")
    opening = _locked(subject)
    case = material.case_of(TRADING_OPENING, subject)
    applied, last = opening.applied_date, opening.last_paper_date
    if case.state != "applied" or applied is None or last is None:
        # A decision that does not fit the state is refused in the table's own words.
        _move("receive_paper", opening, acting, at)
        raise AssertionError("paper comes in for an application that was sent")
    listed = papers.papers(law, papers.LISTS[Role(opening.organisation.role)], applied)
    receipt, short = material.record_arrival(case, arrival, listed, acting=acting, at=at)
    if _counted_day(arrival, law, applied) > last:
        _lapse(opening, acting, at)
        receipt.refresh_from_db()
    elif short:
        words = material.in_words(short)
        _move("request_completion", opening, acting, at, note=words, due_date=last)
        _tell(opening, acting, at)
    else:
        _move("receive_paper", opening, acting, at)
    return receipt


@transaction.atomic
def approve_trading_opening(*, subject: str, acting: Acting, at: datetime) -> None:
    """Approve an application once its paper is complete; the trading account is active.

    A cash account waits for its bank account; the contact is told by SMS.
    Source: CQ208-A4.2.4, CQ208-A4.1.3.

    Raises:
        NotYourRole, NoTradingOpening.
        WrongState: also while the paper is not complete.
    """
    opening = _locked(subject)
    _move("approve", opening, acting, at)
    holders = [opening.organisation]
    registry.open_accounts(holders=holders, kind=AccountKind.TRADING, acting=acting, at=at)
    settlement.open_cash_accounts(holders=holders, acting=acting, at=at, bound=False)
    _tell(opening, acting, at)


@transaction.atomic
def reject_trading_opening(*, subject: str, reasons: str, acting: Acting, at: datetime) -> None:
    """Reject an application with reasons (驳回), which go out by SMS. Source: CQ208-A4.2.4.

    Raises:
        NotYourRole, ReasonsMissing, NoTradingOpening, WrongState.
    """
    opening = _locked(subject)
    _move("reject", opening, acting, at, note=reasons)
    material.void_paper(material.case_of(TRADING_OPENING, subject), at)
    _tell(opening, acting, at)


@transaction.atomic
def lapse_overdue(*, law: Law, acting: Acting, at: datetime) -> list[str]:
    """Reject every application whose month for the paper has ended (逾期驳回); tell which.

    Where the day of posting counts, nobody knows what is on its way, and none is rejected before
    its paper arrives. Source: CQ208-A4.2.4b, AMB-44.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.MARKET_CLOCK, Role.EXCHANGE_OPERATOR, article="CQ208-A4.2.4b")
    today = market_date(at)
    if law.on("trading.paper_date", today).text == "posting":
        return []
    late = TradingOpening.objects.filter(last_paper_date__lt=today).select_for_update(of=("self",))
    openings = {o.subject: o for o in late.select_related("organisation").order_by("id")}
    standing = cases.states(TRADING_OPENING, list(openings))
    ended = [subject for subject, state in standing.items() if state == "applied"]
    for subject in sorted(ended):
        _lapse(openings[subject], acting, at)
    return sorted(ended)


def trading_uploads(organisation: Organisation, law: Law, at: datetime) -> list[papers.Paper]:
    """The documents to be uploaded with an application for a trading account.

    Raises:
        NotSet.
    """
    day = market_date(at)
    listed = papers.papers(law, papers.LISTS[Role(organisation.role)], day)
    return papers.uploads(listed, law.on("opening.trading_uploads", day).items)


def _entry_rules(law: Law, at: datetime) -> Sequence[Mapping[str, Any]]:
    """The entry rules in force; where the texts leave them open there are none (AMB-40)."""
    key = "participants.entry_rules"
    return law.on(key, market_date(at)).items if law.is_set(key) else ()


def _counted_day(arrival: Arrival, law: Law, applied: date) -> date:
    """The day of the paper that is compared with the last day. Source: AMB-44."""
    posting = law.on("trading.paper_date", applied).text == "posting"
    return arrival.posted_date if posting and arrival.posted_date else arrival.received_date


def _latest(organisation: Organisation) -> TradingOpening:
    found = TradingOpening.objects.filter(organisation=organisation).last()
    if found is None:
        raise NoTradingOpening(subject=organisation.code)
    return found


def _locked(subject: str) -> TradingOpening:
    code, _, number = subject.rpartition("/")
    rows = TradingOpening.objects.select_for_update(of=("self",)).select_related("organisation")
    found = rows.filter(organisation__code=code, number=number if number.isdecimal() else 0)
    opening = found.first()
    if opening is None:
        raise NoTradingOpening(subject=subject)
    return opening


def _lapse(opening: TradingOpening, acting: Acting, at: datetime) -> None:
    _move("lapse", opening, acting, at)
    material.void_paper(material.case_of(TRADING_OPENING, opening.subject), at)
    _tell(opening, acting, at)


def _move(
    move: str,
    opening: TradingOpening,
    acting: Acting,
    at: datetime,
    note: str = "",
    due_date: date | None = None,
) -> None:
    casework.move_cases(
        TRADING_OPENING,
        move,
        [opening.subject],
        acting=acting,
        at=at,
        note=note,
        due_date=due_date,
    )


def _tell(opening: TradingOpening, acting: Acting, at: datetime) -> None:
    contact = Contact.objects.get(
        organisation=opening.organisation,
        account_kind=AccountKind.TRADING,
        until_at__isnull=True,
    )
    case = material.case_of(TRADING_OPENING, opening.subject)
    material.tell_by_sms(case, contact.mobile, acting=acting, at=at)
