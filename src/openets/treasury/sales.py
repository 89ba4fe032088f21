"""Paid issue of the reserve: apply, organise or not, pay and receive (有偿发放)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.treasury.models import AuctionedSale, PaidApplication, PaidIssue
from openets.treasury.procedures import PAID_APPLICATION, PAID_ISSUE
from openets.treasury.terms import NotAnOffer, must_be_positive, must_be_said, must_be_same

ARTICLE = "CQ208-4.4"


class NotYourApplication(Refusal):
    """An entity applies and pays for itself."""

    code = "not_your_application"
    article = ARTICLE
    zh = "{organisation} 不能代 {holder} 申请或付款"
    en = "{organisation} may not apply or pay for {holder}"
    remedy_zh = "请由申请单位自行办理"
    remedy_en = "The applicant does it itself"


class NothingApplied(Refusal):
    """No application of the year waits for a decision."""

    code = "nothing_applied"
    article = ARTICLE
    zh = "{year} 年度没有待决定的有偿发放申请"
    en = "No application of {year} waits for a decision"
    remedy_zh = "请核对年度"
    remedy_en = "Check the year"


class ReserveTooSmall(Refusal):
    """No more is sold than the reserve of the year still has."""

    code = "reserve_too_small"
    article = "CQETS-13"
    zh = "{year} 年度预留配额余 {left} 吨，其他有偿发放已占 {promised} 吨，不能组织 {wanted} 吨"
    en = (
        "The reserve of {year} has {left} t, {promised} t of it in other paid issues; "
        "{wanted} t cannot be offered"
    )
    remedy_zh = "请将数量减至不超过 {most} 吨"
    remedy_en = "Offer {most} t at most"


class AwardTooHigh(Refusal):
    """Nobody is awarded more than it applied for, and all together not more than is sold."""

    code = "award_too_high"
    article = ARTICLE
    zh = "{whom_zh}获配 {awarded} 吨，超过 {most} 吨"
    en = "{awarded} t for {whom_en} are more than {most} t"
    remedy_zh = "请调整获配数量"
    remedy_en = "Change the awards"


class PaymentTooLate(Refusal):
    """An award is paid until the last day of the sale."""

    code = "payment_too_late"
    article = ARTICLE
    zh = "付款期至 {last_day}（含当日），已逾期"
    en = "Payment was open until {last_day}, that day included"
    remedy_zh = "逾期视为放弃，可在下一次有偿发放时申请"
    remedy_en = "What is not paid is given up; apply for the next paid issue"


class SaleStillOpen(Refusal):
    """Who was awarded something may pay until the last day."""

    code = "sale_still_open"
    article = ARTICLE
    zh = "付款期至 {last_day}（含当日），尚有 {unpaid} 笔未付款，不能结束"
    en = "Payment is open until {last_day}, that day included, and {unpaid} are unpaid"
    remedy_zh = "请于期满次日结束"
    remedy_en = "Close it on the day after"


@transaction.atomic
def apply(
    *,
    organisation: Organisation,
    year: int,
    amount_t: Tonnes,
    reasons: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> PaidApplication:
    """Apply for allowances of a year's reserve against payment (有偿发放申请).

    The same reference again is the same application. Source: CQ208-4.4.

    Raises:
        NotYourRole, NotYourApplication, NotOnTheList, NotAnOffer, ReferenceUsed.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article=ARTICLE)
    _must_be_own(organisation, acting)
    listing.must_be_listed(organisation, year)
    must_be_positive("amount_t", "数量", "The quantity", amount_t)
    must_be_said("reasons", "理由", "The reasons", reasons)
    parties.lock_organisations([organisation])
    found = PaidApplication.objects.filter(organisation=organisation, reference=reference).first()
    if found:
        must_be_same(found, reference, year=year, amount_t=amount_t, reasons=reasons.strip())
        return found
    made = PaidApplication.objects.create(
        organisation=organisation,
        year=year,
        amount_t=amount_t,
        reasons=reasons.strip(),
        reference=reference,
        filed_at=at,
    )
    case = NewCase(made.subject, organisation, year)
    casework.open_cases(PAID_APPLICATION, [case], acting=acting, at=at, article=ARTICLE)
    return made


@transaction.atomic
def withdraw_application(*, application: PaidApplication, acting: Acting, at: datetime) -> None:
    """Take one's own application back before it is decided.

    Raises:
        NotYourRole, NotYourApplication, WrongState.
    """
    _must_be_own(application.organisation, acting)
    casework.move_cases(PAID_APPLICATION, "withdraw", [application.subject], acting=acting, at=at)


