"""What we remember of candidates, removals, published lists, changes and supplied data."""

from django.db import models


class Standard(models.Model):
    """A version of the inclusion standard (纳入标准), which the city government approved."""

    threshold_tco2e = models.PositiveIntegerField()
    basis = models.TextField()
    approval_reference = models.CharField(max_length=60)
    approval_date = models.DateField()
    effective_year = models.PositiveSmallIntegerField(unique=True)
    adopted_at = models.DateTimeField()

    class Meta:
        ordering = ("effective_year",)


class Candidacy(models.Model):
    """Why an entity stands for the list from a year on, with the working of the test."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="candidacies"
    )
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=30)
    managed_tco2e = models.DecimalField(null=True, max_digits=20, decimal_places=4)
    """The part tested; unknown where a published list was taken over."""
    flagged = models.BooleanField(default=False)
    working = models.JSONField(null=True)
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="one_candidacy_a_list")
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.organisation.code}/{self.year}"


class Removal(models.Model):
    """A proposed removal: its ground, its evidence, from which list on, and what was decided."""

    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="removals")
    article = models.CharField(max_length=30)
    effective_year = models.PositiveSmallIntegerField()
    working = models.JSONField()
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    removed = models.BooleanField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["candidacy"],
                condition=models.Q(decided_at__isnull=True),
                name="one_open_removal",
            )
        ]


class Publication(models.Model):
    """The list of a year as it was published, row by row."""

    year = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    rows = models.JSONField()

    class Meta:
        ordering = ("id",)


class Change(models.Model):
    """A reported change of registration with its plan."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10)
    plan = models.JSONField()
    reason = models.TextField()
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.organisation.code}/{self.pk}"


class SuppliedFigure(models.Model):
    """A figure another department supplied about an entity and year; the latest counts."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="supplied_figures"
    )
    source = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=20)
    unit = models.CharField(max_length=10)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    supplied_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
