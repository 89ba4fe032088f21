"""How whoever asks the interface is known: a program by its token, a browser by its session."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.web import clock
from openets.web.viewer import act_as

READING = ("GET", "HEAD", "OPTIONS")


class TokenNotValid(Refusal):
    """The token opens nothing: unknown, expired, revoked, or its person may no longer act."""

    code = "token_not_valid"
    article = "CQETS-5.4b"
    zh = "访问令牌无效：不存在、已到期、已吊销，或其人员已无授权"
    en = "The token is not valid: unknown, expired, revoked, or its person may no longer act"
    remedy_zh = "请登录后在“我的账号”中另建令牌"
    remedy_en = "Sign in and make another one under “My account”"


class FormNotOurs(Refusal):
    """A browser's session writes only from our own pages."""

    code = "form_not_ours"
    article = "CQETS-5.4b"
    zh = "缺少或错误的 CSRF 令牌"
    en = "The CSRF token is missing or wrong"
    remedy_zh = "请在请求头 X-CSRFToken 中带上 csrftoken，或改用访问令牌"
    remedy_en = "Send the cookie csrftoken as header X-CSRFToken, or use a token"


class WhoAsks(HttpBearer):
    """Tell who asks; whether they may is the guard's matter.

    A token costs one query. Without one a session counts, and writes need its CSRF token.
    """

    may_change = True
    """Whether what is asked with POST and the like changes anything."""

    def __call__(self, request: HttpRequest) -> Any:
        """Let a token's membership ask; True also for the public, whom the guards know."""
        if self.header in request.headers:
            membership = super().__call__(request)
            if membership is None:
                raise TokenNotValid
            return membership
        changes = self.may_change and request.method not in READING
        if changes and check_csrf(request) is not None:
            raise FormNotOurs
        return True

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Let the request be asked in the membership of its token."""
        membership = parties.token_holder(token, clock.today(request))
        if membership is None:
            return None
        act_as(request, membership)
        return membership


class WhoCalculates(WhoAsks):
    """Tell who asks for a calculation that changes nothing, which no foreign page can misuse."""

    may_change = False
