"""Signing in and out, the membership one acts in, and the account itself."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.utils import perform_login
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from openets.parties import operations as parties_operations
from openets.parties import queries as parties
from openets.parties.operations import InvitationOver
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import law
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import known, leading_to, public, signed_in
from openets.web.language import Said
from openets.web.people.account_forms import InvitedForm, TokenForm
from openets.web.people.page import Door, MembershipRow, SessionRow
from openets.web.viewer import CHOSEN, acting_of, memberships_of, viewer_of

UNPROCESSABLE = 422


class Titled:
    """A page of allauth with a title and a text of ours."""

    title = Said("", "")
    text = Said("", "")

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """What the page shows."""
        context: dict[str, Any] = super().get_context_data(**given)  # type: ignore[misc]
        return context | {"title": self.title, "text": self.text}


class Refusing:
    """A form of allauth that shows again, with status 422, what it does not take."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """The page with the input and what is wrong with it."""
        context = self.get_context_data(form=form)  # type: ignore[attr-defined]
        answer: HttpResponse = self.render_to_response(context, status=UNPROCESSABLE)  # type: ignore[attr-defined]
        return answer


class SignIn(Refusing, allauth.LoginView):
    """By user name, mobile number or mail address, and password; in the demo by one click."""

    template_name = "web/people/sign_in.html"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """The doors of the demo stand beside the form."""
        context: dict[str, Any] = super().get_context_data(**given)
        return context | {"doors": _doors(self.request), "next": self.request.GET.get("next", "")}

    def form_valid(self, form: Form) -> HttpResponse:
        """Go where the person wanted to; whoever has several memberships chooses first."""
        response: HttpResponse = super().form_valid(form)
        return _choosing(self.request, response)


class ChangePassword(Titled, Refusing, allauth.PasswordChangeView):
    """Change one's password; all other sessions of the person end with the old one."""

    template_name = "web/people/password.html"
    title = Said("修改密码", "Change the password")
    text = Said("修改后，其他设备上的登录随即失效。", "All your other sessions end with it.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """People of the demo have no password."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: Form) -> HttpResponse:
        """Change it and tell so."""
        response: HttpResponse = super().form_valid(form)
        messages.success(self.request, str(Said("密码已修改。", "The password is changed.")))
        return response


class Forgotten(Titled, Refusing, allauth.PasswordResetView):
    """Ask for a link by mail; the answer is the same whether the address is known or not."""

    template_name = "web/people/password.html"
    title = Said("忘记密码", "Forgotten password")
    text = Said(
        "向账号登记的邮箱发送一次性链接。账号没有邮箱的，请联系市生态环境局重新邀请。",
        "A one-time link goes to the mail address of the account. Without one, ask the city "
        "bureau for a new invitation.",
    )


class ForgottenSent(Titled, allauth.PasswordResetDoneView):
    """The link is on its way, if there is such an account."""

    template_name = "web/people/told.html"
    title = Said("链接已发送", "The link is on its way")
    text = Said(
        "如该邮箱属于某个账号，重设密码的链接已发出，请在一小时内使用。",
        "If the address belongs to an account, a link was sent to it. Use it within an hour.",
    )


class NewPassword(Titled, Refusing, allauth.PasswordResetFromKeyView):
    """Set a new password by the link of the mail; a used or expired link is told as such."""

    template_name = "web/people/password.html"
    title = Said("设置新密码", "Set a new password")


class NewPasswordSet(Titled, allauth.PasswordResetFromKeyDoneView):
    """The new password is set."""

    template_name = "web/people/told.html"
    title = Said("密码已设置", "The password is set")
    text = Said("请用新密码登录。", "Sign in with it.")


@never_cache
@public
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click a role, without a password; it exists in the demo only."""
    wanted = request.POST.get("membership", "")
    members = parties.members_by_role(clock.today(request)) if settings.DEMO else []
    chosen = next((member for member in members if str(member.pk) == wanted), None)
    if chosen is None:
        raise Http404(wanted)
    response: HttpResponse = perform_login(request, chosen.person, redirect_url=_back(request))
    request.session[CHOSEN] = chosen.pk
    return response


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("overview")


@never_cache
@known
@require_http_methods(["GET", "HEAD", "POST"])
def act_as(request: HttpRequest) -> HttpResponse:
    """Choose the membership to act in (切换身份); whoever has none is told so."""
    mine = memberships_of(request)
    if request.method == "POST":
        wanted = request.POST.get("membership", "")
        chosen = next((member for member in mine if str(member.pk) == wanted), None)
        if chosen is None:
            raise Http404(wanted)
        request.session[CHOSEN] = chosen.pk
        return redirect(_back(request))
    context = {"rows": _membership_rows(request), "next": request.GET.get("next", "")}
    return render(request, "web/people/act_as.html", context)


@never_cache
@known
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: memberships, sessions, and the tokens of one's programs."""
    viewer, today = viewer_of(request), clock.today(request)
    form = TokenForm.of(request)
    fresh: list[str] = []

    def make(data: dict[str, Any]) -> Done:
        if viewer is None:
            raise parties_operations.NotYourMembership
        token = parties_operations.make_token(
            membership=viewer.membership,
            purpose=data["purpose"],
            reference=data["reference"],
            until_date=data["until_date"],
            law=law(settings.JURISDICTION),
            acting=viewer.acting,
            at=clock.now(request),
        )
        fresh.append(token)
        return Done(reverse("account"), Said("令牌已创建", "The token is made"))

    is_made = acted(request, form, make) is not None
    assert request.user.is_authenticated, "the page is guarded"
    context = {
        "person": request.user,
        "rows": _membership_rows(request),
        "sessions": _sessions(request),
        "tokens": parties.tokens_of(request.user),
        "fresh": fresh,
        "today": today,
        "form": TokenForm() if is_made else form,
        "viewer": viewer,
    }
    status = 200 if is_made else form.status
    return render(request, "web/people/account.html", context, status=status)


@signed_in
@require_POST
def revoke_token(request: HttpRequest, number: int) -> HttpResponse:
    """Revoke a token of one's own."""
    acting, now = acting_of(request), clock.now(request)
    try:
        parties_operations.revoke_token(number=number, acting=acting, at=now)
    except parties_operations.NoSuchToken as refusal:
        raise Http404(number) from refusal
    messages.success(request, str(Said("令牌已吊销。", "The token is revoked.")))
    return redirect("account")


@known
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End all other sessions of the person."""
    others = UserSession.objects.filter(user=request.user)
    for session in others.exclude(session_key=request.session.session_key):
        session.end()
    messages.success(request, str(Said("其他登录已退出。", "Your other sessions have ended.")))
    return redirect("account")


@sensitive_post_parameters()
@never_cache
@public
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Set the first password by the link of an invitation, and sign in."""
    now = clock.now(request)
    person = parties.invited(secret, now)
    if person is None:
        context = {"refused": InvitationOver(), "title": Said("邀请已失效", "Invitation over")}
        return render(request, "web/people/password.html", context, status=UNPROCESSABLE)
    form = InvitedForm.of(request)

    def accept(data: dict[str, Any]) -> Done:
        parties_operations.accept_invitation(secret=secret, password=data["password"], at=now)
        said = Said("密码已设置，请登录。", "Your password is set. Sign in with it.")
        return Done(reverse("sign_in"), said)

    context = {
        "title": Said("欢迎", "Welcome"),
        "text": Said(
            f"{person.display_name}，您的账号是 {person.username}。请设置密码。",
            f"{person.display_name}, your user name is {person.username}. Set a password.",
        ),
        "form": form,
        "username": person.username,
    }
    return acted(request, form, accept) or render(
        request, "web/people/password.html", context, status=form.status
    )


def _doors(request: HttpRequest) -> list[Door]:
    if not settings.DEMO:
        return []
    return [
        Door(
            membership=member.pk,
            role=Said(*TITLES[Role(member.role)]),
            organisation=member.organisation.name,
            person=member.person.display_name,
        )
        for member in parties.members_by_role(clock.today(request))
    ]


def _sessions(request: HttpRequest) -> list[SessionRow]:
    """Where the person is signed in, the latest first; ended sessions are forgotten."""
    assert request.user.is_authenticated, "the page is guarded"
    rows = UserSession.objects.purge_and_list(request.user)
    return [SessionRow.of(row) for row in sorted(rows, key=lambda row: row.pk, reverse=True)]


def _membership_rows(request: HttpRequest) -> list[MembershipRow]:
    viewer = viewer_of(request)
    chosen = viewer.membership if viewer else None
    return [MembershipRow.of(m, is_chosen=m == chosen) for m in memberships_of(request)]


def _choosing(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """To the choice of a membership, where it has to be made, and from there on."""
    vars(request).pop("viewer", None)
    if not request.user.is_authenticated or viewer_of(request):
        return response
    return redirect(leading_to("act_as", response["Location"]))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return reverse("overview")
