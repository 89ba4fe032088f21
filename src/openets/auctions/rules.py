"""What an auction and a bid must meet: days before, floor, own gap, shares."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count

from openets.allocation import queries as allocation
from openets.auctions.models import Auction, Kind
from openets.casework import queries as cases
from openets.compliance import queries as compliance
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.period import add_months
from openets.kernel.quantity import Fen, Tonnes, floor_tonnes, yuan
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.trading import queries as trading
from openets.trading.models import Product
from openets.trading.session import Phase
from openets.trading.terms import Terms
from openets.treasury import queries as treasury

ARTICLE = "CQETS-17"


class NoticeTooShort(Refusal):
    """An auction is announced some working days before it opens."""

    code = "notice_too_short"
    article = ARTICLE
    zh = "竞价须提前 {days} 个工作日公告，最早可于 {first} 开始"
    en = "An auction is announced {days} working days before: it opens on {first} or later"
    remedy_zh = "请推迟开始时间"
    remedy_en = "Let it open later"


class NotAnAuctionDay(Refusal):
    """An auction opens and closes on one trading day."""

    code = "not_an_auction_day"
    article = ARTICLE
    zh = "竞价须在同一交易日内开始和结束：{opens} 至 {closes}"
    en = "An auction opens and closes on one trading day; {opens} to {closes} is not"
    remedy_zh = "请在同一交易日内选择开始和结束时间"
    remedy_en = "Choose both moments on one trading day"


class AfterTheLastDay(Refusal):
    """An auction of the government closes by the last day of what was decided."""

    code = "after_the_last_day"
    article = "CQ208-A1.4.2"
    zh = "方案的最后日期为 {last_day}，竞价须在此前结束"
    en = "What was decided ends on {last_day}; the auction must close by then"
    remedy_zh = "请提前竞价时间，或另行拟定方案"
    remedy_en = "Let it close earlier, or have a new plan decided"


class LotTooSmall(Refusal):
    """A holder's own auction has a least size."""

    code = "lot_too_small"
    article = ARTICLE
    zh = "单向竞价不少于 {least} 吨，本次 {qty} 吨"
    en = "A lot is {least} t or more; this is {qty} t"
    remedy_zh = "请提高数量，或采用其他交易方式"
    remedy_en = "Offer more, or trade otherwise"


class TooMuchForAuction(Refusal):
    """No more is auctioned than was decided and is left."""

    code = "too_much_for_auction"
    article = "CQETS-13"
    zh = "方案尚余 {left} 吨，不能竞价 {wanted} 吨"
    en = "{left} t are left of what was decided; {wanted} t cannot be auctioned"
    remedy_zh = "请将数量减至不超过 {left} 吨"
    remedy_en = "Announce {left} t at most"


class BidsNotTaken(Refusal):
    """Bids come in between the opening and the closing moment."""

    code = "bids_not_taken"
    article = ARTICLE
    zh = "报价时间为 {opens} 至 {closes}，现在不能报价、改价或撤回"
    en = "Bids are taken from {opens} to before {closes}, not now"
    remedy_zh = "请在报价时间内办理"
    remedy_en = "Bid within that time"


class BeyondTheLimit(Refusal):
    """A bid is at the floor or above; an offer to a buy-back at the ceiling or below."""

    code = "beyond_the_limit"
    article = ARTICLE
    zh = "报价 {price} 元/吨不符合{limit_zh} {limit} 元/吨"
    en = "{price} yuan a tonne is beyond the {limit_en} of {limit} yuan"
    remedy_zh = "请按{limit_zh}要求重新报价"
    remedy_en = "Bid within the {limit_en}"


class NotEligible(Refusal):
    """The reserve is for those who are short."""

    code = "not_eligible"
    article = "CQ208-4.4"
    zh = "{holder} 不具备本次竞价资格：{why_zh}"
    en = "{holder} may not bid: {why_en}"
    remedy_zh = "请查看竞价公告的参与条件"
    remedy_en = "See who may bid in the announcement"


class MoreThanOwnGap(Refusal):
    """Nobody bids for more of the reserve than it is short of."""

    code = "more_than_own_gap"
    article = "CQ208-4.4"
    zh = "{year} 年度缺口 {gap} 吨，不能报 {qty} 吨"
    en = "The gap of {year} is {gap} t; {qty} t cannot be bid for"
    remedy_zh = "请报不超过 {gap} 吨"
    remedy_en = "Bid for {gap} t at most"


class MoreThanShare(Refusal):
    """Nobody wins more of the reserve than its share."""

    code = "more_than_share"
    article = ARTICLE
    zh = "单个参与者最多竞得 {most} 吨，不能报 {qty} 吨"
    en = "One participant may win {most} t at most; {qty} t cannot be bid for"
    remedy_zh = "请报不超过 {most} 吨"
    remedy_en = "Bid for {most} t at most"


class ReasonsNeeded(Refusal):
    """An auction is cancelled with reasons."""

    code = "cancel_reasons_needed"
    article = ARTICLE
    zh = "终止竞价须说明理由"
    en = "An auction is cancelled with reasons"
    remedy_zh = "请填写理由"
    remedy_en = "Give the reasons"


