"""The directory of organisations, one organisation with its people, and what may be done there."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from openets.parties import operations as operating
from openets.parties import queries as parties
from openets.parties.capacity import Capacity
from openets.parties.models import Organisation, Person
from openets.parties.operations import DESIGNATED_ROLES, NewOrganisation
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import law
from openets.web import clock
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, must_reach, within
from openets.web.language import Said
from openets.web.parts import Choice
from openets.web.people.forms import (
    AddMemberForm,
    DesignateForm,
    EndForm,
    HandOverForm,
    InviteForm,
    RegisterForm,
)
from openets.web.people.invited import link_of, send
from openets.web.people.page import (
    MemberRow,
    OrganisationPage,
    OrganisationRow,
)

Doing = list[tuple[ActForm, Callable[[dict[str, Any]], Done]]]
"""The forms of a page, each with what it does."""
PER_PAGE = 50
READING = ["GET", "HEAD", "POST"]


@require_safe
@within("people.read")
def directory(request: HttpRequest) -> HttpResponse:
    """The organisations somebody reaches (单位目录), and whose authority ends soon."""
    acting, today = acting_of(request), clock.today(request)
    reach = parties.within_reach(acting, "people.read")
    asked = {name: request.GET.get(name, "").strip() for name in ("text", "role")}
    found = parties.found(reach, asked["text"], asked["role"])
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [OrganisationRow.of(one) for one in shown.object_list]
    context = {
        "rows": shown,
        "asked": asked,
        "roles": [Choice(role, Said(*TITLES[role])) for role in Role],
        "endings": [
            MemberRow.of(row, today) for row in parties.endings(reach, today, _soon(today))
        ],
        "may_register": parties.may(acting, "parties.register_organisations"),
    }
    return render(request, "web/people/directory.html", context)


@require_http_methods(READING)
@within("parties.register_organisations")
def register(request: HttpRequest) -> HttpResponse:
    """Register an organisation (登记单位)."""
    rules, acting = law(settings.JURISDICTION), acting_of(request)
    form = RegisterForm.of(request, law=rules, today=clock.today(request))

    def do(data: dict[str, Any]) -> Done:
        new = NewOrganisation(
            code=data["code"],
            name=data["title"],
            role=Role(data["role"]),
            district=data["district"],
            industry=data["industry"],
            credit_code=data["credit_code"],
            synthetic=settings.DEMO,
        )
        operating.register_organisations([new], law=rules, acting=acting, at=clock.now(request))
        return Done(_address(new.code), Said("单位已登记。", "The organisation is registered."))

    return acted(request, form, do) or render(
        request, "web/people/register.html", {"form": form}, status=form.status
    )


@require_http_methods(READING)
@within("people.read")
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation: what is registered of it, its people, and what the bureau may do."""
    one = _reached(request, code)
    acting, now = acting_of(request), clock.now(request)

    def add(data: dict[str, Any]) -> Done:
        operating.add_member(
            **_person(data),
            organisation=one,
            capacity=Capacity(data["capacity"]),
            from_date=data["from_date"],
            until_date=data["until_date"],
            acting=must_reach(request, "parties.add_member", one),
            at=now,
        )
        said = Said("人员已登记，可发送邀请。", "The person is registered and can be invited.")
        return Done(_address(code, data["username"]), said)

    def designate(data: dict[str, Any]) -> Done:
        operating.designate(
            organisation=one,
            from_date=data["from_date"],
            acting=must_reach(request, "parties.designate", one),
            at=now,
        )
        return Done(_address(code), Said("已指定。", "It is designated."))

    may_add = parties.may(acting, "parties.add_member", one)
    is_designable = one.role in DESIGNATED_ROLES
    may_designate = is_designable and parties.may(acting, "parties.designate", one)
    doing: Doing = [(AddMemberForm.of(request), add), (DesignateForm.of(request), designate)]
    page = OrganisationPage.of(one, today=clock.today(request))
    forms = [doing[n][0] for n, may in enumerate((may_add, may_designate)) if may]
    context = {"page": page, "forms": forms, "may_manage": may_add}
    return _done(request, doing) or render(
        request, "web/people/organisation.html", context, status=_status(doing)
    )


@never_cache
@require_http_methods(READING)
@within("parties.add_member")
def member(request: HttpRequest, code: str, username: str) -> HttpResponse:
    """One person of an organisation: end, hand over, invite."""
    one = _reached(request, code)
    person, now = _member(one, username), clock.now(request)
    acting = must_reach(request, "parties.add_member", one)
    links: list[str] = []

    def invite(data: dict[str, Any]) -> Done:
        secret = operating.invite(
            person=person, law=law(settings.JURISDICTION), acting=acting, at=now
        )
        links.append(link_of(request, secret))
        send(person, links[0])
        return Done(_address(code, username), Said("邀请已生成。", "The invitation is made."))

    def hand_over(data: dict[str, Any]) -> Done:
        operating.hand_over(
            leaving=person,
            **_person(data),
            organisation=one,
            on_date=data["on_date"],
            acting=acting,
            at=now,
        )
        return Done(_address(code), Said("已交接。", "It is handed over."))

    def end(data: dict[str, Any]) -> Done:
        operating.end_membership(
            person=person,
            organisation=one,
            until_date=data["until_date"],
            acting=acting,
            at=now,
        )
        return Done(_address(code), Said("授权已终止。", "The authority is ended."))

    doing: Doing = [
        (InviteForm.of(request), invite),
        (HandOverForm.of(request), hand_over),
        (EndForm.of(request), end),
    ]
    answer = _done(request, doing)
    if answer and not links:
        return answer
    rows = [MemberRow.of(m, clock.today(request)) for m in parties.people_of(one)]
    context = {
        "one": one,
        "person": person,
        "rows": [row for row in rows if row.username == username],
        "invitation": parties.invitation_of(person, now),
        "links": links,
        "forms": [form for form, _ in doing],
    }
    status = 200 if links else _status(doing)
    return render(request, "web/people/member.html", context, status=status)


def _done(request: HttpRequest, doing: Doing) -> HttpResponse | None:
    """What came of the one form that was sent, if it was done."""
    return next((acted(request, form, do) for form, do in doing if form.is_bound), None)


def _status(doing: Doing) -> int:
    return max(form.status for form, _ in doing)


def _reached(request: HttpRequest, code: str) -> Organisation:
    try:
        one = parties.registered(code)
    except parties.NoSuchOrganisation as refusal:
        raise Http404(code) from refusal
    must_reach(request, "people.read", one)
    return one


def _member(one: Organisation, username: str) -> Person:
    try:
        return parties.member(one, username)
    except parties.NoSuchPerson as refusal:
        raise Http404(username) from refusal


def _person(data: dict[str, Any]) -> dict[str, str]:
    names = ("username", "display_name", "mobile", "email", "basis")
    return {name: data[name] for name in names}


def _address(code: str, username: str = "") -> str:
    return (
        reverse("member", args=[code, username])
        if username
        else reverse("organisation", args=[code])
    )


def _soon(today: date) -> date:
    days = law(settings.JURISDICTION).on("people.authority_notice_days", today).whole
    return today + timedelta(days=days)
