"""Auctions are offered, announced and cancelled (竞价公告)."""

from datetime import date, datetime

from django.db import transaction

from openets.auctions import rules
from openets.auctions.models import Auction, AuctionState, Kind
from openets.auctions.standing import (
    inform,
    locked,
    made_before,
    must_be_its_own,
    must_stand,
    record,
)
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.settlement import queries as money
from openets.trading import queries as trading
from openets.trading.dealing import trade_agreed
from openets.trading.models import Method, OrderState, Product
from openets.trading.orders import MethodNotEnabled, NewOrder
from openets.treasury import operations as treasury
from openets.treasury import queries as sales
from openets.treasury.models import BuyBack, PaidIssue


@transaction.atomic
def offer_lot(
    *,
    seller: Organisation,
    product: str,
    quantity_t: Tonnes,
    floor_fen: Fen,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Auction:
    """Apply for an auction of one's own units (单向竞价申请); they are held from then on.

    The same reference again is the same application. Source: CQETS-17.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, LotTooSmall, AuctionReferenceUsed, and
        what an order to sell is refused for.
    """
    must_be_its_own(acting, "auctions.offer_lot", seller, at)
    least = law.on("auction.lot_least_t", market_date(at)).whole
    if quantity_t < least:
        raise rules.LotTooSmall(field="quantity_t", least=least, qty=quantity_t)
    with trade_agreed(law=law, holders=[seller], at=at) as floor:
        asked = {"organiser": seller, "quantity_t": quantity_t, "limit_fen": floor_fen}
        found = made_before(reference, kind=Kind.LOT, **asked)
        if found:
            return found
        lot = NewOrder(f"lot/{reference}", seller, product, False, quantity_t, floor_fen)
        terms = rules.lot_terms(floor.book_terms(product))
        order = floor.enter(lot, method=Method.ONE_WAY_AUCTION, terms=terms)
        made = Auction.objects.create(
            kind=Kind.LOT,
            product=order.product,
            order=order,
            reference=reference,
            made_at=at,
            state=AuctionState.APPLIED,
            **asked,
            **_ways(law, at),
        )
    record("offer_lot", made, acting, at, quantity_t=quantity_t, floor_fen=floor_fen)
    exchange = parties.designated(Role.EXCHANGE_OPERATOR, market_date(at))
    inform(made, "offered", [exchange] if exchange else [], "待公告", "is to be announced", at)
    return made


@transaction.atomic
def announce_lot(
    *,
    auction: Auction,
    opens_at: datetime,
    closes_at: datetime,
    terms: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Auction:
    """Announce the auction a holder applied for: when, and what else applies (竞价公告).

    Source: CQETS-17.

    Raises:
        NotYourRole, WrongAuctionState, NotAnAuctionDay, NoticeTooShort.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=rules.ARTICLE)
    row = locked(auction)
    must_stand(row, AuctionState.APPLIED)
    row.terms = terms.strip()
    _announce(row, opens_at, closes_at, law, acting, at)
    row.save()
    return row


@transaction.atomic
def announce_sale(
    *,
    issue: PaidIssue,
    quantity_t: Tonnes,
    opens_at: datetime,
    closes_at: datetime,
    terms: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Auction:
    """Announce an auction of a paid issue the city bureau decided and opened (政府配额竞价公告).

    The floor is the average of the last months' trades. The same reference again is the same
    announcement. Source: CQ208-4.4, CQETS-13, CQETS-17.

    Raises:
        NotYourRole, MethodNotEnabled, NotForAuction, AfterTheLastDay, TooMuchForAuction,
        NotAnAuctionDay, NoticeTooShort, NoSuchProduct, AuctionReferenceUsed.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=rules.ARTICLE)
    _must_be_enabled(law, at)
    issue = PaidIssue.objects.select_for_update().get(pk=issue.pk)
    found = made_before(reference, issue=issue, quantity_t=quantity_t)
    if found:
        return found
    treasury.must_be_for_auction(issue)
    _must_close_by(issue.last_date, closes_at)
    running = Auction.objects.filter(issue=issue, state=AuctionState.ANNOUNCED)
    left = sales.left_to_auction_t(issue) - sum(one.quantity_t for one in running)
    if not 0 < quantity_t <= left:
        raise rules.TooMuchForAuction(field="quantity_t", left=left, wanted=quantity_t)
    product = trading.allowances_of(issue.year)
    floor = rules.floor_fen(
        product=product, least_fen=issue.price_fen, announced=market_date(at), law=law
    )
    made = _new(Kind.RESERVE, product, quantity_t, floor, terms, reference, law, at)
    made.issue = issue
    _announce(made, opens_at, closes_at, law, acting, at)
    return made


@transaction.atomic
def announce_buy_back(
    *,
    buy_back: BuyBack,
    product: str,
    quantity_t: Tonnes,
    opens_at: datetime,
    closes_at: datetime,
    terms: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Auction:
    """Announce the reverse auction of a buy-back that both bureaux agreed to (回购竞价公告).

    Its price is the ceiling. Source: CQETS-13.2.

    Raises:
        NotYourRole, MethodNotEnabled, NotInForce, AfterTheLastDay, TooMuchForAuction,
        NotAnAuctionDay, NoticeTooShort, NoSuchProduct, AuctionReferenceUsed.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=rules.ARTICLE)
    _must_be_enabled(law, at)
    buy_back = BuyBack.objects.select_for_update().get(pk=buy_back.pk)
    found = made_before(reference, buy_back=buy_back, quantity_t=quantity_t)
    if found:
        return found
    treasury.must_buy_by_auction(buy_back, market_date(at))
    _must_close_by(buy_back.last_date, closes_at)
    running = Auction.objects.filter(buy_back=buy_back, state=AuctionState.ANNOUNCED)
    left = sales.left_to_buy_t(buy_back) - sum(one.quantity_t for one in running)
    if not 0 < quantity_t <= left:
        raise rules.TooMuchForAuction(field="quantity_t", left=left, wanted=quantity_t)
    ceiling = Fen(buy_back.price_fen)
    listed = trading.product(product)
    made = _new(Kind.BUY_BACK, listed, quantity_t, ceiling, terms, reference, law, at)
    made.buy_back = buy_back
    _announce(made, opens_at, closes_at, law, acting, at)
    return made


@transaction.atomic
def cancel(*, auction: Auction, reasons: str, law: Law, acting: Acting, at: datetime) -> Auction:
    """Cancel an auction that is not decided, with reasons; lot and bids are free again (终止竞价).

    Source: CQETS-17.

    Raises:
        NotYourRole, WrongAuctionState, ReasonsNeeded.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=rules.ARTICLE)
    if not reasons.strip():
        raise rules.ReasonsNeeded(field="reasons")
    with trade_agreed(law=law, holders=[], at=at) as floor:
        row = locked(auction)
        must_stand(row, AuctionState.APPLIED, AuctionState.ANNOUNCED)
        orders = [bid.order_id for bid in row.bids.filter(order__state=OrderState.RESTING)]
        if row.order and row.order.state == OrderState.RESTING:
            orders.append(row.order_id or 0)
        for number in orders:
            floor.end(floor.open_order(number), OrderState.WITHDRAWN)
        row.state, row.ended_at, row.reasons = AuctionState.CANCELLED, at, reasons.strip()
        row.save()
    record("cancel", row, acting, at, reasons=row.reasons)
    bidders = [bid.bidder for bid in row.bids.select_related("bidder")]
    inform(row, "cancelled", {row.organiser, *bidders}, "已终止", "is cancelled", at)
    return row


def _new(
    kind: Kind,
    product: Product,
    quantity_t: Tonnes,
    limit_fen: Fen,
    terms: str,
    reference: str,
    law: Law,
    at: datetime,
) -> Auction:
    """An auction of the government, organised on behalf of the city bureau."""
    bureau = parties.of_role(Role.CITY_BUREAU).get()
    return Auction(
        kind=kind,
        product=product,
        organiser=bureau,
        quantity_t=quantity_t,
        limit_fen=limit_fen,
        terms=terms.strip(),
        reference=reference,
        made_at=at,
        **_ways(law, at),
    )


def _announce(
    row: Auction, opens_at: datetime, closes_at: datetime, law: Law, acting: Acting, at: datetime
) -> None:
    opens_at, closes_at = (moment.astimezone(MARKET_ZONE) for moment in (opens_at, closes_at))
    rules.must_be_announced_in_time(
        announced=market_date(at), opens_at=opens_at, closes_at=closes_at, law=law
    )
    row.announced_at, row.opens_at, row.closes_at = at, opens_at, closes_at
    row.state = AuctionState.ANNOUNCED
    row.save()
    record(
        "announce",
        row,
        acting,
        at,
        kind=row.kind,
        quantity_t=row.quantity_t,
        limit_fen=row.limit_fen,
        opens_at=opens_at.isoformat(),
        closes_at=closes_at.isoformat(),
        terms=row.terms,
    )
    when = f"{opens_at:%Y-%m-%d %H:%M}"
    to = {*money.participants(), row.organiser}
    inform(row, "announced", to, f"已公告，{when} 开始报价", f"opens on {when}", at)


def _ways(law: Law, at: datetime) -> dict[str, str]:
    day = market_date(at)
    return {name: law.on(f"auction.{name}", day).text for name in ("pricing", "ties")}


def _must_close_by(last_date: date, closes_at: datetime) -> None:
    if market_date(closes_at) > last_date:
        raise rules.AfterTheLastDay(field="closes_at", last_day=last_date)


def _must_be_enabled(law: Law, at: datetime) -> None:
    enabled = law.on("trading.methods", market_date(at)).items
    if Method.ONE_WAY_AUCTION not in enabled:
        raise MethodNotEnabled(method=Method.ONE_WAY_AUCTION.value, enabled=", ".join(enabled))