def must_be_announced_in_time(
    *, announced: date, opens_at: datetime, closes_at: datetime, law: Law
) -> None:
    """Refuse hours that are not of one trading day, or come too soon after the announcement.

    The day of the announcement is the first of the working days. Source: CQETS-17.

    Raises:
        NotAnAuctionDay, NoticeTooShort.
    """
    day, calendar = market_date(opens_at), cases.calendar(law.jurisdiction)
    is_one_day = day == market_date(closes_at) and opens_at < closes_at
    if not (is_one_day and calendar.is_trading_day(day)):
        raise NotAnAuctionDay(
            field="opens_at", opens=f"{opens_at:%Y-%m-%d %H:%M}", closes=f"{closes_at:%m-%d %H:%M}"
        )
    days = law.on("auction.notice_working_days", announced).whole
    told = 0
    for n in count():
        first = announced + timedelta(days=n)
        if told >= days:
            break
        told += calendar.is_working_day(first)
    if day < first:
        raise NoticeTooShort(field="opens_at", days=days, first=first)


def floor_fen(*, product: Product, least_fen: int, announced: date, law: Law) -> Fen:
    """The floor of an auction of the reserve (底价): the average of the last months' book trades.

    Weighted by quantity, over the months before the day of the announcement; never below what the
    bureau asks at least, and that where nothing traded. Source: CQ208-4.4.
    """
    months = law.on("auction.floor_months", announced).whole
    since, until = add_months(announced, -months), announced - timedelta(days=1)
    average = trading.average_price_fen(product, since=since, until=until)
    return Fen(max(least_fen, average or 0))


def own_gap_t(holder: Organisation, year: int) -> Tonnes:
    """What an entity is short of for a year (缺口): verified less its free allocation and bought.

    Source: CQ208-4.4.
    """
    verified = compliance.obligation(holder, year).verified_t
    free = allocation.determination(holder, year)
    if verified is None or free is None or free.notified_at is None:
        return Tonnes(0)
    return Tonnes(max(0, verified - free.determined_t - treasury.bought_t(holder, year)))


def must_be_eligible(auction: Auction, holder: Organisation, qty: int, law: Law) -> None:
    """Refuse who may not bid, or not for as much.

    Source: CQ208-4.4, CQETS-16.

    Raises:
        NotEligible, MoreThanOwnGap, MoreThanShare.
    """
    if auction.kind == Kind.BUY_BACK and holder.role != Role.KEY_EMITTING_ENTITY:
        raise _no(holder, "回购仅面向重点排放单位", "only key emitting entities sell back")
    if holder == auction.organiser:
        raise _no(holder, "组织方不得报价", "the organiser does not bid")
    if auction.kind != Kind.RESERVE:
        return
    assert auction.issue is not None, "an auction of the reserve names its paid issue"
    if law.on("auction.own_gap_only", market_date(auction.made_at)).flag:
        year = auction.issue.year
        gap = own_gap_t(holder, year)
        if not gap:
            why = f"{year} 年度没有配额缺口", f"it has no gap in {year}"
            raise _no(holder, *why)
        if qty > gap:
            raise MoreThanOwnGap(field="qty", year=year, gap=gap, qty=qty)
    most = most_of_one(auction, holder, law)
    if qty > most:
        raise MoreThanShare(field="qty", most=most, qty=qty)


def most_of_one(auction: Auction, holder: Organisation, law: Law) -> Tonnes:
    """The share of an auction of the reserve that one bidder may win, rounded down."""
    is_entity = holder.role == Role.KEY_EMITTING_ENTITY
    key = "auction.entity_share_ratio" if is_entity else "auction.investor_share_ratio"
    ratio = law.on(key, market_date(auction.made_at)).number
    return floor_tonnes(auction.quantity_t * ratio)


OTHERS = "others"
"""The group of all bidders that are no key emitting entities."""


def group_limits(auction: Auction, law: Law) -> Mapping[str, int]:
    """What groups of bidders may win together of an auction of the reserve."""
    if auction.kind != Kind.RESERVE:
        return {}
    ratio = law.on("auction.investors_share_ratio", market_date(auction.made_at)).number
    return {OTHERS: floor_tonnes(auction.quantity_t * ratio)}


def must_keep_to_the_limit(auction: Auction, price_fen: int) -> None:
    """Refuse a price beyond the floor or the ceiling.

    Raises:
        BeyondTheLimit.
    """
    beyond = price_fen > auction.limit_fen if auction.is_reverse else price_fen < auction.limit_fen
    if beyond:
        zh, en = ("最高价", "ceiling") if auction.is_reverse else ("底价", "floor")
        raise BeyondTheLimit(
            field="price",
            price=yuan(Fen(price_fen)),
            limit=yuan(Fen(auction.limit_fen)),
            limit_zh=zh,
            limit_en=en,
        )


def bid_terms(auction: Auction, book: Terms) -> Terms:
    """What a bid must meet: the auction's own hours, tick and lot of the book.

    The government's auctions have a floor or a ceiling in place of a price limit, and no fee.
    """
    assert auction.opens_at is not None, "bids are taken once it is announced"
    assert auction.closes_at is not None
    opens, closes = (at.astimezone(MARKET_ZONE) for at in (auction.opens_at, auction.closes_at))
    terms = replace(book, phases=(Phase("auction", opens.time(), closes.time()),))
    if auction.kind == Kind.LOT:
        return terms
    return replace(terms, limits=replace(terms.limits, band=None), fee_ratio=terms.fee_ratio * 0)


def lot_terms(book: Terms) -> Terms:
    """What the lot of a holder must meet: the limits of the book, at any hour of a trading day."""
    return replace(book, phases=(Phase("auction", time.min, time.max),))


def _no(holder: Organisation, why_zh: str, why_en: str) -> NotEligible:
    return NotEligible(holder=holder.name, why_zh=why_zh, why_en=why_en)
