"""Candles against an obvious twin: everything of a stretch gathered first, then looked at."""

from datetime import date, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.kernel.clock import MARKET_ZONE, at
from openets.web.market.candles import Candle, Interval, candle_at, merged, start_of

TICKS = st.lists(
    st.tuples(
        st.datetimes(datetime(2023, 12, 20), datetime(2024, 2, 10)),  # noqa: DTZ001 - zoned below
        st.integers(1, 9999),
        st.integers(1, 500),
    ),
    max_size=60,
)


def twin_start(interval, moment):
    """The latest beginning that is not behind the moment, found by walking."""
    begins = at(moment.date(), 0)
    if interval.minutes:
        while begins + timedelta(minutes=interval.minutes) <= moment:
            begins += timedelta(minutes=interval.minutes)
        return begins
    is_first = {
        Interval.DAY: lambda _: True,
        Interval.WEEK: lambda day: day.isoweekday() == 1,
        Interval.MONTH: lambda day: day.day == 1,
        Interval.YEAR: lambda day: (day.month, day.day) == (1, 1),
    }[interval]
    while not is_first(begins):
        begins -= timedelta(days=1)
    return begins


@given(TICKS, st.sampled_from(list(Interval)))
def test_candles_are_what_a_stretch_of_ticks_is(ticks, interval):
    ticks = sorted((moment.replace(tzinfo=MARKET_ZONE), price, qty) for moment, price, qty in ticks)
    shown = merged(
        (candle_at(moment, price, qty, price * qty) for moment, price, qty in ticks), interval
    )
    told = []
    for start, group in groupby(ticks, key=lambda tick: twin_start(interval, tick[0])):
        rows = list(group)
        prices = [price for _, price, _ in rows]
        volume = sum(qty for *_, qty in rows)
        money = sum(price * qty for _, price, qty in rows)
        told.append(Candle(start, prices[0], max(prices), min(prices), prices[-1], volume, money))
    assert shown == told


@given(TICKS)
def test_by_way_of_days_or_at_once_a_month_is_the_same(ticks):
    singles = [
        candle_at(moment.replace(tzinfo=MARKET_ZONE), price, qty, price)
        for moment, price, qty in sorted(ticks)
    ]
    days = merged(singles, Interval.DAY)
    assert merged(days, Interval.MONTH) == merged(singles, Interval.MONTH)


@pytest.mark.parametrize(
    ("interval", "moment", "start"),
    [
        (Interval.MINUTE, at(date(2024, 1, 2), 9, 30, 59), at(date(2024, 1, 2), 9, 30)),
        (Interval.HOUR, at(date(2024, 1, 2), 9, 30), at(date(2024, 1, 2), 9)),
        (Interval.WEEK, at(date(2024, 1, 7), 23), at(date(2024, 1, 1), 0)),
        (Interval.WEEK, at(date(2024, 1, 8), 0), at(date(2024, 1, 8), 0)),
        (Interval.MONTH, at(date(2024, 2, 29)), at(date(2024, 2, 1), 0)),
        (Interval.YEAR, at(date(2023, 12, 31)), at(date(2023, 1, 1), 0)),
    ],
)
def test_where_a_candle_begins(interval, moment, start):
    assert start_of(interval, moment) == start
