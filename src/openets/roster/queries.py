"""What may be asked about the list."""

import csv
from datetime import date
from io import StringIO

from openets.kernel.citation import Citation
from openets.parties.models import Organisation
from openets.roster.models import Candidacy, Publication, Removal, Standard, SuppliedFigure
from openets.rulebook.load import Law

COLUMNS = ("number", "name", "district", "industry")


def with_standards(law: Law) -> Law:
    """The law with every adopted scale from its year on. Source: CQETS-8."""
    for standard in Standard.objects.all():
        law = law.amended(
            "list.threshold_tco2e",
            standard.threshold_tco2e,
            start=date(standard.effective_year, 1, 1),
            cite=Citation(source="CQETS-8", quote=standard.approval_reference),
        )
    return law


def published_list(year: int) -> Publication | None:
    """The list of a year as last published, or None. Source: CQETS-29."""
    return Publication.objects.filter(year=year).last()


def published_csv(publication: Publication) -> str:
    """A published list as CSV with the columns number, name, district, industry."""
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(publication.rows)
    return text.getvalue()


def candidacies(organisation: Organisation) -> list[Candidacy]:
    """The times an entity stood for the list, with the working, oldest first."""
    return list(Candidacy.objects.filter(organisation=organisation))


def removals(organisation: Organisation) -> list[Removal]:
    """The proposed removals of an entity and what was decided, oldest first."""
    rows = Removal.objects.filter(candidacy__organisation=organisation)
    return list(rows.select_related("candidacy"))


def supplied_figures(organisation: Organisation) -> list[SuppliedFigure]:
    """What other departments supplied about an entity, oldest first. Source: CQETS-4.3."""
    rows = SuppliedFigure.objects.filter(organisation=organisation)
    return list(rows.select_related("source"))
