"""What the ledger remembers. Database triggers and constraints guard it."""

from django.db import models
from django.db.models import F, Q

from openets.ledger.posting import Kind

_ROW_KINDS = [(kind.value, kind.name.lower()) for kind in Kind if kind <= Kind.REFUSED]
"""The kinds that write a row; holding back and releasing write none."""


class Account(models.Model):
    """An account of one asset. Only its sums and its last transfer ever change."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    asset = models.TextField()
    may_go_negative = models.BooleanField()
    debits_pending = models.BigIntegerField(db_default=0)
    debits_posted = models.BigIntegerField(db_default=0)
    credits_pending = models.BigIntegerField(db_default=0)
    credits_posted = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)
    """Kept back for open orders, which are its record."""
    last = models.BigIntegerField(db_default=0)
    """Number of the latest transfer that touched it: the end of its statement."""
    batch = models.ForeignKey("journal.Entry", models.DO_NOTHING, db_index=False, related_name="+")
    """The journal entry of its opening."""

    class Meta:
        """The constraints are the last guard; the posting core refuses first."""

        constraints = (
            models.CheckConstraint(
                name="ledger_account_sums",
                condition=Q(
                    debits_pending__gte=0,
                    debits_posted__gte=0,
                    credits_pending__gte=0,
                    credits_posted__gte=0,
                    held__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="ledger_account_own",
                condition=Q(may_go_negative=True)
                | Q(credits_posted__gte=F("debits_posted") + F("debits_pending") + F("held")),
            ),
        )

    def __str__(self) -> str:
        return self.code


class Transfer(models.Model):
    """One append-only row that is both entries, with both posted balances after it.

    Each side also names the transfer before it, so that an account's statement is a walk from its
    last transfer backwards, or from a milestone: two indexes by account hold every 64th transfer
    or so. Two that held all would cost a third of the posting speed.
    """

    id = models.BigAutoField(primary_key=True)
    # Foreign keys without database constraint: the posting transaction holds both accounts
    # locked and wrote the journal entry itself; a check per row would cost half the speed.
    batch = models.ForeignKey(
        "journal.Entry", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    debit = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    credit = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    key = models.TextField()
    kind = models.SmallIntegerField(choices=_ROW_KINDS)
    amount = models.BigIntegerField()
    debit_after = models.BigIntegerField()
    credit_after = models.BigIntegerField()
    debit_before = models.BigIntegerField()
    credit_before = models.BigIntegerField()
    """Number of the transfer that touched the account before; 0 at its first."""
    timeout_seconds = models.IntegerField()
    pending = models.TextField()
    """The key of the reservation that a POST or VOID resolves."""
    reason = models.TextField()

    class Meta:
        """A key is used once, a reservation is resolved once."""

        constraints = (
            models.UniqueConstraint(name="ledger_transfer_key", fields=["key"]),
            models.UniqueConstraint(
                name="ledger_transfer_resolved", fields=["pending"], condition=~Q(pending="")
            ),
            models.CheckConstraint(
                name="ledger_transfer_amount",
                condition=Q(amount__gt=0) | Q(kind=Kind.REFUSED, amount=0),
            ),
        )
        indexes = (
            models.Index(
                fields=["id"], name="ledger_transfer_timeout", condition=Q(timeout_seconds__gt=0)
            ),
        )

    def __str__(self) -> str:
        return self.key
