"""The authority's year at a glance: from the plan to what is carried on, with what waits."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.allocation.models import YearTotal
from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.allocation import sources, stages
from openets.web.allocation.forms import (
    DetermineForm,
    IssueForm,
    NotifyForm,
    RequestIssueForm,
    ReserveForm,
)
from openets.web.allocation.page import BoardPage
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said

Do = Callable[[dict[str, Any]], Done]
Acts = Mapping[str, tuple[ActForm, Do]]


@require_safe
@guarded("allocation.read")
def workspace(request: HttpRequest) -> HttpResponse:
    """The way to the latest year; where there is none, to the year that was reported last."""
    known = sources.years() or sorted(parties.entity_counts())
    return redirect("allocation_year", year=max(known, default=clock.today(request).year))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("allocation.read")
def board(request: HttpRequest, year: int) -> HttpResponse:
    """The year's steps with counts, and what the viewer may do next. Source: CQETS-11b."""
    acting = acting_of(request)
    acts = _acts(request, year, acting)
    for form, do in acts.values():
        answer = acted(request, form, do)
        if answer:
            return answer
    counts = cases.counts(DETERMINATION, year)
    total, may_run = _total(year), acting.role == Role.CITY_BUREAU
    forms = {name: form for name, (form, _) in acts.items()}
    found = stages.stages(stages.Year(year, counts, total, forms, may_run=may_run))
    verified = mrv.verified_emissions(year)
    entities = list(parties.entities(year).values_list("pk", flat=True))
    page = BoardPage(
        year=year,
        years=sorted({*sources.years(), *parties.entity_counts(), year}),
        steps=stages.steps(found),
        stages=found,
        entities=len(entities),
        with_figures=len(verified.keys() & set(entities)),
        total=total,
        relief_t=allowances.relieved(year),
        may_run=may_run,
        uses=[
            (words.use_of_reserve(use.kind), use.amount_t)
            for use in holdings.reserve_uses()
            if use.year == year
        ],
        reserve_left_t=holdings.reserve_left(year),
    )
    status = max((form.status for form, _ in acts.values()), default=200)
    return render(request, "web/allocation/board.html", {"page": page}, status=status)


def _acts(request: HttpRequest, year: int, acting: Acting) -> Acts:
    """The forms of the viewer's role, and what each does."""
    rules, at = law(settings.JURISDICTION), clock.now(request)
    here = reverse("allocation_year", args=[year])
    given = {"year": year, "law": rules, "acting": acting, "at": at}

    def doing(operation: Callable[..., Any], said: Said) -> Do:
        def do(_: dict[str, Any]) -> Done:
            operation(**given)
            return Done(here, said)

        return do

    if acting.role == Role.CITY_BUREAU:
        return {
            "determine": (
                DetermineForm.of(request),
                doing(allocation.determine, Said("已核定", "Determined")),
            ),
            "notify": (
                NotifyForm.of(request),
                doing(allocation.notify, Said("已批量告知", "Everybody is notified")),
            ),
        }
    if acting.role != Role.REGISTRY_OPERATOR:
        return {}
    return {
        "request_issue": (
            RequestIssueForm.of(request),
            doing(
                allocation.request_issue,
                Said("已提交发放，待另一人复核", "Asked for; a second person approves it"),
            ),
        ),
        "issue": (IssueForm.of(request), doing(allocation.issue, Said("已发放", "Issued"))),
        "reserve": (
            ReserveForm.of(request),
            doing(allocation.set_aside_reserve, Said("已设立", "Set aside")),
        ),
    }


def _total(year: int) -> YearTotal | None:
    return next((row for row in allowances.totals() if row.year == year), None)
