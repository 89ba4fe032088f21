"""Sealed bids come in, change and go, until the auction closes (报价)."""

from datetime import datetime

from django.db import transaction

from openets.auctions import rules
from openets.auctions.models import Auction, AuctionState, Bid
from openets.auctions.standing import (
    AuctionReferenceUsed,
    locked,
    must_be_its_own,
    must_stand,
    record,
)
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.trading.dealing import Dealing, trade_agreed
from openets.trading.models import Method, Order, OrderState
from openets.trading.orders import NewOrder


class AlreadyBid(Refusal):
    """Everybody has one bid in an auction."""

    code = "already_bid"
    article = rules.ARTICLE
    zh = "本单位在该竞价中已有报价（第 {number} 号）"
    en = "You have a bid in this auction already (number {number})"
    remedy_zh = "请修改或撤回原报价"
    remedy_en = "Change or withdraw that bid"


class BidNotIn(Refusal):
    """Only a bid that is in can be changed or taken back, by its bidder."""

    code = "bid_not_in"
    article = rules.ARTICLE
    zh = "本单位没有编号为 {number} 的有效报价"
    en = "You have no bid of the number {number} in this auction"
    remedy_zh = "请核对报价编号"
    remedy_en = "Check the number of the bid"


@transaction.atomic
def bid(
    *,
    auction: Auction,
    bidder: Organisation,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Bid:
    """Bid in secret (报价): the whole price is held as deposit, in a reverse auction the units.

    One bid each; the same reference again is the same bid. Source: CQETS-17, CQ208-4.4.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, WrongAuctionState, BidsNotTaken,
        BeyondTheLimit, NotEligible, MoreThanOwnGap, MoreThanShare, AlreadyBid,
        AuctionReferenceUsed, and what an order is refused for.
    """
    must_be_its_own(acting, "auctions.bid", bidder, at)
    with trade_agreed(law=law, holders=[bidder], at=at) as floor:
        row = locked(auction)
        own = Bid.objects.filter(auction=row, bidder=bidder).select_related("order")
        found = own.filter(reference=reference).first()
        if found:
            if (found.price_fen, found.qty) != (price_fen, qty):
                raise AuctionReferenceUsed(field="reference", reference=reference)
            return found
        before = own.filter(order__state=OrderState.RESTING).first()
        if before:
            raise AlreadyBid(number=before.pk)
        order = _enter(floor, row, bidder, price_fen, qty, reference, law, at)
        made = Bid.objects.create(
            auction=row,
            bidder=bidder,
            order=order,
            price_fen=price_fen,
            qty=qty,
            reference=reference,
            person=acting.person,
        )
    record("bid", row, acting, at, bid=made.pk, order=order.id)
    return made


@transaction.atomic
def change_bid(
    *,
    bid: Bid,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Bid:
    """Change one's own bid before the auction closes (改价); it is then the latest in time.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, BidNotIn, and what a new bid is
        refused for.
    """
    holder = parties.organisation(acting.organisation)
    must_be_its_own(acting, "auctions.change_bid", holder, at)
    with trade_agreed(law=law, holders=[holder], at=at) as floor:
        row, found = _own(bid, acting, at)
        if found.reference == reference:
            return found
        floor.end(floor.open_order(found.order_id), OrderState.WITHDRAWN)
        found.order = _enter(floor, row, found.bidder, price_fen, qty, reference, law, at)
        found.price_fen, found.qty, found.reference = price_fen, qty, reference
        found.person = acting.person
        found.save()
    record("change_bid", row, acting, at, bid=found.pk, order=found.order_id)
    return found


@transaction.atomic
def withdraw_bid(*, bid: Bid, law: Law, acting: Acting, at: datetime) -> Bid:
    """Take one's own bid back before the auction closes (撤回报价); the deposit is free.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, BidNotIn, BidsNotTaken.
    """
    holder = parties.organisation(acting.organisation)
    must_be_its_own(acting, "auctions.withdraw_bid", holder, at)
    with trade_agreed(law=law, holders=[holder], at=at) as floor:
        row, found = _own(bid, acting, at)
        found.order = floor.open_order(found.order_id)
        floor.end(found.order, OrderState.WITHDRAWN)
    record("withdraw_bid", row, acting, at, bid=found.pk)
    return found


def _enter(
    floor: Dealing,
    row: Auction,
    bidder: Organisation,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    at: datetime,
) -> Order:
    """Hold what a bid needs, if it may be made."""
    _must_be_taken(row, at)
    rules.must_keep_to_the_limit(row, price_fen)
    rules.must_be_eligible(row, bidder, qty, law)
    product = row.product.code
    wish = NewOrder(
        f"bid/{row.pk}/{reference}", bidder, product, not row.is_reverse, qty, price_fen
    )
    terms = rules.bid_terms(row, floor.book_terms(product))
    return floor.enter(wish, method=Method.ONE_WAY_AUCTION, terms=terms)


def _own(bid: Bid, acting: Acting, at: datetime) -> tuple[Auction, Bid]:
    """A bid that is in, and its auction, both locked, for whoever bid."""
    row = locked(bid.auction)
    rows = Bid.objects.select_for_update(of=("self",)).select_related("order", "bidder")
    found = rows.get(pk=bid.pk)
    if found.bidder.code != acting.organisation or found.state != "in":
        raise BidNotIn(number=bid.pk)
    _must_be_taken(row, at)
    return row, found


def _must_be_taken(row: Auction, at: datetime) -> None:
    must_stand(row, AuctionState.ANNOUNCED)
    assert row.opens_at is not None, "an announced auction has its hours"
    assert row.closes_at is not None
    if not row.opens_at <= at < row.closes_at:
        raise rules.BidsNotTaken(opens=row.opens_at.isoformat(), closes=row.closes_at.isoformat())
