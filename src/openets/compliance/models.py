"""What we remember of duties: dated events and their sums, applications, frozen statuses."""

from django.db import models


class DutyEvent(models.Model):
    """Something that happened to a duty. The status of any day is replayed from these."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="duty_events"
    )
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    day = models.DateField()
    at = models.DateTimeField()
    amount_t = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=80, blank=True)
    of = models.CharField(max_length=80, blank=True)
    registry_entry = models.BigIntegerField(null=True)
    """Number of the registry's movement that it rests on: the receipt. Source: CQETS-14."""
    deadline_date = models.DateField(null=True)
    """Of an extension: the entity's own last day. Source: AMB-31."""

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["year", "organisation"], name="duty_events_of")]


class LiveDuty(models.Model):
    """A duty by all its events so far: what its replay gives, kept so that it can be summed."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="live_duties"
    )
    year = models.PositiveSmallIntegerField()
    verified_t = models.BigIntegerField(null=True)
    counted_t = models.BigIntegerField()
    offset_t = models.BigIntegerField()
    """Of what counts: confirmed offsets."""
    is_excluded = models.BooleanField()
    deadline_date = models.DateField(null=True)
    """The entity's own last day; None: the year's."""
    last_day = models.DateField()
    """The day of its last event: how it stood on an earlier one is replayed."""

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["year", "organisation"], name="one_live_duty_a_year")
        ]
        indexes = [models.Index(fields=["year", "last_day"], name="live_duty_by_day")]


class OffsetApplication(models.Model):
    """Reductions an entity wants to use for a year; the units stay locked until decided."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="offsets")
    year = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=80, unique=True)
    amount_t = models.BigIntegerField()
    filed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(null=True)
    confirmed_t = models.BigIntegerField(null=True)
    """What the authority confirmed: all, a part, or 0 when it rejected."""

    class Meta:
        ordering = ("id",)


class OffsetUnit(models.Model):
    """A run of serials in an application. Released runs may be offered again."""

    application = models.ForeignKey(OffsetApplication, models.PROTECT, related_name="units")
    lot = models.ForeignKey("registry.Lot", models.PROTECT, related_name="+")
    serial_from = models.BigIntegerField()
    serial_to = models.BigIntegerField()
    released = models.BooleanField(default=False)

    class Meta:
        ordering = ("id",)

    @property
    def amount_t(self) -> int:
        """A serial is a tonne."""
        return self.serial_to - self.serial_from + 1


class NationalOffset(models.Model):
    """CCER that an entity hands in through the national register (国家登记簿) for a year.

    They never become units of this registry; what is remembered mirrors the national record.
    """

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="national_offsets"
    )
    year = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=80, unique=True)
    national_account = models.CharField(max_length=40)
    amount_t = models.BigIntegerField()
    announced_at = models.DateTimeField()
    sheet = models.JSONField(null=True)
    """The check sheet of the review, item by item."""
    completed_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)


class NationalUnit(models.Model):
    """A run of serials of the national register in an application."""

    application = models.ForeignKey(NationalOffset, models.PROTECT, related_name="units")
    registration = models.CharField(max_length=60)
    """Its number in the national registration system (国家登记编号). CQETS-33.i5."""
    project = models.CharField(max_length=60)
    project_type = models.CharField(max_length=40)
    origin_class = models.CharField(max_length=20)
    place = models.CharField(max_length=40)
    from_date = models.DateField()
    to_date = models.DateField()
    """The last day of the period in which it was reduced."""
    series = models.CharField(max_length=40)
    serial_from = models.BigIntegerField()
    serial_to = models.BigIntegerField()
    released = models.BooleanField(default=False)
    exported_date = models.DateField(null=True)
    """The day in the national register's export that confirms it; None until imported."""

    class Meta:
        ordering = ("id",)

    @property
    def amount_t(self) -> int:
        """A serial is a tonne."""
        return self.serial_to - self.serial_from + 1


class AdvanceApplication(models.Model):
    """A written application to use frozen units of the next year for an earlier one."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="advances"
    )
    year = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=80, unique=True)
    requested_t = models.BigIntegerField()
    filed_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True)


class FrozenStatus(models.Model):
    """How a duty stood when its deadline passed; later events change only the live status."""

    organisation = models.ForeignKey(
        "parties.Organisation", models.PROTECT, related_name="frozen_statuses"
    )
    year = models.PositiveSmallIntegerField()
    deadline_date = models.DateField()
    status = models.CharField(max_length=20)
    verified_t = models.BigIntegerField()
    counted_t = models.BigIntegerField()
    open_t = models.BigIntegerField()
    frozen_at = models.DateTimeField()

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="frozen_once_a_year")
        ]
