"""The list of key emitting entities as published, as a page and as CSV."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.roster import queries as roster
from openets.roster.models import Publication
from openets.web.guards import guarded


@require_safe
@guarded("disclosure.read")
def published(request: HttpRequest, year: int) -> HttpResponse:
    """The list of a year as last published (名录公布)."""
    return render(request, "web/roster/published.html", {"published": _published(year)})


@require_safe
@guarded("disclosure.read")
def published_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same as CSV; the byte order mark tells spreadsheets that it is UTF-8."""
    text = "\ufeff" + roster.published_csv(_published(year))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="list-{year}.csv"'
    return answer


def _published(year: int) -> Publication:
    found = roster.published_list(year)
    if found is None:
        raise Http404(year)
    return found
