"""What we remember of accounts, lots, positions, movements and locks."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, QuerySet

from openets.registry.kinds import consumption_rank


class RegistryAccount(models.Model):
    """An account of units. The balance is the ledger's.

    A holder has one open account of a kind, the government one of a year of its reserve. A closed
    account stays, and another may be opened.
    """

    number = models.CharField(max_length=50, unique=True)
    kind = models.CharField(max_length=20)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="accounts")
    year = models.PositiveSmallIntegerField(null=True)
    """The year of a reserve; other accounts have none."""
    opened_at = models.DateTimeField()
    linked_to = models.OneToOneField(
        "self", models.PROTECT, related_name="linked_trading", null=True
    )
    """Of a trading account: the registry account that units may come from and go to."""
    closed_at = models.DateTimeField(null=True)
    measured = models.BooleanField(default=False)
    """Whether a measure was ever carried out on its holder, so that the measures are looked at."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "kind", "year"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="one_account_a_kind",
            )
        ]

    def __str__(self) -> str:
        return self.number


class Lot(models.Model):
    """Units alike in kind, vintage and origin (批次): an asset of the ledger. Source: CQETS-33.i3.

    Reductions also carry their project, its type and its place.
    """

    code = models.CharField(max_length=60, unique=True)
    jurisdiction = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    vintage_year = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=20)
    project = models.CharField(max_length=60, blank=True)
    project_type = models.CharField(max_length=40, blank=True)
    origin_place = models.CharField(max_length=40, blank=True)
    origin_class = models.CharField(max_length=20, blank=True)
    serial_from = models.BigIntegerField(null=True)
    serial_to = models.BigIntegerField(null=True)
    batch = models.CharField(max_length=40, blank=True)
    """Of reductions: the filing that brought them in. Allowances number theirs, see `issues`."""
    issues = models.PositiveSmallIntegerField(default=0)
    """How many issues (发放批次) its allowances came in; each transaction names its own."""

    def __str__(self) -> str:
        return self.code


class Position(models.Model):
    """What an account holds of a lot, apart by whether it was ever traded (AMB-30)."""

    account = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="positions")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="positions")
    traded = models.BooleanField(default=False)
    ledger_account = models.BigIntegerField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "lot", "traded"], name="one_position")
        ]

    def rank(self, order: str) -> tuple[int, int, int, bool]:
        """Where it stands when units are taken, by `registry.lots_consumption` (AMB-30)."""
        first = consumption_rank(self.lot.origin, traded=self.traded, order=order)
        return (first, self.lot.vintage_year, self.lot_id, self.traded)


class Transaction(models.Model):
    """A movement of units of one kind; its transfers in the ledger carry its key."""

    kind = models.CharField(max_length=30)
    reference = models.CharField(max_length=90)
    debit = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="+")
    credit = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="+")
    amount_t = models.BigIntegerField()
    parts = models.JSONField()
    """What moved: lot, whether ever traded, tonnes."""
    at = models.DateTimeField()
    article = models.CharField(max_length=30)
    person = models.CharField(max_length=150)
    role = models.CharField(max_length=30)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    """The transaction of which it is the opposite entry; each is undone once at most."""
    batch = models.PositiveSmallIntegerField(null=True)
    """Of an issue of allowances: which one of its lot (发放批次). The units of a lot stay alike."""

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="transaction_once"),
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="transaction_moves_something"),
        ]

    @property
    def key(self) -> str:
        """How the ledger and the receipts name it."""
        return f"{self.kind}/{self.reference}"

    @property
    def transfer_keys(self) -> list[str]:
        """How the ledger names its transfers, one a part."""
        return [f"{self.key}/{number}" for number in range(len(self.parts))]


class Lock(models.Model):
    """Units of a position that may not be used, with cause and owner: a pending of the ledger."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="locks")
    cause = models.CharField(max_length=30)
    owner = models.CharField(max_length=30)
    reference = models.CharField(max_length=80)
    amount_t = models.BigIntegerField()
    ledger_key = models.CharField(max_length=120, unique=True)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    article = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="lock_holds_something")
        ]


class SerialBlock(models.Model):
    """Serial numbers of a lot, `first` to `last`, that lie on a position. Source: CQ208-A6.3.

    Each serial is in one block. A block splits when a part of it moves.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="blocks")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    position = models.ForeignKey(
        Position, models.PROTECT, related_name="blocks", to_field="ledger_account"
    )

    class Meta:
        ordering = ("lot", "first")
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="block_runs_forward"),
            # No serial twice. The run is a box as high as it is long in the column of its lot:
            # core PostgreSQL has no other index that takes an equal number and a range together.
            ExclusionConstraint(
                name="serial_once",
                expressions=[
                    (
                        Func(
                            Func(F("lot_id"), F("first"), function="point"),
                            Func(F("lot_id"), F("last"), function="point"),
                            function="box",
                        ),
                        "&&",
                    )
                ],
            ),
        ]

    @property
    def count(self) -> int:
        """How many serials, each a tonne."""
        return self.last - self.first + 1


