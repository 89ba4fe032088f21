"""Article 37: whoever works for an authority or operator takes no part in trading.

Zhou joined E001 while that was allowed and works for the exchange from the day of these tests on.
"""

import asyncio
import json

import pytest
from django.test import Client

from openets.deals.models import Deal
from openets.deals.operations import post_intent
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import operations as parties
from openets.parties.queries import StaffMustNotTrade
from openets.parties.roles import Role
from openets.trading.models import Order
from openets.web.orders import asking
from openets.web.viewer import CHOSEN
from tests.auctions.making import announced, auction_market, bids, offered
from tests.deals.making import confirms, picks, proposes
from tests.exchange import DAY, PRICE, PRODUCT, TEN, trading_market
from tests.floors import SECRET, caller_of, entering, floor_beside, withdrawing
from tests.markets import FOUNDED, FOUNDER
from tests.served import headers_of
from tests.streaming import Socket, streaming

pytestmark = pytest.mark.requirement("CQVER-37", "CNETS-12.2")

ZHOU = "E001-1"
SELL = {"key": "k1", "product": PRODUCT, "buy": False, "qty": 10, "price_fen": PRICE}


def joins(market, code, **span):
    return parties.add_member(
        username=ZHOU,
        display_name="周",
        organisation=market[code],
        acting=FOUNDER,
        at=FOUNDED,
        **span,
    )


@pytest.fixture
def market(transactional_db):
    return trading_market(2)


@pytest.fixture
def client(market):
    """Zhou's browser, in which Zhou acts for E001."""
    client = Client()
    zhou = joins(market, "E001")
    client.force_login(zhou)
    session = client.session
    session[CHOSEN] = zhou.memberships.get().pk
    session.save()
    joins(market, "exchange", from_date=DAY)
    return client


@pytest.fixture
def floor(market, settings):
    with floor_beside() as address:
        settings.FLOORS, settings.FLOOR_SECRET = [str(address)], SECRET
        asking.caller.cache_clear()
        yield address
        asking.caller.cache_clear()


@pytest.mark.usefixtures("floor")
def test_an_order_by_request_is_refused(client):
    answer = client.post("/api/orders", json.dumps(SELL), "application/json")
    refusal = answer.json()["refusal"]
    assert (answer.status_code, refusal["code"]) == (422, "staff_must_not_trade")
    assert (refusal["article"], refusal["numbers"]["person"]) == ("CQVER-37", "周")
    assert not Order.objects.exists()


@pytest.mark.usefixtures("floor")
def test_an_order_by_the_form_is_refused(client):
    sent = {"side": "sell", "kind": "limit", "price": "35", "qty": "10", "tif": "day"}
    page = f"/market/trade/{PRODUCT}"
    answer = client.post(page, {"form": "order", "reference": "r1", **sent})
    assert answer.status_code == 422
    assert "不得参与交易" in answer.content.decode()
    assert "CQVER-37" in answer.content.decode()
    assert not Order.objects.exists()


def test_an_order_over_a_socket_is_refused(client, floor):
    headers = {"Cookie": headers_of(client)["Cookie"], "Origin": "http://127.0.0.1:8000"}

    async def asked():
        async with streaming(floor) as application:
            socket = Socket(application, headers)
            assert (await socket.told())["type"] == "websocket.accept"
            socket.send(SELL)
            return await socket.answer()

    assert asyncio.run(asked())["refusal"]["code"] == "staff_must_not_trade"
    assert not Order.objects.exists()


@pytest.mark.usefixtures("client")
def test_on_the_floor_only_they_are_barred_and_only_from_that_day(market, floor):
    zhou, other = market.acts("E001"), market.acts("I1")
    refused = caller_of(floor).ask(withdrawing(zhou, 1))
    assert refused.refusal["code"] == "staff_must_not_trade"
    assert caller_of(floor).ask(entering(other, "buy", 10)).state == "resting"


def test_who_left_the_exchange_the_day_before_may_trade(market, floor):
    joins(market, "exchange", from_date=FOUNDED.date(), until_date=DAY)
    assert caller_of(floor).ask(entering(market.acts("E001"), "sell", 10)).state == "resting"


@pytest.mark.usefixtures("client")
def test_deals_intents_and_picks_are_refused(market):
    for act in (
        lambda: proposes(market, "E001", "I1"),
        lambda: picks(market, "E001", buys=False),
        lambda: post_intent(
            holder=market["E001"],
            product=PRODUCT,
            buys=False,
            qty=Tonnes(10),
            price_fen=Fen(PRICE),
            reference="i1",
            acting=market.acts("E001"),
            at=TEN,
        ),
    ):
        with pytest.raises(StaffMustNotTrade):
            act()
    deal = proposes(market, "I1", "E001", buys=True)
    with pytest.raises(StaffMustNotTrade):
        confirms(market, deal, "E001")
    assert Deal.objects.get().trade is None
    second = Acting("E001-2", Role.KEY_EMITTING_ENTITY, "E001")
    assert proposes(market, "E001", "I1", acting=second).order.state == "resting"


@pytest.mark.django_db
def test_lots_and_bids_of_an_auction_are_refused():
    market = auction_market()
    joins(market, "E001")
    joins(market, "registry", from_date=DAY)
    auction = announced(market)
    with pytest.raises(StaffMustNotTrade):
        bids(market, auction, "E001", at=at(auction.opens_at.date(), 10, 30))
    with pytest.raises(StaffMustNotTrade):
        offered(market, "E001")
    assert bids(market, auction, "E002").qty == 500
