"""What we remember of bodies, draws, works, findings and assessments."""

from django.db import models
from django.db.models import Q


class BodyEntry(models.Model):
    """A verification body (核查机构) in the register, with what is on file of it."""

    body = models.OneToOneField("parties.Organisation", models.PROTECT, related_name="body_entry")
    standing = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    reference_projects = models.PositiveSmallIntegerField(default=0)
    registered_at = models.DateTimeField()

    class Meta:
        ordering = ("body__code",)


class Verifier(models.Model):
    """A person qualified to verify an industry for a body (核查员)."""

    body = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="verifiers")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    industry = models.CharField(max_length=40)
    since_date = models.DateField()
    """From when the person has verified in the industry, with whichever body."""
    until_date = models.DateField(null=True)
    """The first day on which the qualification no longer holds."""
    full_time = models.BooleanField()
    may_lead = models.BooleanField()
    may_review = models.BooleanField()
    carbon_manager = models.BooleanField(default=False)
    """Whether they hold the carbon emission manager qualification (碳排放管理员资格)."""

    class Meta:
        ordering = ("body", "industry", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["body", "person", "industry"],
                condition=Q(until_date__isnull=True),
                name="qualified_once_an_industry",
            )
        ]


class InterestEntry(models.Model):
    """A service or other tie of a body with an entity (利益关系)."""

    body = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["body", "organisation", "kind", "from_date"], name="interest_told_once"
            )
        ]


class DrawRecord(models.Model):
    """A random draw: its seed, what it was drawn from, and what was drawn."""

    year = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=60, unique=True)
    """Of whoever asked: asked twice, it is drawn once."""
    seed = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    depth_share = models.DecimalField(max_digits=5, decimal_places=4)
    loads = models.JSONField()
    lots = models.JSONField()

    class Meta:
        ordering = ("id",)


class Work(models.Model):
    """A body's work on the report of an entity and year; how it stands is its case."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="works")
    year = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField()
    body = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    draw = models.ForeignKey(DrawRecord, models.PROTECT, null=True, related_name="works")
    reasons = models.TextField(blank=True)
    """Why the body was chosen by hand."""
    in_depth = models.BooleanField()
    requirement = models.TextField(blank=True)
    """What was asked of the body in particular."""
    declared_by = models.CharField(max_length=150, blank=True)
    """Who declared the body independent of the entity."""
    ended_at = models.DateTimeField(null=True)
    """When it was declined or rejected, and the entity waited for another body."""
    signed_by = models.CharField(max_length=150, blank=True)
    signed_at = models.DateTimeField(null=True)
    verified_tco2e = models.BigIntegerField(null=True)
    explanation = models.JSONField(default=list)

    class Meta:
        ordering = ("-year", "organisation__number", "-attempt")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "attempt"], name="work_attempt_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "year"],
                condition=Q(ended_at__isnull=True),
                name="one_standing_work",
            ),
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.organisation.code}/{self.year}/{self.attempt}"


class TeamMember(models.Model):
    """Who works on it, and as what: one leads, one reviews and is not in the team."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="team")
    verifier = models.ForeignKey(Verifier, models.PROTECT, related_name="+")
    part = models.CharField(max_length=10)
    declared_at = models.DateTimeField(null=True)
    """When the person declared to have no interest in the entity; nobody works before."""

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["work", "verifier"], name="one_part_a_person"),
            models.UniqueConstraint(
                fields=["work", "part"], condition=~Q(part="member"), name="one_lead_one_reviewer"
            ),
        ]


class CheckMark(models.Model):
    """What the document review (文件评审) found of one item; the latest counts."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="marks")
    item = models.CharField(max_length=20)
    is_right = models.BooleanField()
    note = models.TextField(blank=True)
    person = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class Visit(models.Model):
    """A visit on site (现场核查); its photographs are documents of the work's case."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="visits")
    reference = models.CharField(max_length=40)
    place = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    questions = models.JSONField()
    """Whom was asked what, and the answer."""
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["work", "reference"], name="visit_once")]


class Finding(models.Model):
    """A nonconformity or a question (核查发现); how it stands is its case."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    text = models.TextField()
    line = models.CharField(max_length=30, blank=True)
    product = models.CharField(max_length=60, blank=True)
    figure = models.CharField(max_length=20, blank=True)
    candidate = models.DecimalField(null=True, max_digits=24, decimal_places=6)
    """The value the verifiers hold possible."""
    cause = models.TextField(blank=True)
    correction = models.TextField(blank=True)
    corrected = models.DecimalField(null=True, max_digits=24, decimal_places=6)
    """The value the entity puts in the place of the reported one."""

    class Meta:
        ordering = ("work", "number")
        constraints = [
            models.UniqueConstraint(fields=["work", "number"], name="finding_number_once"),
            models.UniqueConstraint(fields=["work", "reference"], name="finding_once"),
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.work.subject}/{self.number}"


class Assessment(models.Model):
    """The assessment (考评) of a body for a year; how it stands is its case."""

    body = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="assessments")
    year = models.PositiveSmallIntegerField()
    weights = models.JSONField()
    scores = models.JSONField()
    result = models.DecimalField(max_digits=4, decimal_places=1)
    scored_at = models.DateTimeField()
    appeal = models.TextField(blank=True)
    decision = models.TextField(blank=True)
    """What was decided on the appeal, with its reasons."""
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-year", "-result", "body__code")
        constraints = [
            models.UniqueConstraint(fields=["body", "year"], name="assessed_once_a_year")
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"{self.body.code}/{self.year}"
