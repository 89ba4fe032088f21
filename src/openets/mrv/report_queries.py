"""What may be asked about drafts, submitted grids, plans, secrets, orders and estimates."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from openets.casework import queries as cases
from openets.casework.models import Document
from openets.kernel.quantity import Tonnes
from openets.kernel.workbook import Fault
from openets.mrv import plan as planning
from openets.mrv.accounting.factors import FactorSet, factor_set, factor_sets
from openets.mrv.disclosure import PublicReport, Secret, public_report
from openets.mrv.figures import Figures
from openets.mrv.grid import Checked, LastYear, check_grid
from openets.mrv.models import (
    CorrectionOrder,
    Estimate,
    MonitoringPlan,
    ProductionLine,
    Report,
    ReportContent,
    ReportDraft,
    ReportedRow,
    SecretMark,
)
from openets.mrv.procedures import REPORT
from openets.mrv.queries import figures_of
from openets.mrv.records import latest_reports, report_subject
from openets.mrv.report_sheets import ACTIVITY, KINDS, SUMMARY, quantities
from openets.mrv.sheets import FIRST_ROW, Difference, Grid, cleaned, differences
from openets.parties.models import Organisation
from openets.rulebook.load import Law

OPTIONAL, WARNED, REQUIRED = "optional", "warned", "required"


@dataclass(frozen=True, slots=True)
class DraftChecked:
    """A draft with what its check found; `warnings` stop nothing."""

    checked: Checked
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Deduction:
    """Tonnes that were decided to be deducted for the estimate of a year (等量核减)."""

    organisation_id: int
    year: int
    amount_t: Tonnes


def draft_of(organisation: Organisation, year: int) -> ReportDraft | None:
    """What an entity has filled in of a year, or None."""
    return ReportDraft.objects.filter(organisation=organisation, year=year).first()


def grid_of(kept: ReportDraft | ReportContent) -> Grid:
    """The grid of a draft or of a submitted report."""
    return cleaned(KINDS, kept.content if isinstance(kept, ReportDraft) else kept.grid)


def sets_for(year: int) -> list[FactorSet]:
    """The factor sets that cover a year."""
    return [one for one in factor_sets().values() if year in one.years]


def check_draft(
    organisation: Organisation, year: int, *, grid: Grid, factors: str, law: Law
) -> DraftChecked:
    """Check a grid as the report of an entity and year (校验). Source: CQETS-24, CNETS-25.

    Raises:
        UnknownFactorSet.
    """
    checked = check_grid(
        grid,
        year=year,
        factors=factor_set(factors),
        lines=line_codes(organisation),
        last=last_year(organisation, year),
        change_ratio=law.for_year("mrv.change_question_ratio", year).number,
        documents=evidence(organisation, year),
    )
    warnings = [*plan_warnings(organisation, year, law), *_deviations(organisation, year, grid)]
    return DraftChecked(checked, tuple(warnings))


def evidence(organisation: Organisation, year: int) -> dict[int, Document]:
    """The documents on file with a report, by their numbers. Source: CQETS-24b."""
    case = cases.case(REPORT, report_subject(organisation, year))
    return {one.pk: one for one in cases.documents(case)} if case else {}


def plan_warnings(
    organisation: Organisation, year: int, law: Law, *, plan: MonitoringPlan | None = None
) -> list[Fault]:
    """That no plan is filed, where the rules warn of it; `plan` is the one a report was kept with.

    Source: BJETS-22b.
    """
    filed = plan or filed_plans(organisation).first()
    if filed or plan_rule(law, year) != WARNED:
        return []
    return [Fault(SUMMARY.name, None, "", planning.PlanMissing(year=year))]


def line_codes(organisation: Organisation) -> list[str]:
    """The codes of an entity's registered lines."""
    lines = ProductionLine.objects.filter(organisation=organisation)
    return list(lines.values_list("code", flat=True))


def last_year(organisation: Organisation, year: int) -> LastYear:
    """What the latest report of the year before holds, as far as it was kept."""
    reports = Report.objects.filter(organisation=organisation, year=year - 1)
    report = reports.order_by("-version").first()
    if report is None:
        return LastYear()
    content = ReportContent.objects.filter(report=report).first()
    rows = ReportedRow.objects.filter(report=report).select_related("line")
    return LastYear(
        quantities=quantities(grid_of(content)) if content else {},
        outputs={(row.line.code, row.product): Decimal(row.output) for row in rows},
        total_tco2e=Tonnes(report.total_tco2e),
    )


def figures_before(organisation: Organisation, year: int) -> list[Figures]:
    """What is known last of an entity's lines: this year's report, or that of a year before."""
    reports = Report.objects.filter(organisation=organisation, year__lte=year)
    report = reports.order_by("-year", "-version").first()
    rows = ReportedRow.objects.filter(report=report).select_related("line")
    return [figures_of(row) for row in rows.order_by("line__code", "product")]