@transaction.atomic
def decline(*, year: int, reasons: str, acting: Acting, at: datetime) -> int:
    """Decide not to organise a paid issue: every waiting application of the year ends so.

    Returns how many. Source: CQ208-4.4, CQ208-A1.4.2.

    Raises:
        NotYourRole, ReasonsMissing, NothingApplied.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    subjects = [application.subject for application in _waiting(year)]
    if not subjects:
        raise NothingApplied(field="year", year=year)
    casework.move_cases(PAID_APPLICATION, "decline", subjects, acting=acting, at=at, note=reasons)
    return len(subjects)


@transaction.atomic
def prepare_sale(
    *,
    year: int,
    quantity_t: Tonnes,
    price_fen: Fen,
    last_date: date,
    terms: str,
    awards: Mapping[PaidApplication, Tonnes] | None,
    reference: str,
    acting: Acting,
    at: datetime,
) -> PaidIssue:
    """Draw up a paid issue: how much, at which price a tonne, until when, and who gets what.

    Without awards buyers and price are found by auction, from that price up. Another person opens
    it. Source: CQ208-4.4, CQ208-A1.4.2, CQETS-13.

    Raises:
        NotYourRole, NotAnOffer, NothingApplied, ReserveTooSmall, AwardTooHigh, ReferenceUsed.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    must_be_positive("quantity_t", "数量", "The quantity", quantity_t)
    must_be_positive("price_fen", "价格（分/吨）", "The price (fen/t)", price_fen)
    must_be_said("terms", "条件", "The terms", terms)
    if last_date < market_date(at):
        raise NotAnOffer(
            field="last_date", what_zh="最后付款日", what_en="The day", value=last_date
        )
    bureau = listing.organisation(acting.organisation)
    parties.lock_organisations([bureau])
    found = PaidIssue.objects.filter(reference=reference).first()
    if found:
        must_be_same(found, reference, year=year, quantity_t=quantity_t, price_fen=price_fen)
        return found
    _must_be_in_reserve(year, quantity_t)
    if awards is not None:
        _must_fit(year, quantity_t, awards)
    made = PaidIssue.objects.create(
        year=year,
        quantity_t=quantity_t,
        price_fen=price_fen,
        last_date=last_date,
        terms=terms.strip(),
        by_auction=awards is None,
        reference=reference,
        prepared_at=at,
    )
    awards = awards or {}
    for application, awarded_t in awards.items():
        PaidApplication.objects.filter(pk=application.pk).update(issue=made, awarded_t=awarded_t)
    casework.open_cases(
        PAID_ISSUE, [NewCase(made.subject, bureau, year)], acting=acting, at=at, article=ARTICLE
    )
    journal.record(
        operation="treasury.prepare_sale",
        subject=made.subject,
        acting=acting,
        at=at,
        article=ARTICLE,
        content={
            "year": year,
            "quantity_t": quantity_t,
            "price_fen": price_fen,
            "last_date": last_date.isoformat(),
            "terms": made.terms,
            "by_auction": made.by_auction,
            "awards": {application.subject: awards[application] for application in awards},
        },
    )
    return made


@transaction.atomic
def open_sale(*, issue: PaidIssue, acting: Acting, at: datetime) -> None:
    """Open a prepared paid issue, as another person: awards are told, the rest is declined.

    One by auction decides no application: who applied may bid.

    Source: CQ208-A1.4.2.

    Raises:
        NotYourRole, WrongState, SamePerson, NotAnOffer: its last day is past.
    """
    casework.move_cases(
        PAID_ISSUE, "open", [issue.subject], acting=acting, at=at, due_date=issue.last_date
    )
    if issue.last_date < market_date(at):
        raise NotAnOffer(what_zh="最后付款日", what_en="The last day", value=issue.last_date)
    if issue.by_auction:
        return
    waiting = _waiting(issue.year)
    awarded = [a.subject for a in waiting if a.issue_id == issue.pk and a.awarded_t]
    others = [a.subject for a in waiting if a.issue_id in {None, issue.pk} and not a.awarded_t]
    casework.move_cases(
        PAID_APPLICATION, "award", awarded, acting=acting, at=at, due_date=issue.last_date
    )
    if others:
        note = f"{issue.subject}：{PAID_APPLICATION.states['declined'].zh}"
        casework.move_cases(PAID_APPLICATION, "decline", others, acting=acting, at=at, note=note)


