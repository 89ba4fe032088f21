"""Browsers of people of the small markets, and what they see."""

import re
from html import unescape

from django.test import Client

from openets.casework.models import Case
from openets.journal import operations as journal
from openets.journal.queries import latest_at
from openets.parties import operations as parties
from openets.parties.models import Organisation, Person
from tests.markets import FOUNDED, FOUNDER


def browser(code, person=1):
    """A browser in which a person of an organisation is signed in."""
    client = Client()
    client.force_login(_person(code, person))
    return client


def _person(code, person):
    known = Person.objects.filter(username=f"{code}-{person}").first()
    if known:
        return known
    day = latest_at()
    made = parties.add_member(
        username=f"{code}-{person}",
        display_name=f"{code} 经办",
        organisation=Organisation.objects.get(code=code),
        acting=FOUNDER,
        at=FOUNDED,
    )
    goes_to(day)
    return made


def goes_to(moment):
    """Let the market's day be that of a moment: in the demo it is that of the journal's end."""
    journal.record(
        operation="test.day", subject="", acting=FOUNDER, at=moment, article="", content={}
    )


def number_of(subject):
    """The number of the case about a subject; of two procedures, the later."""
    return Case.objects.filter(subject=subject).last().pk


def text(answer):
    """What stands on a page, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def sends(client, path, form, **data):
    """Send a form of a page as its button does."""
    return client.post(path, {"form": form, "reference": "r1", **data})
