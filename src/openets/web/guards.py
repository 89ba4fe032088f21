"""Who asks for a page, and whether the roles matrix lets them have it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.matrix import scope
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.web import clock

View = Callable[..., HttpResponse]


def acting_of(request: HttpRequest) -> Acting:
    """In which role somebody asks today; the public when they did not sign in or may not act."""
    if not request.user.is_authenticated:
        return parties.PUBLIC
    return parties.acting_as(request.user, clock.today(request)) or parties.PUBLIC


def public(view: View) -> View:
    """Let everybody see a page: what it shows is published or is about nobody."""
    return _declared(view, "public")


def guarded(operation: str) -> Callable[[View], View]:
    """Guard a page about everybody's matters: status 403 unless the matrix grants them all.

    Source: CQETS-4.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def respond(request: HttpRequest, **address: Any) -> HttpResponse:
            acting = acting_of(request)
            if not parties.may(acting, operation):
                return _not_granted(request, acting)
            return view(request, **address)

        return _declared(respond, operation)

    return guard


def within(operation: str) -> Callable[[View], View]:
    """Guard a page on which everybody sees only what they reach: 403 where that is nothing ever.

    The view then keeps to `parties.within_reach` or asks `must_reach`. Source: CQETS-4, CQETS-4.6.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def respond(request: HttpRequest, **address: Any) -> HttpResponse:
            acting = acting_of(request)
            if scope(Role(acting.role), operation) is None:
                return _not_granted(request, acting)
            return view(request, **address)

        return _declared(respond, operation)

    return guard


def signed_in(view: View) -> View:
    """Guard a page for everybody who acts for somebody."""

    @wraps(view)
    def respond(request: HttpRequest, **address: Any) -> HttpResponse:
        acting = acting_of(request)
        return (
            _not_granted(request, acting) if acting == parties.PUBLIC else view(request, **address)
        )

    return _declared(respond, "signed_in")


def must_reach(request: HttpRequest, operation: str, subject: Organisation) -> Acting:
    """Answer 403 unless the matrix grants the operation for this organisation; tell who acts.

    Source: CQETS-4, CQETS-4.6.
    """
    acting = acting_of(request)
    if not parties.may(acting, operation, subject):
        raise PermissionDenied
    return acting


def _declared(view: View, guard: str) -> View:
    """Mark what a view asks of who looks; a test finds the ones that ask nothing."""
    vars(view)["guard"] = guard
    return view


def _not_granted(request: HttpRequest, acting: Acting) -> HttpResponse:
    """The way to sign in for whoever has not; for others there is none."""
    if request.user.is_authenticated or acting != parties.PUBLIC:
        raise PermissionDenied
    return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
