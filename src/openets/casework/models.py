"""What we remember of cases: how they moved, what was filed, said and told."""

from django.db import models


class Case(models.Model):
    """One running or ended procedure about one subject of one organisation.

    The `handler` is the body that works on it, where there are several to choose from.
    """

    procedure = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="cases")
    handler = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="handled_cases", null=True
    )
    year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    due_date = models.DateField(null=True)
    kept_from_date = models.DateField(null=True)

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


class Comment(models.Model):
    """What somebody who takes part in a case said about it; nothing follows from it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    person = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    organisation = models.CharField(max_length=40)
    text = models.TextField()
    reference = models.CharField(max_length=40, blank=True)
    """The speaker's own, once a case: sent twice, it is said once."""

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person", "reference"],
                condition=~models.Q(reference=""),
                name="said_once",
            )
        ]


class Document(models.Model):
    """A file of a case, stored under its hash; what was removed leaves its row behind."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    scan = models.CharField(max_length=20)
    added_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    organisation = models.CharField(max_length=40)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["case", "sha256"],
                condition=models.Q(removed_at=None),
                name="document_once_a_case",
            )
        ]


class Notice(models.Model):
    """A message in an organisation's inbox; delivered at once, opened by somebody later.

    `key` keeps it from being sent twice. Where its receipt starts a clock, `state` is the state
    whose period runs, and `days` and `article` are its card and article.
    """

    key = models.CharField(max_length=160, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices", null=True)
    """None where it is about something that is no case; then `page` is where to look."""
    page = models.CharField(max_length=120, blank=True)
    recipient = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="notices")
    zh = models.CharField(max_length=200)
    en = models.CharField(max_length=200)
    article = models.CharField(max_length=30)
    state = models.CharField(max_length=40, blank=True)
    days = models.CharField(max_length=60, blank=True)
    delivered_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("id",)


class Delivery(models.Model):
    """A copy of a notice on its way out of the system, and how far it came."""

    class State(models.TextChoices):
        """Where a copy can stand."""

        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10)
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel", "address"], name="one_copy_an_address"
            )
        ]
        indexes = [models.Index(fields=["state", "id"], name="delivery_by_state")]


class Holiday(models.Model):
    """A day off or a make-up working day of a year the rulebook does not know yet."""

    date = models.DateField(unique=True)
    kind = models.CharField(max_length=4)
    name = models.CharField(max_length=40)
    notice = models.CharField(max_length=80)

    class Meta:
        ordering = ("date",)
