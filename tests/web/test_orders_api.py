"""Orders by request: who may send them, what is answered, and the same key twice."""

import pytest
from django.test import Client

from openets.parties import operations as parties
from openets.trading.models import Order
from openets.web.orders import asking
from tests.exchange import PRICE, PRODUCT, trading_market
from tests.floors import SECRET, floor_beside
from tests.markets import FOUNDED, FOUNDER
from tests.web.people import browser

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.requirement("CQETS-16", "CQETS-17"),
]
SELL = {"key": "k1", "product": PRODUCT, "buy": False, "qty": 10, "price_fen": PRICE}


@pytest.fixture
def market():
    made = trading_market(1)
    for code in ("E001", "I1", "bank", "exchange"):
        parties.add_member(
            username=f"{code}-1",
            display_name=code,
            organisation=made[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    return made


@pytest.fixture
def floor(market, settings):
    with floor_beside() as address:
        settings.FLOORS, settings.FLOOR_SECRET = [str(address)], SECRET
        asking.caller.cache_clear()
        yield
        asking.caller.cache_clear()


def asks(client, method, path, body=None):
    answer = client.generic(method, f"/api/orders{path}", json_of(body), "application/json")
    return answer.status_code, answer.json()


def json_of(body):
    import json

    return json.dumps(body) if body is not None else ""


@pytest.mark.usefixtures("floor")
def test_an_order_is_entered_replaced_and_withdrawn(market):
    seller = browser("E001")
    status, entered = asks(seller, "POST", "", SELL)
    assert (status, entered["key"], entered["state"], entered["refusal"]) == (
        200,
        "k1",
        "resting",
        None,
    )
    assert asks(seller, "POST", "", SELL) == (200, entered)
    (shown,) = asks(seller, "GET", "")[1]
    assert (shown["order"], shown["remaining_t"]) == (entered["order"], 10)
    changed = {"key": "k2", "qty": 6, "price_fen": PRICE + 1}
    status, replaced = asks(seller, "PUT", f"/{entered['order']}", changed)
    assert (status, replaced["state"]) == (200, "resting")
    status, bought = asks(
        browser("I1"), "POST", "", SELL | {"buy": True, "price_fen": PRICE + 1, "qty": 2}
    )
    assert (status, bought["state"], bought["traded_t"]) == (200, "filled", 2)
    for _ in range(2):
        status, gone = asks(seller, "DELETE", f"/{replaced['order']}")
        assert (status, gone["state"], gone["traded_t"]) == (200, "withdrawn", 2)
    assert asks(seller, "GET", "") == (200, [])


@pytest.mark.usefixtures("floor")
def test_a_refused_order_is_answered_with_status_422_article_and_remedy(market):
    seller = browser("E001")
    status, answer = asks(seller, "POST", "", SELL | {"price_fen": 10 * PRICE})
    refusal = answer["refusal"]
    assert (status, answer["state"], refusal["code"]) == (422, "refused", "price_outside_limit")
    assert (refusal["article"], bool(refusal["remedy_zh"])) == ("CQETS-17.2", True)
    other = asks(seller, "POST", "", SELL | {"key": "k2"})[1]["order"]
    for method in ("DELETE", "PUT"):
        status, answer = asks(browser("I1"), method, f"/{other}", {"key": "x", "qty": 1})
        assert (status, answer["refusal"]["code"]) == (422, "order_not_open")
    assert Order.objects.get(pk=other).state == "resting"
    used = asks(seller, "POST", "", SELL | {"key": "k2", "qty": 11})
    assert (used[0], used[1]["refusal"]["code"]) == (422, "order_key_reused")
    odd = asks(seller, "POST", "", SELL | {"qty": 0})
    assert (odd[0], odd[1]["code"], odd[1]["field"]) == (422, "not_understood", "qty")


@pytest.mark.parametrize(
    ("code", "status", "refusal"),
    [
        ("", 401, "not_signed_in"),
        ("bank", 403, "not_granted"),
        ("exchange", 403, "not_granted"),
    ],
)
def test_whoever_has_no_right_reaches_no_floor(market, monkeypatch, code, status, refusal):
    def never(request):
        raise AssertionError

    monkeypatch.setattr(asking, "caller", never)
    client = browser(code) if code else Client()
    for method, path, body in (
        ("POST", "", SELL),
        ("PUT", "/1", {"key": "k", "qty": 1}),
        ("DELETE", "/1", None),
        ("GET", "", None),
    ):
        answer = asks(client, method, path, body)
        assert (answer[0], answer[1]["code"]) == (status, refusal), method


def test_a_foreign_page_cannot_send_orders_in_somebodys_session(market):
    client = Client(enforce_csrf_checks=True)
    client.cookies = browser("E001").cookies
    status, answer = asks(client, "POST", "", SELL)
    assert (status, answer["code"]) == (403, "form_not_ours")


def test_without_a_floor_the_answer_is_503_and_the_remedy_the_same_key(
    market, settings, monkeypatch
):
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.2)
    settings.FLOORS, settings.FLOOR_SECRET = ["unix:/nowhere"], SECRET
    asking.caller.cache_clear()
    status, answer = asks(browser("E001"), "POST", "", SELL)
    asking.caller.cache_clear()
    assert (status, answer["refusal"]["code"]) == (503, "floor_away")
    assert "same key" in answer["refusal"]["remedy_en"]
