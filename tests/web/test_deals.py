"""Deals, intents and picks, as people and programs use them."""

import pytest
from django.test import Client

from openets.deals.models import Deal, Intent
from openets.parties.models import Membership
from openets.trading.models import Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]
JSON = "application/json"
OFFER = {
    "method": "negotiated_transfer",
    "product": "CQEA-2021",
    "counterparty": "T1",
    "side": "sell",
    "price": "37.00",
    "qty": "1,000",
    "note": "长期合作",
}
BODY = {
    "method": "negotiated_transfer",
    "product": "CQEA-2021",
    "counterparty": "T1",
    "side": "sell",
    "price_fen": 3700,
    "qty_t": 1000,
    "reference": "d1",
}


def client_of(person):
    client = Client()
    client.force_login(Membership.objects.get(person__username=person).person)
    return client


def posts(person, address, form, **data):
    return client_of(person).post(address, {"form": form, "reference": "r1", **data})


def proposed():
    assert posts("E002-1", "/deals", "propose", **OFFER).status_code == 303
    return Deal.objects.get()


def test_from_the_proposal_to_the_trade_on_the_pages():
    deal = proposed()
    page = client_of("T1-1").get(f"/deals/{deal.pk}").content.decode()
    assert "长期合作" in page
    assert "37,000.00" in page
    assert posts("T1-1", f"/deals/{deal.pk}", "confirm").status_code == 303
    trade = Trade.objects.get(method="negotiated_transfer")
    assert (trade.qty, trade.price_fen) == (1000, 3700)
    assert "已成交" in client_of("E002-1").get("/deals").content.decode()


def test_a_form_sent_twice_proposes_once_and_a_refusal_keeps_what_was_written():
    proposed()
    proposed()
    answer = posts("E002-1", "/deals", "propose", **OFFER | {"price": "99.00"})
    assert answer.status_code == 422
    answer = posts("E002-1", "/deals", "propose", **OFFER | {"price": "99.00", "reference": "r2"})
    text = answer.content.decode()
    assert (answer.status_code, "CQETS-17.2" in text, "99.00" in text) == (422, True, True)


def test_the_other_side_counters_and_refuses_and_the_proposer_takes_back():
    deal = proposed()
    assert "form" not in client_of("E002-1").get(f"/deals/{deal.pk}").context["forms"]
    made = posts("T1-1", f"/deals/{deal.pk}", "counter", price="36.50", qty="900")
    assert made.status_code == 303
    counter = Deal.objects.get(counter_to=deal)
    assert posts("E002-1", f"/deals/{counter.pk}", "refuse", note="价低").status_code == 303
    answer = posts("E002-1", "/deals", "propose", **OFFER | {"reference": "r3"})
    assert answer.status_code == 303
    last = Deal.objects.latest("pk")
    assert posts("E002-1", f"/deals/{last.pk}", "withdraw").status_code == 303
    states = [row.state for row in Deal.objects.order_by("pk")]
    assert states == ["countered", "refused", "withdrawn"]


@pytest.mark.parametrize(
    ("person", "board", "one"),
    [
        ("E002-1", 200, 200),
        ("T1-1", 200, 200),
        ("E001-1", 200, 404),
        ("exchange-1", 200, 200),
        ("bureau-1", 403, 403),
    ],
)
def test_who_sees_the_pages(person, board, one):
    deal = proposed()
    client = client_of(person)
    assert client.get("/deals").status_code == board
    assert client.get(f"/deals/{deal.pk}").status_code == one
    assert client.get(f"/api/deals/{deal.pk}").status_code == one


def test_who_did_not_sign_in_is_led_to_it():
    assert Client().get("/deals").status_code == 302
    assert Client().get("/api/deals").status_code == 401


def test_an_intent_is_seen_by_all_and_taken_back_by_its_holder():
    given = {"product": "CQEA-2021", "side": "sell", "qty": "5,000"}
    assert posts("E002-1", "/deals", "intent", **given).status_code == 303
    assert "5,000" in client_of("T1-1").get("/deals").content.decode()
    intent = Intent.objects.get()
    assert posts("E002-1", "/deals", "take_back", intent=intent.pk).status_code == 303
    assert client_of("T1-1").get("/api/deals/intents").json() == []


def test_a_listed_price_is_picked_on_the_board():
    given = {"product": "CQEA-2021", "side": "buy", "price": "38.00", "qty": "50"}
    answer = posts("T1-1", "/deals", "pick", **given)
    assert answer.status_code == 303
    assert Trade.objects.get(method="listed_price").qty == 50
    far = posts("T1-1", "/deals", "pick", **given | {"price": "39.00", "reference": "r2"})
    assert far.status_code == 422


def test_a_deal_over_the_interface():
    seller, buyer = client_of("E002-1"), client_of("T1-1")
    made = [seller.post("/api/deals", BODY, JSON).json() for _ in range(2)]
    assert made[0] == made[1]
    number = made[0]["number"]
    assert client_of("bureau-1").post("/api/deals", BODY, JSON).status_code == 403
    wrong = seller.post(f"/api/deals/{number}/confirmation", {}, JSON)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "not_your_deal")
    other = client_of("E001-1").post(f"/api/deals/{number}/confirmation", {}, JSON)
    assert other.status_code == 404
    counter = {"price_fen": 3690, "qty_t": 900, "reference": "c1"}
    answer = buyer.post(f"/api/deals/{number}/counter", counter, JSON).json()
    assert (answer["side"], answer["state"], answer["counter_to"]) == ("buy", "open", number)
    done = seller.post(f"/api/deals/{answer['number']}/confirmation", {}, JSON).json()
    assert done["state"] == "confirmed"
    assert done["trade"]
    late = buyer.delete(f"/api/deals/{answer['number']}")
    assert (late.status_code, late.json()["code"]) == (422, "deal_not_open")
    refused = buyer.post(f"/api/deals/{number}/refusal", {"note": ""}, JSON)
    assert refused.status_code == 422
    assert len(seller.get("/api/deals").json()) == 2


def test_intents_and_picks_over_the_interface():
    seller, buyer = client_of("E002-1"), client_of("T1-1")
    intent = {"product": "CQEA-2021", "side": "sell", "qty_t": 10, "reference": "i1"}
    number = seller.post("/api/deals/intents", intent, JSON).json()["number"]
    assert buyer.delete(f"/api/deals/intents/{number}").json()["code"] == "not_your_deal"
    assert seller.delete(f"/api/deals/intents/{number}").status_code == 200
    pick = {
        "product": "CQEA-2021",
        "side": "buy",
        "price_fen": 3800,
        "qty_t": 20,
        "reference": "p1",
    }
    picked = [buyer.post("/api/deals/picks", pick, JSON).json() for _ in range(2)]
    assert picked[0] == picked[1]
    assert picked[0]["traded_t"] == 20
