"""The way to a registry account (注册登记账户): the question, the application, its review."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.opening import material, papers
from openets.opening.contacts import NewContact, checked, name_contact
from openets.opening.material import Information
from openets.opening.models import Contact, FormerAccount, RegistryOpening
from openets.opening.procedures import REGISTRY_OPENING
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import ACCOUNT_TITLES, AccountKind
from openets.rulebook.load import Law


class AccountExists(Refusal):
    """A participant has one account of a kind."""

    code = "account_exists"
    zh = "{holder} 已开立{kind_zh}（{number}），不能重复开户"
    en = "{holder} has the {kind_en} {number} already and gets no second one"
    remedy_zh = "请直接使用已有账户"
    remedy_en = "Use the account there is"


class AnswerMissing(Refusal):
    """The question is answered with yes or no."""

    code = "answer_missing"
    article = "CQ208-A3.0"
    zh = "请选择是否为老登记簿用户"
    en = "Say whether you are a user of the former register"
    remedy_zh = "在原登记簿开过户的选“是”，否则选“否”"
    remedy_en = "Choose yes if you had an account there, otherwise no"


class AnsweredAlready(Refusal):
    """The question is asked once."""

    code = "answered_already"
    article = "CQ208-A3.0"
    zh = "{organisation} 已选择过开户方式"
    en = "{organisation} has answered the question already"
    remedy_zh = "请在原申请中继续办理；选错的，请联系注册登记机构更正"
    remedy_en = "Go on with the application; the registration agency corrects a wrong answer"


class FormerUserLinked(Refusal):
    """Who is linked to a former account is no new user."""

    code = "former_user_linked"
    article = "CQ208-A3.2.2"
    zh = "{organisation} 已关联原登记簿账户 {account}，不能按新用户开户"
    en = "{organisation} is linked to the former account {account} and is no new user"
    remedy_zh = "请使用已开立的账户"
    remedy_en = "Use the account that was opened with it"


@transaction.atomic
def begin_registry_opening(
    *,
    organisation: Organisation,
    former_user: bool | None,
    law: Law,
    acting: Acting,
    at: datetime,
) -> RegistryOpening:
    """Answer whether an entity is an old user (是否老登记簿用户), once, and begin its application.

    Source: CQ208-A3.0, CQ208-A3.1.2, CQ208-A3.2.2.

    Raises:
        NotYourRole, OutsideYourScope, AnswerMissing, AccountExists, FormerUserLinked,
        AnsweredAlready.
        NotSet: no documents are listed for this class of participants (AMB-40).
    """
    move = "answer_former" if former_user else "answer_new"
    people.must_be_allowed(acting, f"registry_opening.{move}", organisation)
    if former_user is None:
        raise AnswerMissing(field="former_user")
    parties.lock_organisations([organisation])
    linked = FormerAccount.objects.filter(linked_to=organisation).first()
    if linked and not former_user:
        raise FormerUserLinked(organisation=organisation.name, account=linked.account)
    must_have_none(organisation, AccountKind.REGISTRY, article="CQ208-A3.2.1")
    if RegistryOpening.objects.filter(organisation=organisation).exists():
        raise AnsweredAlready(organisation=organisation.name)
    if not former_user:
        papers.papers(law, papers.LISTS[Role(organisation.role)], market_date(at))
    opening = RegistryOpening.objects.create(
        organisation=organisation, former_user=former_user, begun_at=at
    )
    new = casework.NewCase(opening.subject, organisation, market_date(at).year)
    casework.open_cases(REGISTRY_OPENING, [new], acting=acting, at=at, article="CQ208-A3.1.1")
    casework.move_cases(REGISTRY_OPENING, move, [opening.subject], acting=acting, at=at)
    return opening


@transaction.atomic
def correct_answer(
    *, organisation: Organisation, reasons: str, acting: Acting, at: datetime
) -> None:
    """Let whoever said yes by mistake go on as a new user. Source: CQ208-A3.0.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchCase, WrongState.
    """
    _move("correct_answer", organisation, acting, at, note=reasons)
    RegistryOpening.objects.filter(organisation=organisation).update(former_user=False)


@transaction.atomic
def submit_registry_opening(
    *,
    organisation: Organisation,
    information: Information,
    contacts: Sequence[NewContact],
    law: Law,
    acting: Acting,
    at: datetime,
) -> None:
    """Send a new user's application for a registry account, or send it again after its return.

    Source: CQ208-A3.2.3, CQ208-A4.1.1.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchCase, WrongState, WrongContactCount, BadContact.
        MaterialMissing: naming each missing item.
        BadCreditCode.
    """
    people.must_be_allowed(acting, "registry_opening.submit", organisation)
    parties.lock_organisations([organisation])
    case = material.case_of(REGISTRY_OPENING, organisation.code)
    contact = checked(contacts, AccountKind.REGISTRY, law=law, at=at)
    required = registry_uploads(case.organisation, law, at)
    given = material.must_be_complete(case, information, required, article="CQ208-A3.2.3")
    _move("submit", organisation, acting, at)
    RegistryOpening.objects.filter(organisation=organisation).update(information=given)
    name_contact(organisation, AccountKind.REGISTRY, contact, acting=acting, at=at)


@transaction.atomic
def approve_registry_opening(*, organisation: Organisation, acting: Acting, at: datetime) -> None:
    """Approve an application (审核通过): the account is active, the contact is told by SMS.

    Source: CQ208-A3.2.3.

    Raises:
        NotYourRole, NoSuchCase, WrongState.
    """
    _move("approve", organisation, acting, at)
    registry.open_accounts(holders=[organisation], kind=AccountKind.REGISTRY, acting=acting, at=at)
    _tell(organisation, acting, at)


@transaction.atomic
def return_registry_opening(
    *, organisation: Organisation, reasons: str, acting: Acting, at: datetime
) -> None:
    """Send an application back with reasons (退回补正); it may be sent again. Source: CQ208-A3.2.3.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchCase, WrongState.
    """
    _move("return", organisation, acting, at, note=reasons)
    _tell(organisation, acting, at)


def registry_uploads(organisation: Organisation, law: Law, at: datetime) -> list[papers.Paper]:
    """The documents to be uploaded with an application for a registry account.

    Raises:
        NotSet.
    """
    day = market_date(at)
    listed = papers.papers(law, papers.LISTS[Role(organisation.role)], day)
    return papers.uploads(listed, law.on("opening.registry_uploads", day).items)


def must_have_none(organisation: Organisation, kind: AccountKind, *, article: str) -> None:
    """Refuse a second account of a kind.

    Raises:
        AccountExists.
    """
    account = holdings.open_account(organisation, kind)
    if account is not None:
        zh, en = ACCOUNT_TITLES[kind]
        raise AccountExists(
            article=article,
            holder=organisation.name,
            kind_zh=zh,
            kind_en=en.lower(),
            number=account.number,
        )


def _move(
    move: str, organisation: Organisation, acting: Acting, at: datetime, note: str = ""
) -> None:
    casework.move_cases(
        REGISTRY_OPENING, move, [organisation.code], acting=acting, at=at, note=note
    )


def _tell(organisation: Organisation, acting: Acting, at: datetime) -> None:
    contact = Contact.objects.get(
        organisation=organisation, account_kind=AccountKind.REGISTRY, until_at__isnull=True
    )
    case = material.case_of(REGISTRY_OPENING, organisation.code)
    material.tell_by_sms(case, contact.mobile, acting=acting, at=at)
