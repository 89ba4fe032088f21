"""All cases somebody may read (事项查询), open and ended, to be searched."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.scope import cases_of
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.web import clock, words
from openets.web.cases.access import matter_read
from openets.web.cases.due import Days
from openets.web.guards import acting_of, signed_in
from openets.web.language import Said
from openets.web.parts import Choice

PER_PAGE = 50
FILTERS = ("procedure", "year", "name")


@require_safe
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """The cases within the viewer's reach, the one that moved last first. Source: CQETS-4."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    mine = _readable(acting_of(request))
    there = set(mine.order_by().values_list("procedure", flat=True).distinct())
    years = sorted(set(mine.order_by().values_list("year", flat=True).distinct()))
    days = Days(clock.today(request), settings.JURISDICTION)
    shown: Page[Any] = Paginator(_asked(mine, asked), PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [_row(case, days) for case in shown.object_list]
    context = {
        "rows": shown,
        "asked": asked,
        "procedures": [
            Choice(name, Said(p.zh, p.en)) for name, p in words.PROCEDURES.items() if name in there
        ],
        "years": [Choice(str(year), str(year)) for year in years],
    }
    return render(request, "web/cases/list.html", context)


def _readable(acting: Acting) -> QuerySet[Case]:
    """What the roles matrix lets somebody read, and what they take part in."""
    found = Q(pk=None)
    for name, procedure in words.PROCEDURES.items():
        reach = parties.within_reach(acting, matter_read(procedure))
        found |= Q(procedure=name, organisation__in=reach)
        if acting.role in procedure.roles:
            found |= Q(procedure=name) & cases_of(acting.role, acting.organisation)
    return casework.latest().filter(found)


def _asked(cases: QuerySet[Case], asked: dict[str, str]) -> QuerySet[Case]:
    if asked["procedure"]:
        cases = cases.filter(procedure=asked["procedure"])
    if asked["year"].isdecimal():
        cases = cases.filter(year=int(asked["year"]))
    if asked["name"]:
        cases = cases.filter(organisation__name__icontains=asked["name"])
    return cases


def _row(case: Case, days: Days) -> dict[str, Any]:
    procedure = words.PROCEDURES[case.procedure]
    return {
        "case": case,
        "which": words.which(procedure, case),
        "procedure": Said(procedure.zh, procedure.en),
        "state": words.state_of(procedure, case.state),
        "due": days.due(procedure, case),
    }
