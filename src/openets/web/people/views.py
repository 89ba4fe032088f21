"""Sign in and out, and the to-do list (待办事项)."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.calendar import UnknownYear
from openets.parties import queries as parties
from openets.parties.roles import TITLES, Role
from openets.web import clock, words
from openets.web.language import Said
from openets.web.people.page import Door, Due, ToDoPage, ToDoRow
from openets.web.viewer import Viewer, viewer_of

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """In the demo, one click a role; otherwise accounts are managed by the operator."""
    members = parties.members_by_role(clock.today(request)) if settings.DEMO else []
    if request.method == "POST":
        wanted = request.POST.get("membership", "")
        chosen = next((member for member in members if str(member.pk) == wanted), None)
        if chosen is None:
            raise Http404(wanted)
        login(request, chosen.person)
        return redirect(_back(request))
    doors = [
        Door(
            membership=member.pk,
            role=Said(*TITLES[Role(member.role)]),
            organisation=member.organisation.name,
            person=member.person.display_name,
        )
        for member in members
    ]
    context = {"doors": doors, "next": request.GET.get("next", "")}
    return render(request, "web/people/sign_in.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("overview")


@require_safe
def to_do(request: HttpRequest) -> HttpResponse:
    """The open cases in which the viewer's role has the next move."""
    viewer = viewer_of(request)
    if viewer is None:
        return redirect(f"{reverse('sign_in')}?next={request.path}")
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


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse("overview")
