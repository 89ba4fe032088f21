"""What the exchange remembers: products, orders, trades, batches and daily sheets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from openets.parties.models import Organisation


class Product(models.Model):
    """A traded product (交易产品): a unit kind, of one vintage for allowances. Source: CQETS-15."""

    code = models.CharField(max_length=20, unique=True)
    unit = models.CharField(max_length=20)
    vintage_year = models.PositiveSmallIntegerField(null=True)
    listed_from = models.DateField()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Method(models.TextChoices):
    """How buyer and seller found each other (交易方式), as `trading.methods` names it."""

    OPEN_BIDDING = "open_bidding", "公开竞价"
    LISTED_PRICE = "listed_price", "挂牌点选"
    NEGOTIATED = "negotiated_transfer", "协议转让"
    BLOCK = "block_deal", "大宗交易"
    ONE_WAY_AUCTION = "one_way_auction", "单向竞价"


ON_THE_BOOK = (Method.OPEN_BIDDING, Method.LISTED_PRICE)
"""Trades of the book: only they make open, high, low and close, and so the next reference."""


class FloorBatch(models.Model):
    """One transaction of the floor: what came in, what came of it, and the state after it."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    orders = models.IntegerField()
    trades = models.IntegerField()
    state_hash = models.CharField(max_length=64)


class OrderState(models.TextChoices):
    """Where an order stands. Source: systems 5.13."""

    RESTING = "resting"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"


class Order(models.Model):
    """An order (申报), what remains of it and what it holds.

    A buy holds money of its cash account, a sell units of positions of its trading account.
    """

    id = models.BigIntegerField(primary_key=True)
    key = models.CharField(max_length=60)
    product = models.ForeignKey(Product, models.PROTECT, related_name="orders")
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="orders")
    buy = models.BooleanField()
    price_fen = models.BigIntegerField(null=True)
    qty = models.BigIntegerField()
    remaining = models.BigIntegerField()
    tif = models.CharField(max_length=5)
    method = models.CharField(
        max_length=20,
        choices=Method.choices,
        db_default=Method.OPEN_BIDDING,
        default="open_bidding",
    )
    """Orders of the book enter it; those of a deal or an auction only hold what they need."""
    state = models.CharField(max_length=10, choices=OrderState.choices)
    held_accounts = ArrayField(models.BigIntegerField(), default=list)
    held_amounts = ArrayField(models.BigIntegerField(), default=list)
    refusal = models.CharField(max_length=40, blank=True)
    entered_at = models.DateTimeField()
    batch = models.ForeignKey(FloorBatch, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["holder", "key"], name="order_key_once"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("qty")), name="order_remaining_fits"
            ),
        ]
        indexes = [
            models.Index(
                fields=["product"], condition=Q(state="resting"), name="order_open_by_product"
            )
        ]


class Trade(models.Model):
    """A trade (成交): settled in the transaction that wrote it. Prices of the resting order."""

    id = models.BigIntegerField(primary_key=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="trades")
    method = models.CharField(max_length=20)
    buy = models.ForeignKey(Order, models.PROTECT, related_name="+")
    sell = models.ForeignKey(Order, models.PROTECT, related_name="+")
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    seller = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    qty = models.BigIntegerField()
    turnover_fen = models.BigIntegerField()
    at = models.DateTimeField()
    day = models.DateField()
    batch = models.ForeignKey(FloorBatch, models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    """When it was undone by decision; its record stays. Source: BJETS-18b."""

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["product", "day"], name="trade_by_day")]


class DailySheet(models.Model):
    """A product's trading day as published (日行情). Source: CQETS-20.

    A day without trades keeps the close of the day before and has no open, high or low. Deals and
    auctions stand apart: they move no price.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="days")
    day = models.DateField()
    reference_fen = models.BigIntegerField()
    open_fen = models.BigIntegerField(null=True)
    high_fen = models.BigIntegerField(null=True)
    low_fen = models.BigIntegerField(null=True)
    close_fen = models.BigIntegerField()
    volume_t = models.BigIntegerField()
    turnover_fen = models.BigIntegerField()
    trades = models.IntegerField()
    deal_volume_t = models.BigIntegerField(default=0, db_default=0)
    deal_turnover_fen = models.BigIntegerField(default=0, db_default=0)
    deals = models.IntegerField(default=0, db_default=0)

    class Meta:
        ordering = ("product", "day")
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="one_sheet_a_day")]


class InterventionKind(models.TextChoices):
    """What the exchange may decide in an abnormal situation (异常情况处理)."""

    HALT = "halt", "暂停交易"
    WITHDRAWAL = "withdrawal", "批量撤单"
    CANCELLATION = "cancellation", "取消成交"
    PRICE_LIMIT = "price_limit", "调整涨跌幅"


class Intervention(models.Model):
    """A decision on the market that a second person carries out. Source: CQETS-21, BJETS-18b.

    Without product and holder it is about the whole market.
    """

    reference = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=InterventionKind.choices)
    cause = models.CharField(max_length=20)
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    holder = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, related_name="interventions"
    )
    trade = models.ForeignKey(Trade, models.PROTECT, null=True, related_name="interventions")
    ratio = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    """The new price limit against the reference."""
    from_date = models.DateField(null=True)
    until_date = models.DateField(null=True)
    """The last day of a changed price limit, included."""
    reason = models.TextField()
    announcement = models.TextField()
    """What the public is told (公告)."""
    decided_at = models.DateTimeField()
    carried_out_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    """When trading was resumed after a halt (恢复交易)."""

    class Meta:
        ordering = ("id",)

    def subjects(self) -> dict[str, Organisation | None]:
        """Its cases, and whom each is about: both sides of a trade, a holder, or nobody."""
        if self.trade is None:
            return {self.reference: self.holder}
        sides = {"buyer": self.trade.buyer, "seller": self.trade.seller}
        if self.trade.buyer == self.trade.seller:
            del sides["seller"]
        return {f"{self.reference}/{side}": holder for side, holder in sides.items()}


class Listing(models.Model):
    """A decision to list a product (挂牌), which a second person carries out. Source: CQETS-15."""

    code = models.CharField(max_length=20, unique=True)
    unit = models.CharField(max_length=20)
    vintage_year = models.PositiveSmallIntegerField(null=True)
    from_date = models.DateField()
    decision = models.CharField(max_length=120)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
