"""What the exchange publishes: the fees, and how the market went."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.clearing import operations as clearing
from openets.clearing import queries
from openets.clearing.models import MarketReport
from openets.clearing.reports import PeriodKind, as_csv
from openets.paper import operations as paper
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.settlement import fees as schedule
from openets.trading import queries as trading
from openets.web import clock, words
from openets.web.forms import Done
from openets.web.guards import acting_of, public
from openets.web.language import Said
from openets.web.money import forms, page
from openets.web.paper.issue import issued_at, printing
from openets.web.tables import csv_file


@require_safe
@public
def fees(request: HttpRequest) -> HttpResponse:
    """What each side of a trade pays, by method. Source: CQETS-20."""
    rules, today = law(settings.JURISDICTION), clock.today(request)
    context = {
        "day": today,
        "agent": rules.on("settlement.agent", today).text,
        "fees": [
            (fee, page.mode(fee.method), page.SIDES[fee.side])
            for fee in schedule.schedule(rules, today)
        ],
        "reserve_ratio": rules.on("settlement.reserve_fee_ratio", today).number,
    }
    return render(request, "web/money/fees.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def reports(request: HttpRequest) -> HttpResponse:
    """Weekly, monthly and yearly reports; the exchange publishes them here. Source: CQVER-36.2."""
    acting, now = acting_of(request), clock.now(request)

    def publish(data: dict[str, Any]) -> Done:
        made = clearing.publish(
            kind=PeriodKind(data["kind"]),
            day=data["day"],
            analysis=data["analysis"],
            acting=acting,
            at=now,
        )
        said = Said("已公布并报送主管部门", "Published and submitted to the authorities")
        return Done(reverse("market_report", args=[made.kind, made.start_date.isoformat()]), said)

    acts: list[Any] = []
    if parties.may(acting, "clearing.publish"):
        acts.append((forms.PublishForm.of(request), publish))
    leave = page.first(request, acts)
    if leave:
        return leave
    chosen = request.GET.get("kind", "")
    kind = PeriodKind(chosen) if chosen in set(PeriodKind) else None
    today = clock.today(request)
    context = {
        "kinds": page.KINDS.items(),
        "chosen": chosen,
        "reports": [
            (one, page.KINDS[one.kind], one.rows[-1] if one.rows else None)
            for one in queries.market_reports(kind)
        ],
        "missing": [
            (page.KINDS[one.kind], one)
            for each in (PeriodKind.MONTH, PeriodKind.YEAR)
            for one in queries.missing(each, today)[-3:]
        ]
        if acts
        else [],
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/reports.html", context, status=page.status_of(acts))


@require_http_methods(["GET", "HEAD", "POST"])
@public
def report(request: HttpRequest, kind: str, start: str) -> HttpResponse:
    """A published report; whoever works with the market may have it as a paper."""
    found = _report(kind, start)
    acting, now = acting_of(request), clock.now(request)

    def issue(data: dict[str, Any]) -> Done:
        made = paper.issue_market_report(
            report=found, printing=printing(request, data["reference"]), acting=acting, at=now
        )
        return Done(issued_at(made), Said("报告已出具", "The report is issued"))

    acts: list[Any] = []
    if acting != parties.PUBLIC and parties.may(acting, "market_data.read"):
        acts.append((forms.ReportPaperForm.of(request), issue))
    leave = page.first(request, acts)
    if leave:
        return leave
    names = {p.code: words.product_label(p.unit, p.vintage_year) for p in trading.products()}
    context = {
        "report": found,
        "kind": page.KINDS[found.kind],
        "rows": [
            (row, names.get(row["product"], page.ALL), page.mode(row["method"]))
            for row in found.rows
        ],
        "total": found.rows[-1] if found.rows else None,
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/report.html", context, status=page.status_of(acts))


@require_safe
@public
def report_csv(request: HttpRequest, kind: str, start: str) -> HttpResponse:
    """A published report as CSV."""
    found = _report(kind, start)
    return csv_file(as_csv(found.rows), f"market-{found.kind}-{found.start_date}")


def _report(kind: str, start: str) -> MarketReport:
    day: date = page.day_of(start)
    found = queries.market_report(kind, day) if kind in page.KINDS else None
    if found is None:
        raise Http404(start)
    return found
