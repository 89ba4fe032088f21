"""Moving one's own units by the programming interface."""

import pytest
from django.test import Client

from openets.registry.kinds import AccountKind
from openets.registry.models import Transaction
from tests.exchange import exchange_market, held_t
from tests.web.test_cases import JSON, signed_in

pytestmark = pytest.mark.django_db

PATH = "/api/registry/moves"
BODY = {"to": "trading", "unit": "allowance", "vintage_year": 2021, "amount_t": 40_000}


@pytest.fixture
def market():
    return exchange_market(2)


def send(client, reference="m1", **otherwise):
    return client.post(PATH, BODY | {"reference": reference} | otherwise, JSON)


@pytest.mark.requirement("CQ208-A4.2.6")
def test_a_holder_moves_its_units_there_and_back_and_gets_a_receipt(market):
    client = signed_in(market, "E001")
    there, back = send(client), send(client, to="registry", amount_t=15_000)
    assert (there.status_code, back.status_code) == (200, 200)
    receipt = there.json()
    assert receipt["key"] == "move_to_trading/E001/m1"
    assert receipt["amount_t"] == sum(tonnes for _, _, tonnes in receipt["parts"]) == 40_000
    assert receipt["article"] == "CQ208-A4.2.6"
    assert back.json()["debit"] == receipt["credit"]
    assert held_t(market, "E001", AccountKind.TRADING) == {2021: 25_000}


def test_the_same_request_sent_again_gets_the_same_receipt_and_moves_once(market):
    client = signed_in(market, "E001")
    assert send(client).json() == send(client).json()
    assert held_t(market, "E001", AccountKind.TRADING) == {2021: 40_000}
    other = send(client, amount_t=39_999)
    assert (other.status_code, other.json()["code"]) == (422, "reference_reused")


def test_two_holders_may_use_the_same_reference(market):
    for code in ("E001", "E002"):
        assert send(signed_in(market, code), amount_t=1_000).status_code == 200
    assert Transaction.objects.filter(kind="move_to_trading").count() == 2


@pytest.mark.parametrize(
    ("otherwise", "code", "article"),
    [
        ({"amount_t": 100_001}, "not_enough_units", "CQETS-5.2b"),
        ({"amount_t": 0}, "not_an_amount", "CQETS-26"),
        ({"vintage_year": None, "amount_t": 160_000}, "below_minimum_holding", "CQETS-26.3"),
        ({"to": "surrendered"}, "not_understood", ""),
        ({"reference": ""}, "not_understood", ""),
        ({"reference": "a\nb"}, "not_understood", ""),
        ({"amount_t": "1.5"}, "not_understood", ""),
    ],
)
def test_a_no_names_its_article_and_moves_nothing(market, otherwise, code, article):
    answer = send(signed_in(market, "E001"), **otherwise)
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["article"]) == (code, article)
    assert held_t(market, "E001", AccountKind.TRADING) == {}


def test_only_holders_with_a_role_of_their_own_move_units(market):
    assert send(Client()).status_code == 401
    refused = send(signed_in(market, "bureau"))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_role")


def test_a_page_of_somebody_else_cannot_send_a_move(market):
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(market, "E001").cookies
    assert send(client).status_code == 403
    assert not Transaction.objects.filter(kind="move_to_trading").exists()
