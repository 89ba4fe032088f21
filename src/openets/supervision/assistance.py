"""Assistance groups: a named person for each entity, and the questions put to them (帮扶小组)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation, Person
from openets.parties.roles import Role
from openets.supervision.models import Assistance, Question
from openets.supervision.procedures import QUESTION


class NotOfTheBureaux(Refusal):
    """Whoever helps an entity works at the city bureau or at the bureau of its district."""

    code = "not_of_the_bureaux"
    article = "CQ208-5.2"
    zh = "{person} 不是市生态环境局或 {district} 生态环境局的人员，不能作为帮扶联系人"
    en = "{person} works neither at the city bureau nor at that of {district}"
    remedy_zh = "请指定市局或所在区县局的人员"
    remedy_en = "Name somebody of the city bureau or of the entity's district"


class NoContact(Refusal):
    """The entity has nobody to turn to yet."""

    code = "no_contact"
    article = "CQ208-5.2"
    zh = "{organisation} 尚未指定帮扶联系人"
    en = "Nobody is assigned to {organisation} yet"
    remedy_zh = "请联系市生态环境局指定联系人"
    remedy_en = "Ask the city bureau to assign a contact"


class NotTheContact(Refusal):
    """A question goes to the entity's own contact, who answers it."""

    code = "not_the_contact"
    article = "CQ208-5.2"
    zh = "{organisation} 的咨询由其帮扶联系人 {contact} 受理"
    en = "Questions of {organisation} are for its contact, {contact}"
    remedy_zh = "请由本单位向联系人提出、由联系人答复"
    remedy_en = "The entity asks and its contact answers"


class QuestionEmpty(Refusal):
    """A question says something."""

    code = "question_empty"
    article = "CQ208-5.2"
    zh = "咨询内容为空"
    en = "The question is empty"
    remedy_zh = "请填写咨询内容"
    remedy_en = "Write the question"


@transaction.atomic
def assign_contact(
    *, organisation: Organisation, contact: Person, acting: Acting, at: datetime
) -> Assistance:
    """Name the person of the assistance group an entity may turn to from today (落实专人).

    The former one is kept with its last day; the same again changes nothing. Source: CQ208-5.2.

    Raises:
        NotYourRole, NotOfTheBureaux.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-5.2")
    today = market_date(at)
    _must_be_of_a_bureau(contact, organisation, at)
    locked = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    current = Assistance.objects.filter(organisation=locked, until_date=None).first()
    if current and current.contact == contact:
        return current
    if current:
        current.until_date = today
        current.save(update_fields=["until_date"])
    journal.record(
        operation="supervision.assign_contact",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQ208-5.2",
        content={"contact": contact.username},
    )
    return Assistance.objects.create(organisation=locked, contact=contact, from_date=today)


@transaction.atomic
def ask(
    *, organisation: Organisation, text: str, reference: str, acting: Acting, at: datetime
) -> Question:
    """Put a question to one's own contact; it stays open until answered. Source: CQ208-5.2.

    Raises:
        NotYourRole, NoContact, QuestionEmpty.
        NotTheContact: for another entity.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQ208-5.2")
    current = contact_of(organisation)
    if acting.organisation != organisation.code:
        name = current.contact.display_name if current else ""
        raise NotTheContact(organisation=organisation.name, contact=name)
    if not text.strip():
        raise QuestionEmpty(field="text")
    if current is None:
        raise NoContact(organisation=organisation.name)
    question, made = Question.objects.get_or_create(
        organisation=organisation,
        reference=reference,
        defaults={"contact": current.contact, "text": text.strip(), "asked_at": at},
    )
    if made:
        case = NewCase(question.subject, organisation, market_date(at).year)
        casework.open_cases(QUESTION, [case], acting=acting, at=at, article="CQ208-5.2")
    return question


@transaction.atomic
def answer(*, question: Question, text: str, acting: Acting, at: datetime) -> Question:
    """Answer a question as the contact it was put to. Source: CQ208-5.2.

    Raises:
        NotTheContact, ReasonsMissing, WrongState.
    """
    if acting.person != question.contact.username:
        raise NotTheContact(
            organisation=question.organisation.name, contact=question.contact.display_name
        )
    casework.move_cases(QUESTION, "answer", [question.subject], acting=acting, at=at, note=text)
    question.answer, question.answered_at = text.strip(), at
    question.save(update_fields=["answer", "answered_at"])
    return question


def contact_of(organisation: Organisation) -> Assistance | None:
    """Whom an entity may turn to now."""
    rows = Assistance.objects.filter(organisation=organisation, until_date=None)
    return rows.select_related("contact").first()


def without_contact(year: int) -> QuerySet[Organisation]:
    """The entities on the list of a year that have nobody to turn to. Source: CQ208-5.2."""
    return parties.entities(year).exclude(assistance__until_date=None, assistance__isnull=False)


def questions_of(organisation: Organisation) -> QuerySet[Question]:
    """What an entity asked, newest first."""
    return Question.objects.filter(organisation=organisation).select_related("contact")


def questions_for(person: str) -> QuerySet[Question]:
    """What waits for a person's answer, oldest first."""
    rows = Question.objects.filter(contact__username=person, answered_at=None)
    return rows.select_related("organisation").order_by("id")


def _must_be_of_a_bureau(contact: Person, organisation: Organisation, at: datetime) -> None:
    for membership in parties.memberships(market_date(at)).filter(person=contact):
        is_local = (
            membership.role == Role.DISTRICT_BUREAU
            and membership.organisation.district == organisation.district
        )
        if is_local or membership.role == Role.CITY_BUREAU:
            return
    raise NotOfTheBureaux(person=contact.display_name, district=organisation.district)
