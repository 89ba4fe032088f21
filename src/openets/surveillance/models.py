"""What surveillance remembers: alerts, relations of accounts, reports of holders, risk reports."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Alert(models.Model):
    """A pattern found on a day, with its evidence (预警). Its case says what became of it."""

    reference = models.CharField(max_length=120, unique=True)
    pattern = models.CharField(max_length=30)
    product = models.ForeignKey("trading.Product", models.PROTECT, related_name="+")
    day = models.DateField()
    parties = ArrayField(models.CharField(max_length=40), default=list)
    figures = models.JSONField()
    orders = ArrayField(models.BigIntegerField(), default=list)
    trades = ArrayField(models.BigIntegerField(), default=list)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    found_at = models.DateTimeField()
    measure = models.ForeignKey(
        "registry.Measure", models.PROTECT, null=True, related_name="alerts"
    )
    """What was imposed on a party because of it."""

    class Meta:
        ordering = ("-id",)


class Relation(models.Model):
    """Two participants under one controller, or otherwise related (关联). Source: CQVER-25.2."""

    one = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    other = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    basis = models.CharField(max_length=200)
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    """The first day on which they are not related any more."""
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=~Q(one=F("other")), name="related_to_another"),
            models.UniqueConstraint(fields=["one", "other"], name="related_once"),
        ]


class LargeHolderReport(models.Model):
    """The duty of a large holder to report (大户报告), and what it reported. Source: CQETS-21."""

    reference = models.CharField(max_length=80, unique=True)
    holder = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="large_holder_reports"
    )
    day = models.DateField()
    """The day after whose close its position reached the threshold."""
    position_t = models.BigIntegerField()
    from_t = models.BigIntegerField()
    limit_t = models.BigIntegerField()
    purpose = models.TextField(blank=True)
    funds = models.TextField(blank=True)
    intentions = models.TextField(blank=True)
    filed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)


class RiskReport(models.Model):
    """What the exchange reports of a week to the authorities (风险周报)."""

    start_date = models.DateField(unique=True)
    end_date = models.DateField()
    figures = models.JSONField()
    remarks = models.TextField(blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ("-start_date",)
