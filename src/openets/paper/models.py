"""What we remember of papers: each as it was handed out, with what it said."""

from django.db import models


class Paper(models.Model):
    """A PDF that was issued. The row never changes: a wrong paper is followed by another."""

    reference = models.CharField(max_length=90, unique=True)
    """Of whoever asked: asked twice, it is issued once."""
    code = models.CharField(max_length=30, unique=True)
    """What anybody who holds the paper can check it by (验证码); nobody else can guess it."""
    kind = models.CharField(max_length=20)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="papers")
    subject = models.CharField(max_length=200)
    """What it is of: the moment, the transaction, or the account and period."""
    issued_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    organisation = models.CharField(max_length=50)
    sheet = models.JSONField()
    """What it said."""
    sha256 = models.CharField(max_length=64, db_index=True)
    content = models.BinaryField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code
