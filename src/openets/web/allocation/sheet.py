"""An entity's own sheet of a year: what it gets, why, when it was told, how to object, as PDF."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from openets.allocation import queries as allowances
from openets.allocation.models import Determination
from openets.allocation.operations import subject_of
from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.paper import operations as paper
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.web import clock, words
from openets.web.allocation.forms import SheetForm
from openets.web.allocation.page import SheetPage
from openets.web.forms import Done, acted
from openets.web.guards import must_reach, within
from openets.web.language import Said
from openets.web.paper.issue import issued_at, printing
from openets.web.parts import Status, Tone

TONES: dict[str, Tone] = {"issued": "good", "accepted": "good", "under_review": "warn"}


@require_http_methods(["GET", "HEAD", "POST"])
@within("allocation.read")
def sheet(request: HttpRequest, year: int, code: str) -> HttpResponse:
    """The sheet of an entity; before it is told only the bureau sees it.

    Source: CQETS-11b, CQETS-11.2.
    """
    entity = parties.organisations([code]).first()
    if entity is None:
        raise Http404(code)
    acting = must_reach(request, "allocation.read", entity)
    row = allowances.determination(entity, year)
    if row is None or not (row.notified_at or acting.role == Role.CITY_BUREAU):
        raise Http404(code)
    form = SheetForm.of(request)

    def issue(data: dict[str, Any]) -> Done:
        issued = paper.issue_allocation_sheet(
            holder=entity,
            year=year,
            printing=printing(request, data["reference"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(issued_at(issued), Said("核定通知单已出具", "The sheet is issued"))

    answer = acted(request, form, issue)
    if answer:
        return answer
    page = _page(entity, row, acting, form if row.notified_at else None)
    return render(request, "web/allocation/sheet.html", {"page": page}, status=form.status)


def _page(
    entity: Organisation, row: Determination, acting: Acting, form: SheetForm | None
) -> SheetPage:
    case = cases.case(DETERMINATION, subject_of(entity, row.year))
    state = case.state if case else "calculated"
    is_own = acting.organisation == entity.code
    return SheetPage(
        entity=entity,
        year=row.year,
        row=row,
        lines=[
            (
                line,
                words.METHODS[line.method],
                line.base_years.replace(";", ", "),
                Decimal(line.allowance_exact),
            )
            for line in row.lines.all()
        ],
        status=Status(words.state_of(DETERMINATION, state), TONES.get(state, "info")),
        case=case.pk if case else None,
        last_day=row.objection_due_date,
        notified_at=row.notified_at,
        may_object=is_own and state == "notified",
        form=form,
        claims=allowances.claims(entity),
        may_report_risk=bool(
            acting.role == Role.DISTRICT_BUREAU and row.notified_at and row.pre_allocation_t
        ),
    )
