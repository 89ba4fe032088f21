"""The plan of a year: in the making for the bureau, as published for everybody."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.allocation import plans
from openets.allocation.models import AllocationPlan
from openets.allocation.plans import FACTORS
from openets.allocation.procedures import PLAN
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.allocation import sources
from openets.web.allocation.forms import ApprovePlanForm, PlanForm, PublishPlanForm
from openets.web.allocation.page import PlanPage
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.parts import Status, Tone
from openets.web.tables import Form, download

TONES: dict[str, Tone] = {"draft": "warn", "approved": "good", "published": "good"}


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("allocation.draft_plan")
def plan(request: HttpRequest, year: int) -> HttpResponse:
    """The plan of a year with its frozen values, every version, and what comes next.

    Source: CQETS-11.
    """
    versions = plans.of_year(year)
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.version) == asked), None)
    shown = shown or next(iter(versions), None)
    acts = _acts(request, year, shown, acting_of(request))
    for form, do in acts:
        answer = acted(request, form, do)
        if answer:
            return answer
    state = plans.state_of(shown) if shown else ""
    case = cases.case(PLAN, shown.subject) if shown else None
    values = shown.law_values if shown else plans.values_of(law(settings.JURISDICTION), year)
    page = PlanPage(
        year=year,
        years=sorted({*sources.years(), year}),
        plan=shown,
        state=Status(words.state_of(PLAN, state), TONES.get(state, "")) if shown else None,
        versions=[(one, words.state_of(PLAN, plans.state_of(one))) for one in versions],
        factors=_factors(shown),
        values=sources.said(values),
        case=case.pk if case else None,
        forms=[form for form, _ in acts],
    )
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/allocation/plan.html", {"page": page}, status=status)


@require_safe
@guarded("disclosure.read")
def published_plans(request: HttpRequest) -> HttpResponse:
    """The way to the latest published plan, or that there is none yet. Source: CQETS-29."""
    years = plans.published_years()
    if not years:
        return render(request, "web/allocation/unpublished.html")
    return redirect("published_plan", year=years[0])


@require_safe
@guarded("disclosure.read")
def published_plan(request: HttpRequest, year: int) -> HttpResponse:
    """The plan of a year as published. Source: CQETS-29."""
    found = _published(year)
    context = {
        "plan": found,
        "factors": _factors(found),
        "values": sources.said(found.law_values),
        "years": plans.published_years(),
    }
    return render(request, "web/allocation/published.html", context)


@require_safe
@guarded("disclosure.read")
def published_file(request: HttpRequest, year: int, form: Form) -> HttpResponse:
    """The values of a published plan as a table. Source: CQETS-29."""
    found = _published(year)
    return download(sources.values_table(found.law_values, f"allocation-plan-{year}"), form)


def _acts(
    request: HttpRequest, year: int, shown: AllocationPlan | None, acting: Acting
) -> list[tuple[ActForm, Any]]:
    rules, at = law(settings.JURISDICTION), clock.now(request)
    here = reverse("allocation_plan", args=[year])
    drafting = PlanForm.of(request, may_supersede=plans.binding(year) is not None)

    def draft(data: dict[str, Any]) -> Done:
        made = plans.draft_plan(
            year=year,
            basis=data["basis"],
            factors=drafting.factors(),
            supersedes=data.get("supersedes", False),
            law=rules,
            acting=acting,
            at=at,
        )
        return Done(here, Said(f"已拟定第 {made.version} 版", f"Version {made.version} is drafted"))

    def approve(_: dict[str, Any]) -> Done:
        assert shown is not None
        plans.approve_plan(year=year, version=shown.version, law=rules, acting=acting, at=at)
        return Done(here, Said("方案已批准，参数已冻结", "Approved; its parameters are frozen"))

    def publish(_: dict[str, Any]) -> Done:
        assert shown is not None
        plans.publish_plan(year=year, version=shown.version, acting=acting, at=at)
        return Done(reverse("published_plan", args=[year]), Said("方案已公布", "Published"))

    acts: list[tuple[ActForm, Any]] = []
    state = plans.state_of(shown) if shown else ""
    sent = request.POST.get("form")
    if shown and (state == "draft" or sent == ApprovePlanForm.name):
        acts.append((ApprovePlanForm.of(request), approve))
    if shown and (state == "approved" or sent == PublishPlanForm.name):
        acts.append((PublishPlanForm.of(request), publish))
    return [*acts, (drafting, draft)]


def _published(year: int) -> AllocationPlan:
    found = plans.published(year)
    if found is None:
        raise Http404(year)
    return found


def _factors(found: AllocationPlan | None) -> list[tuple[Said, str]]:
    notes = found.factors if found else {}
    return [(Said(*FACTORS[name]), note) for name, note in notes.items()]
