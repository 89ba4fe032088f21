"""The products of the exchange, and the decisions to list others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.registry.kinds import UnitKind
from openets.registry.titles import UNIT_TITLES
from openets.rulebook.load import law
from openets.trading import operations as trading
from openets.trading import queries as market
from openets.trading.procedures import PRODUCT_LISTING
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, guarded, public
from openets.web.language import Said
from openets.web.risk.forms import ListingForm
from openets.web.risk.page import chip, moved, trail


@require_http_methods(["GET", "HEAD", "POST"])
@public
def products(request: HttpRequest) -> HttpResponse:
    """What is listed, for everybody; the exchange decides on other products."""
    rules, today, acting = law(settings.JURISDICTION), clock.today(request), acting_of(request)
    may_list = parties.may(acting, "trading.decide_listing")
    form = ListingForm.of(request) if may_list else None

    def decide(data: dict[str, Any]) -> Done:
        asked = {name: data[name] for name in ("code", "unit", "vintage_year", "from_date")}
        made = trading.decide_listing(
            **asked, decision=data["decision"], law=rules, acting=acting, at=clock.now(request)
        )
        said = Said("已决定，待另一人执行", "Decided; a second person carries it out")
        return Done(reverse("listing", args=[made.pk]), said)

    leave = acted(request, form, decide) if form else None
    if leave:
        return leave
    decided = list(market.listings())
    states = casework.states(PRODUCT_LISTING, [row.code for row in decided])
    halted = market.halted()
    context = {
        "products": [
            (
                row,
                _unit(row.unit),
                market.terms(row, law=rules, day=today),
                halted.get(row.code),
            )
            for row in market.products()
        ],
        "listings": [
            (row, _unit(row.unit), chip(PRODUCT_LISTING, states[row.code])) for row in decided
        ]
        if may_list
        else [],
        "form": form,
    }
    status = form.status if form else 200
    return render(request, "web/risk/products.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("trading.decide_listing")
def listing(request: HttpRequest, number: int) -> HttpResponse:
    """One decision to list a product; a second person carries it out."""
    row = market.listing(number)
    if row is None:
        raise Http404(number)
    case = casework.case(PRODUCT_LISTING, row.code)
    assert case is not None, "a listing has its case"

    def carry_out(_: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        return trading.carry_out_listing(listing=row, acting=acting, at=at)

    def decline(data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        return trading.decline_listing(listing=row, reasons=data["reason"], acting=acting, at=at)

    makes = {"carry_out": carry_out, "decline": decline}
    next_ones = moved(request, PRODUCT_LISTING, case, makes, acting_of(request))
    context = {
        "listing": row,
        "unit": _unit(row.unit),
        "state": chip(PRODUCT_LISTING, case.state),
        "trail": trail(PRODUCT_LISTING, case),
        "forms": next_ones.forms,
    }
    return next_ones.leave or render(
        request, "web/risk/listing.html", context, status=next_ones.status
    )


def _unit(unit: str) -> Said:
    known = unit in set(UnitKind)
    return Said(*UNIT_TITLES[UnitKind(unit)]) if known else Said(unit, unit)
