"""The completion table of the districts (区县清缴完成情况), and who is responsible in each."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.supervision import districts, operations
from openets.supervision.districts import Completion
from openets.web import clock
from openets.web.context import compliance_year
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.numbers import percent
from openets.web.supervision.forms import LeadForm
from openets.web.tables import Column, Table, download

COLUMNS = (
    Column("district", "区县"),
    Column("entities", "重点排放单位"),
    Column("fulfilled", "按期完成清缴"),
    Column("fulfilled_percent", "完成率（%）"),
    Column("responsible", "责任人"),
)


@dataclass(frozen=True, slots=True)
class DistrictsPage:
    """The table of a year, and the assessment in which it counts or why in none."""

    year: int
    assessment_year: int | None
    counts_in_none: Refusal | None
    rows: list[Completion]
    without_lead: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@within("district_assessment.read")
def completion(request: HttpRequest) -> HttpResponse:
    """Every district for the city bureau, its own for a district, which names its person there."""
    acting, year = acting_of(request), compliance_year(request)
    if year is None:
        return redirect("overview")
    form = _form(request, acting)

    def name_lead(data: dict[str, Any]) -> Done:
        bureau = parties.organisation(acting.organisation)
        lead = operations.name_lead(
            bureau=bureau,
            person=parties.member(bureau, data["person"]),
            acting=acting,
            at=clock.now(request),
        )
        who = lead.person.display_name
        said = Said(f"责任人：{who}", f"{who} is responsible")
        return Done(reverse("district_completion"), said)

    leave = acted(request, form, name_lead) if form else None
    if leave:
        return leave
    context = {"page": _page(request, acting, year), "form": form}
    status = form.status if form else 200
    return render(request, "web/supervision/districts.html", context, status=status)


@require_safe
@within("district_assessment.read")
def table(request: HttpRequest, year: int) -> HttpResponse:
    """The completion table of a year, for spreadsheets."""
    rows = (
        (row.district, row.entities, row.fulfilled, percent_of(row), lead_of(row))
        for row in rows_of(request, acting_of(request), year)
    )
    return download(Table(f"district-completion-{year}", COLUMNS, rows), "csv")


def rows_of(request: HttpRequest, acting: Acting, year: int) -> list[Completion]:
    """The rows within somebody's reach, as they stand today."""
    reach = parties.within_reach(acting, "district_assessment.read")
    among = set(reach.values_list("pk", flat=True))
    rules, today = law(settings.JURISDICTION), clock.today(request)
    return districts.completion(year, rules, on=today, among=among)


def percent_of(row: Completion) -> str:
    """The share that fulfilled, such as 97.06."""
    return percent(row.ratio).removesuffix("%").strip()


def lead_of(row: Completion) -> str:
    """The name of the person responsible, or nothing."""
    return row.lead.display_name if row.lead else ""


def _form(request: HttpRequest, acting: Acting) -> LeadForm | None:
    if acting.role != Role.DISTRICT_BUREAU:
        return None
    bureau = parties.organisation(acting.organisation)
    members = parties.memberships(clock.today(request)).filter(organisation=bureau)
    return LeadForm.of(request, people=[each.person for each in members])


def _page(request: HttpRequest, acting: Acting, year: int) -> DistrictsPage:
    rows = rows_of(request, acting, year)
    counts_in, why_not = None, None
    try:
        counts_in = districts.assessment_year(year, law(settings.JURISDICTION))
    except Refusal as refusal:
        why_not = refusal
    without = [row.district for row in rows if row.lead is None]
    return DistrictsPage(year, counts_in, why_not, rows, without)
