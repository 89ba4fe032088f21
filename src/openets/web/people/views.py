"""The to-do list (待办事项)."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.calendar import UnknownYear
from openets.web import clock, words
from openets.web.guards import signed_in
from openets.web.language import Said
from openets.web.people.page import Due, ToDoPage, ToDoRow
from openets.web.viewer import Viewer, viewer_of

PER_PAGE = 50


@require_safe
@signed_in
def to_do(request: HttpRequest) -> HttpResponse:
    """The open cases in which the viewer's role has the next move."""
    viewer = viewer_of(request)
    assert viewer is not None, "the page is guarded"
    cases = casework.to_do(
        tuple(words.PROCEDURES.values()), viewer.role, viewer.organisation.code, viewer.person
    )
    shown: Page[Any] = Paginator(cases, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [_row(request, case, viewer) for case in shown.object_list]
    page = ToDoPage(role=viewer.title, rows=shown)
    return render(request, "web/people/to_do.html", {"page": page})


def _row(request: HttpRequest, case: Case, viewer: Viewer) -> ToDoRow:
    procedure = words.PROCEDURES[case.procedure]
    return ToDoRow(
        case=case.pk,
        procedure=Said(procedure.zh, procedure.en),
        number=case.organisation.number,
        organisation=case.organisation.name,
        year=case.year,
        state=words.state_of(procedure, case.state),
        next_moves=[
            Said(move.zh, move.en)
            for move in procedure.moves_from(case.state).values()
            if viewer.role in move.roles
        ],
        due=_due(request, case),
    )


def _due(request: HttpRequest, case: Case) -> Due | None:
    if case.due_date is None:
        return None
    known = casework.calendar(settings.JURISDICTION)
    try:
        left = known.working_days_left(clock.today(request), case.due_date)
    except UnknownYear:
        return Due(case.due_date, None)
    return Due(case.due_date, left)
