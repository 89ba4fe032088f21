"""What `openets ledger` remembers beside its accounts and transfers, which stand in the ledger."""

from django.db import models
from django.db.models import Q


class ReplayClock(models.Model):
    """The clock of the replayed ledger: one row. Who holds its lock is the only one to replay."""

    at = models.DateTimeField()


class ReplayAccount(models.Model):
    """An account event: the account it opened, or why it was refused."""

    code = models.TextField(primary_key=True)
    kind = models.TextField()
    account = models.OneToOneField("ledger.Account", models.DO_NOTHING, null=True, related_name="+")
    reason = models.TextField()

    class Meta:
        """Either the account or the reason."""

        constraints = (
            models.CheckConstraint(
                name="doors_replay_account_or_reason",
                condition=Q(account=None) ^ Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return self.code
