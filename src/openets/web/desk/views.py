"""The desk (工作台): what this role must do now, and where it stands."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.compliance import queries as compliance
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.matrix import Scope, scope
from openets.parties.models import Organisation
from openets.parties.roles import TITLES, Role
from openets.registry import queries as registry
from openets.rulebook.load import law
from openets.web import clock, menu, words
from openets.web.desk.page import DeskPage, Figure, Way
from openets.web.desk.queues import queues_of
from openets.web.guards import acting_of, signed_in
from openets.web.language import Said

TONNES = Said("吨", "t")


@require_safe
@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of whoever signed in; nothing on it is replayed but an entity's own duties."""
    acting, today = acting_of(request), clock.today(request)
    organisation = parties.organisation(acting.organisation)
    unread = casework.unread(organisation)
    page = DeskPage(
        role=Said(*TITLES[Role(acting.role)]),
        organisation=organisation.name,
        queues=queues_of(acting, today),
        unread=unread,
        unread_href=_href("inbox"),
        figures=[*_duties(organisation, today), *_holdings(organisation, acting)],
        ways=_ways(acting),
    )
    return render(request, "web/desk/desk.html", {"page": page})


def _duties(organisation: Organisation, today: date) -> list[Figure]:
    if organisation.role != Role.KEY_EMITTING_ENTITY:
        return []
    return [
        Figure(
            label=Said(f"{year} 年度尚需清缴", f"Open duty of {year}"),
            value=duty.standing.open_t,
            unit=TONNES,
            href=_href("surrender", year),
            status=words.STATUSES[duty.standing.status],
            foot=Said(f"期限 {duty.deadline}", f"due {duty.deadline}") if duty.deadline else None,
        )
        for duty in compliance.duties_of(organisation, law(settings.JURISDICTION), on=today)
        for year in [duty.standing.year]
    ]


def _holdings(organisation: Organisation, acting: Acting) -> list[Figure]:
    if scope(Role(acting.role), "holdings.read") != Scope.OWN:
        return []
    held = registry.holdings(organisation)
    href = reverse("holder", args=[organisation.code])
    total, usable = (sum(row.total_t for row in held), sum(row.available_t for row in held))
    return [
        Figure(Said("持有合计", "Held"), total, TONNES, href),
        Figure(
            Said("可用", "Available"),
            usable,
            TONNES,
            href,
            foot=Said("不含冻结和挂单预占", "without locked and reserved units"),
        ),
    ]


def _ways(acting: Acting) -> list[Way]:
    """The pages that the menu shows to this role and not to the public."""
    role, here = Role(acting.role), _href("home")
    public = {link.href for _, links in menu.shown("", Role.PUBLIC) for link in links}
    mine = [link for _, links in menu.shown("", role) for link in links]
    return [Way(link.label, link.href) for link in mine if link.href not in {*public, here}]


def _href(route: str, year: int | None = None) -> str:
    try:
        found = reverse(route)
    except NoReverseMatch:
        found = reverse("to_do")
    return f"{found}?year={year}" if year else found
