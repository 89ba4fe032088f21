"""What the journal remembers. Database triggers keep it append-only."""

from django.db import models
from django.db.models import Q


class Batch(models.Model):
    """A link of the chain: the entries sealed together."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    entries = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.number} {self.digest}"


class Entry(models.Model):
    """One operation: who did what, when, to what, by which article."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, db_index=False, related_name="+")
    """Empty until sealed, then never changed."""
    at = models.DateTimeField()
    """Market time; the wall clock is not kept."""
    operation = models.TextField()
    article = models.TextField(blank=True)
    subject = models.TextField()
    person = models.TextField()
    role = models.TextField()
    organisation = models.TextField()
    content = models.JSONField()

    class Meta:
        """Entries are read by subject and by batch, and sealed while they have none."""

        indexes = (
            models.Index(fields=["subject", "id"], name="journal_entry_subject"),
            models.Index(fields=["batch", "id"], name="journal_entry_batch"),
            models.Index(fields=["id"], name="journal_entry_open", condition=Q(batch=None)),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.subject}"
