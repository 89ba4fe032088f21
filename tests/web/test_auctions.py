"""Auctions, as people and programs use them."""

from datetime import date, timedelta

import pytest
from django.test import Client

from openets.auctions import rules
from openets.auctions.models import Auction, Bid
from openets.journal.queries import latest_at
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import operations as parties
from openets.parties.models import Membership
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from openets.settlement import operations as settlement
from openets.treasury import operations as treasury
from openets.treasury.models import PaidIssue
from tests.web.market import LAW, TODAY, acts
from tests.web.people import goes_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]
JSON = "application/json"
DAY = date(2023, 11, 29)
"""The Wednesday after the five working days from Wednesday, 22 November."""
OPENS, CLOSES = "2023-11-29T10:00", "2023-11-29T11:00"
BIDDING = at(DAY, 10, 15)


@pytest.fixture(autouse=True)
def issue(monkeypatch):
    """A paid issue by auction of 1,000 t that the bureau decided, and an entity with a gap."""
    registry.set_aside_reserve(
        amount_t=Tonnes(5_000),
        lot=registry.LotOf("cq", UnitKind.ALLOWANCE, 2021, Origin.RESERVED),
        reference="reserve/2021",
        acting=acts("registry"),
        at=at(TODAY),
    )
    parties.add_member(
        username="bureau-2",
        display_name="经办",
        organisation=Membership.objects.get(person__username="bureau-1").organisation,
        acting=acts("bureau"),
        at=at(date(2023, 3, 1)),
    )
    settlement.deposit(
        holder=Membership.objects.get(person__username="E001-1").organisation,
        amount_fen=Fen(10_000_000),
        reference="d",
        acting=acts("bank"),
        at=at(TODAY, 11),
    )
    monkeypatch.setattr(rules, "own_gap_t", lambda *_: Tonnes(700))
    made = treasury.prepare_sale(
        year=2021,
        quantity_t=Tonnes(1_000),
        price_fen=Fen(3_800),
        last_date=date(2099, 1, 1),
        terms="x",
        awards=None,
        reference="s",
        acting=acts("bureau"),
        at=at(TODAY, 11),
    )
    treasury.open_sale(issue=made, acting=acts("bureau", 2), at=at(TODAY, 11))
    goes_to(at(TODAY, 11, 30))
    return made


def client_of(person):
    client = Client()
    client.force_login(Membership.objects.get(person__username=person).person)
    return client


def posts(person, address, form, **data):
    return client_of(person).post(address, {"form": form, "reference": "r1", **data})


def announces(issue, **data):
    given = {"plan": issue.subject, "quantity_t": "1,000", "terms": "公告"}
    given |= {"opens_at": OPENS, "closes_at": CLOSES}
    return posts("exchange-1", "/auctions", "announce", **given | data)


def announced(issue):
    assert announces(issue).status_code == 303
    return Auction.objects.get()


def test_from_the_announcement_to_the_result_on_the_pages(issue):
    auction = announced(issue)
    here = f"/auctions/{auction.pk}"
    assert "data-countdown" in Client().get(here).content.decode()
    goes_to(BIDDING)
    assert posts("E001-1", here, "bid", price="40.00", qty="600").status_code == 303
    assert "40.00" in client_of("E001-1").get(here).content.decode()
    assert "40.00" not in client_of("exchange-1").get(here).content.decode()
    assert (
        posts("E001-1", here, "change", price="41.00", qty="500", reference="r2").status_code == 303
    )
    goes_to(at(DAY, 11))
    assert posts("exchange-1", here, "clear").status_code == 303
    page = Client().get(here).content.decode()
    assert "41.00" in page
    assert 'data-chart="bars"' in page
    assert "已出清" in Client().get("/auctions").content.decode()


def test_a_bid_is_sent_twice_refused_and_taken_back(issue):
    auction = announced(issue)
    here = f"/auctions/{auction.pk}"
    goes_to(BIDDING)
    low = posts("E001-1", here, "bid", price="37.99", qty="600")
    assert (low.status_code, "CQETS-17" in low.content.decode()) == (422, True)
    assert "37.99" in low.content.decode()
    many = posts("E001-1", here, "bid", price="40.00", qty="701")
    assert (many.status_code, "CQ208-4.4" in many.content.decode()) == (422, True)
    assert posts("E001-1", here, "bid", price="40.00", qty="600").status_code == 303
    assert Bid.objects.count() == 1
    assert posts("E001-1", here, "withdraw").status_code == 303
    assert Bid.objects.get().state == "withdrawn"


