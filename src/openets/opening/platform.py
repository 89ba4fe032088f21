"""Accounts of companies on the Tanhuitong platform: mobile number, certification, review."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from openets.casework import operations as casework
from openets.casework.transports import DeliveryFailed, Message, Transport
from openets.crediting import operations as crediting
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.opening import material, papers
from openets.opening.contacts import is_mobile
from openets.opening.material import Arrival, Information
from openets.opening.models import PaperReceipt, PlatformAccount
from openets.opening.procedures import APPLICANTS, PLATFORM_CERTIFICATION
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

LICENCE = "business_licence"


class BadMobile(Refusal):
    """An account is registered with a mobile number."""

    code = "bad_mobile"
    article = "CQ208-A5.1.1"
    zh = "手机号码“{mobile}”不正确"
    en = "“{mobile}” is no mobile number"
    remedy_zh = "请填写单位授权的手机号码"
    remedy_en = "Give the number the company authorised"


class MobileTaken(Refusal):
    """A mobile number registers one account."""

    code = "mobile_taken"
    article = "CQ208-A5.1.1"
    zh = "手机号码 {mobile} 已注册"
    en = "The number {mobile} is registered already"
    remedy_zh = "请使用单位授权的其他手机号码"
    remedy_en = "Use another number that the company authorised"


class PlatformAccountExists(Refusal):
    """A company has one account on the platform."""

    code = "platform_account_exists"
    article = "CQ208-A5.1.1"
    zh = "{organisation} 已注册“碳惠通”平台账户"
    en = "{organisation} has an account on the platform already"
    remedy_zh = "请直接申请企业认证"
    remedy_en = "Go on to the certification"


class CodeNotSent(Refusal):
    """The message with the code could not be handed over."""

    code = "code_not_sent"
    article = "CQ208-A5.1.1"
    zh = "验证码短信发送失败：{fault}"
    en = "The message with the code could not be sent: {fault}"
    remedy_zh = "请稍后重试"
    remedy_en = "Try again later"


class WrongCode(Refusal):
    """The code is not the one that was sent, or it is too old or was tried too often."""

    code = "wrong_code"
    article = "CQ208-A5.1.1"
    zh = "验证码不正确或已失效（{minutes} 分钟内有效，最多 {most} 次）"
    en = "The code is wrong or no longer valid: it holds {minutes} minutes and {most} tries"
    remedy_zh = "请核对短信，或重新获取验证码"
    remedy_en = "Check the message, or have a new code sent"


@transaction.atomic
def send_platform_code(
    *,
    organisation: Organisation,
    mobile: str,
    code: str,
    send: Transport,
    acting: Acting,
    at: datetime,
) -> None:
    """Send a code to the mobile number a company wants to register with (获取验证码).

    The code itself is kept nowhere, only its digest. Source: CQ208-A5.1.1.

    Raises:
        NotYourRole, OutsideYourScope, BadMobile, MobileTaken, PlatformAccountExists, CodeNotSent.
    """
    acting.must_be(*APPLICANTS, article="CQ208-A5.1.1")
    people.must_be_allowed(acting, "opening.send_platform_code", organisation)
    mobile = mobile.strip()
    if not is_mobile(mobile):
        raise BadMobile(field="mobile", mobile=mobile)
    parties.lock_organisations([organisation])
    before = PlatformAccount.objects.filter(organisation=organisation).first()
    if before and before.registered_at:
        raise PlatformAccountExists(organisation=organisation.name)
    _must_be_free(mobile)
    PlatformAccount.objects.update_or_create(
        organisation=organisation,
        defaults={
            "mobile": mobile,
            "code_digest": _digest(mobile, code),
            "code_sent_at": at,
            "code_wrong_entries": 0,
        },
    )
    journal.record(
        operation="opening.send_platform_code",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQ208-A5.1.1",
        content={"mobile": mobile},
    )
    zh, en = f"“碳惠通”平台注册验证码：{code}", f"Your code for the Tanhuitong platform: {code}"
    try:
        send(Message(mobile, zh, en))
    except DeliveryFailed as fault:
        raise CodeNotSent(fault=str(fault)) from fault


def register_platform_account(
    *, organisation: Organisation, code: str, law: Law, acting: Acting, at: datetime
) -> PlatformAccount:
    """Register a company's account by the code it was sent: registered, not certified (注册).

    A wrong code is counted and stays counted. Source: CQ208-A5.1.1.

    Raises:
        NotYourRole, OutsideYourScope, WrongCode, MobileTaken, PlatformAccountExists.
    """
    acting.must_be(*APPLICANTS, article="CQ208-A5.1.1")
    people.must_be_allowed(acting, "opening.register_platform_account", organisation)
    with transaction.atomic():
        parties.lock_organisations([organisation])
        account = PlatformAccount.objects.filter(organisation=organisation).first()
        if account and account.registered_at:
            raise PlatformAccountExists(organisation=organisation.name)
        if account and _is_right(account, code.strip(), law, at):
            _register(account, acting, at)
            return account
        if account:
            account.code_wrong_entries += 1
            account.save()
    # Raised after the commit, so that the wrong entry stays counted.
    minutes, most = _code_limits(law, at)
    raise WrongCode(field="code", minutes=minutes, most=most)


@transaction.atomic
def apply_for_certification(*, organisation: Organisation, acting: Acting, at: datetime) -> None:
    """Begin an application for certification (申请认证). Source: CQ208-A5.1.2.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchCase.
        WrongState: it is under way, or the company is certified.
    """
    people.must_be_allowed(acting, "platform_certification.apply", organisation)
    _move("apply", organisation, acting, at)


@transaction.atomic
def submit_certification(
    *,
    organisation: Organisation,
    information: Information,
    law: Law,
    acting: Acting,
    at: datetime,
) -> None:
    """Send the information with the business licence (提交申请). Source: CQ208-A5.1.3.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchCase, WrongState, BadCreditCode.
        MaterialMissing: the licence or a field is not there.
    """
    people.must_be_allowed(acting, "platform_certification.submit", organisation)
    parties.lock_organisations([organisation])
    case = material.case_of(PLATFORM_CERTIFICATION, organisation.code)
    listed = papers.papers(law, papers.PLATFORM_LIST, market_date(at))
    licence = papers.uploads(listed, [LICENCE])
    given = material.must_be_complete(case, information, licence, article="CQ208-A5.1.3")
    _move("submit", organisation, acting, at)
    PlatformAccount.objects.filter(organisation=organisation).update(information=given)


@transaction.atomic
def receive_platform_paper(
    *, organisation: Organisation, arrival: Arrival, law: Law, acting: Acting, at: datetime
) -> PaperReceipt:
    """Record paper that came in for a certification; review begins once it is complete.

    Source: CQ208-A5.1.4.

    Raises:
        NotYourRole, NoSuchCase, WrongState, PaperDateWrong, UnknownPaper.
    """
    acting.must_be(Role.PLATFORM_OPERATOR, article="CQ208-A5.1.4")
    parties.lock_organisations([organisation])
    case = material.case_of(PLATFORM_CERTIFICATION, organisation.code)
    listed = papers.papers(law, papers.PLATFORM_LIST, market_date(at))
    receipt, short = material.record_arrival(case, arrival, listed, acting=acting, at=at)
    if short:
        _move("request_completion", organisation, acting, at, note=material.in_words(short))
    else:
        _move("receive_paper", organisation, acting, at)
    return receipt


@transaction.atomic
def approve_certification(*, organisation: Organisation, acting: Acting, at: datetime) -> None:
    """Approve a certification (审核通过): CQCER functions are open. Source: CQ208-A5.1.5.

    Raises:
        NotYourRole, NoSuchCase.
        WrongState: also while the paper is not complete.
    """
    _move("approve", organisation, acting, at)
    crediting.certify(organisations=[organisation], acting=acting, at=at)
    _tell(organisation, acting, at)


@transaction.atomic
def reject_certification(
    *, organisation: Organisation, reasons: str, acting: Acting, at: datetime
) -> None:
    """Reject a certification with reasons; the company may apply again, with new paper.

    Source: CQ208-A5.1.5.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchCase, WrongState.
    """
    _move("reject", organisation, acting, at, note=reasons)
    material.void_paper(material.case_of(PLATFORM_CERTIFICATION, organisation.code), at)
    _tell(organisation, acting, at)


def _must_be_free(mobile: str) -> None:
    if PlatformAccount.objects.filter(mobile=mobile, registered_at__isnull=False).exists():
        raise MobileTaken(field="mobile", mobile=mobile)


def _digest(mobile: str, code: str) -> str:
    return salted_hmac(f"platform/{mobile}", code, algorithm="sha256").hexdigest()


def _code_limits(law: Law, at: datetime) -> tuple[int, int]:
    """For how many minutes a code holds, and how many wrong entries end it."""
    today = market_date(at)
    minutes = law.on("opening.code_minutes", today).whole
    return minutes, law.on("opening.code_wrong_entries", today).whole


def _is_right(account: PlatformAccount, code: str, law: Law, at: datetime) -> bool:
    minutes, most = _code_limits(law, at)
    fresh = at <= account.code_sent_at + timedelta(minutes=minutes)
    is_same = constant_time_compare(account.code_digest, _digest(account.mobile, code))
    return fresh and is_same and account.code_wrong_entries < most


def _register(account: PlatformAccount, acting: Acting, at: datetime) -> None:
    _must_be_free(account.mobile)
    account.registered_at = at
    account.save()
    new = casework.NewCase(account.subject, account.organisation, market_date(at).year)
    casework.open_cases(PLATFORM_CERTIFICATION, [new], acting=acting, at=at, article="CQ208-A5.1.1")


def _move(
    move: str, organisation: Organisation, acting: Acting, at: datetime, note: str = ""
) -> None:
    casework.move_cases(
        PLATFORM_CERTIFICATION, move, [organisation.code], acting=acting, at=at, note=note
    )


def _tell(organisation: Organisation, acting: Acting, at: datetime) -> None:
    account = PlatformAccount.objects.get(organisation=organisation)
    case = material.case_of(PLATFORM_CERTIFICATION, organisation.code)
    material.tell_by_sms(case, account.mobile, acting=acting, at=at)