class SerialMove(models.Model):
    """Which serials a transfer of the ledger moved; without a `debit` it brought them in."""

    key = models.CharField(max_length=100)
    """The key of the transfer."""
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    debit = models.ForeignKey(
        Position, models.PROTECT, related_name="+", to_field="ledger_account", null=True
    )
    credit = models.ForeignKey(
        Position, models.PROTECT, related_name="+", to_field="ledger_account"
    )

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["key"], name="serials_of_a_transfer")]


class LockOrder(models.Model):
    """A freeze ordered by letter or decision (冻结), of a case with a second pair of eyes.

    Its locks carry its reference. `owner` is the role that ordered it: only that role lifts it.
    """

    reference = models.CharField(max_length=80, unique=True)
    account = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="lock_orders")
    cause = models.CharField(max_length=30)
    owner = models.CharField(max_length=30)
    amount_t = models.BigIntegerField()
    lots = ArrayField(models.CharField(max_length=60), default=list)
    """The lots to lock by their codes; empty for those that go first."""
    document = models.CharField(max_length=120)
    """The court's letter or the decision it rests on."""
    reason = models.TextField()
    filed_at = models.DateTimeField()
    lift_document = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="lock_order_of_something")
        ]


class MeasureQuerySet(QuerySet["Measure"]):
    """Measures by when they hold."""

    def on(self, day: date) -> "MeasureQuerySet":
        """Those carried out and in force on a day."""
        goes_on = Q(until_date__isnull=True) | Q(until_date__gte=day)
        carried_out = Q(imposed_at__isnull=False, lifted_at__isnull=True)
        return self.filter(goes_on & carried_out, from_date__lte=day)


class Measure(models.Model):
    """A measure on a participant's accounts (限制措施), decided by one and carried out by another.

    `bars` says what may not be done; a movement of a kind that it `allows` may be made all the
    same. It holds from its first day to its last, both included. Source: CQETS-30.
    """

    reference = models.CharField(max_length=80, unique=True)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=20)
    bars = ArrayField(models.CharField(max_length=20))
    allows = ArrayField(models.CharField(max_length=30))
    reason = models.TextField()
    decision = models.CharField(max_length=120)
    """Number of the decision it rests on."""
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    decided_at = models.DateTimeField()
    imposed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lift_decision = models.CharField(max_length=120, blank=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
                name="measure_ends_after_it_begins",
            )
        ]


class Closing(models.Model):
    """A request to close an account (销户), of a case with a second pair of eyes."""

    reference = models.CharField(max_length=80, unique=True)
    account = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="closings")
    reason = models.TextField()
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class FreeAllocation(models.Model):
    """Free units issued to an account for a year, until that year's duty is fulfilled."""

    account = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="free_allocations")
    year = models.PositiveSmallIntegerField()
    free_t = models.BigIntegerField()
    surrendered_t = models.BigIntegerField(default=0)
    fulfilled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("year",)
        constraints = [
            models.UniqueConstraint(fields=["account", "year"], name="free_once_a_year"),
            models.CheckConstraint(
                condition=Q(free_t__gte=0, surrendered_t__gte=0),
                name="free_not_negative",
            ),
        ]


class Filing(models.Model):
    """A movement that waits for its approval, or waited (待审批业务), its units locked meanwhile.

    Where it stands is its case; what became of it is the transaction.
    """

    kind = models.CharField(max_length=30)
    reference = models.CharField(max_length=45)
    debit = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="+")
    credit = models.ForeignKey(RegistryAccount, models.PROTECT, related_name="+")
    amount_t = models.BigIntegerField()
    parts = models.JSONField()
    """What is to move: lot, whether ever traded, tonnes."""
    basis = models.CharField(max_length=20)
    document = models.CharField(max_length=200)
    """Number of the ruling, decision or other paper it rests on."""
    reason = models.TextField(blank=True)
    filed_at = models.DateTimeField()
    person = models.CharField(max_length=150)
    organisation = models.CharField(max_length=40)
    undoes = models.ForeignKey(
        Transaction, models.PROTECT, null=True, related_name="filed_opposites"
    )
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, null=True, related_name="filing"
    )

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="filing_once"),
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="filing_moves_something"),
        ]

    @property
    def subject(self) -> str:
        """The name of its case, and the reference of its lock."""
        return f"{self.kind}/{self.reference}"


class Certificate(models.Model):
    """A voluntary cancellation that anyone may look up by its code (自愿注销证书)."""

    code = models.CharField(max_length=16, unique=True)
    transaction = models.OneToOneField(Transaction, models.PROTECT, related_name="certificate")
    beneficiary = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    journal_entry = models.BigIntegerField()
    """Number of the entry that tells of it."""
