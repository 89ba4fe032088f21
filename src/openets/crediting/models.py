"""What we remember of projects and their filed reductions."""

from django.db import models


class Project(models.Model):
    """A reduction project (减排项目) and where it stands."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="projects")
    project_type = models.CharField(max_length=40)
    place = models.CharField(max_length=40)
    place_class = models.CharField(max_length=20)
    synthetic = models.BooleanField()

    def __str__(self) -> str:
        return self.name


class Certification(models.Model):
    """A company that the Tanhuitong platform certified (企业认证): it may use CQCER functions."""

    organisation = models.OneToOneField(
        "parties.Organisation", models.PROTECT, related_name="certification"
    )
    certified_at = models.DateTimeField()


class Filing(models.Model):
    """Reductions of a project and year filed with the bureau, waiting for the fee or registered."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="filings")
    reference = models.CharField(max_length=60, unique=True)
    vintage_year = models.PositiveSmallIntegerField()
    amount_t = models.BigIntegerField()
    serial_from = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    filed_at = models.DateTimeField()
    fee_paid_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_t__gt=0), name="filing_of_something"),
        ]

    @property
    def stage(self) -> str:
        """Where it stands: `awaiting_fee`, `paid` or `registered`."""
        if self.registered_at:
            return "registered"
        return "paid" if self.fee_paid_at else "awaiting_fee"
