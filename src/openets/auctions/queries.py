"""What may be asked about auctions; bids stay sealed until the decision."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import QuerySet

from openets.auctions.models import Auction, AuctionState, Bid
from openets.auctions.rules import own_gap_t
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.trading.models import OrderState

__all__ = [
    "NoSuchAuction",
    "Step",
    "applied",
    "auction",
    "auctions",
    "bid",
    "bids_in",
    "bids_of",
    "demand",
    "own_bid",
    "own_gap_t",
    "results",
    "stage",
]


class NoSuchAuction(Refusal):
    """There is no auction or bid of this number that one may see."""

    code = "no_such_auction"
    article = "CQETS-17"
    zh = "没有编号为 {number} 的竞价或报价"
    en = "There is no auction or bid of the number {number}"
    remedy_zh = "请核对编号"
    remedy_en = "Check the number"


@dataclass(frozen=True, slots=True)
class Step:
    """A price level of a decided auction: what was bid at it, and up to it from the best."""

    price_fen: Fen
    qty_t: Tonnes
    cumulated_t: Tonnes
    won_t: Tonnes


def auctions(organiser: Organisation | None = None) -> QuerySet[Auction]:
    """The announced auctions, newest first; with an organiser also those it applied for."""
    found = Auction.objects.select_related("product", "organiser", "issue", "buy_back")
    public = found.filter(announced_at__isnull=False)
    if organiser:
        public |= found.filter(organiser=organiser)
    return public.order_by("-id")


def applied() -> QuerySet[Auction]:
    """The lots whose auction waits to be announced, oldest first."""
    found = Auction.objects.select_related("product", "organiser")
    return found.filter(state=AuctionState.APPLIED).order_by("id")


def auction(number: int) -> Auction:
    """An auction by its number.

    Raises:
        NoSuchAuction.
    """
    rows = Auction.objects.select_related("product", "organiser", "issue", "buy_back", "order")
    found = rows.filter(pk=number).first()
    if found is None:
        raise NoSuchAuction(number=number)
    return found


def stage(row: Auction, at: datetime) -> str:
    """Where an auction stands at a moment: also `open` while bids are taken, then `closed`."""
    if row.state != AuctionState.ANNOUNCED or row.opens_at is None or row.closes_at is None:
        return str(row.state)
    if at < row.opens_at:
        return "announced"
    return "open" if at < row.closes_at else "closed"


def bids_of(bidder: Organisation) -> QuerySet[Bid]:
    """The bids of one participant, newest first."""
    found = Bid.objects.filter(bidder=bidder).select_related("order", "auction__product")
    return found.order_by("-id")


def own_bid(row: Auction, bidder: Organisation) -> Bid | None:
    """The latest bid of a participant in an auction, or None."""
    return bids_of(bidder).filter(auction=row).first()


def bid(number: int, bidder: Organisation) -> Bid:
    """One's own bid by its number.

    Raises:
        NoSuchAuction.
    """
    found = bids_of(bidder).filter(pk=number).first()
    if found is None:
        raise NoSuchAuction(number=number)
    return found


def results(row: Auction) -> list[Bid]:
    """The bids of a decided auction, best first; before that nobody is told any."""
    if row.state != AuctionState.CLEARED:
        return []
    found = row.bids.filter(won_t__isnull=False).select_related("bidder", "order")
    sign = 1 if row.is_reverse else -1
    return sorted(found, key=lambda one: (sign * one.price_fen, one.order_id))


def demand(row: Auction) -> list[Step]:
    """The curve of a decided auction (需求曲线), from the best price on, without names."""
    steps, cumulated = [], 0
    for price, found in groupby(results(row), key=lambda one: one.price_fen):
        level = list(found)
        qty = sum(one.qty for one in level)
        cumulated += qty
        won = sum(one.won_t or 0 for one in level)
        steps.append(Step(Fen(price), Tonnes(qty), Tonnes(cumulated), Tonnes(won)))
    return steps


def bids_in(row: Auction) -> int:
    """How many bids an auction has; told when it is closed."""
    return row.bids.filter(order__state=OrderState.RESTING).count()
