"""A body's work: the team, document review, site visit, technical review, the signed result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv import operations as mrv
from openets.mrv.figures import total_tco2e
from openets.mrv.operations import StatementMissing
from openets.rulebook.load import Law
from openets.verification import findings, queries
from openets.verification.assigning import must_be_eligible
from openets.verification.bodies import qualified
from openets.verification.checklist import ITEMS
from openets.verification.eligibility import may_lead
from openets.verification.models import CheckMark, TeamMember, Verifier, Visit, Work
from openets.verification.procedures import WORK
from openets.verification.team import (
    LEAD,
    MEMBER,
    REVIEWER,
    in_force,
    must_be_in_progress,
    must_be_in_team,
    must_be_own,
)


class TeamNotFit(Refusal):
    """A team has people of the industry, one who may lead, and a reviewer who is not in it."""

    code = "team_not_fit"
    article = "BJETS-24.i4"
    zh = "核查组不符合要求：{why_zh}"
    en = "The team cannot work like this: {why}"
    remedy_zh = "请调整核查组成员"
    remedy_en = "Change the team"


class WorkNotDone(Refusal):
    """A work is reviewed once its documents were gone through and, if drawn, the site seen."""

    code = "work_not_done"
    article = "CQETS-25.3"
    zh = "核查工作尚未完成：{missing_zh}"
    en = "The work is not done: {missing}"
    remedy_zh = "请补充后再提交技术复核"
    remedy_en = "Complete it, then submit it for review"


class VisitInFuture(Refusal):
    """What was seen on site was seen already, and took some time."""

    code = "visit_not_over"
    article = "CQETS-25.3"
    zh = "现场核查时间无效：{began} 至 {ended}"
    en = "No visit took from {began} to {ended}"
    remedy_zh = "请填写已结束的现场核查的起止时间"
    remedy_en = "Give when the visit began and ended, both in the past"


class NoSuchItem(Refusal):
    """The checklist has its items."""

    code = "no_such_item"
    article = "CQETS-25.3"
    zh = "文件评审没有项目 {item}"
    en = "The document review has no item {item}"
    remedy_zh = "可用：{known}"
    remedy_en = "Known: {known}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on site: to whom, what, and the answer."""

    person: str
    question: str
    answer: str


@transaction.atomic
def name_team(
    *,
    work: Work,
    lead: Verifier,
    members: Sequence[Verifier],
    reviewer: Verifier,
    law: Law,
    acting: Acting,
    at: datetime,
) -> None:
    """Name who works on it, and who reviews it without being in the team (技术复核人).

    Named again while the work is in progress, the new team takes the place of the first; whoever
    stays keeps the own declaration.
    Source: CQETS-25.3, BJETS-24.i4, BJETS-24.i5.

    Raises:
        NotYourRole, NotYourOwn, WrongState, NotEligible.
        TeamNotFit: too few, another body's or industry's people, or the reviewer is in the team.
    """
    must_be_own(work, acting)
    today = market_date(at)
    must_be_eligible(work.body, work.organisation, law=law, on=today)
    team = [lead, *members]
    people = {verifier.person_id for verifier in team}
    industry = work.organisation.industry
    standing = {row.pk for row in in_force(today).filter(body=work.body_id, industry=industry)}
    for verifier in (*team, reviewer):
        if verifier.pk not in standing:
            name = verifier.person.display_name or verifier.person.username
            raise _not_fit(
                f"{name} 不是本机构{industry}核查员", f"{name} is none of the industry's"
            )
    least = law.on("mrv.verifiers_min", today).whole
    if len(people) < max(least, len(team)):
        raise _not_fit(f"核查组至少 {least} 人且不得重复", f"at least {least} different people")
    if not may_lead(qualified(lead), law, today):
        raise _not_fit("负责人行业经历不足", "the lead lacks the years in the industry")
    if reviewer.person_id in people or not reviewer.may_review:
        raise _not_fit(
            "技术复核人须为核查组以外人员", "the reviewer is in the team or may not review"
        )
    casework.move_cases(WORK, "name_team", [work.subject], acting=acting, at=at)
    parts = [(lead, LEAD), *((member, MEMBER) for member in members), (reviewer, REVIEWER)]
    declared = dict(work.team.values_list("verifier__person", "declared_at"))
    work.team.all().delete()
    TeamMember.objects.bulk_create(
        TeamMember(
            work=work,
            verifier=verifier,
            part=part,
            declared_at=declared.get(verifier.person_id),
        )
        for verifier, part in parts
    )
    named = [[verifier.person.username, part] for verifier, part in parts]
    _journal("name_team", work, acting, at, team=named)


