"""What may be asked about cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from openets.casework.models import Case, Delivery, Document, Holiday, Notice, TrailLine
from openets.casework.procedure import Move, Procedure
from openets.casework.retention import removable_from
from openets.casework.scope import addressees, cases_of
from openets.kernel.calendar import Calendar, UnknownYear
from openets.kernel.clock import market_date
from openets.parties.models import Organisation
from openets.rulebook import load
from openets.rulebook.load import Law
from openets.select import Select

_NAMED = Select(Case, "procedure = %s and subject = %s")

BY_DUE_DAY = (F("due_date").asc(nulls_last=True), "id")
"""The most urgent first; what is due on no day stands last."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a trail and the time the case had waited for it.

    `working_days` is None where the calendar does not know a year in between.
    """

    line: TrailLine
    waited: timedelta
    working_days: int | None


@dataclass(frozen=True, slots=True)
class Next:
    """A move a role may make, and whether it takes another person than the one who asks."""

    name: str
    move: Move
    needs_another: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that is kept, and the first day it may be removed, or None if not known yet."""

    document: Document
    removable_from: date | None


def calendar(jurisdiction: str) -> Calendar:
    """The days a jurisdiction counts by: the rulebook's, and those of years imported since.

    Source: AMB-01.
    """
    imported = {day.date: (day.kind, day.name) for day in Holiday.objects.all()}
    return load.calendar(jurisdiction).extended(imported)


def case(procedure: Procedure, subject: str) -> Case | None:
    """The case of a subject, or None."""
    return _NAMED.first(procedure.name, subject)


def numbered(number: int) -> Case | None:
    """The case of a number, or None."""
    return Case.objects.select_related("organisation", "handler").filter(pk=number).first()


def in_state(procedure: Procedure, year: int, *states: str) -> QuerySet[Case]:
    """The cases of a year that stand in one of these states, in the order of the list."""
    found = Case.objects.filter(procedure=procedure.name, year=year, state__in=states)
    return found.select_related("organisation").order_by("organisation__number", "id")


def years(procedure: Procedure, state: str) -> list[int]:
    """The years of which a case stands in a state."""
    found = Case.objects.filter(procedure=procedure.name, state=state)
    return sorted(set(found.values_list("year", flat=True)))


def outside(procedure: Procedure, *states: str) -> QuerySet[Case]:
    """The cases that stand in none of these states, in the order of their subjects."""
    found = Case.objects.filter(procedure=procedure.name).exclude(state__in=states)
    return found.order_by("subject")


def counts(procedure: Procedure, year: int) -> dict[str, int]:
    """How many cases of a year stand in each state, in the order of the table."""
    rows = Case.objects.filter(procedure=procedure.name, year=year).values_list("state")
    found = dict(rows.annotate(n=Count("id")))
    return {state: found.get(state, 0) for state in procedure.states}


def state_counts(year: int, procedures: Sequence[Procedure]) -> dict[tuple[str, str], int]:
    """How many cases of a year stand where, by procedure and state."""
    names = {procedure.name for procedure in procedures}
    rows = Case.objects.filter(year=year, procedure__in=names).order_by("procedure", "state")
    # Counted without a column, so that the index by state is all that is read.
    counted = rows.values_list("procedure", "state").annotate(n=Count("*"))
    return {(procedure, state): n for procedure, state, n in counted}


def states(procedure: Procedure, subjects: Sequence[str]) -> dict[str, str]:
    """Where the cases of these subjects stand; a subject without a case is left out."""
    rows = Case.objects.filter(procedure=procedure.name, subject__in=subjects)
    return dict(rows.values_list("subject", "state"))


def standing(procedure: Procedure, *states: str) -> QuerySet[Case]:
    """The cases of all years that stand in one of these states."""
    found = Case.objects.filter(procedure=procedure.name, state__in=states)
    return found.select_related("organisation").order_by("organisation__number", "id")


def of_subjects(procedure: Procedure, subjects: Iterable[str]) -> dict[str, Case]:
    """The cases of these subjects, by subject; a subject without a case is left out."""
    found = Case.objects.filter(procedure=procedure.name, subject__in=list(subjects))
    return {case.subject: case for case in found.select_related("organisation")}


def overdue(procedure: Procedure, today: date) -> QuerySet[Case]:
    """The cases whose next step was due before today; a right that ended unused is not late.

    Source: CQETS-11.2b, CQETS-25.2b.
    """
    owing = [name for name, state in procedure.states.items() if not state.final | state.window]
    late = Case.objects.filter(procedure=procedure.name, state__in=owing, due_date__lt=today)
    return late.order_by("due_date")


def trail(organisation: Organisation) -> list[TrailLine]:
    """Every step of every case of an organisation, newest first."""
    lines = TrailLine.objects.filter(case__organisation=organisation).select_related("case")
    return list(lines.order_by("-at", "-id"))


def to_do(
    procedures: Sequence[Procedure], role: str, organisation: str, person: str = ""
) -> QuerySet[Case]:
    """The open cases in which the role has the next move (待办事项), the most urgent first.

    An entity sees its own cases, a district bureau those of its district, a body those it handles.
    A `person` does not see what another pair of eyes must do, and nobody what comes by itself.
    Source: CQETS-11.2b.
    """
    waiting = Q(pk=None)
    for procedure in procedures:
        for move in procedure.moves.values():
            if role not in move.roles or move.comes_by_itself:
                continue
            asking = [source for source in move.sources if not procedure.states[source].rests]
            possible = Q(procedure=procedure.name, state__in=asking)
            if person and move.second_eyes:
                own = TrailLine.objects.filter(
                    case=OuterRef("pk"), move=move.second_eyes, person=person
                )
                possible &= Q(~Exists(own))
            waiting |= possible
    cases = Case.objects.filter(waiting).filter(cases_of(role, organisation))
    return cases.select_related("organisation").order_by(*BY_DUE_DAY)


