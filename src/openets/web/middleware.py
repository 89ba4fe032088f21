"""What every answer goes through: its language, its security policy and its line in the log."""

from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from structlog.contextvars import bound_contextvars

Answer = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; connect-src 'self'"
)
"""Scripts and styles come from our own files only; none stands in a page."""


def chosen_language(get_response: Answer) -> Answer:
    """Speak Chinese unless the person chose otherwise; the browser's own wish is not a choice."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = cookie if cookie in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return respond


def content_security_policy(get_response: Answer) -> Answer:
    """Forbid scripts, styles and addresses from anywhere but here and the market's streams."""
    policy = " ".join([POLICY, *_streams(settings.STREAM_URL)])

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return respond


def _streams(url: str) -> list[str]:
    """The address of the streams, for events and for the socket of orders."""
    return [url, url.replace("http", "ws", 1)] if url else []


def request_log(get_response: Answer) -> Answer:
    """Write one line a request, and name the request in every line written during it."""
    log = structlog.get_logger("web")

    def respond(request: HttpRequest) -> HttpResponseBase:
        begun, number = perf_counter(), uuid4().hex
        with bound_contextvars(request_id=number):
            response = get_response(request)
            user = getattr(request, "user", None)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((perf_counter() - begun) * 1000, 1),
                user=user.get_username() if user and user.is_authenticated else None,
            )
        response.headers["X-Request-ID"] = number
        return response

    return respond
