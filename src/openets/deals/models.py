"""What we remember of intents and deals. Whether a proposal still holds anything says its order."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from openets.kernel.clock import market_date
from openets.trading.models import Method, OrderState

DEAL_METHODS = [(m.value, m.label) for m in (Method.NEGOTIATED, Method.BLOCK)]


class Intent(models.Model):
    """What somebody would buy or sell (意向申报): it binds nobody, holds nothing, lasts a day."""

    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="intents")
    product = models.ForeignKey("trading.Product", models.PROTECT, related_name="+")
    buys = models.BooleanField()
    price_fen = models.BigIntegerField(null=True)
    qty = models.BigIntegerField()
    reference = models.CharField(max_length=40)
    at = models.DateTimeField()
    day = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["holder", "reference"], name="intent_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="intent_of_something"),
        ]


class Answer(models.TextChoices):
    """What the other side said to a proposal."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    COUNTERED = "countered"


STATE_TITLES = {
    "open": ("待确认", "Open"),
    "confirmed": ("已成交", "Done"),
    "refused": ("已拒绝", "Refused"),
    "countered": ("已反报价", "Countered"),
    "withdrawn": ("已撤回", "Taken back"),
    "lapsed": ("当日失效", "Lapsed"),
}
"""Where a deal can stand."""


class Deal(models.Model):
    """A proposal (成交申报) to a named counterparty, and what became of it.

    The proposer's side is held by `order` from the proposal on; `trade` is there once confirmed.
    """

    method = models.CharField(max_length=20, choices=DEAL_METHODS)
    product = models.ForeignKey("trading.Product", models.PROTECT, related_name="+")
    proposer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    counterparty = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    proposer_buys = models.BooleanField()
    price_fen = models.BigIntegerField()
    qty = models.BigIntegerField()
    note = models.CharField(max_length=200, blank=True)
    order = models.OneToOneField("trading.Order", models.PROTECT, related_name="deal")
    trade = models.OneToOneField("trading.Trade", models.PROTECT, related_name="deal", null=True)
    counter_to = models.OneToOneField("self", models.PROTECT, related_name="counter", null=True)
    reference = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["proposer", "reference"], name="deal_once"),
            models.CheckConstraint(
                condition=~Q(proposer=F("counterparty")), name="deal_between_two"
            ),
            models.CheckConstraint(
                condition=Q(answer=Answer.CONFIRMED, trade__isnull=False)
                | (~Q(answer=Answer.CONFIRMED) & Q(trade__isnull=True)),
                name="confirmed_deal_has_its_trade",
            ),
        ]

    @property
    def subject(self) -> str:
        """Its name in the journal and in the keys of its orders."""
        return f"deal/{self.pk}"

    @property
    def state(self) -> str:
        """Where it stands: as answered, else as its order does."""
        if self.answer:
            return self.answer
        return {
            OrderState.RESTING: "open",
            OrderState.WITHDRAWN: "withdrawn",
            OrderState.EXPIRED: "lapsed",
        }[OrderState(self.order.state)]

    def state_on(self, day: date) -> str:
        """Where it stands on a day: what nobody answered on its own lapsed, closed or not."""
        is_late = market_date(self.proposed_at) < day
        return "lapsed" if self.state == "open" and is_late else self.state
