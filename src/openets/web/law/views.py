"""Pages of the law: requirements, one requirement or reading, and the parameters."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.rulebook.instruments import instruments
from openets.rulebook.requirements import readings, requirements_by_id
from openets.web.guards import public
from openets.web.law import page

PER_PAGE = 50


@require_safe
@public
def requirements(request: HttpRequest) -> HttpResponse:
    """Every requirement with its place in code and tests, filtered as asked."""
    asked = page.Asked.from_query(request.GET)
    rows = page.requirement_rows(asked)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"rows": shown, "asked": asked, "choices": page.choices(), "counts": page.counts()}
    return render(request, "web/law/requirements.html", context)


@require_safe
@public
def requirement(request: HttpRequest, cited: str) -> HttpResponse:
    """One row of the catalogue, or the reading of an ambiguous text."""
    places = page.places(cited)
    context = {"places": places, "rules": page.rules_citing(cited)}
    if row := requirements_by_id().get(cited):
        context |= {"row": page.requirement_row(row), "text": instruments()[row.source]}
        return render(request, "web/law/requirement.html", context)
    for reading in readings():
        if reading.id == cited:
            return render(request, "web/law/reading.html", context | {"reading": reading})
    raise Http404(cited)


@require_safe
@public
def terms(request: HttpRequest) -> HttpResponse:
    """What the words of one jurisdiction's instruments mean (用语的含义)."""
    jurisdiction = request.GET.get("jurisdiction", settings.JURISDICTION)
    if jurisdiction not in page.jurisdictions():
        raise Http404(jurisdiction)
    context = {
        "terms": page.terms(jurisdiction),
        "jurisdiction": jurisdiction,
        "jurisdictions": page.jurisdictions(),
    }
    return render(request, "web/law/terms.html", context)


@require_safe
@public
def parameters(request: HttpRequest) -> HttpResponse:
    """Every card of the rulebook of one jurisdiction, value by value."""
    jurisdiction = request.GET.get("jurisdiction", settings.JURISDICTION)
    if jurisdiction not in page.jurisdictions():
        raise Http404(jurisdiction)
    text, only = request.GET.get("text", ""), request.GET.get("only", "")
    context = {
        "subjects": page.subjects(jurisdiction, text=text, only=only),
        "jurisdiction": jurisdiction,
        "jurisdictions": page.jurisdictions(),
        "text": text,
        "only": only,
        "kinds": page.KINDS_OF_VALUE,
    }
    return render(request, "web/law/parameters.html", context)
