"""What we remember of organisations, people and the list."""

from datetime import date
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from openets.parties.capacity import CAPACITY_TITLES, Capacity
from openets.parties.roles import TITLES, Role

ROLE_CHOICES = [(role.value, TITLES[role][0]) for role in Role]
CAPACITY_CHOICES = [(c.value, CAPACITY_TITLES[c][0]) for c in Capacity]


class Organisation(models.Model):
    """An authority, operator, body, firm or other participant."""

    code = models.CharField(max_length=40, unique=True)
    credit_code = models.CharField(max_length=18, blank=True)
    """The unified social credit code (统一社会信用代码); the published list gives none."""
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    district = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField(null=True, unique=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ("number", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code=""), name="one_credit_code"
            )
        ]

    def __str__(self) -> str:
        return self.name


class FormerName(models.Model):
    """What an organisation was called before a change of its registration."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="former_names")
    name = models.CharField(max_length=120)
    until_date = models.DateField()

    class Meta:
        ordering = ("id",)


class Succession(models.Model):
    """One organisation following another by merger or division (合并、分立)."""

    predecessor = models.ForeignKey(Organisation, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    effective_date = models.DateField()
    takes_duties = models.BooleanField()
    """Whether the open duties of the predecessor are now the successor's."""

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succeeds_once"),
            models.UniqueConstraint(
                fields=["predecessor"], condition=Q(takes_duties=True), name="one_takes_duties"
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="succeeds_another"
            ),
        ]


class Designation(models.Model):
    """An organisation designated (确定) as registration agency or exchange from a day on."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="designations")
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    from_date = models.DateField()

    class Meta:
        ordering = ("from_date",)
        constraints = [
            models.UniqueConstraint(fields=["role", "from_date"], name="one_designated_a_day")
        ]


class People(UserManager["Person"]):
    """The people, each of whom has three names that are nobody else's."""

    def called(self, name: str) -> "Person | None":
        """Who signs in by this user name, mobile number or mail address."""
        is_called = Q(username=name) | Q(mobile=name) | Q(email__iexact=name)
        return self.filter(is_called).first() if name else None


class Person(AbstractUser):
    """A person who signs in. Nobody shares an account, nobody has two."""

    objects: ClassVar[People] = People()

    display_name = models.CharField(max_length=60, blank=True)
    mobile = models.CharField(max_length=20, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["mobile"], condition=~Q(mobile=""), name="one_person_a_mobile"
            ),
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="one_person_an_email"
            ),
        ]


class Membership(models.Model):
    """A person acting for an organisation, from a day and until another, exclusive."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    capacity = models.CharField(max_length=20, choices=CAPACITY_CHOICES, default=Capacity.MEMBER)
    basis = models.CharField(max_length=120, blank=True)
    """The letter of authority (授权书) it rests on."""
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    reminded_of_date = models.DateField(null=True)
    """The last day of which the person was reminded; another one is told again."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("from_date")),
                name="membership_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=Q(until_date__isnull=True),
                name="one_open_membership",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(until_date__isnull=True, capacity=Capacity.REPRESENTATIVE),
                name="one_open_representative",
            ),
        ]

    def is_in_force(self, on: date) -> bool:
        """Whether the person acts on a day: from the first, and until the last, exclusive."""
        return self.from_date <= on and (self.until_date is None or on < self.until_date)


class Invitation(models.Model):
    """A one-time link (邀请) by which a person sets a password; only its digest is kept."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)


class AccessToken(models.Model):
    """The key of a program that asks in one membership of a person; only its digest is kept."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="tokens")
    purpose = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    until_date = models.DateField()
    """The first day on which it opens nothing."""
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["membership", "reference"], name="token_once")
        ]

    def is_valid(self, on: date) -> bool:
        """Whether it opens anything on a day."""
        return self.revoked_at is None and on < self.until_date and self.membership.is_in_force(on)


class Listing(models.Model):
    """An entity's place on the list of key emitting entities of a compliance year."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="listings")
    year = models.PositiveSmallIntegerField()
    listed_at = models.DateTimeField()
    source = models.CharField(max_length=30)
    removed_at = models.DateTimeField(null=True)
    """When it was taken off this list; the row stays, because it was listed until then."""

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="listed_once_a_year")
        ]
