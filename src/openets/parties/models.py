"""What we remember of organisations, people and the list."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from openets.parties.roles import TITLES, Role

ROLE_CHOICES = [(role.value, TITLES[role][0]) for role in Role]


class Organisation(models.Model):
    """An authority, operator, body, firm or other participant."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)
    district = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField(null=True, unique=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ("number", "code")

    def __str__(self) -> str:
        return self.name


class Person(AbstractUser):
    """A person who signs in. Nobody shares an account."""

    display_name = models.CharField(max_length=60, blank=True)


class Membership(models.Model):
    """A person acting in a role for an organisation."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=ROLE_CHOICES)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"], name="one_membership"
            )
        ]


class Listing(models.Model):
    """An entity's place on the list of key emitting entities of a compliance year."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="listings")
    year = models.PositiveSmallIntegerField()
    listed_at = models.DateTimeField()
    source = models.CharField(max_length=30)

    class Meta:
        ordering = ("year", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="listed_once_a_year")
        ]
