"""What we remember of determinations and of the year's total."""

from django.db import models


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
    calculated_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)
    objection_due_date = models.DateField(null=True)

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"], name="one_determination_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(determined_t__gte=0), name="allowance_not_negative"
            ),
        ]


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
    """What an entity used in advance of a pre-allocation that was cancelled.

    A claim on its later allocation, which deducts it. Source: CQ208-4.2c, AMB-62.
    """

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="advance_claims"
    )
    year = models.PositiveSmallIntegerField()
    """Of the pre-allocation."""
    amount_t = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="one_claim_a_year"),
            models.CheckConstraint(condition=models.Q(amount_t__gt=0), name="claim_of_something"),
        ]


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
