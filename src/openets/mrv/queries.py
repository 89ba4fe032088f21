"""What may be asked about lines, reports and verified numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.mrv.figures import Figures
from openets.mrv.models import (
    FiguresRow,
    NationalPart,
    ProductionLine,
    Report,
    ReportedRow,
    RestatedRow,
    Restatement,
    Verification,
    VerifiedRow,
)
from openets.mrv.records import digest_of
from openets.mrv.standing import ReportStanding
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

FIGURE_NAMES = tuple(name for name in Figures.__dataclass_fields__ if name != "line")


@dataclass(frozen=True, slots=True)
class BindingYear:
    """The figures of an entity and year that bind: verified, or from the inventory."""

    year: int
    origin: str
    figures: tuple[tuple[ProductionLine, Figures], ...]


@dataclass(frozen=True, slots=True)
class VerifiedYear:
    """A verified total and how it came to stand."""

    organisation_id: int
    year: int
    reported_tco2e: Tonnes
    verified_tco2e: Tonnes
    body: str
    submitted_at: datetime
    notified_at: datetime | None
    final_at: datetime | None
    synthetic: bool


@dataclass(frozen=True, slots=True)
class ReportedYear:
    """The total of an entity's year: as inventoried (盘查) or as it reported it."""

    year: int
    total_tco2e: Tonnes
    inventory: bool


def binding_figures(
    organisations: Sequence[Organisation], years: Sequence[int], *, for_year: int | None = None
) -> dict[int, list[BindingYear]]:
    """The binding figures of entities by organisation id, years ascending. Source: CQ208-1.

    A year with a final verification gives its verified rows; an inventory year its rows; any
    other year is absent, and whoever needs it refuses. For the allocation of `for_year` a base
    year gives its restated rows, where a restatement for that year or an earlier one is confirmed
    and was made from what binds now. Source: CQ208-A1.M.2.2d.
    """
    found: dict[tuple[int, int], list[tuple[ProductionLine, Figures]]] = {}
    inventory = ReportedRow.objects.filter(
        report__inventory=True, report__year__in=years, report__organisation__in=organisations
    ).select_related("report", "line")
    for row in inventory.order_by("line__code", "product"):
        key = (row.report.organisation_id, row.report.year)
        found.setdefault(key, []).append((row.line, figures_of(row)))
    inventoried = set(found)
    verified = VerifiedRow.objects.filter(
        version=F("verification__version"),
        verification__final_at__isnull=False,
        verification__report__year__in=years,
        verification__report__organisation__in=organisations,
    ).select_related("verification__report", "line")
    for verified_row in verified.order_by("line__code", "product"):
        report = verified_row.verification.report
        key = (report.organisation_id, report.year)
        found.setdefault(key, []).append((verified_row.line, figures_of(verified_row)))
    restated = _restated_rows(organisations, years, for_year) if for_year else {}
    by_organisation: dict[int, list[BindingYear]] = {o.pk: [] for o in organisations}
    for key, rows in sorted(found.items()):
        binding, origin = rows, "inventory" if key in inventoried else "verified report"
        digest, instead = restated.get(key, ("", []))
        if instead and digest == digest_of([figures for _, figures in rows]):
            binding, origin = instead, "restated figures"
        by_organisation[key[0]].append(BindingYear(key[1], origin, tuple(binding)))
    return by_organisation


def _restated_rows(
    organisations: Sequence[Organisation], years: Sequence[int], for_year: int
) -> dict[tuple[int, int], tuple[str, list[tuple[ProductionLine, Figures]]]]:
    """The rows of the last confirmed restatement of each, and the digest of what it rests on."""
    confirmed = Restatement.objects.filter(
        is_confirmed=True,
        from_year__lte=for_year,
        report__year__in=years,
        report__year__lt=for_year,
        report__organisation__in=organisations,
    ).select_related("report")
    last = {
        (one.report.organisation_id, one.report.year): one
        for one in confirmed.order_by("from_year", "number")
    }
    rows: dict[int, list[tuple[ProductionLine, Figures]]] = {}
    kept = RestatedRow.objects.filter(restatement__in=list(last.values())).select_related("line")
    for row in kept.order_by("line__code", "product"):
        rows.setdefault(row.restatement_id, []).append((row.line, figures_of(row)))
    return {key: (one.figures_digest, rows[one.pk]) for key, one in last.items()}


def reported_figures(organisation: Organisation, year: int) -> list[Figures]:
    """The figures of the latest version of an entity's report, by line and product."""
    reports = Report.objects.filter(organisation=organisation, year=year).order_by("-version")
    rows = ReportedRow.objects.filter(report__in=reports.values("pk")[:1]).select_related("line")
    return [figures_of(row) for row in rows.order_by("line__code", "product")]


def entered_figures(organisation: Organisation, year: int) -> list[Figures]:
    """The figures of an entity's latest verification result, final or not, by line and product."""
    rows = VerifiedRow.objects.filter(
        version=F("verification__version"),
        verification__report__organisation=organisation,
        verification__report__year=year,
    )
    return [figures_of(r) for r in rows.select_related("line").order_by("line__code", "product")]


def verified_emissions(year: int) -> dict[int, Tonnes]:
    """The final verified emissions of a year in tCO2e, by organisation id."""
    rows = Verification.objects.filter(report__year=year, final_at__isnull=False)
    pairs = rows.values_list("report__organisation_id", "verified_tco2e")
    return {organisation: Tonnes(total) for organisation, total in pairs if total is not None}


