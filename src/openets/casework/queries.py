"""What may be asked about cases."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from openets.casework.models import Case, TrailLine
from openets.casework.procedure import Procedure
from openets.parties.models import Organisation
from openets.parties.roles import Role


def case(procedure: Procedure, subject: str) -> Case | None:
    """The case of a subject, or None."""
    return Case.objects.filter(procedure=procedure.name, subject=subject).first()


def in_state(procedure: Procedure, year: int, *states: str) -> QuerySet[Case]:
    """The cases of a year that stand in one of these states, oldest first."""
    found = Case.objects.filter(procedure=procedure.name, year=year, state__in=states)
    return found.select_related("organisation").order_by("organisation__number", "id")


def counts(procedure: Procedure, year: int) -> dict[str, int]:
    """How many cases of a year stand in each state, in the order of the table."""
    rows = Case.objects.filter(procedure=procedure.name, year=year).values_list("state")
    found = dict(rows.annotate(n=Count("id")))
    return {state: found.get(state, 0) for state in procedure.states}


def state_counts(year: int) -> dict[tuple[str, str], int]:
    """How many cases of a year stand where, by procedure and state."""
    rows = Case.objects.filter(year=year).order_by("procedure", "state")
    counted = rows.values_list("procedure", "state").annotate(n=Count("id"))
    return {(procedure, state): n for procedure, state, n in counted}


def overdue(procedure: Procedure, today: date) -> QuerySet[Case]:
    """The cases whose next step was due before today. Source: CQETS-11.2b."""
    open_states = [name for name, state in procedure.states.items() if not state.final]
    late = Case.objects.filter(procedure=procedure.name, state__in=open_states, due_date__lt=today)
    return late.order_by("due_date")


def trail(organisation: Organisation) -> list[TrailLine]:
    """Every step of every case of an organisation, newest first."""
    lines = TrailLine.objects.filter(case__organisation=organisation).select_related("case")
    return list(lines.order_by("-at", "-id"))


def to_do(procedures: Sequence[Procedure], role: str, organisation: Organisation) -> QuerySet[Case]:
    """The open cases in which the role has the next move (待办事项), the most urgent first.

    An entity sees its own cases, a district bureau those of its district. Whether a second pair of
    eyes is needed shows when the move is made. Source: CQETS-11.2b.
    """
    waiting = Q(pk=None)
    for procedure in procedures:
        states = [
            state
            for state in procedure.states
            if any(role in move.roles for move in procedure.moves_from(state).values())
        ]
        waiting |= Q(procedure=procedure.name, state__in=states)
    cases = Case.objects.filter(waiting).select_related("organisation")
    if role == Role.KEY_EMITTING_ENTITY:
        cases = cases.filter(organisation=organisation)
    if role == Role.DISTRICT_BUREAU:
        cases = cases.filter(organisation__district=organisation.district)
    return cases.order_by(F("due_date").asc(nulls_last=True), "id")
