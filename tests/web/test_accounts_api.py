"""Accounts for programs."""

import pytest
from django.test import Client

from openets.paper.models import Paper
from openets.parties.models import Person
from openets.registry import queries as registry
from openets.registry import statements
from openets.registry.models import RegistryAccount, Transaction

pytestmark = pytest.mark.django_db

HOLDER = "/api/registry/holders/E002"
STATEMENT = "/api/registry/accounts/trading-E002/statement"


@pytest.fixture
def of(market):
    def browser(code):
        client = Client(raise_request_exception=False)
        if code:
            client.force_login(Person.objects.get(username=f"{code}-1"))
        return client

    return browser


def post(client, path, **body):
    return client.post(path, body, content_type="application/json")


@pytest.mark.requirement("CQETS-5.2b")
def test_what_is_held_adds_up_lot_by_lot(of, market):
    answer = of("E002").get(HOLDER).json()
    assert len(answer["holdings"]) == len(registry.holdings(market["E002"]))
    for row in answer["holdings"]:
        locked = sum(lock["amount_t"] for lock in row["locks"])
        assert row["total_t"] == row["available_t"] + row["reserved_t"] + locked
    assert answer["minimum_holding"]["may_move_t"] >= 0


def test_a_statement_is_read_page_by_page(of):
    client, seen, query = of("E002"), [], "?size=2"
    while True:
        page = client.get(STATEMENT + query).json()
        seen += [entry["number"] for entry in page["entries"]]
        if page["older"] is None:
            break
        query = f"?size=2&before={page['older']}"
    account = RegistryAccount.objects.get(number="trading-E002")
    assert seen == [entry.number for entry in statements.statement(account, size=99)]


def test_a_statement_is_of_a_period_and_an_event(of):
    answer = of("E002").get(f"{STATEMENT}?since=2023-11-21T00:00:00%2B08:00&event=trade").json()
    assert answer["entries"]
    assert all(entry["at"] >= "2023-11-20T16:00" for entry in answer["entries"])
    assert of("E002").get(f"{STATEMENT}?since=2023-11-21").status_code == 422


@pytest.mark.parametrize("path", [HOLDER, STATEMENT])
def test_others_do_not_see_it(of, path):
    for who, code in (("E001", "not_for_you"), ("exchange", "not_granted")):
        answer = of(who).get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert of(None).get(path).status_code == 401
    assert of("D-涪陵区").get("/api/registry/holders/E001").status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/registry/holders/none", "no_such_holder"),
        ("/api/registry/accounts/none/statement", "no_such_account"),
        ("/api/documents/AAAA-AAAA", "paper_not_issued"),
    ],
)
def test_what_is_not_there_is_said_with_its_article(of, path, code):
    answer = of("bureau").get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert answer.json()["article"] == "CQETS-5.2b"
    assert answer.json()["message_zh"]


def test_papers_are_issued_once_and_checked_by_everybody(of):
    path = f"{HOLDER}/holding-statements"
    first = post(of("E002"), path, reference="a").json()
    assert post(of("E002"), path, reference="a").json() == first
    assert Paper.objects.count() == 1
    checked = of(None).get(f"/api/documents/{first['code']}").json()
    assert checked["sha256"] == first["sha256"]
    assert checked["sheet"]["title"]["zh"] == "持有证明"
    assert of("E002").get(first["file"]).status_code == 200


def test_statements_and_receipts_are_issued(of):
    client = of("E002")
    period = {"since": "2023-11-01T00:00:00+08:00", "until": "2023-12-01T00:00:00+08:00"}
    path = "/api/registry/accounts/registry-E002/statements"
    assert post(client, path, reference="b", **period).json()["kind"] == "statement"
    done = Transaction.objects.get(kind="move_to_trading").pk
    path = f"/api/registry/transactions/{done}/receipts"
    assert post(client, path, reference="c", holder="E002").json()["kind"] == "receipt"
    answer = post(of("E001"), path, reference="d", holder="E001")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_party")


def test_who_may_not_read_may_not_ask_for_papers(of):
    path = f"{HOLDER}/holding-statements"
    assert post(of("E001"), path, reference="a").json()["code"] == "outside_your_scope"
    assert post(of("exchange"), path, reference="a").json()["code"] == "not_granted"
    assert post(of(None), path, reference="a").status_code == 401
    assert not Paper.objects.exists()
