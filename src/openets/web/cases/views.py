"""The page of one case."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.casework.scope import NotYourCase
from openets.web.cases.access import acting_of, case_for
from openets.web.cases.page import case_page


@require_safe
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Everything remembered of a case, for whoever takes part in it."""
    acting = acting_of(request)
    if acting is None:
        return redirect(f"{reverse('sign_in')}?next={request.path}")
    try:
        page = case_page(*case_for(number, acting))
    except NotYourCase as refusal:
        raise PermissionDenied from refusal
    return render(request, "web/cases/case.html", {"page": page})
