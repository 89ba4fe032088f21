"""What may be asked about the list."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from openets.casework import queries as cases
from openets.casework.models import Case
from openets.kernel.citation import Citation
from openets.kernel.quantity import Tonnes
from openets.mrv import queries as mrv
from openets.parties.models import Organisation
from openets.registry import queries as registry
from openets.roster.inclusion import reaches_scale
from openets.roster.models import (
    Candidacy,
    Change,
    Publication,
    Removal,
    Standard,
    SuppliedFigure,
)
from openets.roster.plan import UnitClass
from openets.roster.procedures import CHANGE, LISTING
from openets.roster.removal import years_below
from openets.rulebook.load import Law, NotSet, NoValueForTime

COLUMNS = ("number", "name", "district", "industry")


@dataclass(frozen=True, slots=True)
class Place:
    """An entity's latest place on the list, and the case of it."""

    candidacy: Candidacy
    case: Case


@dataclass(frozen=True, slots=True)
class YearOnScale:
    """A year's final verified emissions held against the scale in force for it.

    `scale_tco2e` is None for a year without one; `counts` where the year is one of those in a row
    below the scale that removal asks for.
    """

    year: int
    tco2e: Tonnes
    scale_tco2e: Decimal | None
    reaches: bool | None
    counts: bool


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


def standards() -> list[Standard]:
    """The adopted scales, by the year from which they hold. Source: CQETS-8."""
    return list(Standard.objects.all())


def places(organisations: Sequence[Organisation]) -> dict[int, Place]:
    """The latest place of each organisation that ever stood for the list, by its id."""
    rows = Candidacy.objects.filter(organisation__in=organisations).select_related("organisation")
    latest = {candidacy.organisation_id: candidacy for candidacy in rows}
    found = cases.of_subjects(LISTING, [candidacy.subject for candidacy in latest.values()])
    return {pk: Place(c, found[c.subject]) for pk, c in latest.items() if c.subject in found}


def in_state(state: str) -> list[Place]:
    """The places that stand in a state of the table, by the number of the entity."""
    rows = Candidacy.objects.select_related("organisation").order_by("organisation__number", "id")
    waiting = {case.subject: case for case in cases.standing(LISTING, state)}
    return [Place(c, waiting[c.subject]) for c in rows if c.subject in waiting]


def against_scale(organisation: Organisation, *, on: date, law: Law) -> list[YearOnScale]:
    """The final verified years of an entity, each held against its scale.

    Source: CQETS-10.i1, AMB-07, AMB-11.
    """
    law = with_standards(law)
    final = {v.year: v.verified_tco2e for v in mrv.verified_years(organisation) if v.final_at}
    after = max(final, default=on.year) + 1
    below = years_below(final, before_year=after, on=on, law=law)
    return [_on_scale(year, tco2e, below, law) for year, tco2e in sorted(final.items())]


def change(subject: str) -> Change:
    """The change of registration that a case is about."""
    _, number = subject.rsplit("/", 1)
    return Change.objects.select_related("organisation").get(pk=number)


def changes(organisations: Iterable[Organisation]) -> list[tuple[Change, Case]]:
    """The changes these organisations reported and their cases, newest first."""
    rows = Change.objects.filter(organisation__in=organisations).select_related("organisation")
    newest = list(rows.order_by("-id"))
    found = cases.of_subjects(CHANGE, [row.subject for row in newest])
    return [(row, found[row.subject]) for row in newest]


def held_t(organisation: Organisation) -> Mapping[UnitClass, Tonnes]:
    """What an organisation holds by unit kind and vintage, on all its accounts."""
    classes: dict[UnitClass, Tonnes] = {}
    for holding in registry.holdings(organisation):
        unit = holding.lot.kind, holding.lot.vintage_year
        classes[unit] = Tonnes(classes.get(unit, 0) + holding.total_t)
    return classes


def published_years() -> list[int]:
    """The years of which a list was published, newest first. Source: CQETS-29."""
    return sorted(set(Publication.objects.values_list("year", flat=True)), reverse=True)


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


def _on_scale(year: int, tco2e: Tonnes, below: Sequence[int], law: Law) -> YearOnScale:
    try:
        scale = law.for_year("list.threshold_tco2e", year).number
        reaches = reaches_scale(tco2e, year=year, law=law)
    except (NoValueForTime, NotSet):
        return YearOnScale(year, tco2e, None, None, counts=False)
    return YearOnScale(year, tco2e, scale, reaches, counts=year in below)
