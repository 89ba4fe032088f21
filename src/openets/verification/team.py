"""Who may do what in a work: its body, its team, its reviewer, and while it is in progress."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv.records import NotYourOwn
from openets.parties.roles import Role
from openets.verification.models import TeamMember, Verifier, Work
from openets.verification.procedures import WORK

LEAD, MEMBER, REVIEWER = "lead", "member", "reviewer"
ANY = ""
PARTS: Mapping[str, tuple[str, str]] = {
    LEAD: ("核查组负责人", "the lead"),
    MEMBER: ("核查组成员", "a member of the team"),
    REVIEWER: ("技术复核人", "the technical reviewer"),
    ANY: ("核查组成员", "in the team"),
}
"""The parts of a work in words."""


class NotYourPart(Refusal):
    """Some steps belong to one person of the work."""

    code = "not_your_part"
    article = "CQETS-25.3"
    zh = "{person} 不是本项核查的{part_zh}"
    en = "{person} is not {part} of this work"
    remedy_zh = "请由相应人员办理"
    remedy_en = "Let that person do it"


class NotQualified(Refusal):
    """Whoever works on it is qualified for the industry on that very day."""

    code = "not_qualified"
    article = "BJETS-24.i4"
    zh = "{person} 在 {day} 不具备{industry}核查资格"
    en = "{person} is not qualified to verify {industry} on {day}"
    remedy_zh = "请先登记资格，或调整核查组"
    remedy_en = "Register the qualification, or change the team"


class NotDeclared(Refusal):
    """Each person declares to have no interest in the entity before working on its report."""

    code = "member_not_declared"
    article = "BJETS-24.i5"
    zh = "{person} 尚未声明与 {name} 无利益关系"
    en = "{person} has not declared to have no interest in {name}"
    remedy_zh = "请本人先作出独立性声明；有利益关系的，由机构调整核查组"
    remedy_en = "Declare it first; with an interest the body names another team"


class NotInProgress(Refusal):
    """The team works while the work is in progress, neither before nor under review."""

    code = "work_not_in_progress"
    article = "CQETS-25.3"
    zh = "核查 {subject} 当前处于“{state_zh}”，核查组不能办理"
    en = "The work {subject} stands at “{state_en}”; its team cannot act"
    remedy_zh = "组建核查组之后、提交技术复核之前办理；已提交的须先退回"
    remedy_en = "Act after the team is named and before the review; else have it returned"


def must_be_own(work: Work, acting: Acting) -> None:
    """Refuse another body than the one that was given the work.

    Raises:
        NotYourRole, NotYourOwn.
    """
    acting.must_be(Role.VERIFICATION_BODY, article="CQETS-25.3")
    if acting.organisation != work.body.code:
        raise NotYourOwn(organisation=acting.organisation, subject=work.subject)


def must_be_in_team(work: Work, acting: Acting, at: datetime, part: str = ANY) -> None:
    """Refuse whoever does not work on it, or not as this part; the reviewer is not in the team.

    Whoever does is qualified that day and has declared to have no interest.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, NotQualified, NotDeclared.
    """
    must_be_own(work, acting)
    own = _own_parts(work, acting)
    fitting = own.filter(part=part) if part else own.exclude(part=REVIEWER)
    member = fitting.first()
    if member is None:
        zh, en = PARTS[part]
        raise NotYourPart(person=acting.person, part_zh=zh, part=en)
    _must_be_qualified(member, market_date(at))
    if member.declared_at is None:
        raise NotDeclared(person=acting.person, name=work.organisation.name)


@transaction.atomic
def declare_own_independence(*, work: Work, acting: Acting, at: datetime) -> None:
    """Declare for oneself to have no interest in the entity (独立性声明); again changes nothing.

    Each of the team and the reviewer, before they do anything. Source: BJETS-24.i5, CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, NotQualified.
    """
    must_be_own(work, acting)
    member = _own_parts(work, acting).select_for_update(of=("self",)).first()
    if member is None:
        zh, en = PARTS[ANY]
        raise NotYourPart(person=acting.person, part_zh=zh, part=en)
    _must_be_qualified(member, market_date(at))
    if member.declared_at is not None:
        return
    TeamMember.objects.filter(pk=member.pk).update(declared_at=at)
    journal.record(
        operation="verification.declare_own_independence",
        subject=work.subject,
        acting=acting,
        at=at,
        article="BJETS-24.i5",
        content={"part": member.part},
    )


def in_force(on: date) -> QuerySet[Verifier]:
    """The qualifications that hold on a day."""
    rows = Verifier.objects.filter(Q(until_date=None) | Q(until_date__gt=on), since_date__lte=on)
    return rows.select_related("person")


def must_be_in_progress(work: Work) -> None:
    """Refuse unless the team works on it now; nobody moves it on until the commit.

    Raises:
        NotInProgress.
    """
    case = cases.case(WORK, work.subject)
    assert case is not None, "every work has its case"
    (locked,) = casework.lock_cases(WORK.name, [case.pk])
    if locked.state != "in_progress":
        state = WORK.states[locked.state]
        raise NotInProgress(subject=work.subject, state_zh=state.zh, state_en=state.en)


def _own_parts(work: Work, acting: Acting) -> QuerySet[TeamMember]:
    rows = work.team.filter(verifier__person__username=acting.person)
    return rows.select_related("verifier__person")


def _must_be_qualified(member: TeamMember, on: date) -> None:
    # Registered anew, the person has another row than the one the team was named with.
    was = member.verifier
    standing = in_force(on).filter(body=was.body_id, person=was.person_id, industry=was.industry)
    if not standing.exists():
        name = was.person.display_name or was.person.username
        raise NotQualified(person=name, industry=was.industry, day=on.isoformat())
