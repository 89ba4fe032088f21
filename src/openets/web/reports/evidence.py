"""Evidence of a report on its page: what is filed, which rows it proves, how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.casework.models import Document
from openets.kernel.acting import Acting
from openets.mrv import report_queries
from openets.mrv.evidence import EVIDENCE, numbers_in
from openets.mrv.procedures import REPORT
from openets.mrv.report_sheets import KINDS
from openets.mrv.sheets import FIRST_ROW, Grid
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.web.cases.access import store
from openets.web.cases.views import download
from openets.web.guards import within
from openets.web.language import Said
from openets.web.reports.grid import Filed
from openets.web.reports.reach import reached


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A filed document, the rows it stands beside, and until when it is kept."""

    number: int
    document: Document
    address: str
    places: tuple[tuple[Said, str], ...]
    """Sheets with the rows that name it."""
    keeping: Said


def evidence_rows(
    organisation: Organisation, year: int, grid: Grid, *, law: Law, today: date
) -> list[EvidenceRow]:
    """Everything filed with a report, and what of it the grid rests on. Source: CQETS-24b."""
    found = report_queries.evidence(organisation, year)
    if not found:
        return []
    kept = casework.kept_documents([REPORT], organisation, law=law, today=today)
    until = {one.document.pk: one.removable_from for one in kept}
    return [
        EvidenceRow(
            number,
            document,
            address_of(organisation, year, number),
            _places(grid, number),
            _keeping(number, until),
        )
        for number, document in found.items()
    ]


def filed_with(organisation: Organisation, year: int) -> dict[int, Filed]:
    """The documents of a report as its cells link to them, by number."""
    return {
        number: Filed(number, document.name, address_of(organisation, year, number))
        for number, document in report_queries.evidence(organisation, year).items()
    }


def address_of(organisation: Organisation, year: int, number: int) -> str:
    """Where a document of a report is downloaded."""
    return reverse("report_evidence", args=[organisation.code, year, number])


@require_safe
@within("emission_report.read")
def evidence(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """A document that proves a figure, for whoever reads the report. Source: CQETS-24b."""
    organisation, acting = reached(request, "emission_report.read", code, year)
    found = readable(organisation, year, acting).get(number)
    content = store().content(found.sha256) if found else None
    if found is None or content is None:
        raise Http404(number)
    return download(found, content)


def readable(organisation: Organisation, year: int, acting: Acting) -> dict[int, Document]:
    """The documents of a report by number: all to its entity, to others those submitted.

    Source: CQETS-24b.
    """
    found = report_queries.evidence(organisation, year)
    if acting.organisation == organisation.code:
        return found
    named = _submitted(organisation, year)
    return {number: document for number, document in found.items() if number in named}


def _submitted(organisation: Organisation, year: int) -> set[int]:
    """The numbers that submitted versions name."""
    versions = report_queries.versions(organisation, year).filter(content__isnull=False)
    grids = [report_queries.grid_of(version.content) for version in versions]
    cells = [row.get(EVIDENCE, "") for grid in grids for rows in grid.values() for row in rows]
    return {number for cell in cells for number in numbers_in(cell)}


def _places(grid: Grid, number: int) -> tuple[tuple[Said, str], ...]:
    found = []
    for kind in KINDS:
        rows = [
            str(at)
            for at, row in enumerate(grid.get(kind.name, ()), start=FIRST_ROW)
            if number in numbers_in(row.get(EVIDENCE, ""))
        ]
        if rows:
            found.append((Said(kind.zh, kind.en), ", ".join(rows)))
    return tuple(found)


def _keeping(number: int, until: Mapping[int, date | None]) -> Said:
    if number not in until:
        return Said("保存期已满", "Kept long enough")
    first = until[number]
    if first is None:
        return Said("自提交后起算", "Counts from the submission")
    last = first - timedelta(days=1)
    return Said(f"至 {last}", f"until {last}")
