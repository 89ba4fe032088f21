"""Candles (K 线): prices of a stretch of time as open, high, low and close. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from openets.kernel.clock import MARKET_ZONE, at

Row = tuple[str, int, int, int, int, int, int]
"""Start as ISO 8601, open, high, low and close in fen, tonnes, turnover in fen."""


class Interval(StrEnum):
    """How long a candle lasts."""

    MINUTE = "1m"
    MINUTES_5 = "5m"
    MINUTES_15 = "15m"
    MINUTES_30 = "30m"
    HOUR = "1h"
    DAY = "1d"
    WEEK = "1w"
    MONTH = "1M"
    YEAR = "1Y"

    @property
    def minutes(self) -> int:
        """How many minutes it lasts, or 0 for a day and longer."""
        return _MINUTES.get(self, 0)


_MINUTES = {
    Interval.MINUTE: 1,
    Interval.MINUTES_5: 5,
    Interval.MINUTES_15: 15,
    Interval.MINUTES_30: 30,
    Interval.HOUR: 60,
}


@dataclass(frozen=True, slots=True)
class Candle:
    """What happened from `start` on, in fen and tonnes."""

    start: datetime
    open_fen: int
    high_fen: int
    low_fen: int
    close_fen: int
    volume_t: int
    turnover_fen: int

    def as_row(self) -> Row:
        """The candle as the interface tells it."""
        return (
            self.start.astimezone(MARKET_ZONE).isoformat(),
            self.open_fen,
            self.high_fen,
            self.low_fen,
            self.close_fen,
            self.volume_t,
            self.turnover_fen,
        )


def candle_at(start: datetime, price_fen: int, volume_t: int, turnover_fen: int) -> Candle:
    """The candle of one price."""
    return Candle(start, price_fen, price_fen, price_fen, price_fen, volume_t, turnover_fen)


def start_of(interval: Interval, moment: datetime) -> datetime:
    """When the candle begins in which a moment lies; weeks begin on Monday."""
    local = moment.astimezone(MARKET_ZONE)
    if interval.minutes:
        past = timedelta(
            minutes=(local.hour * 60 + local.minute) % interval.minutes,
            seconds=local.second,
            microseconds=local.microsecond,
        )
        return local - past
    return at(_first_day(interval, local.date()), 0)


def merged(candles: Iterable[Candle], interval: Interval) -> list[Candle]:
    """Candles put together into longer ones; they come oldest first."""
    found: list[Candle] = []
    for one in candles:
        start = start_of(interval, one.start)
        if found and found[-1].start == start:
            found[-1] = _joined(found[-1], one)
        else:
            found.append(_moved(one, start))
    return found


def _first_day(interval: Interval, day: date) -> date:
    match interval:
        case Interval.WEEK:
            return day - timedelta(days=day.weekday())
        case Interval.MONTH:
            return day.replace(day=1)
        case Interval.YEAR:
            return day.replace(month=1, day=1)
    return day


def _joined(before: Candle, after: Candle) -> Candle:
    return Candle(
        start=before.start,
        open_fen=before.open_fen,
        high_fen=max(before.high_fen, after.high_fen),
        low_fen=min(before.low_fen, after.low_fen),
        close_fen=after.close_fen,
        volume_t=before.volume_t + after.volume_t,
        turnover_fen=before.turnover_fen + after.turnover_fen,
    )


def _moved(one: Candle, start: datetime) -> Candle:
    return Candle(
        start,
        one.open_fen,
        one.high_fen,
        one.low_fen,
        one.close_fen,
        one.volume_t,
        one.turnover_fen,
    )
