"""Cancelling a trade by decision (成交取消): both legs and both fees go back, or nothing does."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement.operations import Leg
from openets.trading.causes import Cause
from openets.trading.intervening import ARTICLE, decide, write_batch
from openets.trading.memory import Memory, take_turn
from openets.trading.models import DailySheet, Intervention, InterventionKind, Order, Trade
from openets.trading.procedures import CLOSED, INTERVENTION, MARKET_DAY
from openets.trading.sheets import sheet_of, standing_trades


class TradeCancelled(Refusal):
    """A trade is cancelled once."""

    code = "trade_cancelled"
    article = ARTICLE
    zh = "成交 {trade} 已于 {at} 取消"
    en = "Trade {trade} was cancelled at {at}"
    remedy_zh = "无需再次办理"
    remedy_en = "There is nothing left to do"


class TradeDayClosed(Refusal):
    """Both institutions have closed the day of the trade, or another one trades."""

    code = "trade_day_closed"
    article = ARTICLE
    zh = "成交 {trade} 属于 {day}，该日已日结或已开始新的交易日，不能取消"
    en = "Trade {trade} is of {day}, which is closed or followed by another trading day"
    remedy_zh = "请在当日日结前取消；已日结的须先由市生态环境局重新打开"
    remedy_en = "Cancel it before its day is closed; the city bureau may reopen the last one"


class UnitsMovedOn(Refusal):
    """The buyer has used the units; nobody else's are taken."""

    code = "units_moved_on"
    article = ARTICLE
    zh = "成交 {trade} 的单位已转出：应退回 {needed} 吨，买方该批次可用 {available} 吨"
    en = "The units of trade {trade} moved on: {needed} t go back, the buyer has {available} t"
    remedy_zh = "未成交的卖出申报会自动撤回；已卖出、划转或冻结的，须先由买方收回或先取消后一笔成交"
    remedy_en = "Open sells give way; what was sold on, moved or frozen must come back first"


class MoneyMovedOn(Refusal):
    """The seller has used the money; nobody else's is taken."""

    code = "money_moved_on"
    article = ARTICLE
    zh = "成交 {trade} 的价款已转出：应退回 {needed} 分，卖方可用 {available} 分"
    en = "The money of trade {trade} moved on: {needed} fen go back, there are {available} fen"
    remedy_zh = "未成交的买入申报会自动撤回；已出金的，须先由卖方入金"
    remedy_en = "Open buys give way; what was paid out must be paid in first"


@transaction.atomic
def decide_cancellation(
    *,
    trade: Trade,
    cause: Cause,
    reason: str,
    announcement: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Intervention:
    """Decide that a trade be cancelled; another person carries it out. Source: BJETS-18b.

    Raises:
        NotYourRole, TradeCancelled, TradeDayClosed, ReasonsMissing, AnnouncementMissing,
        InterventionExists.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    must_be_open(trade)
    asked = Intervention(
        kind=InterventionKind.CANCELLATION,
        cause=cause,
        trade=trade,
        reason=reason,
        announcement=announcement,
        reference=reference,
    )
    return decide(asked, acting, at)


@transaction.atomic
def cancel_trade(
    *, intervention: Intervention, law: Law, acting: Acting, at: datetime
) -> Sequence[int]:
    """Cancel a trade (取消成交): opposite entries of units, price and fees, the sheet made anew.

    Open orders that hold what must go back are withdrawn, the latest first; their numbers are
    told. Both sides and the authority get a notice. The trade keeps its record.
    Source: BJETS-18b, CQETS-22.

    Raises:
        NotYourRole, WrongState, SamePerson, TradeCancelled, TradeDayClosed, UnitsMovedOn,
        MoneyMovedOn.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    take_turn()
    assert intervention.trade_id is not None, "a decision about a trade"
    trade = Trade.objects.select_related("product", "buy", "sell", "buyer", "seller").get(
        pk=intervention.trade_id
    )
    must_be_open(trade)
    memory = Memory(law=law, day=trade.day)
    parts = len(trade.sell.held_accounts)
    legs = settlement.legs_of(trade.pk, unit_parts=parts)
    withdrawn = _orders_in_the_way(legs, memory)
    casework.move_cases(
        INTERVENTION,
        "carry_out",
        list(intervention.subjects()),
        acting=acting,
        at=at,
        note=intervention.announcement,
    )
    write_batch(memory, withdrawn, cause=intervention.reference, acting=acting, at=at)
    _must_still_be_there(trade, legs)
    steps = _serial_steps(trade, legs, law)
    settlement.undo_trade(trade.pk, legs, acting=acting, at=at)
    if steps:
        registry.move_serials(steps)
    trade.cancelled_at = at
    trade.save(update_fields=["cancelled_at"])
    intervention.carried_out_at = at
    intervention.save(update_fields=["carried_out_at"])
    sheet = _sheet_again(trade, memory, law)
    journal.record(
        operation="trading.cancel_trade",
        subject=f"trade/{trade.pk}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={
            "trade": trade.pk,
            "day": trade.day.isoformat(),
            "intervention": intervention.reference,
            "withdrawn": [order.pk for order in withdrawn],
            "sheets": [[trade.product.code, sheet.close_fen, sheet.volume_t, sheet.turnover_fen]]
            if sheet
            else [],
        },
    )
    return [order.pk for order in withdrawn]


