"""Two who act on the same auction at the same moment."""

import pytest

from openets.auctions import operations as auctions
from openets.auctions.models import Auction, Bid
from openets.settlement import queries as money
from tests.auctions.making import BIDDING, announced, auction_market, bids, cleared
from tests.concurrently import at_once
from tests.exchange import must_hold_what_orders_hold
from tests.markets import CQ

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market():
    return auction_market()


def test_of_two_decisions_one_sells(market):
    auction, cash = announced(market), money.cash(market["E002"]).available_fen
    bid = bids(market, auction)
    assert at_once(lambda: cleared(market, auction), lambda: cleared(market, auction)) == [
        "done",
        "done",
    ]
    assert money.cash(market["E002"]).available_fen == cash - bid.qty * bid.price_fen
    must_hold_what_orders_hold()


def test_of_two_bids_of_one_bidder_one_is_in(market):
    auction = announced(market)
    ends = at_once(lambda: bids(market, auction, qty=1), lambda: bids(market, auction, qty=2))
    assert ends == ["already_bid", "done"]
    assert Bid.objects.count() == 1
    must_hold_what_orders_hold()


def test_of_a_bid_and_a_cancellation_none_keeps_money_back(market):
    auction = announced(market)
    given = {"law": CQ, "acting": market.acts("exchange"), "at": BIDDING}
    at_once(
        lambda: bids(market, auction),
        lambda: auctions.cancel(auction=auction, reasons="故障", **given),
    )
    assert Auction.objects.get().state == "cancelled"
    must_hold_what_orders_hold()
