"""The page of offsets through the national register, where its export is imported."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.casework import queries as cases
from openets.casework.models import Case
from openets.compliance import operations
from openets.compliance.models import NationalOffset
from openets.compliance.national_file import COLUMNS
from openets.compliance.operations import ExportRowsRefused
from openets.compliance.procedures import NATIONAL_OFFSET
from openets.parties import queries as parties
from openets.web import clock, words
from openets.web.compliance.forms import NationalExportForm
from openets.web.compliance.page import NationalRow
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Status

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@within("offset.read")
def national(request: HttpRequest) -> HttpResponse:
    """The applications within reach; the registry operator imports the register's export.

    Source: CQ208-A6.3.
    """
    acting = acting_of(request)
    reach = parties.within_reach(acting, "offset.read")
    imports = parties.may(acting, "compliance.import_national")
    form = NationalExportForm.of(request) if imports else None

    def do(data: dict[str, Any]) -> Done:
        new = operations.import_national_file(
            content=data["file"].read(), acting=acting, at=clock.now(request)
        )
        said = Said(f"已导入，新确认 {new} 行", f"Imported; {new} rows are new")
        return Done(reverse("national_offsets"), said)

    leave = acted(request, form, do) if form else None
    if leave:
        return leave
    found = NationalOffset.objects.filter(organisation__in=reach).order_by("-id")
    found = found.select_related("organisation").prefetch_related("units")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    refused = form.refused if form else None
    context = {
        "page": page,
        "rows": _rows(list(page)),
        "form": form,
        "columns": ", ".join(COLUMNS),
        "wrong": refused.refusals if isinstance(refused, ExportRowsRefused) else (),
    }
    status = form.status if form else 200
    return render(request, "web/compliance/national.html", context, status=status)


def _rows(applications: Sequence[NationalOffset]) -> list[NationalRow]:
    found = cases.of_subjects(NATIONAL_OFFSET, [row.reference for row in applications])
    return [_row(row, found[row.reference]) for row in applications]


def _row(application: NationalOffset, case: Case) -> NationalRow:
    units = list(application.units.all())
    return NationalRow(
        application=application,
        confirmed_t=sum(unit.amount_t for unit in units if unit.exported_date),
        serials=[
            f"{unit.registration} · {unit.series}{unit.serial_from}–{unit.serial_to}"
            for unit in units
        ],
        status=Status(words.state_of(NATIONAL_OFFSET, case.state)),
        case=case.pk,
    )