def next_moves(procedure: Procedure, case: Case, role: str, person: str) -> list[Next]:
    """The moves that a role may make from where a case stands, as one person sees them."""
    mine = set(case.trail.filter(person=person).values_list("move", flat=True))
    return [
        Next(name, move, needs_another=bool(move.second_eyes) and move.second_eyes in mine)
        for name, move in procedure.moves_from(case.state).items()
        if role in move.roles and not move.comes_by_itself
    ]


def waits_for(procedure: Procedure, case: Case) -> list[Organisation]:
    """The organisations of which somebody may make the next move (下一步办理单位).

    Needs the organisation and handler of the case loaded; nobody where a case rests or ends, or
    where what comes next comes by itself.
    """
    if procedure.states[case.state].rests:
        return []
    moves = procedure.moves_from(case.state).values()
    roles = {role for move in moves if not move.comes_by_itself for role in move.roles}
    return addressees([case], roles)[case.pk]


def latest() -> QuerySet[Case]:
    """Every case, the one that moved last first."""
    return Case.objects.select_related("organisation").order_by("-moved_at", "-id")


def unfinished(procedures: Sequence[Procedure]) -> QuerySet[Case]:
    """The cases that wait for somebody or for a day, the most urgent first."""
    waiting = Q(pk=None)
    for procedure in procedures:
        states = [n for n, state in procedure.states.items() if not state.final | state.rests]
        waiting |= Q(procedure=procedure.name, state__in=states)
    cases = Case.objects.filter(waiting).select_related("organisation", "handler")
    return cases.order_by(*BY_DUE_DAY)


def escalations(cases: Iterable[Case]) -> set[int]:
    """Which of the cases were reported as delayed (督办), by their numbers."""
    told = Notice.objects.filter(case__in=[case.pk for case in cases])
    return set(told.filter(key__startswith="escalate/").values_list("case", flat=True))


def due_soon(procedure: Procedure, today: date, law: Law) -> QuerySet[Case]:
    """The cases due from today on within the working days of a reminder; rights are among them.

    Source: CQETS-11.2b.

    Raises:
        UnknownYear: those days are not all known.
    """
    days = law.on("casework.remind_days", today).whole
    until = calendar(law.jurisdiction).after_working_days(today, days).last_day
    found = Case.objects.filter(procedure=procedure.name, due_date__range=(today, until))
    return found.select_related("organisation", "handler").order_by("due_date", "id")


def escalated(procedure: Procedure, today: date, law: Law) -> list[Case]:
    """The overdue cases that are late by the working days after which the authority is told.

    Source: CQETS-11.2b.

    Raises:
        UnknownYear: the days since are not all known.
    """
    days, known = law.on("casework.escalate_days", today).whole, calendar(law.jurisdiction)
    late = overdue(procedure, today).select_related("organisation", "handler")
    return [
        case
        for case in late
        if case.due_date and known.after_working_days(case.due_date, days).last_day <= today
    ]


def steps(case: Case, jurisdiction: str) -> list[Step]:
    """The trail of a case from its opening, each step with the time it took (用时)."""
    known, lines = calendar(jurisdiction), list(case.trail.all())
    opened = [Step(line, timedelta(0), 0) for line in lines[:1]]
    return opened + [
        Step(line, line.at - before.at, _working_days(known, before.at, line.at))
        for before, line in pairwise(lines)
    ]


def documents(case: Case) -> list[Document]:
    """The documents of a case, without those removed."""
    return list(case.documents.filter(removed_at=None))


def kept_documents(
    procedures: Sequence[Procedure], organisation: Organisation, *, law: Law, today: date
) -> list[Kept]:
    """The documents in an organisation's cases that it must still keep (应保存材料).

    Source: CQETS-24b, AMB-56.
    """
    tables = {procedure.name: procedure for procedure in procedures}
    found = Document.objects.filter(
        case__organisation=organisation, case__procedure__in=tables, removed_at=None
    ).select_related("case")
    kept = []
    for document in found:
        kind = tables[document.case.procedure].documents[document.kind]
        day = removable_from(kind, document.case.kept_from_date, law=law, today=today)
        if day is None or today < day:
            kept.append(Kept(document, day))
    return kept


def latest_notice(case: Case, recipient: Organisation) -> Notice | None:
    """What an organisation was told last about a case, or None."""
    return Notice.objects.filter(case=case, recipient=recipient).last()


def inbox(organisation: Organisation) -> QuerySet[Notice]:
    """The notices an organisation was sent (收件箱), newest first."""
    found = Notice.objects.filter(recipient=organisation).select_related("case__organisation")
    return found.order_by("-delivered_at", "-id")


def unread(organisation: Organisation) -> int:
    """How many notices of an organisation nobody has opened yet."""
    return Notice.objects.filter(recipient=organisation, opened_at=None).count()


def notices(case: Case) -> QuerySet[Notice]:
    """The notices sent about a case, with the copies of each by mail and SMS."""
    sent = case.notices.select_related("recipient").prefetch_related("deliveries")
    return sent.order_by("id")


def outbox() -> QuerySet[Delivery]:
    """Every copy of a notice by mail and SMS (发件箱), and how far it came; newest first."""
    return Delivery.objects.select_related("notice__recipient", "notice__case").order_by("-id")


def _working_days(known: Calendar, start: datetime, end: datetime) -> int | None:
    try:
        return known.working_days_left(market_date(start), market_date(end))
    except UnknownYear:
        return None
