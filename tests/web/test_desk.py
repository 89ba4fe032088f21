"""The desk: what a role must do now, and where it stands."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openets.casework import queries as casework
from openets.compliance import queries as compliance
from openets.parties.models import Person
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.rulebook.load import law
from openets.web import words
from tests.web.market import TODAY

pytestmark = pytest.mark.django_db

EVERYBODY = ("E001", "E003", "T1", "bureau", "D-涪陵区", "registry", "exchange", "bank", "V1")


@pytest.fixture
def of(market):
    def browser(code):
        client = Client(raise_request_exception=False)
        client.force_login(Person.objects.get(username=f"{code}-1"))
        return client

    return browser


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_counts_what_waits_by_procedure(of, market, who):
    answer = of(who).get("/home")
    role = Role(market[who].role)
    waiting = casework.to_do(tuple(words.PROCEDURES.values()), role, who, f"{who}-1")
    page = answer.context["page"]
    assert page.waiting == waiting.count()
    assert page.unread == casework.inbox(market[who]).filter(opened_at=None).count()


def test_an_entity_sees_its_duties_and_what_it_holds(of, market):
    figures = {str(f.label): f.value for f in of("E001").get("/home").context["page"].figures}
    for duty in compliance.duties_of(market["E001"], law("cq"), on=TODAY):
        assert figures[f"{duty.standing.year} 年度尚需清缴"] == duty.standing.open_t
    held = registry.holdings(market["E001"])
    assert figures["持有合计"] == sum(row.total_t for row in held)
    assert figures["可用"] == sum(row.available_t for row in held)


def test_its_ways_are_those_the_public_has_not(of):
    ways = [way.href for way in of("E001").get("/home").context["page"].ways]
    assert "/registry/accounts" in ways
    assert "/market" not in ways


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_asks_the_database_a_bounded_number_of_times(of, who):
    client = of(who)
    client.get("/home")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/home").status_code == 200
    assert len(asked) < 30


def test_it_is_for_those_who_signed_in(market):
    assert market
    answer = Client().get("/home")
    assert (answer.status_code, answer.url) == (302, "/sign-in?next=/home")


def test_english_is_spoken_too(of):
    client = of("bureau")
    client.cookies["django_language"] = "en"
    assert "To do now" in text(client.get("/home"))
