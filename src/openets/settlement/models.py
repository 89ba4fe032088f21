"""What we remember of cash accounts and payments. The balance is the ledger's."""

from django.db import models


class CashAccount(models.Model):
    """A participant's money at the exchange, or one of the market's own cash accounts."""

    number = models.CharField(max_length=50, unique=True)
    holder = models.OneToOneField(
        "parties.Organisation", models.PROTECT, related_name="cash_account", null=True
    )
    ledger_account = models.BigIntegerField(unique=True)
    bank_number = models.CharField(max_length=40, blank=True)
    """The bound bank account of the same name, where its number was given."""
    bound_at = models.DateTimeField(null=True)
    """Since when a bank account is bound; money moves and orders are taken from then on."""

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money moved for a reason: a deposit, a withdrawal, a fee."""

    kind = models.CharField(max_length=30)
    reference = models.CharField(max_length=80)
    debit = models.ForeignKey(CashAccount, models.PROTECT, related_name="+")
    credit = models.ForeignKey(CashAccount, models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="payment_once"),
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0), name="payment_moves_something"
            ),
        ]
