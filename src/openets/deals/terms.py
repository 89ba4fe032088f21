"""The terms of deals: price limit, hours and size of each method, and what is refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law
from openets.trading.limits import price_band
from openets.trading.models import Method
from openets.trading.session import phases
from openets.trading.terms import Terms

ARTICLE = "CQETS-17"


class TooSmallForBlock(Refusal):
    """A block deal has the size of a block."""

    code = "too_small_for_block"
    article = ARTICLE
    zh = "大宗交易单笔不少于 {least} 吨，本笔 {qty} 吨"
    en = "A block deal is {least} t or more; this is {qty} t"
    remedy_zh = "请提高数量，或采用协议转让、挂牌点选"
    remedy_en = "Deal in more, or negotiate or pick a listed price instead"


class TooLargeToPick(Refusal):
    """What has the size of a block is dealt as a block."""

    code = "too_large_to_pick"
    article = ARTICLE
    zh = "挂牌点选单笔须少于 {least} 吨，本笔 {qty} 吨"
    en = "A pick is less than {least} t; this is {qty} t"
    remedy_zh = "请减少数量，或采用大宗交易"
    remedy_en = "Pick less, or make a block deal"


class DealWithOneself(Refusal):
    """A deal has two sides."""

    code = "deal_with_oneself"
    article = ARTICLE
    zh = "{holder} 不能与自己成交"
    en = "{holder} cannot deal with itself"
    remedy_zh = "请选择其他交易主体"
    remedy_en = "Name somebody else"


class NotAParticipant(Refusal):
    """Only participants trade."""

    code = "not_a_participant"
    article = "CQETS-16"
    zh = "{name} 不是交易主体"
    en = "{name} is no participant of the market"
    remedy_zh = "请选择已开户的交易主体"
    remedy_en = "Name a participant with its accounts open"


class NotYourDeal(Refusal):
    """The proposal is somebody else's to answer or to take back."""

    code = "not_your_deal"
    article = ARTICLE
    zh = "{organisation} 不能办理该笔交易：应由 {whose} 办理"
    en = "{organisation} may not do this; it is for {whose}"
    remedy_zh = "请由对应的一方办理"
    remedy_en = "Let that side do it"


class DealNotOpen(Refusal):
    """A proposal is answered while it is open, on its day."""

    code = "deal_not_open"
    article = ARTICLE
    zh = "第 {number} 号申报已不在待确认状态（{state_zh}）"
    en = "Proposal {number} is no longer open ({state_en})"
    remedy_zh = "请重新提出申报"
    remedy_en = "Make a new proposal"


class DealReferenceUsed(Refusal):
    """The reference stands for another proposal of the same side."""

    code = "deal_reference_used"
    article = ARTICLE
    zh = "业务编号 {reference} 已用于其他申报"
    en = "The reference {reference} stands for something else"
    remedy_zh = "请使用新的业务编号"
    remedy_en = "Use a new reference"


def deal_terms(method: Method, terms: Terms, *, law: Law, day: date) -> Terms:
    """What a deal must meet: the limit and hours of its method, all else as in the book.

    The reference is the book's. Source: CQETS-17.2, CQETS-21.
    """
    ratio = law.on("trading.block_price_limit_ratio", day).number
    band = price_band(reference=terms.reference_fen, limit_ratio=ratio, tick=terms.limits.tick)
    hours = terms.phases
    if method == Method.BLOCK:
        hours = phases({"block": law.on("trading.block_sessions", day).items})
    return replace(terms, limits=replace(terms.limits, band=band), phases=hours)


def must_have_the_size(
    method: Method, qty: int, *, methods: Sequence[str], law: Law, day: date
) -> None:
    """Refuse a block below its size, and a pick that has it where blocks are dealt.

    Source: CQETS-17.

    Raises:
        TooSmallForBlock, TooLargeToPick.
    """
    least = law.on("deals.block_least_t", day).whole
    if method == Method.BLOCK and qty < least:
        raise TooSmallForBlock(field="qty", least=least, qty=qty)
    if method == Method.LISTED_PRICE and Method.BLOCK in methods and qty >= least:
        raise TooLargeToPick(field="qty", least=least, qty=qty)
