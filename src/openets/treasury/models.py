"""What we remember of paid issues, buy-backs, proceeds and budget. How each stands is its case."""

from django.db import models


class PaidIssue(models.Model):
    """A sale of the reserve (有偿发放). Source: CQ208-A1.4.2.

    At a fixed price to applicants, or by auction (竞价): then the price is the least asked for.
    """

    year = models.PositiveSmallIntegerField()
    quantity_t = models.BigIntegerField()
    price_fen = models.BigIntegerField()
    """A tonne."""
    by_auction = models.BooleanField(default=False, db_default=False)
    last_date = models.DateField()
    """Until when who was awarded something pays."""
    terms = models.TextField()
    """The details, as announced."""
    reference = models.CharField(max_length=80, unique=True)
    prepared_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity_t__gt=0, price_fen__gt=0),
                name="paid_issue_of_something",
            )
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"paid-issue/{self.pk}"


class PaidApplication(models.Model):
    """An entity's application for allowances of the reserve. Source: CQ208-4.4."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="paid_applications"
    )
    year = models.PositiveSmallIntegerField()
    amount_t = models.BigIntegerField()
    reasons = models.TextField()
    reference = models.CharField(max_length=80)
    filed_at = models.DateTimeField()
    issue = models.ForeignKey(PaidIssue, models.PROTECT, related_name="applications", null=True)
    awarded_t = models.BigIntegerField(null=True)
    """What the sale gives it; in force when the sale opens."""
    bought_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reference"], name="paid_application_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_t__gt=0)
                & (models.Q(awarded_t=None) | models.Q(awarded_t__lte=models.F("amount_t"))),
                name="award_within_application",
            ),
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"paid-application/{self.pk}"

    @property
    def price_fen(self) -> int:
        """What the award costs; 0 without one."""
        return self.awarded_t * self.issue.price_fen if self.issue and self.awarded_t else 0


class AuctionedSale(models.Model):
    """What a bidder won, paid and received in an auction of a paid issue. Source: CQETS-19."""

    issue = models.ForeignKey(PaidIssue, models.PROTECT, related_name="auctioned")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_t = models.BigIntegerField()
    price_fen = models.BigIntegerField()
    """A tonne."""
    reference = models.CharField(max_length=80, unique=True)
    """Of both its legs."""
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class TreasuryPayment(models.Model):
    """Proceeds of a paid issue that reached the treasury (缴库). Source: CQETS-19."""

    issue = models.ForeignKey(PaidIssue, models.PROTECT, related_name="payments")
    amount_fen = models.BigIntegerField()
    receipt = models.CharField(max_length=80, unique=True)
    """The number of the treasury's receipt."""
    at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("id",)


class BuyBack(models.Model):
    """Allowances the government buys (回购). Source: CQETS-13.2.

    At a fixed price, or by a reverse auction: then the price is the most that is paid.
    """

    quantity_t = models.BigIntegerField()
    price_fen = models.BigIntegerField()
    """A tonne."""
    by_auction = models.BooleanField(default=False, db_default=False)
    budget_fen = models.BigIntegerField()
    last_date = models.DateField()
    terms = models.TextField()
    reference = models.CharField(max_length=80, unique=True)
    prepared_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity_t__gt=0, price_fen__gt=0)
                & models.Q(budget_fen__gte=models.F("quantity_t") * models.F("price_fen")),
                name="buy_back_within_budget",
            )
        ]

    @property
    def subject(self) -> str:
        """The name of its case."""
        return f"buy-back/{self.pk}"


class SoldBack(models.Model):
    """What a holder sold back in one go."""

    buy_back = models.ForeignKey(BuyBack, models.PROTECT, related_name="sales")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_t = models.BigIntegerField()
    price_fen = models.BigIntegerField()
    """A tonne."""
    reference = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="sold_back_once")
        ]

    @property
    def name(self) -> str:
        """The reference of both its legs."""
        return f"{self.buy_back.subject}/{self.organisation.code}/{self.reference}"


class BudgetEntry(models.Model):
    """Money granted for, or spent on, building and running the market. Source: CQETS-4.2."""

    year = models.PositiveSmallIntegerField()
    line = models.CharField(max_length=30)
    side = models.CharField(max_length=15)
    amount_fen = models.BigIntegerField()
    note = models.CharField(max_length=200)
    reference = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
    person = models.CharField(max_length=150)

    class Meta:
        ordering = ("year", "line", "id")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="budget_of_something")
        ]
