"""What we remember of the bank: our orders, its answers, its statements, and every file."""

from django.db import models
from django.db.models import Q

from openets.parties.models import Organisation


class BankFile(models.Model):
    """A file that went out or came in, as it was."""

    class State(models.TextChoices):
        """How far it came."""

        WRITING = "writing"
        SENT = "sent"
        BOOKING = "booking"
        BOOKED = "booked"
        REFUSED = "refused"

    name = models.CharField(max_length=100)
    outgoing = models.BooleanField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField()
    rows = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    """Advices in it that were booked before."""
    faults = models.JSONField(default=list)
    """What is wrong with it, each with row, code, texts and remedy."""

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["outgoing", "sha256"], name="bank_file_once")
        ]

    def __str__(self) -> str:
        return self.name


class Instruction(models.Model):
    """An order to the bank: pay out, check a binding, or send back. Its case says how it stands."""

    class Kind(models.TextChoices):
        """What the bank shall do."""

        WITHDRAW = "withdraw"
        BIND = "bind"
        RETURN = "return"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+", null=True)
    """Nobody's money goes back to whoever paid it in."""
    asked_as = models.CharField(max_length=80)
    """The reference of whoever asked: asked twice, it is asked once."""
    amount_fen = models.BigIntegerField(default=0)
    account_number = models.CharField(max_length=40)
    account_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="instructions", null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "holder", "asked_as"], name="asked_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="instruction_amount"),
        ]

    @property
    def reference(self) -> str:
        """What the bank and the case call it."""
        return f"{self.kind}-{self.pk}"

    @property
    def owner(self) -> Organisation:
        """The participant who asked for it."""
        assert self.holder is not None, "only what is nobody's has no holder"
        return self.holder


class BankAdvice(models.Model):
    """What the bank told, once under its own reference, and what came of it."""

    class Outcome(models.TextChoices):
        """What came of it."""

        BOOKED = "booked"
        SUSPENSE = "suspense"
        FAULTY = "faulty"

    bank_reference = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10)
    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="advices", null=True)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+", null=True)
    amount_fen = models.BigIntegerField()
    account_number = models.CharField(max_length=40)
    account_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    told = models.CharField(max_length=60, blank=True)
    """The reference of ours that it names."""
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="advices")
    row = models.IntegerField()
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    @property
    def subject(self) -> str:
        """What its case is called where it waits for a decision."""
        return f"suspense-{self.pk}"


class SuspenseProposal(models.Model):
    """What one person of the exchange would do with money that is nobody's."""

    advice = models.OneToOneField(BankAdvice, models.PROTECT, related_name="proposal")
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+", null=True)
    """Whose it is; nobody's goes back."""


class BankStatement(models.Model):
    """What the bank had of ours at the end of a day (银行日终对账单)."""

    day = models.DateField(unique=True)
    opening_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    lines = models.JSONField()
    """Reference of the bank and fen, out below 0."""
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-day",)
