"""The door `openets person`: the first account, later ones, and new links."""

import json

import pytest
from django.test import Client

from openets.doors import person
from openets.journal import queries as journal
from openets.parties.models import Membership, Person

pytestmark = pytest.mark.django_db

FIRST = ("add", "--username", "zhang", "--name", "张某")


def told(capsys, *words):
    status = person.main(words)
    said = capsys.readouterr()
    return status, json.loads(said.out or said.err)


def test_the_first_account_of_an_empty_market_is_the_bureaus_and_its_link_works(capsys, settings):
    settings.DEMO = False
    status, made = told(capsys, *FIRST, "--address", "https://market.example/")
    assert (status, made["username"]) == (0, "zhang")
    assert made["link"].startswith("https://market.example/invitation/")
    membership = Membership.objects.get()
    assert (membership.role, membership.organisation.name) == ("city_bureau", "市生态环境局")
    client, password = Client(), "correct horse battery"
    form = {"form": "invited", "reference": "r", "password": password, "again": password}
    client.post(made["link"].removeprefix("https://market.example"), form)
    assert client.post("/sign-in", {"login": "zhang", "password": password}).status_code == 302
    assert client.get("/organisations/new").status_code == 200
    told_by = {(e.operation, e.person) for e in journal.trail("bureau")}
    assert told_by == {("parties.register", "operator"), ("parties.add_member", "operator")}


def test_a_market_with_a_bureau_asks_who_adds(capsys):
    told(capsys, *FIRST)
    second = ("add", "--username", "li", "--name", "李某")
    for by in ((), ("--by", "nobody")):
        status, refusal = told(capsys, *second, *by)
        assert (status, refusal["code"]) == (2, "who_adds")
    assert Person.objects.count() == 1
    status, made = told(capsys, *second, "--by", "zhang")
    assert (status, made["username"]) == (0, "li")
    assert journal.trail("person/li").get().person == "zhang"


def test_a_lost_link_is_replaced(capsys):
    _, first = told(capsys, *FIRST)
    status, second = told(capsys, "invite", "--username", "zhang", "--by", "zhang")
    assert status == 0
    path = [link["link"].removeprefix("http://127.0.0.1:8000") for link in (first, second)]
    assert [Client().get(one).status_code for one in path] == [422, 200]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("invite", "--username", "nobody"), "no_such_account"),
        (("add", "--username", "zhang"), "bad_arguments"),
    ],
)
def test_what_cannot_be_done_is_refused(capsys, words, code):
    status, refusal = told(capsys, *words)
    assert (status, refusal["code"]) == (2, code)