def told_emissions(year: int) -> dict[int, Tonnes]:
    """The verified emissions of a year in tCO2e as told to the entities, by organisation id.

    A result under review is among them: it stands until the review is decided. Whoever the
    national market manages as a whole owes nothing here and is absent.
    Source: CQETS-25, CQETS-2.2, AMB-31.
    """
    rows = Verification.objects.filter(report__year=year, notified_at__isnull=False)
    rows = rows.exclude(report__organisation__in=managed_nationally(year))
    pairs = rows.values_list("report__organisation_id", "verified_tco2e")
    return {organisation: Tonnes(total) for organisation, total in pairs if total is not None}


def national_part(organisation: Organisation, year: int) -> NationalPart | None:
    """What the national market manages of an entity's year, or None. Source: CQETS-2.2."""
    return NationalPart.objects.filter(organisation=organisation, year=year).first()


def managed_nationally(year: int) -> set[int]:
    """The ids of the organisations whose year the national market manages as a whole.

    Source: CQETS-2.2.
    """
    found = NationalPart.objects.filter(year=year, whole=True)
    return set(found.values_list("organisation_id", flat=True))


def assigned_entities(body: str, year: int | None = None) -> set[str]:
    """The codes of the entities whose report, of a year or of any, a body verifies.

    Source: CQETS-25.3.
    """
    found = Verification.objects.filter(body__code=body)
    if year is not None:
        found = found.filter(report__year=year)
    return set(found.values_list("report__organisation__code", flat=True))


def final_tco2e(organisation: Organisation, year: int) -> Tonnes | None:
    """An entity's final verified emissions of a year in tCO2e; None while a review is open."""
    rows = Verification.objects.filter(
        report__organisation=organisation, report__year=year, final_at__isnull=False
    )
    total: int | None = rows.values_list("verified_tco2e", flat=True).first()
    return None if total is None else Tonnes(total)


def verified_totals() -> dict[int, Tonnes]:
    """The final verified emissions of all entities together in tCO2e, by year."""
    final = Verification.objects.filter(final_at__isnull=False).order_by("report__year")
    sums = final.values_list("report__year").annotate(total=Sum("verified_tco2e"))
    return {year: Tonnes(total or 0) for year, total in sums}


def with_verified(entities: QuerySet[Organisation], year: int) -> QuerySet[Organisation]:
    """The entities with `verified_t`, their final verified emissions of a year in tCO2e."""
    own = Verification.objects.filter(
        report__organisation=OuterRef("pk"), report__year=year, final_at__isnull=False
    )
    return entities.annotate(verified_t=Subquery(own.values("verified_tco2e")[:1]))


def verified_total_t(entities: QuerySet[Organisation], year: int) -> Tonnes:
    """The final verified emissions of a year of all these entities together, in tCO2e."""
    own = Verification.objects.filter(
        report__organisation__in=entities.order_by().values("pk"),
        report__year=year,
        final_at__isnull=False,
    )
    return Tonnes(own.aggregate(total=Sum("verified_tco2e"))["total"] or 0)


def verified_years(organisation: Organisation) -> list[VerifiedYear]:
    """The verifications of an entity that have a result, by year."""
    rows = Verification.objects.filter(
        report__organisation=organisation, verified_tco2e__isnull=False
    ).select_related("report", "body")
    return [_verified_year(v) for v in rows.order_by("report__year")]


def results_told(to: Organisation, year: int) -> list[VerifiedYear]:
    """The results of a year that were told to an organisation, in the order of the list.

    An entity is told its own, a district bureau a copy of those of its district, the city bureau
    and the ministry all; nobody else is told. Source: CQETS-25, CNETS-27.
    """
    rows = Verification.objects.filter(report__year=year, notified_at__isnull=False)
    if to.role == Role.DISTRICT_BUREAU:
        rows = rows.filter(report__organisation__district=to.district)
    elif to.role not in {Role.CITY_BUREAU, Role.MINISTRY}:
        rows = rows.filter(report__organisation=to)
    found = rows.select_related("report", "body").order_by("report__organisation__number")
    return [_verified_year(v) for v in found]


def report_standing(
    organisation: Organisation, year: int, *, law: Law, today: date
) -> ReportStanding | None:
    """How an entity's report of a year stands to its due day, by its latest version; None without.

    The authority's estimate is no report of the entity. Source: CQETS-24, AMB-57.
    """
    reports = Report.objects.filter(
        organisation=organisation, year=year, inventory=False, estimated=False
    )
    report = reports.order_by("-version").first()
    if report is None:
        return None
    due_date = report.due_date
    return ReportStanding(
        due_date=due_date,
        online_date=market_date(report.submitted_at),
        paper_date=market_date(report.paper_at) if report.paper_at else None,
        today=today,
        basis=law.on("mrv.report_deadline_basis", due_date or today).text,
    )


def reported_years(organisation: Organisation) -> list[ReportedYear]:
    """The total of every year on file, inventoried or reported, each by its latest version."""
    reports = Report.objects.filter(organisation=organisation).order_by("year", "version")
    found = {
        report.year: ReportedYear(report.year, Tonnes(report.total_tco2e), report.inventory)
        for report in reports
    }
    return list(found.values())


def _verified_year(verification: Verification) -> VerifiedYear:
    report = verification.report
    assert verification.verified_tco2e is not None, "a result was entered"
    return VerifiedYear(
        organisation_id=report.organisation_id,
        year=report.year,
        reported_tco2e=Tonnes(report.total_tco2e),
        verified_tco2e=Tonnes(verification.verified_tco2e),
        body=verification.body.name,
        submitted_at=report.submitted_at,
        notified_at=verification.notified_at,
        final_at=verification.final_at,
        synthetic=report.synthetic,
    )


def figures_of(row: FiguresRow) -> Figures:
    """A row on file as figures."""
    return Figures(line=row.line.code, **{name: getattr(row, name) for name in FIGURE_NAMES})


def has_synthetic() -> bool:
    """Whether any report on file is synthetic."""
    return Report.objects.filter(synthetic=True).exists()