def test_the_exchange_announces_in_time_and_cancels(issue):
    early = announces(issue, opens_at="2023-11-28T10:00", closes_at="2023-11-28T11:00")
    assert (early.status_code, "2023-11-29" in early.content.decode()) == (422, True)
    auction = announced(issue)
    here = f"/auctions/{auction.pk}"
    assert posts("exchange-1", here, "cancel", reasons="系统故障").status_code == 303
    assert "系统故障" in Client().get(here).content.decode()


def test_a_lot_is_seen_by_its_seller_and_the_exchange_until_it_is_announced(monkeypatch):
    monkeypatch.setattr("openets.web.auctions.views.law", lambda _: SMALL)
    given = {"product": "CQEA-2021", "quantity_t": "1,000", "floor": "37.00"}
    goes_to(at(date(2023, 11, 22), 11, 40))
    assert posts("E002-1", "/auctions", "offer", **given).status_code == 303
    here = f"/auctions/{Auction.objects.get().pk}"
    codes = [client_of(p).get(here).status_code for p in ("E002-1", "exchange-1", "T1-1")]
    assert codes == [200, 200, 404]
    hours = {"opens_at": OPENS, "closes_at": CLOSES, "terms": "公告"}
    assert posts("exchange-1", here, "announce_lot", **hours).status_code == 303
    assert client_of("T1-1").get(here).status_code == 200


SMALL = LAW.instead({"auction.lot_least_t": 1_000})


def test_by_auction_over_the_interface(issue):
    exchange, entity = client_of("exchange-1"), client_of("E001-1")
    body = {
        "issue": issue.pk,
        "quantity_t": 1000,
        "opens_at": "2023-11-29T10:00:00+08:00",
        "closes_at": "2023-11-29T11:00:00+08:00",
        "terms": "公告",
        "reference": "a1",
    }
    assert entity.post("/api/auctions/sales", body, JSON).status_code == 403
    assert Client().post("/api/auctions/sales", body, JSON).status_code == 401
    assert exchange.post("/api/auctions/sales", body | {"issue": 99}, JSON).status_code == 404
    made = [exchange.post("/api/auctions/sales", body, JSON).json() for _ in range(2)]
    assert made[0] == made[1]
    here = f"/api/auctions/{made[0]['number']}"
    bid = {"price_fen": 4000, "qty_t": 600, "reference": "b1"}
    early = entity.post(f"{here}/bids", bid, JSON)
    assert (early.status_code, early.json()["code"]) == (422, "bids_not_taken")
    goes_to(BIDDING)
    assert client_of("bureau-1").post(f"{here}/bids", bid, JSON).status_code == 403
    number = entity.post(f"{here}/bids", bid, JSON).json()["number"]
    changed = entity.put(f"/api/auctions/bids/{number}", bid | {"reference": "b2"}, JSON)
    assert changed.json()["state"] == "in"
    assert client_of("E002-1").delete(f"/api/auctions/bids/{number}").status_code == 404
    assert Client().get(here).json()["demand"] == []
    assert exchange.post(f"{here}/decision", {}, JSON).json()["code"] == "auction_still_open"
    goes_to(latest_at() + timedelta(hours=1))
    assert entity.post(f"{here}/decision", {}, JSON).status_code == 403
    done = exchange.post(f"{here}/decision", {}, JSON).json()
    assert (done["stage"], done["price_fen"], done["sold_t"]) == ("cleared", 4000, 600)
    assert entity.get("/api/auctions/bids").json()[0]["won_t"] == 600
    assert len(Client().get("/api/auctions").json()) == 1
    again = exchange.post(f"{here}/cancellation", {"reasons": "x"}, JSON)
    assert again.json()["code"] == "wrong_auction_state"


def test_the_bureau_draws_up_a_sale_and_a_buy_back_by_auction():
    given = {"year": 2021, "quantity_t": "100", "price": "38.00", "last_date": "2099-01-01"}
    answer = posts("bureau-1", "/paid-issue", "auction_sale", terms="竞价", **given)
    assert answer.status_code == 303
    assert PaidIssue.objects.latest("pk").by_auction
    body = {
        "quantity_t": 100,
        "price_fen": 3000,
        "budget_fen": 300_000,
        "last_date": "2099-01-01",
        "terms": "x",
        "by_auction": True,
        "reference": "b1",
    }
    made = client_of("bureau-1").post("/api/treasury/buy-backs", body, JSON).json()
    assert made["by_auction"] is True
