"""What we remember of cases and how they moved."""

from django.db import models


class Case(models.Model):
    """One running or ended procedure about one subject of one organisation."""

    procedure = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="cases")
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    due_date = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "subject"], name="one_case_a_subject")
        ]
        indexes = [models.Index(fields=["procedure", "year", "state"], name="case_by_state")]


class TrailLine(models.Model):
    """One step of a case: who, in which role, when, from where to where, and why."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="trail")
    move = models.CharField(max_length=40)
    source = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=40)
    at = models.DateTimeField()
    person = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    organisation = models.CharField(max_length=40)
    article = models.CharField(max_length=30)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
