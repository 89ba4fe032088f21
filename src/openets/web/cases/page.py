"""What the page of one case shows; it prints as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from openets.casework import queries as casework
from openets.casework.models import Case, Comment, Document
from openets.casework.procedure import Procedure
from openets.parties.roles import TITLES, Role
from openets.web import words
from openets.web.language import Said

SECONDS_AN_HOUR = 3600
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One step: who, in which role, when, what, by which article, why, and the time it took."""

    at: datetime
    move: Said
    state: Said
    person: str
    role: Said
    organisation: str
    article: str
    note: str
    waited: Said
    working_days: int | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with everything that is remembered of it."""

    title: Said
    subject: str
    organisation: str
    year: int
    state: Said
    due_date: date | None
    trail: Sequence[TrailRow]
    comments: Sequence[Comment]
    documents: Sequence[Document]


def case_page(procedure: Procedure, case: Case) -> CasePage:
    """The page of a case."""
    return CasePage(
        title=Said(procedure.zh, procedure.en),
        subject=case.subject,
        organisation=case.organisation.name,
        year=case.year,
        state=words.state_of(procedure, case.state),
        due_date=case.due_date,
        trail=trail_rows(procedure, case),
        comments=list(case.comments.all()),
        documents=casework.documents(case),
    )


def trail_rows(procedure: Procedure, case: Case) -> list[TrailRow]:
    """The trail (办理轨迹) of a case, in order."""
    return [
        TrailRow(
            at=step.line.at,
            move=words.move_of(procedure, step.line.move),
            state=words.state_of(procedure, step.line.target),
            person=step.line.person,
            role=Said(*TITLES[Role(step.line.role)]),
            organisation=step.line.organisation,
            article=step.line.article,
            note=step.line.note,
            waited=_waited(int(step.waited.total_seconds()) // SECONDS_AN_HOUR),
            working_days=step.working_days,
        )
        for step in casework.steps(case, settings.JURISDICTION)
    ]


def _waited(all_hours: int) -> Said:
    days, hours = divmod(all_hours, HOURS_A_DAY)
    return Said(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
