"""What may be asked about cases."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, QuerySet

from openets.casework.models import Case, TrailLine
from openets.casework.procedure import Procedure
from openets.parties.models import Organisation
from openets.parties.roles import Role

TO_DO_LENGTH = 200
"""More cases of one procedure are worked on from its own page."""


def case(procedure: Procedure, subject: str) -> Case | None:
    """The case of a subject, or None."""
    return Case.objects.filter(procedure=procedure.name, subject=subject).first()


def in_state(procedure: Procedure, year: int, *states: str) -> QuerySet[Case]:
    """The cases of a year that stand in one of these states, in the order of the list."""
    found = Case.objects.filter(procedure=procedure.name, year=year, state__in=states)
    return found.select_related("organisation").order_by("organisation__number", "id")


def counts(procedure: Procedure, year: int) -> dict[str, int]:
    """How many cases of a year stand in each state, in the order of the table."""
    rows = Case.objects.filter(procedure=procedure.name, year=year).values_list("state")
    found = dict(rows.annotate(n=Count("id")))
    return {state: found.get(state, 0) for state in procedure.states}


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


def to_do(procedures: Sequence[Procedure], role: str, organisation: str) -> list[Case]:
    """The open cases in which the role has the next move, at most 200 a procedure.

    An entity sees its own cases only, a district bureau those of its district.
    """
    found: list[Case] = []
    for procedure in procedures:
        states = [
            state
            for state in procedure.states
            if any(role in move.roles for move in procedure.moves_from(state).values())
        ]
        cases = Case.objects.filter(procedure=procedure.name, state__in=states)
        if role == Role.KEY_EMITTING_ENTITY:
            cases = cases.filter(organisation__code=organisation)
        if role == Role.DISTRICT_BUREAU:
            district = Organisation.objects.filter(code=organisation).values("district")
            cases = cases.filter(organisation__district__in=district)
        found += cases.select_related("organisation").order_by("due_date", "id")[:TO_DO_LENGTH]
    return found


def states(procedure: Procedure, subjects: Sequence[str]) -> dict[str, str]:
    """Where the cases of these subjects stand; a subject without a case is left out."""
    rows = Case.objects.filter(procedure=procedure.name, subject__in=subjects)
    return dict(rows.values_list("subject", "state"))
