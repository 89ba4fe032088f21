"""What we remember of plans, trial runs, determinations and of the year's total."""

from django.db import models
from django.db.models import Q


class AllocationPlan(models.Model):
    """The plan of a year (总量设定与配额分配方案) with the values of the law it freezes.

    Where it stands is its case; the days are kept here too, because one plan of a year binds.
    Source: CQETS-11.
    """

    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    basis = models.TextField()
    """The control requirement the total is made from."""
    factors = models.JSONField()
    """What was weighed: notes by factor."""
    law_values = models.JSONField()
    parameters_sha256 = models.CharField(max_length=64)
    drafted_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("year", "version")
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="one_plan_a_version"),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(approved_at__isnull=False, superseded_at__isnull=True),
                name="one_plan_binds",
            ),
        ]

    @property
    def subject(self) -> str:
        """The name under which its case is known."""
        return f"plan/{self.year}/{self.version}"


class Run(models.Model):
    """A calculation of a whole year that nothing follows from: a trial (试算) or a what-if (测算).

    It works in steps, so that its progress can be seen and a broken one goes on.
    """

    reference = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    changes = models.JSONField()
    """Values of the law that a what-if changes, as written, by key."""
    person = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    organisation = models.CharField(max_length=50)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    """Given up before it was finished."""
    entities = models.PositiveIntegerField()
    parameters_sha256 = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64, default="")
    entities_sum_t = models.BigIntegerField(null=True)
    reserve_t = models.BigIntegerField(null=True)
    total_t = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["trial", "what_if"]), name="kind_of_run"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(stopped_at=None), name="finished_or_stopped"
            ),
        ]


class RunRow(models.Model):
    """What a run found for an entity, or why it found nothing."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="rows")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    inputs_sha256 = models.CharField(max_length=64)
    methods = models.JSONField()
    verified_t = models.BigIntegerField(null=True)
    allowance_t = models.BigIntegerField(null=True)
    gap_t = models.BigIntegerField(null=True)
    relief = models.CharField(max_length=10, default="")
    determined_t = models.BigIntegerField(null=True)
    pre_allocation_t = models.BigIntegerField(null=True)
    """Of the next year."""
    claim_limit_t = models.BigIntegerField(null=True)
    """The most that is claimed when the pre-allocation is cancelled after advance use."""
    refusal = models.JSONField(null=True)

    class Meta:
        ordering = ("run", "organisation__number", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["run", "organisation"], name="one_row_a_run"),
        ]


class Determination(models.Model):
    """An entity's allowance of a year with its working. Source: CQETS-11b."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="determinations"
    )
    year = models.PositiveSmallIntegerField()
    verified_t = models.BigIntegerField()
    allowance_t = models.BigIntegerField()
    gap_t = models.BigIntegerField()
    gap_ratio = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    relief = models.CharField(max_length=10)
    determined_t = models.BigIntegerField()
    advance_limit_t = models.BigIntegerField()
    pre_allocation_t = models.BigIntegerField(null=True)
    explanation = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    """Of the figures it was calculated from."""
    parameters_sha256 = models.CharField(max_length=64)
    """Of the law's values it was calculated by."""
    pre_issued_t = models.BigIntegerField(default=0)
    """Issued before as the year's pre-allocation, and not cancelled."""
    deducted_t = models.BigIntegerField(default=0)
    """Taken off for claims of earlier years."""
    calculated_at = models.DateTimeField()
    calculated_by = models.CharField(max_length=150)
    notified_at = models.DateTimeField(null=True)
    objection_due_date = models.DateField(null=True)

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"], name="one_determination_a_year"
            ),
            models.CheckConstraint(condition=Q(determined_t__gte=0), name="allowance_not_negative"),
        ]

    @property
    def to_issue_t(self) -> int:
        """What is left to issue after what was issued before and what is deducted."""
        return max(0, self.determined_t - self.pre_issued_t) - self.deducted_t


class LineDetermination(models.Model):
    """A line's and product's part of it: the method and its working."""

    determination = models.ForeignKey(Determination, models.PROTECT, related_name="lines")
    line = models.CharField(max_length=30)
    product = models.CharField(max_length=60)
    method = models.CharField(max_length=30)
    base = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    base_years = models.CharField(max_length=40)
    coefficient = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    allowance_exact = models.TextField()
    explanation = models.JSONField()

    class Meta:
        ordering = ("id",)


class AdvanceClaim(models.Model):
    """What the next allocations of an entity deduct.

    It was given it before its allowance of a year and was not due: it used it of a pre-allocation
    that was cancelled, or the final allowance fell short of the pre-allocation. Or its emissions
    were estimated and the equal amount is deducted (等量核减).
    Source: CQ208-4.2c, CNETS-43b, AMB-23, AMB-62.
    """

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="advance_claims"
    )
    year = models.PositiveSmallIntegerField()
    """Of the pre-allocation, or of the estimate."""
    for_estimate = models.BooleanField(default=False)
    amount_t = models.BigIntegerField()
    deducted_t = models.BigIntegerField(default=0)
    lapsed_t = models.BigIntegerField(default=0)
    """What is not carried on, where the law lets it go (AMB-26)."""
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "for_estimate"], name="one_claim_a_year"
            ),
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="claim_of_something"),
            models.CheckConstraint(
                condition=Q(
                    deducted_t__gte=0,
                    lapsed_t__gte=0,
                    deducted_t__lte=models.F("amount_t") - models.F("lapsed_t"),
                ),
                name="deducted_once",
            ),
        ]

    @property
    def left_t(self) -> int:
        """What later allocations still deduct."""
        return self.amount_t - self.deducted_t - self.lapsed_t


class YearTotal(models.Model):
    """The cap of a year: the entities' sum, the reserve, and the total (配额总量)."""

    year = models.PositiveSmallIntegerField(unique=True)
    entities_sum_t = models.BigIntegerField()
    reserve_t = models.BigIntegerField()
    total_t = models.BigIntegerField()
    explanation = models.JSONField()
    determined_at = models.DateTimeField()
    reserve_issued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("year",)
