"""The risk rules an order meets before the book: largest order, position limit. Pure.

Tick, lot and price limit are in `limits`, hours in `session`; the book keeps an owner from its own
orders. The texts ask for effective measures and give no numbers: what is not set is not looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from openets.kernel.quantity import Exact, ceil_tonnes, half_up
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, NotSet, NoValueForTime, Rule

WEIGHTED_AVERAGE, LAST_TRADE = "weighted_average_else_previous", "last_trade_else_previous"

ALLOWANCE = "allowance"
"""The unit that position limits are about, all vintages together."""


class OrderTooLarge(Refusal):
    """Open bidding takes no order of this size; it is agreed on as a deal."""

    code = "order_too_large"
    article = "CQETS-17.2"
    zh = "申报数量 {qty} 吨，公开竞价单笔申报须小于 {below} 吨"
    en = "{qty} t in one order; in open bidding an order stays below {below} t"
    remedy_zh = "请减少数量或分笔申报，或采用协议转让"
    remedy_en = "Ask for less, split the order, or agree on a deal"


class PositionOverLimit(Refusal):
    """The order could bring its holder above the position limit."""

    code = "position_over_limit"
    article = "CQETS-17.2"
    zh = "持仓限额 {limit} 吨：现持有 {held} 吨，未成交买入 {buying} 吨，再买入 {qty} 吨将超限"
    en = "The position limit is {limit} t: {held} t held, {buying} t in open buys, {qty} t more"
    remedy_zh = "最多还可买入 {left} 吨；可先卖出、撤回买入申报"
    remedy_en = "At most {left} t may be bought; sell or withdraw buys first"


class TradingHalted(Refusal):
    """Trading in the product, or on the whole market, is halted."""

    code = "trading_halted"
    article = "CQETS-21"
    zh = "{scope_zh}自 {since} 起暂停交易：{cause_zh}。{reason}"
    en = "{scope_en} halted since {since}: {cause_en}. {reason}"
    remedy_zh = "请等待复牌公告；暂停期间可以撤单"
    remedy_en = "Wait for the announcement of resumption; orders may be withdrawn meanwhile"


@dataclass(frozen=True, slots=True)
class LimitOf:
    """The limit of one kind of participant, in tonnes, its own annual allowance added or not."""

    base_t: int
    own_allowance: bool

    def limit_t(self, allowance_t: int) -> int:
        """The largest position of somebody with this annual allowance."""
        return self.base_t + (allowance_t if self.own_allowance else 0)

    def report_t(self, allowance_t: int, share: Exact) -> int:
        """The position from which a large holder reports (大户报告): a share of the limit's base.

        Rounded up to whole tonnes. Source: CQETS-21.
        """
        part = ceil_tonnes(Fraction(self.base_t) * Fraction(share))
        return part + (allowance_t if self.own_allowance else 0)


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The risk rules of a day; what is None or absent is not set."""

    largest_below_t: int | None
    limits: Mapping[str, LimitOf]
    """By role of the participant."""
    report_share: Exact | None

    @property
    def not_set(self) -> tuple[str, ...]:
        """The cards without a value, so that whoever looks knows what is not checked."""
        found = {
            "risk.largest_order_t": self.largest_below_t is None,
            "risk.position_limit": not self.limits,
            "risk.large_holder_share": self.report_share is None,
        }
        return tuple(key for key, missing in found.items() if missing)

    def must_not_be_too_large(self, qty: int) -> None:
        """Refuse an order of open bidding that has the size of a deal (t).

        Source: CQETS-17.2.

        Raises:
            OrderTooLarge.
        """
        if self.largest_below_t is not None and qty >= self.largest_below_t:
            raise OrderTooLarge(field="qty", qty=qty, below=self.largest_below_t)


@dataclass(frozen=True, slots=True)
class Position:
    """What a participant has of allowances (持仓), in tonnes: held, in open buys, its limit."""

    held_t: int
    buying_t: int
    limit_t: int

    @property
    def total_t(self) -> int:
        """Held if every open buy is filled."""
        return self.held_t + self.buying_t

    def must_have_room_for(self, qty: int) -> None:
        """Refuse a buy (t) that could bring the position above the limit. Source: CQETS-17.2.

        Raises:
            PositionOverLimit.
        """
        if self.total_t + qty > self.limit_t:
            raise PositionOverLimit(
                field="qty",
                limit=self.limit_t,
                held=self.held_t,
                buying=self.buying_t,
                qty=qty,
                left=max(0, self.limit_t - self.total_t),
            )


def risk_rules(law: Law, day: date) -> RiskRules:
    """The risk rules in force on a day. Source: CQETS-17.2, CQETS-21, BJETS-18c, CNETS-37."""
    largest = _set(law, "risk.largest_order_t", day)
    limits = _set(law, "risk.position_limit", day)
    share = _set(law, "risk.large_holder_share", day)
    return RiskRules(
        largest_below_t=largest.whole if largest else None,
        limits=_limits(limits.items) if limits else {},
        report_share=share.number if share else None,
    )


def closing_price(trades: Sequence[tuple[int, int]], *, rule: str, tick: int, previous: int) -> int:
    """The close (收盘价) of a day of open bidding, the next day's reference, in fen.

    `trades` are prices (fen) and quantities (t) in their order. The weighted average is rounded
    half-up to the tick; a day without trades keeps the previous close. Source: CQETS-20, AMB-03.
    """
    volume = sum(qty for _, qty in trades)
    if not volume:
        return previous
    if rule == LAST_TRADE:
        return trades[-1][0]
    turnover = sum(price * qty for price, qty in trades)
    return int(half_up(Fraction(turnover, volume * tick))) * tick


def _limits(rows: Iterable[Mapping[str, Any]]) -> dict[str, LimitOf]:
    return {
        role: LimitOf(row["limit_tco2e"], row["own_allowance"])
        for row in rows
        for role in row["participants"]
    }


def _set(law: Law, key: str, day: date) -> Rule | None:
    """The value in force, or None where none is set (AMB-04)."""
    try:
        return law.on(key, day)
    except (NotSet, NoValueForTime):
        return None
