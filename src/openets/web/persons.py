"""People as readers know them: by name, role and organisation, not by user name."""

from django.http import HttpRequest

from openets.parties import queries as parties
from openets.parties.models import Membership
from openets.parties.roles import Role
from openets.web import words
from openets.web.language import Said


def named(request: HttpRequest, person: str, otherwise: Said | None = None) -> Said:
    """Somebody's name; who has none is called by the user name, what is no person `otherwise`."""
    found = _membership(request, person)
    if found is None:
        return otherwise or Said(person, person)
    if not found.person.display_name:
        return Said(person, person)
    return words.seat(found.role, found.person.display_name)


def doer(request: HttpRequest, person: str, role: str = "") -> Said:
    """Who did something: name, role and organisation; the clock is nobody and only a role.

    `role` is the one acted in, where it is known.
    """
    if role == Role.MARKET_CLOCK:
        return words.role_of(role)
    found = _membership(request, person)
    if found is None:
        return words.doer(role, person) if role else Said(person, person)
    name = named(request, person)
    told = words.doer(role or found.role, name.zh)
    office = found.organisation.name
    return Said(f"{told.zh} · {office}", f"{told.en} · {office}")


def _membership(request: HttpRequest, person: str) -> Membership | None:
    """For whom somebody acts or last acted, asked once a page."""
    known: dict[str, Membership | None] = request.__dict__.setdefault("_persons", {})
    if person not in known:
        known[person] = parties.latest_membership(person)
    return known[person]
