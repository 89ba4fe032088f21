"""What is remembered: sources, and the trading days each of them tells."""

from django.db import models
from django.db.models import Q


class Source(models.Model):
    """Where trading days were published, in words that stand wherever they are shown."""

    code = models.CharField(max_length=40, unique=True)
    zh = models.CharField(max_length=200)
    en = models.CharField(max_length=200)
    note_zh = models.CharField(max_length=500)
    note_en = models.CharField(max_length=500)

    class Meta:
        ordering = ("code",)


class HistoricDay(models.Model):
    """A trading day as its source tells it: one price, volume and turnover."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="days")
    day = models.DateField()
    price_fen = models.BigIntegerField()
    volume_t = models.BigIntegerField()
    turnover_fen = models.BigIntegerField()

    class Meta:
        ordering = ("source", "day")
        constraints = [
            models.UniqueConstraint(fields=["source", "day"], name="historic_day_once"),
            models.CheckConstraint(
                condition=Q(price_fen__gt=0, volume_t__gt=0, turnover_fen__gt=0),
                name="historic_day_traded",
            ),
        ]
