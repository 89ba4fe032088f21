"""Who asks for a page, and whether the roles matrix lets them have it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.web import clock

View = Callable[..., HttpResponse]


def acting_of(request: HttpRequest) -> Acting:
    """In which role somebody asks today; the public when they did not sign in or may not act."""
    if not request.user.is_authenticated:
        return parties.PUBLIC
    return parties.acting_as(request.user, clock.today(request)) or parties.PUBLIC


def guarded(operation: str) -> Callable[[View], View]:
    """Guard a page about everybody's matters: status 403 unless the matrix grants them all.

    Source: CQETS-4.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def respond(request: HttpRequest, **address: Any) -> HttpResponse:
            if not parties.may(acting_of(request), operation):
                raise PermissionDenied
            return view(request, **address)

        return respond

    return guard


def must_reach(request: HttpRequest, operation: str, subject: Organisation) -> Acting:
    """Answer 403 unless the matrix grants the operation for this organisation; tell who acts.

    Source: CQETS-4, CQETS-4.6.
    """
    acting = acting_of(request)
    if not parties.may(acting, operation, subject):
        raise PermissionDenied
    return acting
