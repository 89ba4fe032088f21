"""Auctions for programs; bids stay sealed until the decision."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from openets.auctions import operations, queries
from openets.auctions.models import Auction, Bid
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.quantity import Fen as Money
from openets.kernel.quantity import Tonnes as Amount
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.treasury import queries as sales
from openets.web import clock
from openets.web.guards import acting_of, public, within
from openets.web.schemas import Fen, Tonnes, answers
from openets.web.treasury.api import NoSuchOffer

router = Router(tags=["auctions"])
Reference = Field(min_length=1, max_length=40)
LONG = Field("", max_length=2000)


class HoursIn(Schema):
    """When an auction takes place, and what else applies."""

    opens_at: AwareDatetime
    closes_at: AwareDatetime
    terms: str = LONG


class LotIn(Schema):
    """A lot of one's own."""

    product: str
    quantity_t: Tonnes = Field(ge=1)
    floor_fen: Fen = Field(ge=1)
    reference: str = Reference


class SaleIn(HoursIn):
    """The announcement of a paid issue by auction, named by its number."""

    issue: int
    quantity_t: Tonnes = Field(ge=1)
    reference: str = Reference


class BuyBackIn(HoursIn):
    """The announcement of a buy-back by auction, named by its number."""

    buy_back: int
    product: str
    quantity_t: Tonnes = Field(ge=1)
    reference: str = Reference


class ReasonsIn(Schema):
    """Why an auction is cancelled."""

    reasons: str = Field(max_length=200)


class BidIn(Schema):
    """A sealed bid."""

    price_fen: Fen = Field(ge=1)
    qty_t: Tonnes = Field(ge=1)
    reference: str = Reference


class BidOut(Schema):
    """A bid of one's own."""

    number: int
    auction: int
    price_fen: Fen
    qty_t: Tonnes
    state: str
    won_t: Tonnes | None
    won_at_fen: Fen | None


class StepOut(Schema):
    """A price level of a decided auction."""

    price_fen: Fen
    qty_t: Tonnes
    cumulated_t: Tonnes
    won_t: Tonnes


class AuctionOut(Schema):
    """An auction; price, quantity sold and demand are there once it is decided."""

    number: int
    kind: str
    product: str
    organiser: str
    quantity_t: Tonnes
    limit_fen: Fen
    pricing: str
    ties: str
    terms: str
    opens_at: datetime | None
    closes_at: datetime | None
    stage: str
    price_fen: Fen | None
    sold_t: Tonnes
    demand: list[StepOut]


@router.get("", response=answers(list[AuctionOut]))
@public
def auctions(request: HttpRequest) -> list[AuctionOut]:
    """The announced auctions, newest first."""
    return [_out(row, request) for row in queries.auctions()[:200]]


@router.get("/bids", response=answers(list[BidOut]))
@within("auctions.bid")
def bids(request: HttpRequest) -> list[BidOut]:
    """One's own bids, newest first."""
    return [_bid(row) for row in queries.bids_of(_own(request))[:200]]


@router.post("/lots", response=answers(AuctionOut))
@within("auctions.offer_lot")
def offer_lot(request: HttpRequest, body: LotIn) -> AuctionOut:
    """Apply for an auction of one's own units; they are held."""
    made = operations.offer_lot(
        seller=_own(request),
        product=body.product,
        quantity_t=Amount(body.quantity_t),
        floor_fen=Money(body.floor_fen),
        reference=body.reference,
        **_given(request),
    )
    return _out(made, request)


@router.post("/sales", response=answers(AuctionOut))
@within("auctions.announce_sale")
def announce_sale(request: HttpRequest, body: SaleIn) -> AuctionOut:
    """Announce an auction of a paid issue."""
    found = sales.issue(body.issue)
    if found is None:
        raise NoSuchOffer(field="issue", number=body.issue)
    facts = body.dict(exclude={"issue", "quantity_t"})
    made = operations.announce_sale(
        issue=found[0], quantity_t=Amount(body.quantity_t), **facts, **_given(request)
    )
    return _out(made, request)


@router.post("/buy-backs", response=answers(AuctionOut))
@within("auctions.announce_buy_back")
def announce_buy_back(request: HttpRequest, body: BuyBackIn) -> AuctionOut:
    """Announce the reverse auction of a buy-back."""
    found = sales.buy_back(body.buy_back)
    if found is None:
        raise NoSuchOffer(field="buy_back", number=body.buy_back)
    facts = body.dict(exclude={"buy_back", "quantity_t"})
    made = operations.announce_buy_back(
        buy_back=found, quantity_t=Amount(body.quantity_t), **facts, **_given(request)
    )
    return _out(made, request)


