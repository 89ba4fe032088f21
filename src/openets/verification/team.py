"""Who may do what in a work: its body, its team, its reviewer, and while it is in progress."""

from collections.abc import Mapping

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv.records import NotYourOwn
from openets.parties.roles import Role
from openets.verification.models import Work
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


def must_be_in_team(work: Work, acting: Acting, part: str = ANY) -> None:
    """Refuse whoever does not work on it, or not as this part; the reviewer is not in the team.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart.
    """
    acting.must_be(Role.VERIFICATION_BODY, article="CQETS-25.3")
    must_be_own(work, acting)
    own = work.team.filter(verifier__person__username=acting.person)
    fitting = own.filter(part=part) if part else own.exclude(part=REVIEWER)
    if not fitting.exists():
        zh, en = PARTS[part]
        raise NotYourPart(person=acting.person, part_zh=zh, part=en)


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
