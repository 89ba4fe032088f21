"""Reports of large holders, by the holder, and the weekly risk report to the authorities."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.surveillance import operations, queries
from openets.surveillance.procedures import LARGE_HOLDER
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, must_reach, within
from openets.web.language import Said
from openets.web.risk.alerts import PATTERN_TITLES
from openets.web.risk.forms import LargeHolderForm, WeekForm
from openets.web.risk.page import chip, moved, trail

PER_PAGE = 50


@require_safe
@within("large_holder.read")
def listed(request: HttpRequest) -> HttpResponse:
    """The reports of large holders within one's reach, due and filed."""
    reach = parties.within_reach(acting_of(request), "large_holder.read")
    page: Page[Any] = Paginator(queries.large_holder_reports(reach), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = list(page.object_list)
    cases = casework.of_subjects(LARGE_HOLDER, [row.reference for row in shown])
    page.object_list = [
        (row, cases[row.reference], chip(LARGE_HOLDER, cases[row.reference].state)) for row in shown
    ]
    return render(request, "web/risk/large_holders.html", {"rows": page})


@require_http_methods(["GET", "HEAD", "POST"])
@within("large_holder.read")
def report(request: HttpRequest, number: int) -> HttpResponse:
    """One report: the holder files it, the exchange notes that it was read."""
    row = queries.large_holder_report(number)
    if row is None:
        raise Http404(number)
    acting = must_reach(request, "large_holder.read", row.holder)
    case = casework.case(LARGE_HOLDER, row.reference)
    assert case is not None, "a report has its case"

    def file(data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
        operations.file_large_holder(
            report=row,
            purpose=data["purpose"],
            funds=data["funds"],
            intentions=data["intentions"],
            acting=acting,
            at=at,
        )

    def read(_: Mapping[str, Any], acting: Acting, at: datetime) -> None:
        operations.read_large_holder(report=row, acting=acting, at=at)

    makes = {"file": file, "read": read}
    filing = {"file": LargeHolderForm.of(request)}
    next_ones = moved(request, LARGE_HOLDER, case, makes, acting, filing)
    context = {
        "report": row,
        "case": case,
        "state": chip(LARGE_HOLDER, case.state),
        "trail": trail(LARGE_HOLDER, case),
        "forms": next_ones.forms,
    }
    return next_ones.leave or render(
        request, "web/risk/large_holder.html", context, status=next_ones.status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@within("market_risk.read")
def reports(request: HttpRequest) -> HttpResponse:
    """The weekly reports, and the form of the next for the exchange."""
    acting = acting_of(request)
    form = WeekForm.of(request) if parties.may(acting, "surveillance.report_week") else None

    def send(data: dict[str, Any]) -> Done:
        operations.report_week(
            start=data["start"],
            remarks=data["remarks"],
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        return Done(reverse("risk_reports"), Said("已报送", "Reported"))

    leave = acted(request, form, send) if form else None
    rows = [
        (
            row,
            [(PATTERN_TITLES[name], count) for name, count in row.figures["alerts"].items()],
        )
        for row in queries.risk_reports()
    ]
    context = {"rows": rows, "form": form}
    return leave or render(
        request, "web/risk/reports.html", context, status=form.status if form else 200
    )
