"""What we remember of lines, reports and verifications."""

from django.db import models


class ProductionLine(models.Model):
    """A production line or process (生产线/生产工序) of an entity."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="lines")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    process = models.CharField(max_length=30)
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
