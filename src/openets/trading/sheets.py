"""The end of a trading day: open orders expire and the daily sheets are published."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import half_up
from openets.trading.changes import write_changes
from openets.trading.models import ON_THE_BOOK, DailySheet, Order, OrderState, Product, Trade
from openets.trading.terms import Terms


def expire_and_publish(
    *,
    resting: Sequence[Order],
    day: date,
    terms: Mapping[str, Terms],
    acting: Acting,
    at: datetime,
) -> None:
    """Mark what rested as expired and publish open, high, low, close, volume and turnover.

    The close is the volume-weighted average of the day's trades, half-up to the fen, else the
    reference; deals and auctions are counted apart and move no price. Source: CQETS-20.
    """
    for order in resting:
        order.state, order.held_amounts = OrderState.EXPIRED, [0] * len(order.held_amounts)
    write_changes(resting)
    trades: dict[str, list[Trade]] = {}
    for trade in Trade.objects.filter(day=day).select_related("product").order_by("id"):
        trades.setdefault(trade.product.code, []).append(trade)
    products = {product.code: product for product in Product.objects.filter(code__in=terms)}
    sheets = DailySheet.objects.bulk_create(
        _sheet(products[code], day, term, trades.get(code, [])) for code, term in terms.items()
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


def _sheet(product: Product, day: date, terms: Terms, trades: Sequence[Trade]) -> DailySheet:
    booked = [trade for trade in trades if trade.method in ON_THE_BOOK]
    apart = [trade for trade in trades if trade.method not in ON_THE_BOOK]
    prices = [trade.price_fen for trade in booked]
    volume = sum(trade.qty for trade in booked)
    turnover = sum(trade.turnover_fen for trade in booked)
    tick = terms.limits.tick
    close = (
        int(half_up(Fraction(turnover, volume * tick))) * tick if volume else terms.reference_fen
    )
    return DailySheet(
        product=product,
        day=day,
        reference_fen=terms.reference_fen,
        open_fen=prices[0] if prices else None,
        high_fen=max(prices, default=None),
        low_fen=min(prices, default=None),
        close_fen=close,
        volume_t=volume,
        turnover_fen=turnover,
        trades=len(booked),
        deal_volume_t=sum(trade.qty for trade in apart),
        deal_turnover_fen=sum(trade.turnover_fen for trade in apart),
        deals=len(apart),
    )
