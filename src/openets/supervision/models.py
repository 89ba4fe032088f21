"""What we remember of operating rules, operating reports, assistance and responsibility."""

from django.db import models


class RuleVersion(models.Model):
    """A version of an institution's rules (业务规则); how its review stands is its case."""

    kind = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="rule_versions"
    )
    title = models.CharField(max_length=120)
    text = models.TextField()
    drafted_at = models.DateTimeField()
    effective_date = models.DateField(null=True)
    """Set by the review: the later day where two authorities approve."""
    approved_at = models.DateTimeField(null=True)
    """When the last authority concerned approved it."""
    ended_date = models.DateField(null=True)
    """The last day of force, the day before the next version's first."""

    class Meta:
        ordering = ("kind", "number")
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_rule_version_a_number")
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.kind}/{self.number}"


class OperatingReport(models.Model):
    """What an institution reported of a period (运行报告), with the figures of that moment."""

    role = models.CharField(max_length=30)
    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="operating_reports"
    )
    start_date = models.DateField()
    end_date = models.DateField()
    figures = models.JSONField()
    matters = models.TextField(blank=True)
    """Other major matters, in the institution's words."""
    filed_at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("-start_date", "role")
        constraints = [
            models.UniqueConstraint(fields=["role", "start_date"], name="one_report_a_period")
        ]


class Assistance(models.Model):
    """The person of the assistance group (帮扶小组) an entity may turn to, from a day on."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="assistance"
    )
    contact = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    from_date = models.DateField()
    until_date = models.DateField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(until_date__isnull=True),
                name="one_contact_an_entity",
            )
        ]


class Question(models.Model):
    """What an entity asked its contact; the answer is the note of the case's move."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="questions"
    )
    contact = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    text = models.TextField()
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="question_once")
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.organisation.code}/{self.reference}"


class DistrictLead(models.Model):
    """The person responsible (责任人) for surrender in a district, from a day on."""

    bureau = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="leads")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    from_date = models.DateField()
    until_date = models.DateField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["bureau"],
                condition=models.Q(until_date__isnull=True),
                name="one_lead_a_district",
            )
        ]
