"""The end of a trading day: open orders expire and the daily sheets are published."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.trading.changes import write_changes
from openets.trading.models import ON_THE_BOOK, DailySheet, Order, OrderState, Product, Trade
from openets.trading.risk import closing_price
from openets.trading.terms import Terms


def expire_and_publish(
    *,
    resting: Sequence[Order],
    day: date,
    terms: Mapping[str, Terms],
    rule: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Mark what rested as expired and publish open, high, low, close, volume and turnover.

    The close is that of the trades on the book, by the card `trading.reference_price_rule`; deals
    and auctions are counted apart and move no price, what was cancelled counts nowhere.
    Source: CQETS-20.
    """
    for order in resting:
        order.state, order.held_amounts = OrderState.EXPIRED, [0] * len(order.held_amounts)
    write_changes(resting)
    trades: dict[str, list[Trade]] = {}
    for trade in standing_trades(day):
        trades.setdefault(trade.product.code, []).append(trade)
    products = {product.code: product for product in Product.objects.filter(code__in=terms)}
    sheets = DailySheet.objects.bulk_create(
        sheet_of(products[code], day, term, trades.get(code, []), rule)
        for code, term in terms.items()
    )
    journal.record(
        operation="trading.close_day",
        subject=f"day/{day}",
        acting=acting,
        at=at,
        article="CQETS-20",
        content={
            "sheets": [[s.product.code, s.close_fen, s.volume_t, s.turnover_fen] for s in sheets],
            "expired": [order.id for order in resting],
        },
    )


def standing_trades(day: date) -> QuerySet[Trade]:
    """The trades of a day that were not cancelled, in their order."""
    found = Trade.objects.filter(day=day, cancelled_at=None)
    return found.select_related("product").order_by("id")


def sheet_of(
    product: Product, day: date, terms: Terms, trades: Sequence[Trade], rule: str
) -> DailySheet:
    """The sheet (日行情) of a day with these trades, not kept. Source: CQETS-20."""
    booked = [trade for trade in trades if trade.method in ON_THE_BOOK]
    apart = [trade for trade in trades if trade.method not in ON_THE_BOOK]
    prices = [trade.price_fen for trade in booked]
    close = closing_price(
        [(trade.price_fen, trade.qty) for trade in booked],
        rule=rule,
        tick=terms.limits.tick,
        previous=terms.reference_fen,
    )
    return DailySheet(
        product=product,
        day=day,
        reference_fen=terms.reference_fen,
        open_fen=prices[0] if prices else None,
        high_fen=max(prices, default=None),
        low_fen=min(prices, default=None),
        close_fen=close,
        volume_t=sum(trade.qty for trade in booked),
        turnover_fen=sum(trade.turnover_fen for trade in booked),
        trades=len(booked),
        deal_volume_t=sum(trade.qty for trade in apart),
        deal_turnover_fen=sum(trade.turnover_fen for trade in apart),
        deals=len(apart),
    )
