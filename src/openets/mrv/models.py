"""What we remember of lines, reports and verifications."""

from django.db import models


class ProductionLine(models.Model):
    """A production line or process (生产线/生产工序) of an entity."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="lines")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    process = models.CharField(max_length=30)
    homogeneous = models.BooleanField()
    clear_boundary = models.BooleanField()
    comparable = models.BooleanField()
    commissioned_date = models.DateField()

    class Meta:
        ordering = ("organisation", "code")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="line_code_once")
        ]


class Report(models.Model):
    """An entity's figures of a year: an inventory result (盘查) or an annual report."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="reports")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    inventory = models.BooleanField(default=False)
    submitted_at = models.DateTimeField()
    paper_at = models.DateTimeField(null=True)
    due_date = models.DateField(null=True)
    statement_by = models.CharField(max_length=150, blank=True)
    digest = models.CharField(max_length=64)
    total_tco2e = models.BigIntegerField()
    synthetic = models.BooleanField()
    estimated = models.BooleanField(default=False)
    """Put in place of a missing or false report by the authority (测算)."""
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("organisation", "year", "version")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "version"], name="report_version_once"
            )
        ]


class FiguresRow(models.Model):
    """A product of a line in a year."""

    line = models.ForeignKey(ProductionLine, models.PROTECT, related_name="+")
    product = models.CharField(max_length=60)
    output = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=20)
    co2_t = models.DecimalField(max_digits=20, decimal_places=4)
    non_co2_t = models.DecimalField(max_digits=20, decimal_places=4)
    production_days = models.PositiveSmallIntegerField()
    shutdown_days = models.PositiveSmallIntegerField()
    usable_from = models.DateField(null=True)
    usable_output = models.DecimalField(null=True, max_digits=24, decimal_places=6)
    usable_co2_t = models.DecimalField(null=True, max_digits=20, decimal_places=4)
    usable_production_days = models.PositiveSmallIntegerField(null=True)
    usable_because = models.CharField(max_length=30, blank=True)
    zero_output_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class ReportedRow(FiguresRow):
    """As the entity reported it."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="rows")


class Verification(models.Model):
    """A body's result on a report; `verified_tco2e` is the number that binds once final."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="verification")
    body = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    entered_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    objection_due_date = models.DateField(null=True)
    verified_tco2e = models.BigIntegerField(null=True)
    version = models.PositiveSmallIntegerField(default=1)
    final_at = models.DateTimeField(null=True)


class VerifiedRow(FiguresRow):
    """As the body verified it (version 1), or as a review decision corrected it (version 2)."""

    version = models.PositiveSmallIntegerField(default=1)
    verification = models.ForeignKey(Verification, models.PROTECT, related_name="rows")


class MonitoringPlan(models.Model):
    """A version of an entity's monitoring plan (监测计划); filed, it is never changed."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=150)
    filing_number = models.CharField(max_length=60, blank=True)
    filed_at = models.DateTimeField(null=True)
    filed_by = models.CharField(max_length=150, blank=True)
    from_date = models.DateField(null=True)
    change_reason = models.TextField(blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("organisation", "version")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["filing_number"],
                condition=~models.Q(filing_number=""),
                name="filing_number_once",
            ),
        ]


class ReportDraft(models.Model):
    """What an entity has filled in of its report of a year; every save is a revision."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="drafts")
    year = models.PositiveSmallIntegerField()
    factors = models.CharField(max_length=40)
    content = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="draft_once")]


class ReportContent(models.Model):
    """The grid of a submitted report, its accounting, and the factor set that was used."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="content")
    grid = models.JSONField()
    factors = models.CharField(max_length=40)
    factors_digest = models.CharField(max_length=64)
    gwp = models.CharField(max_length=20)
    accounted = models.JSONField()
    total_exact = models.CharField(max_length=80)
    captive_exact = models.CharField(max_length=80)
    plan = models.ForeignKey(MonitoringPlan, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    """SHA-256 of grid and factor set: what the statement is about."""


class NationalPart(models.Model):
    """Which part of an entity's emissions of a year the national market manages. CQETS-2.2."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    whole = models.BooleanField(default=False)
    """All of it: nothing is allocated or claimed here."""
    captive_tco2e = models.BigIntegerField(default=0)
    """Of its captive power plant (自备电厂), as reported; no part of the report's total."""
    basis = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("organisation", "year")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="national_part_once")
        ]


class SecretMark(models.Model):
    """A field of an entity's report that is withheld from the public, and why (保密标注)."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    field = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    reason = models.TextField()
    marked_at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("organisation", "year", "field")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "field"], name="marked_once")
        ]


class CorrectionOrder(models.Model):
    """An order to report, or to correct a report, by a day (责令限期改正)."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    ground = models.CharField(max_length=20)
    reasons = models.TextField()
    ordered_at = models.DateTimeField()
    due_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="order_once")]


class Estimate(models.Model):
    """The authority's estimate (测算) that stands for a report, and what follows next year."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="estimate")
    order = models.OneToOneField(CorrectionOrder, models.PROTECT, related_name="estimate")
    basis = models.TextField()
    reported_tco2e = models.BigIntegerField(null=True)
    deduction_tco2e = models.BigIntegerField(null=True)
    deduction_reasons = models.TextField(blank=True)


class Restatement(models.Model):
    """A base year of an entity by another factor set (参数修正); the reported version stays.

    Confirmed, it stands for the reported figures in allocations of `from_year` and later, as long
    as the figures it was made from (`figures_digest`) are the ones that bind.
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="restatements")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=60, unique=True)
    reference = models.CharField(max_length=80)
    from_year = models.PositiveSmallIntegerField()
    factors = models.CharField(max_length=40)
    factors_digest = models.CharField(max_length=64)
    gwp = models.CharField(max_length=20)
    figures_digest = models.CharField(max_length=64)
    lines = models.JSONField()
    """Of every line of activity data the emissions before and after, with both workings."""
    explanation = models.JSONField()
    """How the change came to the rows."""
    before_t = models.DecimalField(max_digits=20, decimal_places=4)
    after_t = models.DecimalField(max_digits=20, decimal_places=4)
    reasons = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField(null=True)
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        ordering = ("report", "number")
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="restatement_number_once"),
            models.UniqueConstraint(
                fields=["report", "reference"], name="restatement_reference_once"
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=models.Q(decided_at__isnull=True),
                name="restatement_open_once",
            ),
        ]


class RestatedRow(FiguresRow):
    """A row of a base year as restated."""

    restatement = models.ForeignKey(Restatement, models.PROTECT, related_name="rows")
