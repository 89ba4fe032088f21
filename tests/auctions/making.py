"""Auctions of a small market: the reserve, a holder's lot, and a buy-back, up to the bids."""

from datetime import date

from openets.auctions import operations as auctions
from openets.auctions.models import Auction
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.treasury import operations as treasury
from tests.exchange import PRICE, PRODUCT, TEN, move, pay_in
from tests.markets import CQ, FOUNDER
from tests.treasury.offers import LAST, agreed, planned, treasury_market

YEAR = 2022
"""In which E002 is short."""
AUCTION_DAY = date(2023, 12, 11)
"""The Monday after the five working days from Monday, 4 December."""
OPENS, CLOSES = at(AUCTION_DAY, 10), at(AUCTION_DAY, 11)
BIDDING = at(AUCTION_DAY, 10, 30)
AFTER = at(AUCTION_DAY, 11)
SMALL = CQ.instead({"auction.lot_least_t": 1_000})


def auction_market():
    """A treasury market of three; E001 may sell 20,000 t, E002 is short and has a million yuan."""
    market = treasury_market()
    move(market, "E001", 20_000)
    pay_in(market, "E002", 1_000_000)
    pay_in(market, "I1", 10_000_000)
    return market


def decided(market, quantity_t=2_000, price_fen=PRICE, *, reference="s1"):
    """A paid issue by auction that one of the bureau drew up and another opened."""
    issue = treasury.prepare_sale(
        year=YEAR,
        quantity_t=Tonnes(quantity_t),
        price_fen=Fen(price_fen),
        last_date=LAST,
        terms="以竞价方式有偿发放",
        awards=None,
        reference=reference,
        acting=FOUNDER,
        at=TEN,
    )
    treasury.open_sale(issue=issue, acting=market.acts("bureau", 2), at=TEN)
    return issue


def announced(market, issue=None, quantity_t=2_000, **otherwise):
    """An auction of the reserve."""
    given = {
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "terms": "统一价",
        "reference": "a1",
        "law": CQ,
        "acting": market.acts("exchange"),
        "at": TEN,
        **otherwise,
    }
    return auctions.announce_sale(
        issue=issue or decided(market), quantity_t=Tonnes(quantity_t), **given
    )


def offered(market, code="E001", **otherwise):
    """A holder's lot that waits for its announcement."""
    given = {
        "product": PRODUCT,
        "quantity_t": Tonnes(5_000),
        "floor_fen": Fen(PRICE),
        "reference": "l1",
        "law": SMALL,
        "acting": market.acts(code),
        "at": TEN,
        **otherwise,
    }
    return auctions.offer_lot(seller=market[code], **given)


def put_up(market, auction, **otherwise):
    """The announcement of a holder's lot."""
    given = {
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "terms": "",
        "law": SMALL,
        "acting": market.acts("exchange"),
        "at": TEN,
        **otherwise,
    }
    return auctions.announce_lot(auction=auction, **given)


def wanted(market, quantity_t=1_000, price_fen=3_500):
    """The reverse auction of a buy-back to which both bureaux agreed."""
    plan = planned(market, quantity_t, price_fen, by_auction=True)
    agreed(market, "bureau", "finance", buy_back=plan)
    return auctions.announce_buy_back(
        buy_back=plan,
        product=PRODUCT,
        quantity_t=Tonnes(quantity_t),
        opens_at=OPENS,
        closes_at=CLOSES,
        terms="",
        reference="w1",
        law=CQ,
        acting=market.acts("exchange"),
        at=TEN,
    )


def bids(market, auction, code="E002", qty=500, price_fen=PRICE, **otherwise):
    given = {
        "reference": f"{code}/{qty}/{price_fen}",
        "law": CQ,
        "acting": market.acts(code),
        "at": BIDDING,
        **otherwise,
    }
    return auctions.bid(
        auction=auction, bidder=market[code], price_fen=Fen(price_fen), qty=Tonnes(qty), **given
    )


def cleared(market, auction, *, code="exchange", moment=AFTER, law=CQ) -> Auction:
    return auctions.clear(auction=auction, law=law, acting=market.acts(code), at=moment)