@router.get("/{number}", response=answers(AuctionOut))
@public
def auction(request: HttpRequest, number: int) -> AuctionOut:
    """One announced auction, with its demand once it is decided."""
    row = queries.auction(number)
    if row.announced_at is None:
        raise queries.NoSuchAuction(number=number)
    return _out(row, request)


@router.post("/{number}/announcement", response=answers(AuctionOut))
@within("auctions.announce_lot")
def announce_lot(request: HttpRequest, number: int, body: HoursIn) -> AuctionOut:
    """Announce the auction a holder applied for."""
    row = operations.announce_lot(auction=queries.auction(number), **body.dict(), **_given(request))
    return _out(row, request)


@router.post("/{number}/cancellation", response=answers(AuctionOut))
@within("auctions.cancel")
def cancel(request: HttpRequest, number: int, body: ReasonsIn) -> AuctionOut:
    """Cancel an auction; lot and bids are free."""
    row = operations.cancel(
        auction=queries.auction(number), reasons=body.reasons, **_given(request)
    )
    return _out(row, request)


@router.post("/{number}/decision", response=answers(AuctionOut))
@within("auctions.clear")
def clear(request: HttpRequest, number: int) -> AuctionOut:
    """Decide a closed auction and settle it; the same again changes nothing."""
    return _out(operations.clear(auction=queries.auction(number), **_given(request)), request)


@router.post("/{number}/bids", response=answers(BidOut))
@within("auctions.bid")
def bid(request: HttpRequest, number: int, body: BidIn) -> BidOut:
    """Bid; the whole price, or the units, are held."""
    made = operations.bid(
        auction=queries.auction(number),
        bidder=_own(request),
        price_fen=Money(body.price_fen),
        qty=Amount(body.qty_t),
        reference=body.reference,
        **_given(request),
    )
    return _bid(made)


@router.put("/bids/{number}", response=answers(BidOut))
@within("auctions.change_bid")
def change_bid(request: HttpRequest, number: int, body: BidIn) -> BidOut:
    """Change one's own bid."""
    row = operations.change_bid(
        bid=queries.bid(number, _own(request)),
        price_fen=Money(body.price_fen),
        qty=Amount(body.qty_t),
        reference=body.reference,
        **_given(request),
    )
    return _bid(row)


@router.delete("/bids/{number}", response=answers(BidOut))
@within("auctions.withdraw_bid")
def withdraw_bid(request: HttpRequest, number: int) -> BidOut:
    """Take one's own bid back."""
    row = operations.withdraw_bid(bid=queries.bid(number, _own(request)), **_given(request))
    return _bid(row)


def _own(request: HttpRequest) -> Organisation:
    return parties.organisation(acting_of(request).organisation)


def _given(request: HttpRequest) -> dict[str, Any]:
    return {
        "law": law(settings.JURISDICTION),
        "acting": acting_of(request),
        "at": clock.now(request),
    }


def _bid(row: Bid) -> BidOut:
    return BidOut(
        number=row.pk,
        auction=row.auction_id,
        price_fen=row.price_fen,
        qty_t=row.qty,
        state=row.state,
        won_t=row.won_t,
        won_at_fen=row.won_at_fen,
    )


def _out(row: Auction, request: HttpRequest) -> AuctionOut:
    names = ("quantity_t", "limit_fen", "pricing", "ties", "terms")
    opens, closes = (at and at.astimezone(MARKET_ZONE) for at in (row.opens_at, row.closes_at))
    return AuctionOut(
        number=row.pk,
        kind=row.kind,
        product=row.product.code,
        organiser=row.organiser.code,
        opens_at=opens,
        closes_at=closes,
        stage=queries.stage(row, clock.now(request)),
        price_fen=row.price_fen,
        sold_t=row.sold_t,
        demand=[
            StepOut(
                price_fen=step.price_fen,
                qty_t=step.qty_t,
                cumulated_t=step.cumulated_t,
                won_t=step.won_t,
            )
            for step in queries.demand(row)
        ],
        **{name: getattr(row, name) for name in names},
    )
