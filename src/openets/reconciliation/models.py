"""What we remember of a reconciled day: its end, its sums, its differences, its balances."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from openets.journal.chain import Head
from openets.kernel.acting import Acting
from openets.reconciliation.books import Book, Cut
from openets.reconciliation.findings import Kind


class Reconciliation(models.Model):
    """A market day as it was last reconciled: where its rows end and what each book adds up to."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    person = models.CharField(max_length=150)
    head_number = models.BigIntegerField()
    head_digest = models.CharField(max_length=64)
    """The journal's head: it vouches for everything up to the end of the day."""
    floor_batch = models.BigIntegerField()
    trade = models.BigIntegerField()
    transaction = models.BigIntegerField()
    payment = models.BigIntegerField()
    transfer = models.BigIntegerField()
    """Numbers of the last rows of the day."""
    sums = models.JSONField()

    class Meta:
        ordering = ("day",)

    @classmethod
    def of(
        cls, *, day: date, until: Cut, sums: dict[str, Any], at: datetime, acting: Acting
    ) -> "Reconciliation":
        """The row of a day that ends there."""
        return cls(
            day=day,
            at=at,
            person=acting.person,
            head_number=until.head.number,
            head_digest=until.head.digest,
            floor_batch=until.floor_batch,
            trade=until.trade,
            transaction=until.transaction,
            payment=until.payment,
            transfer=until.transfer,
            sums=sums,
        )

    @property
    def cut(self) -> Cut:
        """Where the day ends."""
        return Cut(
            head=Head(self.head_number, self.head_digest),
            floor_batch=self.floor_batch,
            trade=self.trade,
            transaction=self.transaction,
            payment=self.payment,
            transfer=self.transfer,
        )


class Difference(models.Model):
    """A difference (差异) of a day, and how it was explained.

    When the day is compared again and it is not found any more, it is gone.
    """

    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    key = models.TextField()
    kind = models.CharField(max_length=30, choices=[(kind, kind) for kind in Kind])
    subject = models.TextField()
    what = models.TextField(blank=True)
    participant = models.TextField(blank=True)
    account = models.TextField(blank=True)
    product = models.TextField(blank=True)
    one = models.CharField(max_length=20, choices=[(book, book) for book in Book])
    one_says = models.JSONField(null=True)
    other = models.CharField(max_length=20, choices=[(book, book) for book in Book])
    other_says = models.JSONField(null=True)
    entry = models.BigIntegerField(null=True)
    """Number of the first journal entry concerned."""
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    explained_by = models.CharField(max_length=150, blank=True)
    correction = models.TextField(blank=True)
    """What corrects it: the subject of a journal entry."""
    deferral = models.TextField(blank=True)
    """The decision by which the correction may wait."""
    deferred_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["reconciliation", "key"], name="difference_once_a_day"),
        )

    @property
    def is_settled(self) -> bool:
        """Whether it no longer keeps the day open."""
        explained = bool(self.note) and bool(self.correction or self.deferral)
        return self.gone_at is not None or explained


class Closing(models.Model):
    """What stood on a ledger account at the end of a day, until the day it next moved.

    A day writes only the accounts that moved, so that it costs its own rows and not the history's.
    """

    account = models.IntegerField()
    day = models.DateField()
    until = models.DateField(null=True)
    posted = models.BigIntegerField()
    pending = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "day"], name="closing_once_a_day"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(until=None), name="one_last_closing"
            ),
        )
        indexes = (
            models.Index(fields=["day"], name="closing_by_day"),
            models.Index(fields=["until"], name="closing_by_until"),
        )
