"""What we remember of the end of a day: who was told what, who objected, what was published."""

from django.db import models


class ClearedDay(models.Model):
    """A market day whose statements were served: from where to where they tell the money."""

    day = models.DateField(primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    fees_fen = models.BigIntegerField()
    """Of both sides of the day's trades."""
    reserved_fen = models.BigIntegerField()
    """What of them went to the risk reserve."""
    objections_until = models.DateTimeField()

    class Meta:
        ordering = ("-day",)


class ClearingStatement(models.Model):
    """A participant's day (清算单) as it was served; it never changes."""

    cleared = models.ForeignKey(ClearedDay, models.PROTECT, related_name="statements")
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-cleared_id", "holder_id")
        constraints = [
            models.UniqueConstraint(fields=["cleared", "holder"], name="one_statement_a_day")
        ]


class Objection(models.Model):
    """What a participant says against its statement, once; the decision is in its case."""

    statement = models.OneToOneField(ClearingStatement, models.PROTECT, related_name="objection")
    text = models.TextField()
    filed_at = models.DateTimeField()

    @property
    def subject(self) -> str:
        """What its case is called."""
        return f"{self.statement.cleared_id}/{self.statement.holder.code}"


class MarketReport(models.Model):
    """A published report of a week, month or year (交易情况报告)."""

    kind = models.CharField(max_length=10)
    start_date = models.DateField()
    end_date = models.DateField()
    rows = models.JSONField()
    analysis = models.TextField(blank=True)
    """The exchange's own words."""
    published_at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("-end_date", "kind")
        constraints = [
            models.UniqueConstraint(fields=["kind", "start_date"], name="one_market_report")
        ]

    @property
    def subject(self) -> str:
        """What its case is called."""
        return f"{self.kind}/{self.start_date}"


class ReserveUse(models.Model):
    """Money of the risk reserve for whom a default harmed; how it stands is its case."""

    creditor = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    debtor = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    asked_as = models.CharField(max_length=80, unique=True)
    recovered_fen = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recovered_fen__lte=models.F("amount_fen")),
                name="recovered_at_most_what_was_used",
            )
        ]

    @property
    def subject(self) -> str:
        """What its case is called."""
        return f"reserve-{self.pk}"
