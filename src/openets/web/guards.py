"""What a page or an address of the interface asks of whoever asks for it.

Every view declares one guard, so that a test can find the one that declares none. Whoever did not
sign in is led to the sign-in page; a program is answered with status 401. Whoever did and is not
granted it gets 403.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.matrix import matter_of, scope
from openets.parties.models import Organisation
from openets.parties.roles import TITLES, Role
from openets.web.viewer import acting_of

__all__ = [
    "Guard",
    "NotGranted",
    "NotSignedIn",
    "acting_of",
    "guarded",
    "is_for_programs",
    "known",
    "leading_to",
    "must_reach",
    "open_in_demo",
    "public",
    "signed_in",
    "within",
]

Answer = Callable[..., Any]
"""A view, or an operation of the interface."""


class NotSignedIn(Refusal):
    """Somebody has to be known to be given this."""

    code = "not_signed_in"
    article = "CQETS-5.4b"
    zh = "此接口需要登录"
    en = "This address is for those who signed in"
    remedy_zh = "请登录，或以访问令牌调用：Authorization: Bearer <令牌>"
    remedy_en = "Sign in, or send a token: Authorization: Bearer <token>"


class NotGranted(Refusal):
    """The roles matrix does not grant it."""

    code = "not_granted"
    zh = "“{role_zh}”无权办理或查看“{matter_zh}”"
    en = "The role “{role}” is not granted this of “{matter}”"
    remedy_zh = "请使用有权限的身份，或联系主管部门"
    remedy_en = "Act in a role that may, or ask the competent authority"


@dataclass(frozen=True, slots=True)
class Guard:
    """What a view asks: nothing, a person, one who acts, or an operation of the roles matrix."""

    kind: Literal["public", "known", "signed_in", "guarded", "within", "open_in_demo"]
    operation: str = ""


def public(view: Answer) -> Answer:
    """Let everybody see a page: what it shows is published or is about nobody."""
    return _declared(view, Guard("public"))


def guarded(operation: str) -> Callable[[Answer], Answer]:
    """Guard a page about everybody's matters: status 403 unless the matrix grants them all.

    Source: CQETS-4.
    """
    guard = Guard("guarded", operation)
    return _guarding(guard, lambda request: parties.may(acting_of(request), operation))


def within(operation: str) -> Callable[[Answer], Answer]:
    """Guard a page on which everybody sees only what they reach: 403 where that is nothing ever.

    The view then keeps to `parties.within_reach` or asks `must_reach`. Source: CQETS-4, CQETS-4.6.
    """
    return _guarding(Guard("within", operation), lambda request: _reaches(request, operation))


def open_in_demo(operation: str) -> Callable[[Answer], Answer]:
    """Like `within`, but open to everybody in the demo, where every figure is made up."""
    guard = Guard("open_in_demo", operation)
    return _guarding(guard, lambda request: settings.DEMO or _reaches(request, operation))


def signed_in(view: Answer) -> Answer:
    """Guard a page for everybody who acts for somebody."""
    guard = Guard("signed_in")
    return _guarding(guard, lambda request: acting_of(request) != parties.PUBLIC)(view)


def known(view: Answer) -> Answer:
    """Guard a page about the account itself: for everybody who signed in, authorised or not."""
    return _guarding(Guard("known"), lambda request: request.user.is_authenticated)(view)


def must_reach(request: HttpRequest, operation: str, subject: Organisation) -> Acting:
    """Refuse unless the matrix grants the operation for this organisation; tell who acts.

    A page answers 403, the interface its refusal. Source: CQETS-4, CQETS-4.6.

    Raises:
        PermissionDenied, NotYourRole, OutsideYourScope.
    """
    acting = acting_of(request)
    if is_for_programs(request):
        parties.must_be_allowed(acting, operation, subject)
    elif not parties.may(acting, operation, subject):
        raise PermissionDenied
    return acting


def leading_to(route: str, goal: str) -> str:
    """The address of a page that leads on to another when it is done with."""
    return f"{reverse(route)}?next={quote(goal, safe='/')}"


def is_for_programs(request: HttpRequest) -> bool:
    """Whether an address is of the interface, where a no is a refusal in JSON."""
    return request.path.startswith("/api/")


def _reaches(request: HttpRequest, operation: str) -> bool:
    return scope(Role(acting_of(request).role), operation) is not None


def _guarding(guard: Guard, is_let_in: Callable[[HttpRequest], bool]) -> Callable[[Answer], Answer]:
    def around(view: Answer) -> Answer:
        @wraps(view)
        def respond(request: HttpRequest, *given: Any, **address: Any) -> Any:
            if not is_let_in(request):
                return _not_granted(request, guard)
            return view(request, *given, **address)

        return _declared(respond, guard)

    return around


def _declared(view: Answer, guard: Guard) -> Answer:
    """Mark what a view asks of who looks; a test finds the ones that ask nothing."""
    vars(view)["guard"] = guard
    return view


def _not_granted(request: HttpRequest, guard: Guard) -> HttpResponse:
    """The way to sign in for whoever has not, or to a membership; for others there is none."""
    acting = acting_of(request)
    is_known = request.user.is_authenticated
    if is_for_programs(request):
        raise _refusal(acting, guard) if is_known else NotSignedIn
    if acting != parties.PUBLIC:
        raise PermissionDenied
    return redirect(leading_to("act_as" if is_known else "sign_in", request.get_full_path()))


def _refusal(acting: Acting, guard: Guard) -> NotGranted:
    role_zh, role = TITLES[Role(acting.role)]
    if not guard.operation:
        return NotGranted(role=role, role_zh=role_zh, matter="sign-in", matter_zh="登录后的事项")
    matter, _ = matter_of(guard.operation)
    return NotGranted(
        article=matter.article, role=role, role_zh=role_zh, matter=matter.en, matter_zh=matter.zh
    )
