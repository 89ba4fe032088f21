"""The page of one case."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.casework.scope import NotYourCase
from openets.web.cases.access import case_for
from openets.web.cases.page import case_page
from openets.web.guards import acting_of, signed_in


@require_safe
@signed_in
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Everything remembered of a case, for whoever takes part in it."""
    try:
        page = case_page(*case_for(number, acting_of(request)))
    except NotYourCase as refusal:
        raise PermissionDenied from refusal
    return render(request, "web/cases/case.html", {"page": page})