@transaction.atomic
def mark_item(
    *, work: Work, item: str, is_right: bool, note: str, acting: Acting, at: datetime
) -> CheckMark:
    """Mark an item of the document review (文件评审); marked again, the later counts.

    Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, WrongState, NoSuchItem.
    """
    must_be_in_team(work, acting, at)
    must_be_in_progress(work)
    if item not in ITEMS:
        raise NoSuchItem(item=item, known=", ".join(ITEMS))
    _journal("mark_item", work, acting, at, item=item, is_right=is_right, note=note.strip())
    return CheckMark.objects.create(
        work=work, item=item, is_right=is_right, note=note.strip(), person=acting.person, at=at
    )


@transaction.atomic
def record_visit(
    *,
    work: Work,
    place: str,
    began_at: datetime,
    ended_at: datetime,
    questions: Sequence[Asked],
    reference: str,
    acting: Acting,
    at: datetime,
) -> Visit:
    """Record a visit on site (现场核查): place, time, who was asked what. Once under a reference.

    Source: CQETS-25.3, CNETS-27.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, WrongState, VisitInFuture.
    """
    must_be_in_team(work, acting, at)
    must_be_in_progress(work)
    before = Visit.objects.filter(work=work, reference=reference).first()
    if before:
        return before
    if not began_at < ended_at <= at:
        raise VisitInFuture(
            field="ended_at", began=began_at.isoformat(" "), ended=ended_at.isoformat(" ")
        )
    asked = [asdict(question) for question in questions]
    times = [began_at.isoformat(), ended_at.isoformat()]
    _journal("record_visit", work, acting, at, place=place, times=times, questions=asked)
    return Visit.objects.create(
        work=work,
        reference=reference,
        place=place.strip(),
        began_at=began_at,
        ended_at=ended_at,
        questions=asked,
        person=acting.person,
    )


@transaction.atomic
def submit_work(*, work: Work, acting: Acting, at: datetime) -> None:
    """Submit a finished work for technical review (提交技术复核), by its lead.

    Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, WrongState, WorkNotDone.
    """
    must_be_in_team(work, acting, at, LEAD)
    marked = queries.marks(work)
    missing = [ITEMS[item] for item in ITEMS if item not in marked]
    if work.in_depth and not work.visits.exists():
        missing.append(("现场核查记录", "the record of the visit"))
    if missing:
        raise WorkNotDone(
            missing_zh="、".join(zh for zh, _ in missing),
            missing="; ".join(en for _, en in missing),
        )
    casework.move_cases(WORK, "submit", [work.subject], acting=acting, at=at)


def return_work(*, work: Work, reasons: str, acting: Acting, at: datetime) -> None:
    """Return a work to its team, by the technical reviewer. Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, ReasonsMissing, WrongState.
    """
    must_be_in_team(work, acting, at, REVIEWER)
    casework.move_cases(WORK, "return", [work.subject], acting=acting, at=at, note=reasons)


@transaction.atomic
def approve_work(*, work: Work, note: str, acting: Acting, at: datetime) -> None:
    """Approve a work (技术复核通过), by its reviewer; what is unresolved keeps the careful value.

    Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, WrongState.
    """
    must_be_in_team(work, acting, at, REVIEWER)
    casework.move_cases(WORK, "approve", [work.subject], acting=acting, at=at, note=note)
    findings.carry_open(work, acting=acting, at=at)


@transaction.atomic
def sign_result(*, work: Work, statement: bool, law: Law, acting: Acting, at: datetime) -> None:
    """Sign the statement (真实性、完整性和准确性声明) and enter the result, by the lead.

    The figures are those reported, as the findings changed them; their working stays with the
    work. The body must still meet every condition. Source: CQETS-25.3, BJETS-24, BJETS-25.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, StatementMissing, NotEligible, WrongState.
    """
    must_be_in_team(work, acting, at, LEAD)
    if not statement:
        raise StatementMissing(article="BJETS-25", field="statement")
    must_be_eligible(work.body, work.organisation, law=law, on=market_date(at))
    casework.move_cases(WORK, "enter", [work.subject], acting=acting, at=at)
    figures, explanation = queries.result(work, law=law, on=market_date(at))
    mrv.enter_results(
        results={work.organisation: figures},
        year=work.year,
        statement=statement,
        acting=acting,
        at=at,
    )
    Work.objects.filter(pk=work.pk).update(
        signed_by=acting.person,
        signed_at=at,
        verified_tco2e=total_tco2e(figures),
        explanation=explanation.as_json(),
    )


def _not_fit(why_zh: str, why: str) -> TeamNotFit:
    return TeamNotFit(why_zh=why_zh, why=why)


def _journal(operation: str, work: Work, acting: Acting, at: datetime, **content: object) -> None:
    journal.record(
        operation=f"verification.{operation}",
        subject=work.subject,
        acting=acting,
        at=at,
        article="CQETS-25.3",
        content=content,
    )
