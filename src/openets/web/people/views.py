"""Sign in and out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from openets.parties import queries as parties
from openets.parties.roles import TITLES, Role
from openets.web import clock
from openets.web.language import Said
from openets.web.people.page import Door


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


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse("overview")
