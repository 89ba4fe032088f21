"""What we remember of auctions and bids. Whether a bid still holds anything says its order."""

from django.db import models
from django.db.models import F, Q

from openets.auctions.clearing import Pricing, Ties
from openets.trading.models import OrderState


class Kind(models.TextChoices):
    """Who sells or buys."""

    RESERVE = "reserve", "政府预留配额竞价"
    LOT = "lot", "持有人单向竞价"
    BUY_BACK = "buy_back", "配额回购竞价"


class AuctionState(models.TextChoices):
    """Where an auction stands; that it is open says the clock."""

    APPLIED = "applied"
    ANNOUNCED = "announced"
    CLEARED = "cleared"
    CANCELLED = "cancelled"


STAGE_TITLES = {
    "applied": ("待公告", "To be announced"),
    "announced": ("公告中", "Announced"),
    "open": ("报价中", "Open for bids"),
    "closed": ("已截止，待出清", "Closed, to be decided"),
    "cleared": ("已出清", "Decided"),
    "cancelled": ("已终止", "Cancelled"),
}
"""Where an auction can stand at a moment."""


class Auction(models.Model):
    """An auction (单向竞价): what, from which price, when, and by which rules. Source: CQETS-17."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    product = models.ForeignKey("trading.Product", models.PROTECT, related_name="+")
    organiser = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    """Whose allowances are sold, or who buys."""
    issue = models.ForeignKey("treasury.PaidIssue", models.PROTECT, related_name="+", null=True)
    buy_back = models.ForeignKey("treasury.BuyBack", models.PROTECT, related_name="+", null=True)
    order = models.OneToOneField("trading.Order", models.PROTECT, related_name="lot", null=True)
    """What holds a holder's lot."""
    quantity_t = models.BigIntegerField()
    limit_fen = models.BigIntegerField()
    """The floor a tonne (底价); of a buy-back the ceiling."""
    pricing = models.CharField(max_length=10, choices=[(p.value, p.name) for p in Pricing])
    ties = models.CharField(max_length=10, choices=[(t.value, t.name) for t in Ties])
    terms = models.TextField(blank=True)
    reference = models.CharField(max_length=40, unique=True)
    made_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=AuctionState.choices)
    ended_at = models.DateTimeField(null=True)
    reasons = models.CharField(max_length=200, blank=True)
    """Why it was cancelled."""
    price_fen = models.BigIntegerField(null=True)
    """The worst price that won."""
    sold_t = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity_t__gt=0, limit_fen__gt=0, sold_t__lte=F("quantity_t")),
                name="auction_of_something",
            ),
            models.CheckConstraint(
                condition=Q(state="applied")
                | Q(state="cancelled")
                | Q(opens_at__lt=F("closes_at"), announced_at__isnull=False),
                name="announced_auction_has_its_hours",
            ),
        ]

    @property
    def subject(self) -> str:
        """Its name in the journal and in the keys of its orders."""
        return f"auction/{self.pk}"

    @property
    def is_reverse(self) -> bool:
        """Whether the lowest price wins."""
        return self.kind == Kind.BUY_BACK


class Bid(models.Model):
    """A sealed bid (报价): seen by its bidder alone until the auction is decided."""

    auction = models.ForeignKey(Auction, models.PROTECT, related_name="bids")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    order = models.OneToOneField("trading.Order", models.PROTECT, related_name="bid")
    """What holds its money, or its units; its number is the bid's place in time."""
    price_fen = models.BigIntegerField()
    qty = models.BigIntegerField()
    reference = models.CharField(max_length=40)
    person = models.CharField(max_length=150)
    """Who bid last, and so buys or sells if it wins."""
    won_t = models.BigIntegerField(null=True)
    won_at_fen = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("order_id",)
        constraints = [
            models.UniqueConstraint(
                fields=["auction", "bidder", "reference"], name="bid_reference_once"
            ),
        ]

    @property
    def state(self) -> str:
        """Where it stands: in, taken back, won or lost."""
        if self.won_t is not None:
            return "won" if self.won_t else "lost"
        return "in" if self.order.state == OrderState.RESTING else "withdrawn"
