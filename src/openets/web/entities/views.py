"""The list of entities, its export, and the page of one entity."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.parties import queries as parties
from openets.parties.entity_list import NotOnTheList
from openets.web import clock
from openets.web.context import compliance_year
from openets.web.entities.duties import duty_sheet
from openets.web.entities.listing import Listing, entities_page, entities_table
from openets.web.entities.one import entity_page
from openets.web.guards import acting_of, open_in_demo, public
from openets.web.tables import Form, download
from openets.web.viewer import may_see_district, may_see_entity, may_see_money, viewer_of


@require_safe
@public
def listed(request: HttpRequest) -> HttpResponse:
    """The entities of the chosen compliance year, filtered, sorted and paged."""
    page = entities_page(_listing(request), request.GET)
    return render(request, "web/entities/list.html", {"page": page})


@require_safe
@public
def export(request: HttpRequest, form: Form) -> HttpResponse:
    """The same list, whole, as a table to take away."""
    return download(entities_table(_listing(request)), form)


@require_safe
@open_in_demo("allocation.read")
def entity(request: HttpRequest, number: int) -> HttpResponse:
    """Everything known of one entity."""
    try:
        organisation = parties.entity(number)
    except parties.NoSuchEntity as refusal:
        raise Http404(number) from refusal
    viewer = viewer_of(request)
    if not may_see_entity(viewer, organisation):
        raise PermissionDenied
    today = clock.today(request)
    page = entity_page(
        organisation,
        year=compliance_year(request) or today.year,
        today=today,
        sees_money=may_see_money(viewer, organisation),
    )
    context = {
        "page": page,
        "sees_sheet": parties.may(acting_of(request), "allocation.read", organisation),
        "is_listed": page.year in parties.listed_years(organisation),
    }
    return render(request, "web/entities/entity.html", context)


@require_safe
@open_in_demo("allocation.read")
def duties(request: HttpRequest, number: int, year: int) -> HttpResponse:
    """How an entity's five duties of a year stand; a unit not listed has none. Source: CQETS-9."""
    try:
        organisation = parties.entity(number)
    except parties.NoSuchEntity as refusal:
        raise Http404(number) from refusal
    if not may_see_entity(viewer_of(request), organisation):
        raise PermissionDenied
    try:
        sheet = duty_sheet(organisation, year, today=clock.today(request))
    except NotOnTheList as refusal:
        raise Http404(year) from refusal
    context = {
        "entity": organisation,
        "year": year,
        "years": parties.listed_years(organisation),
        "sheet": sheet,
    }
    return render(request, "web/entities/duties.html", context)


def _listing(request: HttpRequest) -> Listing:
    today = clock.today(request)
    return Listing(
        compliance_year(request) or today.year,
        request.GET,
        on=today,
        sees_figures=may_see_district(viewer_of(request), request.GET.get("district", "")),
    )
