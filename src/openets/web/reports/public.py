"""The published reports: for everybody, without what is secret."""

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.mrv import report_queries
from openets.mrv.disclosure import FIELDS, SECRETS, Withheld
from openets.web.guards import public
from openets.web.language import Said
from openets.web.numbers import grouped

WORDS = ("line", "product", "unit")
"""The columns that are no numbers."""
UNITS = {"co2_t": "tCO₂", "non_co2_t": "tCO₂e"}
_AFTER = list(FIELDS).index("output") + 1
COLUMNS = (*list(FIELDS)[:_AFTER], "unit", *list(FIELDS)[_AFTER:])
"""The fields that may be marked, the unit of the output behind it."""


@require_safe
@public
def reports(request: HttpRequest) -> HttpResponse:
    """The published reports of a year. Source: CQETS-24.3."""
    years = report_queries.published_years()
    asked = request.GET.get("year", "")
    chosen = next((year for year in years if str(year) == asked), max(years, default=0))
    context = {"years": years, "year": chosen, "rows": report_queries.published(chosen)}
    return render(request, "web/reports/published.html", context)


@require_safe
@public
def report(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """One published report, what is withheld shown as such. Source: CQETS-24.3."""
    found = report_queries.published(year).filter(organisation__code=code).first()
    if found is None:
        raise Http404(code)
    view = report_queries.public_view(found)
    context = {
        "report": found,
        "view": view,
        "headings": [
            (Said(*FIELDS.get(name, ("单位", "unit"))), UNITS.get(name), name not in WORDS)
            for name in COLUMNS
        ],
        "rows": [[(*_shown(row[n]), n not in WORDS) for n in COLUMNS] for row in view.rows],
        "withheld": [Said(*FIELDS[name]) for name in view.withheld],
    }
    return render(request, "web/reports/published_one.html", context)


def _shown(value: object) -> tuple[object, Said | None]:
    """A value, or as which secret it is withheld."""
    if isinstance(value, Withheld):
        return "", Said(*SECRETS[value.kind])
    return (grouped(value), None) if isinstance(value, int | Decimal) else (value, None)
