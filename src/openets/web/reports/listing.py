"""The lists of reports and of monitoring plans: of everybody one reaches."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.clock import market_date
from openets.mrv import publishing, report_queries
from openets.mrv.models import MonitoringPlan, Report
from openets.mrv.procedures import REPORT
from openets.mrv.records import report_subject
from openets.mrv.standing import ReportStanding
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.reports import forms
from openets.web.reports.reach import assigned_to

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity and its report of the year, as far as there is one."""

    organisation: Organisation
    case: Case | None
    report: Report | None
    standing: ReportStanding | None

    @property
    def state(self) -> Said | None:
        """Where the report stands, in words."""
        return words.state_of(REPORT, self.case.state) if self.case else None


@dataclass(frozen=True, slots=True)
class Planned:
    """An entity and the plan it filed last."""

    organisation: Organisation
    plan: MonitoringPlan | None


@require_http_methods(["GET", "HEAD", "POST"])
@within("emission_report.read")
def reports(request: HttpRequest) -> HttpResponse:
    """The reports of a year of everybody one reaches; the bureau publishes them here.

    Source: CQETS-24, CQETS-24.3.
    """
    acting, today = acting_of(request), clock.today(request)
    years = list(parties.entity_counts())
    year = _chosen(request.GET.get("year", ""), years)
    within_reach = parties.within_reach(
        acting, "emission_report.read", assigned=assigned_to(acting, year)
    )
    entities = within_reach.filter(pk__in=parties.entities(year).values("pk")).order_by(
        "number", "code"
    )
    form = None
    if acting.role == Role.CITY_BUREAU:
        form = forms.PublishForm.of(request)

    def publish(data: dict[str, Any]) -> Done:
        ready = casework.in_state(REPORT, year, *FINAL)
        number = publishing.publish_reports(
            organisations=[case.organisation for case in ready],
            year=year,
            acting=acting,
            at=clock.now(request),
        )
        said = Said(f"已公开 {number} 份报告", f"{number} reports are published")
        return Done(f"{reverse('reports')}?year={year}", said)

    leave = acted(request, form, publish) if form else None
    if leave:
        return leave
    page = Paginator(entities, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "year": year,
        "years": years,
        "page_of": page,
        "rows": _listed(list(page.object_list), year, today),
        "form": form,
        "total": page.paginator.count,
    }
    return render(request, "web/reports/list.html", context, status=form.status if form else 200)


FINAL = tuple(name for name, state in REPORT.states.items() if state.final)


@require_safe
@within("monitoring_plan.read")
def plans(request: HttpRequest) -> HttpResponse:
    """The monitoring plans of everybody one reaches. Source: CNETS-24."""
    acting = acting_of(request)
    within_reach = parties.within_reach(
        acting, "monitoring_plan.read", assigned=assigned_to(acting)
    )
    entities = within_reach.filter(role=Role.KEY_EMITTING_ENTITY).order_by("number", "code")
    page = Paginator(entities, PAGE_ROWS).get_page(request.GET.get("page"))
    latest = report_queries.latest_filed(list(page.object_list))
    rows = [Planned(one, latest.get(one.pk)) for one in page.object_list]
    return render(request, "web/reports/plans.html", {"page_of": page, "rows": rows})


def _chosen(text: str, years: list[int]) -> int:
    if text.isascii() and text.isdigit() and int(text) in years:
        return int(text)
    return max(years, default=0)


def _listed(entities: list[Organisation], year: int, today: date) -> list[Listed]:
    subjects = {report_subject(one, year): one for one in entities}
    found = casework.of_subjects(REPORT, subjects)
    rules = law(settings.JURISDICTION)
    latest = report_queries.latest(entities, year)
    basis = rules.on("mrv.report_deadline_basis", today).text
    return [
        Listed(
            one,
            found.get(subject),
            latest.get(one.pk),
            _standing(latest.get(one.pk), today, basis),
        )
        for subject, one in subjects.items()
    ]


def _standing(report: Report | None, today: date, basis: str) -> ReportStanding | None:
    if report is None or report.inventory or report.estimated:
        return None
    return ReportStanding(
        due_date=report.due_date,
        online_date=market_date(report.submitted_at),
        paper_date=market_date(report.paper_at) if report.paper_at else None,
        today=today,
        basis=basis,
    )
