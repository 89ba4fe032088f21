"""The candles of a product or of a source of history, filled from what was published."""

from collections.abc import Iterable
from datetime import date

from openets.history import queries as history
from openets.history.models import Source
from openets.kernel.clock import at
from openets.trading import published
from openets.trading.models import DailySheet, Product
from openets.web.market.board import Board, board_of
from openets.web.market.candles import Candle, Interval, candle_at, merged

LATEST_DAYS = 10
"""Trading days of which minutes are told; longer stretches are told by day."""


def product_candles(
    product: Product, interval: Interval, since: date | None = None, until: date | None = None
) -> list[Candle]:
    """The candles of a product from `since` to `until`, both included, oldest first.

    Days and longer are made of daily sheets and the running day, shorter ones of the trades of
    the last days.
    """
    if interval.minutes:
        return merged(_of_trades(product, since, until), interval)
    days = (_of_sheet(sheet) for sheet in sheets_of(board_of(product)))
    return merged(_between(days, since, until), interval)


def history_candles(source: Source, interval: Interval) -> list[Candle]:
    """The candles of what a source tells. Its days have one price each."""
    days = (
        candle_at(at(row.day, 0), row.price_fen, row.volume_t, row.turnover_fen)
        for row in history.days(source)
    )
    return merged(days, interval)


def sheets_of(board: Board) -> list[DailySheet]:
    """The published days of a product, and the running one once something was traded."""
    if not board.is_running:
        return list(board.sheets)
    before = board.sheets[-1].close_fen if board.sheets else 0
    today = published.days_so_far(board.day, {board.product.pk: before})[board.product.pk]
    return [*board.sheets, *([today] if today.trades else [])]


def _of_trades(product: Product, since: date | None, until: date | None) -> Iterable[Candle]:
    days = published.trading_days(product, until or date.max, LATEST_DAYS)
    if since:
        days = [day for day in days if day >= since]
    if not days:
        return
    for tick in published.ticks_between(product, days[0], days[-1]):
        yield candle_at(tick.at, tick.price_fen, tick.volume_t, tick.turnover_fen)


def _of_sheet(sheet: DailySheet) -> Candle:
    """A day without trades is a dash at its close.

    The close is the day's average, which lies between its low and its high.
    """
    return Candle(
        start=at(sheet.day, 0),
        open_fen=sheet.close_fen if sheet.open_fen is None else sheet.open_fen,
        high_fen=sheet.close_fen if sheet.high_fen is None else sheet.high_fen,
        low_fen=sheet.close_fen if sheet.low_fen is None else sheet.low_fen,
        close_fen=sheet.close_fen,
        volume_t=sheet.volume_t,
        turnover_fen=sheet.turnover_fen,
    )


def _between(candles: Iterable[Candle], since: date | None, until: date | None) -> Iterable[Candle]:
    for one in candles:
        day = one.start.date()
        if (since is None or since <= day) and (until is None or day <= until):
            yield one
