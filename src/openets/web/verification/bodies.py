"""The register of verification bodies, their people, and their ties."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.eligibility import RULES, STANDING
from openets.verification.operations import NewVerifier
from openets.web import clock
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.verification.forms import InterestForm, RegisterForm, VerifierForm
from openets.web.verification.views import bodies_offered


@require_http_methods(["GET", "HEAD", "POST"])
@within("verification_bodies.read")
def register(request: HttpRequest) -> HttpResponse:
    """The bodies within reach; the bureau registers, a body enters its people and ties."""
    acting = acting_of(request)
    forms: list[ActForm] = []
    if acting.role == Role.CITY_BUREAU:
        forms = [RegisterForm.of(request, bodies=bodies_offered())]
    elif acting.role == Role.VERIFICATION_BODY:
        forms = [VerifierForm.of(request), InterestForm.of(request)]
    for form in forms:
        leave = acted(request, form, _do(request, form))
        if leave:
            return leave
    reached = parties.within_reach(acting, "verification_bodies.read")
    rows = [
        (
            entry,
            [Said(*STANDING[name]) for name in entry.standing],
            [Said(*RULES[name]) for name in entry.rules],
            queries.people_of(entry.body),
            queries.interests(entry.body),
        )
        for entry in queries.register()
        if reached.filter(pk=entry.body_id).exists()
    ]
    context = {"rows": rows, "forms": forms, "today": clock.today(request)}
    status = max((form.status for form in forms), default=200)
    return render(request, "web/verification/bodies.html", context, status=status)


def _do(request: HttpRequest, form: ActForm) -> Any:
    given: dict[str, Any] = {"acting": acting_of(request), "at": clock.now(request)}
    address = reverse("verification_bodies")

    def enter(data: dict[str, Any]) -> Said:
        told = {name: data[name] for name in ("standing", "rules", "reference_projects")}
        verification.register_body(body=parties.organisation(data["body"]), **told, **given)
        return Said("已登记", "Registered")

    def verifier(data: dict[str, Any]) -> Said:
        told = {name: value for name, value in data.items() if name != "reference"}
        own = parties.organisation(acting_of(request).organisation)
        verification.register_verifiers(body=own, people=[NewVerifier(**told)], **given)
        return Said("核查员已登记", "The verifier is registered")

    def interest(data: dict[str, Any]) -> Said:
        told = {name: data[name] for name in ("kind", "from_date", "until_date")}
        own = parties.organisation(acting_of(request).organisation)
        verification.tell_interest(
            body=own, organisation=parties.entity(data["entity"]), **told, **given
        )
        return Said("利益关系已登记", "The tie is on file")

    ways = {RegisterForm: enter, VerifierForm: verifier, InterestForm: interest}
    return lambda data: Done(address, ways[type(form)](data))