@transaction.atomic
def withdraw_sale(*, issue: PaidIssue, reasons: str, acting: Acting, at: datetime) -> None:
    """Drop a prepared paid issue; the applications wait again.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(PAID_ISSUE, "withdraw", [issue.subject], acting=acting, at=at, note=reasons)
    issue.applications.update(issue=None, awarded_t=None)


@transaction.atomic
def buy(*, application: PaidApplication, law: Law, acting: Acting, at: datetime) -> PaidApplication:
    """Pay an award and receive the allowances, both or neither (付款发放).

    The price leaves the buyer's cash account and is owed to the treasury in full; the reserve is
    written down and as much issued to the registry account as paid. What was bought before is
    left as it is. Source: CQETS-12, CQETS-13, CQETS-19.

    Raises:
        NotYourRole, NotYourApplication, WrongState, PaymentTooLate, NoCashAccount,
        NotEnoughMoney, NoAccount, NotEnoughUnits.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-12")
    _must_be_own(application.organisation, acting)
    rows = PaidApplication.objects.select_for_update(of=("self",)).select_related(
        "issue", "organisation"
    )
    row = rows.get(pk=application.pk)
    if row.bought_at:
        return row
    casework.move_cases(PAID_APPLICATION, "buy", [row.subject], acting=acting, at=at)
    assert row.issue is not None, "an award names its sale"
    assert row.awarded_t, "and its tonnes"
    if market_date(at) > row.issue.last_date:
        raise PaymentTooLate(last_day=row.issue.last_date)
    settlement.pay_for_sale(
        buyer=row.organisation,
        amount_fen=Fen(row.price_fen),
        reference=row.subject,
        acting=acting,
        at=at,
    )
    registry.sell_reserve(
        holder=row.organisation,
        amount_t=Tonnes(row.awarded_t),
        year=row.year,
        reference=row.subject,
        law=law,
        acting=acting,
        at=at,
    )
    row.bought_at = at
    row.save(update_fields=["bought_at"])
    return row


@transaction.atomic
def close_sale(*, issue: PaidIssue, acting: Acting, at: datetime) -> int:
    """End a paid issue after its last day, or when all is paid; unpaid awards lapse.

    Returns how many lapsed.

    Raises:
        NotYourRole, WrongState, SaleStillOpen.
    """
    casework.move_cases(PAID_ISSUE, "close", [issue.subject], acting=acting, at=at)
    unpaid = cases.in_state(PAID_APPLICATION, issue.year, "awarded").filter(
        subject__in=[a.subject for a in issue.applications.all()]
    )
    subjects = [case.subject for case in unpaid]
    if subjects and market_date(at) <= issue.last_date:
        raise SaleStillOpen(last_day=issue.last_date, unpaid=len(subjects))
    if subjects:
        casework.move_cases(PAID_APPLICATION, "lapse", subjects, acting=acting, at=at)
    return len(subjects)


def promised_t(year: int) -> Tonnes:
    """Tonnes of a year's reserve in prepared and open paid issues that are not bought yet."""
    live = cases.in_state(PAID_ISSUE, year, "prepared", "open").values_list("subject", flat=True)
    found = [issue for issue in PaidIssue.objects.filter(year=year) if issue.subject in set(live)]
    bought = PaidApplication.objects.filter(issue__in=found, bought_at__isnull=False)
    sold = bought.aggregate(t=Sum("awarded_t"))["t"] or 0
    auctioned = AuctionedSale.objects.filter(issue__in=found).aggregate(t=Sum("amount_t"))["t"] or 0
    return Tonnes(sum(issue.quantity_t for issue in found) - sold - auctioned)


def _waiting(year: int) -> list[PaidApplication]:
    """The applications of a year that wait for a decision, in the order they came."""
    waiting = set(cases.in_state(PAID_APPLICATION, year, "filed").values_list("subject", flat=True))
    return [a for a in PaidApplication.objects.filter(year=year) if a.subject in waiting]


def _must_be_in_reserve(year: int, quantity_t: int) -> None:
    left, promised = holdings.reserve_left(year), promised_t(year)
    if quantity_t > left - promised:
        raise ReserveTooSmall(
            field="quantity_t",
            year=year,
            left=left,
            promised=promised,
            wanted=quantity_t,
            most=left - promised,
        )


def _must_fit(year: int, quantity_t: int, awards: Mapping[PaidApplication, Tonnes]) -> None:
    free = {application.pk for application in _waiting(year) if application.issue_id is None}
    if not awards or not {application.pk for application in awards} <= free:
        raise NothingApplied(field="awards", year=year)
    for application, awarded in awards.items():
        must_be_positive("awards", "获配数量", "An award", awarded)
        if awarded > application.amount_t:
            name = application.organisation.name
            raise AwardTooHigh(
                field="awards",
                whom_zh=name,
                whom_en=name,
                awarded=awarded,
                most=application.amount_t,
            )
    if sum(awards.values()) > quantity_t:
        raise AwardTooHigh(
            field="awards",
            whom_zh="各单位合计",
            whom_en="all together",
            awarded=sum(awards.values()),
            most=quantity_t,
        )


def _must_be_own(holder: Organisation, acting: Acting) -> None:
    if acting.organisation != holder.code:
        raise NotYourApplication(organisation=acting.organisation, holder=holder.name)
