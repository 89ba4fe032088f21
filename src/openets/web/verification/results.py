"""The results told to the entities, each with its report, and the correction of a final one."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.mrv import correcting
from openets.mrv import queries as mrv
from openets.mrv.procedures import RESULT_CORRECTION, VERIFICATION
from openets.mrv.queries import VerifiedYear
from openets.mrv.records import report_subject
from openets.paper import operations as papers
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.verification import queries
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.paper.issue import issued_at, printing
from openets.web.parts import Choice
from openets.web.verification.casework import FIGURES
from openets.web.verification.forms import CorrectionForm, PaperForm
from openets.web.verification.page import (
    CorrectionRow,
    FollowedRow,
    ResultPage,
    ResultRow,
    VerifiedFigure,
)
from openets.web.verification.reach import assigned_to, entities_within, results_within
from openets.web.verification.views import year_of, years

READ, PROPOSE = "verification.read", "mrv.propose_correction"
PER_PAGE = 50
FOLLOWING = {
    "allocation.determination": Said("配额", "Allowance"),
    "compliance.duty": Said("应清缴量", "Surrender duty"),
    "compliance.offset_cap": Said("抵销上限", "Offset cap"),
}
"""What may rest on a result, by the name of its handler."""


@require_safe
@within(READ)
def results(request: HttpRequest) -> HttpResponse:
    """The results of a year that were told, within reach. Source: CQETS-25, CNETS-27."""
    year = year_of(request)
    told = results_within(acting_of(request), year)
    entities = entities_within(acting_of(request), READ).in_bulk()
    rows = [ResultRow(entities[one.organisation_id], one) for one in told]
    context = {
        "year": year,
        "years": [Choice(str(one), str(one)) for one in years()],
        "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "web/verification/results.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within(READ)
def result(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """A result told to an entity; the bureau proposes its correction here.

    Source: CQETS-25, CQETS-25.2b, CNETS-29.
    """
    acting = acting_of(request)
    entity, told = told_result(acting, year, number)
    forms = _forms(request, acting, entity, told)
    for form in forms:
        leave = acted(request, form, _do(request, form, entity, year))
        if leave:
            return leave
    status = max((form.status for form in forms), default=200)
    page = result_page(entity, told, forms)
    return render(request, "web/verification/result.html", {"page": page}, status=status)


def told_result(acting: Acting, year: int, number: int) -> tuple[Organisation, VerifiedYear]:
    """A result within reach by the entity's number on the list.

    Raises:
        Http404: there is none, or it is not told, or it is another's.
    """
    try:
        entity = parties.entity(number)
    except parties.NoSuchEntity as no:
        raise Http404(number) from no
    if not parties.may(acting, READ, entity, assigned=assigned_to(acting)):
        raise Http404(number)
    (told, *_) = [*mrv.results_told(entity, year), None]
    if told is None:
        raise Http404(year)
    return entity, told


def result_page(entity: Organisation, told: VerifiedYear, forms: Sequence[ActForm]) -> ResultPage:
    """Everything the page of a result shows."""
    year = told.year
    work = queries.signed_work(entity, year)
    reported = {(r.line, r.product): r for r in mrv.reported_figures(entity, year)}
    return ResultPage(
        organisation=entity,
        told=told,
        work=work,
        report_number=queries.serial(work) if work else "",
        case=casework.case(VERIFICATION, report_subject(entity, year)),
        figures=[
            VerifiedFigure(
                line=row.line,
                product=row.product,
                figure=label,
                unit=row.unit if name == "output" else "tCO₂e",
                reported=getattr(reported.get((row.line, row.product)), name, None),
                verified=getattr(row, name),
            )
            for row in mrv.entered_figures(entity, year)
            for name, label in FIGURES.items()
            if getattr(row, name) or getattr(reported.get((row.line, row.product)), name, None)
        ],
        working=(work.explanation or None) if work else None,
        corrections=[
            CorrectionRow(
                told=one,
                state=words.state_of(RESULT_CORRECTION, one.state),
                followed=[
                    FollowedRow(
                        FOLLOWING.get(followed.name, Said(followed.name, followed.name)),
                        Said(followed.done.zh, followed.done.en),
                        followed.done.before_t,
                        followed.done.after_t,
                    )
                    for followed in one.followed
                ],
            )
            for one in correcting.history(entity, year)
        ],
        paper=next((form for form in forms if isinstance(form, PaperForm)), None),
        correction=next((form for form in forms if isinstance(form, CorrectionForm)), None),
    )


def _forms(
    request: HttpRequest, acting: Acting, entity: Organisation, told: VerifiedYear
) -> list[ActForm]:
    found: list[ActForm] = []
    if queries.signed_work(entity, told.year):
        found.append(PaperForm.of(request))
    if told.final_at and acting.role == Role.CITY_BUREAU and parties.may(acting, PROPOSE, entity):
        figures = mrv.entered_figures(entity, told.year)
        found.append(CorrectionForm.of(request, standing=figures))
    return found


def _do(request: HttpRequest, form: ActForm, entity: Organisation, year: int) -> Any:
    acting, at = acting_of(request), clock.now(request)

    def paper(data: dict[str, Any]) -> Done:
        work = queries.signed_work(entity, year)
        assert work is not None, "the form is offered where there is one"
        issued = papers.issue_verification_report(
            work=work, printing=printing(request, data["reference"]), acting=acting, at=at
        )
        return Done(issued_at(issued), Said("核查报告已出具", "The report is issued"))

    def correct(data: dict[str, Any]) -> Done:
        correcting.propose_correction(
            organisation=entity,
            year=year,
            figures=data["figures"],
            reasons=data["reasons"],
            acting=acting,
            at=at,
        )
        address = reverse("verification_result", args=[year, entity.number])
        said = Said("更正已提出，待另一人员确认", "Proposed; another person confirms it")
        return Done(address, said)

    return paper if isinstance(form, PaperForm) else correct
