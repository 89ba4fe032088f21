"""The factor sets: by sector and year, one of them, two beside each other, and as files."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.kernel.cells import safe_cell, table_text
from openets.kernel.quantity import plain
from openets.mrv.accounting.compare import GWP, set_differences
from openets.mrv.accounting.factors import FactorSet, factor_sets
from openets.web.accounting import page
from openets.web.accounting.api import set_out
from openets.web.guards import public
from openets.web.language import Said
from openets.web.tables import csv_file

COLUMNS = (
    *("set", "sector", "years", "gwp", "digest", "table", "key", "zh", "method", "unit"),
    *("name", "value", "written_in", "source", "confidence", "note"),
)
"""Of the file: one row a value."""
SECTORS = {
    "any": Said("各行业通用", "Any"),
    "steel": Said("钢铁", "Steel"),
    "cement": Said("水泥", "Cement"),
    "aluminium": Said("电解铝", "Aluminium"),
    "carbon materials": Said("炭素材料", "Carbon materials"),
}


@require_safe
@public
def listed(request: HttpRequest) -> HttpResponse:
    """The factor sets by sector and year. Source: CQETS-24."""
    ordered = sorted(factor_sets().values(), key=lambda one: (one.sector, one.years))
    rows = [(SECTORS[one.sector], one, page.CONFIDENCE[one.confidence]) for one in ordered]
    return render(request, "web/accounting/sets.html", {"rows": rows, "names": list(factor_sets())})


@require_safe
@public
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A factor set with every default, its unit, source and confidence. Source: CQETS-24."""
    chosen = _named(name)
    context = {
        "chosen": chosen,
        "defaults": page.defaults(chosen),
        "sector": SECTORS[chosen.sector],
    }
    return render(request, "web/accounting/set.html", context)


@require_safe
@public
def compare(request: HttpRequest) -> HttpResponse:
    """The values that differ between two sets. Source: CQ208-A1.M.2.2d."""
    before, after = (_named(request.GET.get(name, "")) for name in ("before", "after"))
    tables = {**page.TABLES, GWP: Said("全球增温潜势", "Warming potentials")}
    rows = [(tables[row.table], row) for row in set_differences(before, after)]
    context = {"before": before, "after": after, "rows": rows, "names": list(factor_sets())}
    return render(request, "web/accounting/sets_compare.html", context)


@require_safe
@public
def all_csv(request: HttpRequest) -> HttpResponse:
    """Every value of every set as a table to take away."""
    return csv_file(table_text(COLUMNS, _values()), "factor-sets")


@require_safe
@public
def all_json(request: HttpRequest) -> HttpResponse:
    """Every set as the interface tells it."""
    sets: list[dict[str, Any]] = [set_out(one) for one in factor_sets().values()]
    answer = JsonResponse(sets, safe=False, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="factor-sets.json"'
    return answer


def _named(name: str) -> FactorSet:
    found = factor_sets().get(name)
    if found is None:
        raise Http404(name)
    return found


def _values() -> Iterator[list[str]]:
    for one in factor_sets().values():
        years = " ".join(str(year) for year in one.years)
        head = [one.name, one.sector, years, one.gwp.name, one.digest]
        for f in one.factors:
            item = [f.table, f.key, safe_cell(f.zh), f.method, f.unit]
            origin = [f.set, safe_cell(f.source), f.confidence, safe_cell(f.note)]
            for name, value in f.values.items():
                yield [*head, *item, name, plain(value), *origin]
        for gas, value in one.gwp.values.items():
            said = [one.gwp.name, safe_cell(one.gwp.title), one.gwp.confidence, ""]
            yield [*head, GWP, gas, "", "", "tCO2e/t", "GWP", plain(value), *said]