def versions(organisation: Organisation, year: int) -> QuerySet[Report]:
    """The submitted versions of a year's report, the first first, with their content."""
    found = Report.objects.filter(organisation=organisation, year=year, inventory=False)
    return found.select_related("content", "content__plan", "estimate").order_by("version")


def compared(before: ReportContent, after: ReportContent | ReportDraft) -> list[Difference]:
    """What changed between two versions, or since one (版本比较)."""
    return differences(KINDS, grid_of(before), grid_of(after))


def plans(organisation: Organisation) -> QuerySet[MonitoringPlan]:
    """All versions of an entity's plan, the newest first, the draft among them."""
    return MonitoringPlan.objects.filter(organisation=organisation).order_by("-version")


def plan_draft(organisation: Organisation) -> MonitoringPlan | None:
    """The version an entity is working on, or None."""
    return plans(organisation).filter(filed_at=None).first()


def filed_plans(organisation: Organisation) -> QuerySet[MonitoringPlan]:
    """The versions that were filed, the newest first."""
    return plans(organisation).filter(filed_at__isnull=False)


def plan_grid(plan: MonitoringPlan) -> Grid:
    """The sheets of a plan."""
    return cleaned(planning.KINDS, plan.content)


def plan_differences(before: MonitoringPlan, after: MonitoringPlan) -> list[Difference]:
    """What changed from one version of a plan to another."""
    return differences(planning.KINDS, plan_grid(before), plan_grid(after))


def plan_rule(law: Law, year: int) -> str:
    """Whether a filed plan is `optional`, `warned` of or `required`.

    Source: CNETS-26, BJETS-22b.
    """
    return law.for_year("mrv.plan_required", year).text


def latest_filed(organisations: Sequence[Organisation]) -> dict[int, MonitoringPlan]:
    """The newest filed plan of each organisation, by its id."""
    found = MonitoringPlan.objects.filter(
        organisation__in=list(organisations), filed_at__isnull=False
    )
    newest = found.order_by("organisation_id", "-version").distinct("organisation_id")
    return {plan.organisation_id: plan for plan in newest}


def latest(organisations: Sequence[Organisation], year: int) -> dict[int, Report]:
    """The latest version of each organisation's report of a year, by its id."""
    return {report.organisation_id: report for report in latest_reports(organisations, year)}


def marks(organisation: Organisation, year: int) -> QuerySet[SecretMark]:
    """The fields of a year that are withheld, with their reasons; not for the public."""
    return SecretMark.objects.filter(organisation=organisation, year=year)


def published(year: int) -> QuerySet[Report]:
    """The published reports of a year, in the order of the list. Source: CQETS-24.3."""
    found = Report.objects.filter(year=year, published_at__isnull=False)
    return found.select_related("organisation").order_by("organisation__number")


def published_years() -> list[int]:
    """The years of which a report is published, the latest first."""
    found = Report.objects.filter(published_at__isnull=False)
    return sorted(set(found.values_list("year", flat=True)), reverse=True)


def public_view(report: Report) -> PublicReport:
    """A report without what is secret. Source: CQETS-24.3."""
    rows = ReportedRow.objects.filter(report=report).select_related("line")
    return public_report(
        year=report.year,
        total_tco2e=Tonnes(report.total_tco2e),
        estimated=report.estimated,
        figures=[figures_of(row) for row in rows.order_by("line__code", "product")],
        marks={mark.field: Secret(mark.kind) for mark in marks(report.organisation, report.year)},
    )


def order_of(organisation: Organisation, year: int) -> CorrectionOrder | None:
    """The order to correct a year's report, or None."""
    return CorrectionOrder.objects.filter(organisation=organisation, year=year).first()


def estimate_of(organisation: Organisation, year: int) -> Estimate | None:
    """The estimate that stands for a year's report, or None."""
    found = Estimate.objects.filter(order__organisation=organisation, order__year=year)
    return found.select_related("report", "order").first()


def deductions_decided(before: int) -> list[Deduction]:
    """What is to be deducted from later allocations for estimates of the years before a year.

    Where nothing is decided, or that nothing is deducted, there is none. Source: CNETS-43b.
    """
    found = Estimate.objects.filter(order__year__lt=before, deduction_tco2e__gt=0)
    rows = found.order_by("order__year", "order__organisation_id")
    return [
        Deduction(organisation, year, Tonnes(amount or 0))
        for organisation, year, amount in rows.values_list(
            "order__organisation_id", "order__year", "deduction_tco2e"
        )
    ]


def _deviations(organisation: Organisation, year: int, grid: Grid) -> list[Fault]:
    filed: Sequence[planning.InForce] = [
        planning.InForce(plan.version, plan.from_date, plan_grid(plan))
        for plan in filed_plans(organisation)
        if plan.from_date is not None
    ]
    found = []
    for at, row in enumerate(grid[ACTIVITY.name], start=FIRST_ROW):
        meter, day = row.get("meter", ""), planning.day_of(row.get("from_date", ""), year)
        departs = planning.deviation(meter=meter, day=day, plans=filed)
        if departs:
            found.append(Fault(ACTIVITY.name, at, ACTIVITY.letter("meter"), departs))
    return found
