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


def figures_of(client):
    return {f.label.zh: f.value for f in client.get("/home").context["page"].figures}


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_counts_what_waits_and_what_was_told(of, market, who):
    answer = of(who).get("/home")
    role = Role(market[who].role)
    waiting = casework.to_do(tuple(words.PROCEDURES.values()), role, who, f"{who}-1")
    page, figures = answer.context["page"], figures_of(of(who))
    assert page.waiting == figures["待办"] == waiting.count()
    assert figures["未读通知"] == casework.inbox(market[who]).filter(opened_at=None).count()
    assert [row.case for row in page.first] == [case.pk for case in waiting[:8]]


def test_the_most_urgent_cases_stand_on_it_with_what_to_do(of):
    answers = [of(who).get("/home") for who in EVERYBODY]
    answer = next(answer for answer in answers if answer.context["page"].first)
    row = answer.context["page"].first[0]
    assert f'<a href="/cases/{row.case}">{row.procedure}</a>' in text(answer)
    assert all(str(move) in text(answer) for move in row.next_moves)


def test_a_bureau_sees_what_is_late_within_its_reach(of):
    assert "辖内逾期事项" in figures_of(of("D-涪陵区"))
    assert "辖内逾期事项" not in figures_of(of("registry"))


def test_an_entity_sees_its_duties_and_what_it_holds(of, market):
    figures = figures_of(of("E001"))
    duties = compliance.duties_of(market["E001"], law("cq"), on=TODAY)
    due = [duty for duty in duties if duty.standing.open_t] or duties[-1:]
    shown = {name: value for name, value in figures.items() if name.endswith("尚需清缴")}
    assert shown == {f"{d.standing.year} 年度尚需清缴": d.standing.open_t for d in due}
    held = registry.holdings(market["E001"])
    assert figures["持有合计"] == sum(row.total_t for row in held)
    usable = f"{sum(row.available_t for row in held):,}"
    assert f"可用 {usable} 吨" in text(of("E001").get("/home"))


@pytest.mark.parametrize("who", EVERYBODY)
def test_it_asks_the_database_a_bounded_number_of_times(of, who):
    client = of(who)
    client.get("/home")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/home").status_code == 200
    assert len(asked) < 40


def test_it_is_for_those_who_signed_in(market):
    assert market
    answer = Client().get("/home")
    assert (answer.status_code, answer.url) == (302, "/sign-in?next=/home")


def test_english_is_spoken_too(of):
    client = of("bureau")
    client.cookies["django_language"] = "en"
    assert "To do now" in text(client.get("/home"))
