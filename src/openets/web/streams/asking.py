"""Who opened a socket: the same session or token as on the pages, asked of the database."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.http.request import validate_host

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.matrix import scope
from openets.parties.roles import Role
from openets.web.guards import NotSignedIn
from openets.web.people.programs import FormNotOurs, WhoAsks
from openets.web.viewer import acting_of

Headers = Mapping[str, str]
"""By name in small letters."""


def who_asks(headers: Headers, operation: str) -> Acting:
    """Who asks over a socket, if the matrix grants them the operation for their own.

    A browser shows its session, and must have been sent by a page of ours: browsers let any page
    open a socket. A program shows its token.

    Raises:
        NotSignedIn, TokenNotValid, FormNotOurs, NotYourRole.
    """
    close_old_connections()
    try:
        request = _request(headers)
        if "authorization" not in headers and not _is_from_ours(headers.get("origin", "")):
            raise FormNotOurs
        WhoAsks()(request)
        acting = acting_of(request)
        if acting == parties.PUBLIC:
            raise NotSignedIn
        if scope(Role(acting.role), operation) is None:
            parties.must_be_allowed(acting, operation, parties.organisation(acting.organisation))
        return acting
    finally:
        close_old_connections()


def _request(headers: Headers) -> HttpRequest:
    request = HttpRequest()
    request.method, request.path = "GET", "/stream/orders"
    request.META = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()}
    request.COOKIES = parse_cookie(headers.get("cookie", ""))
    for middleware in (SessionMiddleware, AuthenticationMiddleware):
        middleware(_no_answer).process_request(request)
    return request


def _no_answer(request: HttpRequest) -> HttpResponse:
    raise AssertionError("only who asks is looked for")


def _is_from_ours(origin: str) -> bool:
    host = urlsplit(origin).hostname
    return bool(host) and validate_host(host or "", settings.ALLOWED_HOSTS)
