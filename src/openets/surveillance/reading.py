"""A day of trading read from the exchange's tables and the journal of its batches."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from openets.casework import queries as cases
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.clock import at as moment_of
from openets.rulebook.load import Law
from openets.surveillance.facts import Dealt, Entered, FormerDay, TradingDay
from openets.surveillance.replay import Change
from openets.surveillance.thresholds import ThresholdNotSet, Thresholds
from openets.trading import queries as trading
from openets.trading.models import DailySheet, Order, OrderState, Product, Trade

_DAY = timedelta(days=1)


def read_days(
    day: date, *, law: Law, limits: Thresholds, related: Collection[frozenset[str]] = ()
) -> list[TradingDay]:
    """Every product's day, with the days before that its patterns ask for."""
    calendar = cases.calendar(law.jurisdiction)
    found = []
    changes = changes_of(day)
    for product in trading.products():
        orders = orders_of(product, day)
        gone = {
            change.order: change.at
            for change in changes
            if change.state == OrderState.WITHDRAWN and change.order in orders
        }
        sheets = DailySheet.objects.filter(product=product, day__lt=day).order_by("-day")
        former = list(sheets[: _whole(limits, "compared_days")])[::-1]
        start = day - _DAY * _whole(limits, "circle_days")
        phases = trading.phases(law=law, day=day)
        trades = [dealt for many in trades_of(product, day, day).values() for dealt in many]
        before = trades_of(product, start, day - _DAY)
        found.append(
            TradingDay(
                product=product.code,
                day=day,
                reference_fen=trading.terms(product, law=law, day=day).reference_fen,
                orders=orders,
                withdrawn_at=gone,
                trades=trades,
                trades_before=[dealt for many in before.values() for dealt in many],
                former=[FormerDay(sheet.close_fen, sheet.volume_t) for sheet in former],
                related=related,
                closes_at=datetime.combine(day, phases[-1].end, MARKET_ZONE)
                if calendar.is_trading_day(day)
                else None,
            )
        )
    return found


def orders_of(product: Product, day: date) -> dict[int, Entered]:
    """The orders of a product entered on a day that were taken into the book, by number."""
    start = moment_of(day, 0)
    rows = Order.objects.filter(
        product=product, entered_at__gte=start, entered_at__lt=start + _DAY
    ).exclude(state=OrderState.REFUSED)
    return {
        row.pk: Entered(row.pk, row.entered_at, row.holder.code, row.buy, row.price_fen, row.qty)
        for row in rows.select_related("holder").order_by("id")
    }


def trades_of(product: Product, start: date, end: date) -> dict[int, list[Dealt]]:
    """The trades of a product from a day to another by batch, without what was cancelled."""
    rows = Trade.objects.filter(product=product, day__range=(start, end), cancelled_at=None)
    found: dict[int, list[Dealt]] = defaultdict(list)
    for row in rows.select_related("buyer", "seller").order_by("id"):
        found[row.batch_id].append(
            Dealt(
                *(row.pk, row.at, row.buy_id, row.sell_id),
                *(row.buyer.code, row.seller.code, row.price_fen, row.qty),
            )
        )
    return found


def changes_of(day: date) -> list[Change]:
    """What every batch of a day made of which order, in their order. Source: CQETS-21."""
    return [
        Change(number, at, order, state, remaining)
        for number, at, orders in trading.batches_of(day)
        for order, state, remaining in orders
    ]


def changes_among(orders: Sequence[int], changes: Sequence[Change]) -> list[Change]:
    """The changes of these orders."""
    wanted = set(orders)
    return [change for change in changes if change.order in wanted]


def _whole(limits: Thresholds, key: str) -> int:
    try:
        return int(limits[key])
    except ThresholdNotSet:
        return 0
