"""The moment an auction is decided: winners and price, both legs of each, the rest free (出清)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.auctions import clearing, rules
from openets.auctions.models import Auction, AuctionState, Bid, Kind
from openets.auctions.standing import inform, locked, must_stand, record
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen, Tonnes, yuan
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import UnitKind
from openets.rulebook.load import Law
from openets.trading.dealing import Dealing, trade_agreed
from openets.trading.models import Method, Order, OrderState
from openets.treasury import operations as treasury


class StillOpen(Refusal):
    """An auction is decided after its closing moment."""

    code = "auction_still_open"
    article = rules.ARTICLE
    zh = "竞价至 {closes} 结束，尚不能出清"
    en = "The auction closes at {closes} and cannot be decided before"
    remedy_zh = "请在结束后办理"
    remedy_en = "Decide it afterwards"


@transaction.atomic
def clear(*, auction: Auction, law: Law, acting: Acting, at: datetime) -> Auction:
    """Decide an auction once it is closed (出清): winners pay and receive at once, all or none.

    What was decided before is left as it is. Source: CQETS-17, CQETS-19, CQETS-22.

    Raises:
        NotYourRole, WrongAuctionState, StillOpen, DayClosed, and what settling refuses.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article=rules.ARTICLE)
    with trade_agreed(law=law, holders=[], at=at) as floor:
        row = locked(auction)
        if row.state == AuctionState.CLEARED:
            return row
        must_stand(row, AuctionState.ANNOUNCED)
        assert row.closes_at is not None, "an announced auction has its hours"
        if at < row.closes_at:
            raise StillOpen(closes=row.closes_at.isoformat())
        rows = Bid.objects.select_for_update(of=("self",)).select_related("bidder", "order")
        bids = list(rows.filter(auction=row, order__state=OrderState.RESTING))
        lot = _lot(floor, row)
        result = _result(row, bids, law)
        won = {award.number: award for award in result.awards}
        for bid in bids:
            award = won.get(bid.order_id)
            bid.won_t, bid.won_at_fen = (award.qty_t, award.price_fen) if award else (0, None)
        _trade(floor, lot, bids)
        Bid.objects.bulk_update(bids, ["won_t", "won_at_fen"])
        row.state, row.ended_at, row.price_fen = AuctionState.CLEARED, at, result.price_fen
        row.sold_t = sum(bid.won_t or 0 for bid in bids)
        row.save()
    winners = [bid for bid in bids if bid.won_t]
    if row.kind == Kind.RESERVE:
        _sell(row, winners, law, acting, at)
    elif row.kind == Kind.BUY_BACK:
        _buy(row, winners, law, at)
    record(
        "clear",
        row,
        acting,
        at,
        price_fen=row.price_fen,
        sold_t=row.sold_t,
        bids=[[bid.pk, bid.won_t, bid.won_at_fen] for bid in bids],
    )
    _tell(row, bids, at)
    return row


def _result(row: Auction, bids: Sequence[Bid], law: Law) -> clearing.Clearing:
    """The pure decision, on the bids that are still in."""
    most = {}
    if row.kind == Kind.RESERVE:
        most = {bid.bidder.code: rules.most_of_one(row, bid.bidder, law) for bid in bids}
    return clearing.clear(
        [
            clearing.SealedBid(
                bid.order_id,
                bid.bidder.code,
                bid.price_fen,
                bid.qty,
                "" if bid.bidder.role == Role.KEY_EMITTING_ENTITY else rules.OTHERS,
            )
            for bid in bids
        ],
        quantity_t=row.quantity_t if row.kind != Kind.LOT or _has_its_lot(row) else 0,
        pricing=clearing.Pricing(row.pricing),
        ties=clearing.Ties(row.ties),
        most_of_bidder=most,
        most_of_group=rules.group_limits(row, law),
        is_reverse=row.is_reverse,
    )


def _has_its_lot(row: Auction) -> bool:
    """Whether a holder's lot is still held; a measure or a freeze may have taken it out."""
    return row.order is not None and row.order.state == OrderState.RESTING


def _lot(floor: Dealing, row: Auction) -> Order | None:
    return floor.open_order(row.order_id) if row.order_id and _has_its_lot(row) else None


def _trade(floor: Dealing, lot: Order | None, bids: Sequence[Bid]) -> None:
    """Let the winners of a lot trade with it, and everything that is held go."""
    for bid in bids:
        order = floor.open_order(bid.order_id)
        if lot and bid.won_t:
            floor.trade(
                order,
                lot,
                price_fen=bid.won_at_fen or 0,
                qty=bid.won_t,
                method=Method.ONE_WAY_AUCTION,
            )
        if order.remaining:
            floor.end(order, OrderState.EXPIRED)
    if lot and lot.remaining:
        floor.end(lot, OrderState.EXPIRED)


def _sell(row: Auction, winners: Sequence[Bid], law: Law, acting: Acting, at: datetime) -> None:
    """The government's allowances for the winners' money, through the treasury's paid issue."""
    assert row.issue is not None, "an auction of the reserve names its paid issue"
    won = [
        treasury.Won(
            bid.bidder,
            Tonnes(bid.won_t or 0),
            Fen(bid.won_at_fen or 0),
            f"{row.subject}/{bid.bidder.code}",
            _by_its_bid(bid),
        )
        for bid in winners
    ]
    treasury.sell_at_auction(issue=row.issue, winners=won, law=law, acting=acting, at=at)


def _buy(row: Auction, winners: Sequence[Bid], law: Law, at: datetime) -> None:
    """The winners' allowances for the government's money, through the treasury's buy-back."""
    assert row.buy_back is not None, "a reverse auction names its buy-back"
    for bid in winners:
        amount, acting = Tonnes(bid.won_t or 0), _by_its_bid(bid)
        registry.move_between_own(
            holder=bid.bidder,
            kind="move_to_registry",
            amount_t=amount,
            unit=UnitKind(row.product.unit),
            vintage_year=row.product.vintage_year,
            reference=row.subject,
            law=law,
            acting=acting,
            at=at,
        )
        treasury.sell_back(
            buy_back=row.buy_back,
            holder=bid.bidder,
            amount_t=amount,
            reference=row.subject,
            won_at_fen=Fen(bid.won_at_fen or 0),
            law=law,
            acting=acting,
            at=at,
        )


def _by_its_bid(bid: Bid) -> Acting:
    """Whoever bid: the bid is their order to buy or to sell."""
    return Acting(bid.person, Role(bid.bidder.role), bid.bidder.code)


def _tell(row: Auction, bids: Sequence[Bid], at: datetime) -> None:
    for bid in bids:
        zh, en = "未成交", "brought you nothing"
        if bid.won_t:
            price = yuan(Fen(bid.won_at_fen or 0))
            zh = f"成交 {bid.won_t:,} 吨，{price} 元/吨"
            en = f"brought you {bid.won_t:,} t at {price} yuan"
        inform(row, "result", [bid.bidder], zh, en, at)
    sold = row.sold_t
    inform(row, "cleared", [row.organiser], f"已出清，成交 {sold:,} 吨", f"sold {sold:,} t", at)
