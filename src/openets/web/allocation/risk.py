"""A district reports that an entity may not comply, before the pre-allocation is issued or after.

Source: CQ208-4.2c.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.allocation.operations import subject_of
from openets.allocation.procedures import PRE_ALLOCATION
from openets.casework import queries as cases
from openets.parties import queries as parties
from openets.web import clock, words
from openets.web.allocation.forms import RiskForm
from openets.web.forms import Done, acted
from openets.web.guards import must_reach, within
from openets.web.language import Said
from openets.web.parts import Status


@require_http_methods(["GET", "HEAD", "POST"])
@within("pre_allocation.report_risk")
def risk(request: HttpRequest, year: int, code: str) -> HttpResponse:
    """The pre-allocation of an entity for `year`, and the form that reports a risk of it.

    Source: CQ208-4.2c.
    """
    entity = parties.organisations([code]).first()
    if entity is None:
        raise Http404(code)
    acting = must_reach(request, "pre_allocation.report_risk", entity)
    row = allowances.determination(entity, year - 1)
    if row is None or row.notified_at is None or not row.pre_allocation_t:
        raise Http404(code)
    form = RiskForm.of(request)

    def report(data: dict[str, Any]) -> Done:
        allocation.report_risk(
            organisation=entity,
            year=year,
            grounds=data["grounds"],
            acting=acting,
            at=clock.now(request),
        )
        here = reverse("pre_allocation_risk", args=[year, code])
        return Done(here, Said("履约风险已反馈", "The risk is reported"))

    answer = acted(request, form, report)
    if answer:
        return answer
    case = cases.case(PRE_ALLOCATION, subject_of(entity, year))
    may_report = case is None or case.state == "frozen"
    shown = {
        "entity": entity,
        "year": year,
        "pre_allocation_t": row.pre_allocation_t,
        "case": case,
        "status": case and Status(words.state_of(PRE_ALLOCATION, case.state)),
        "form": form if may_report or form.is_bound else None,
    }
    return render(request, "web/allocation/risk.html", shown, status=form.status)