def must_be_open(trade: Trade) -> None:
    """Refuse to cancel what is cancelled, or of a day that is over for good.

    Raises:
        TradeCancelled, TradeDayClosed.
    """
    if trade.cancelled_at:
        raise TradeCancelled(trade=trade.pk, at=trade.cancelled_at.isoformat(timespec="seconds"))
    day = cases.case(MARKET_DAY, trade.day.isoformat())
    later = Trade.objects.filter(day__gt=trade.day).exists()
    later = later or DailySheet.objects.filter(day__gt=trade.day).exists()
    if later or (day is not None and day.state == CLOSED):
        raise TradeDayClosed(trade=trade.pk, day=trade.day)


def _needed(legs: Sequence[Leg]) -> Counter[int]:
    """What each account must have of its own to give back, in tonnes or fen.

    Fees come back before the price is paid back, and count as there.
    """
    needed = Counter[int]()
    for leg in legs:
        needed[leg.credit] += leg.amount
        if not leg.is_units:
            needed[leg.debit] -= leg.amount
    return Counter({account: amount for account, amount in needed.items() if amount > 0})


def _orders_in_the_way(legs: Sequence[Leg], memory: Memory) -> list[Order]:
    """The latest open orders that hold what has to go back, as many as are needed."""
    needed = _needed(legs)
    orders = list(memory.resting.values())
    locked = {a for leg in legs for a in (leg.debit, leg.credit)}
    cover = settlement.lock_accounts(locked | {a for o in orders for a in o.held_accounts})
    missing = {account: amount - cover[account] for account, amount in needed.items()}
    found = []
    for order in sorted(orders, key=lambda order: -order.pk):
        holds = dict(zip(order.held_accounts, order.held_amounts, strict=True))
        if any(missing.get(account, 0) > 0 and amount for account, amount in holds.items()):
            found.append(order)
            for account, amount in holds.items():
                missing[account] = missing.get(account, 0) - amount
    return found


def _must_still_be_there(trade: Trade, legs: Sequence[Leg]) -> None:
    needed = _needed(legs)
    cover = settlement.lock_accounts(needed)
    units = {leg.credit for leg in legs if leg.is_units}
    for account, amount in sorted(needed.items()):
        if cover[account] < amount:
            refusal = UnitsMovedOn if account in units else MoneyMovedOn
            raise refusal(trade=trade.pk, needed=amount, available=cover[account])


def _serial_steps(trade: Trade, legs: Sequence[Leg], law: Law) -> list[registry.Step]:
    """Where the serials of the units go back; units without any have no steps."""
    order = law.on("registry.lots_consumption", trade.day).text
    found = holdings.trading_positions([trade.buyer_id], [trade.product], order=order)
    lots = {p.ledger_account: p.lot_id for many in found.values() for p in many if p.serial}
    return [
        registry.Step(
            settlement.back_key(trade.pk, leg),
            lots[leg.credit],
            leg.credit,
            leg.debit,
            leg.amount,
            undoes=f"trade/{trade.pk}",
        )
        for leg in legs
        if leg.is_units and leg.credit in lots
    ]


def _sheet_again(trade: Trade, memory: Memory, law: Law) -> DailySheet | None:
    """The day's sheet of the product without the trade, where it is published already."""
    before = DailySheet.objects.filter(product=trade.product, day=trade.day).first()
    if before is None:
        return None
    rule = law.on("trading.reference_price_rule", trade.day).text
    terms = memory.terms[trade.product.code]
    left = list(standing_trades(trade.day).filter(product=trade.product))
    again = sheet_of(trade.product, trade.day, terms, left, rule)
    again.pk = before.pk
    again.save(force_update=True)
    return again
