from datetime import UTC, date, datetime, time

import pytest

from openets.kernel.calendar import Calendar, UnknownYear
from openets.kernel.clock import at
from openets.trading.session import (
    MarketClosed,
    Phase,
    next_opening,
    phase_at,
    phases,
)

CALENDAR = Calendar(
    {
        date(2024, 4, 4): ("off", "清明节"),
        date(2024, 4, 5): ("off", "清明节"),
        date(2024, 4, 6): ("off", "清明节"),
        date(2024, 4, 7): ("work", "清明节"),
    }
)
DAY = phases(
    {
        "continuous": [("09:30", "11:30"), ("13:00", "15:00")],
        "call": [("09:15", "09:25")],
    }
)
WEDNESDAY, HOLIDAY, MONDAY = date(2024, 4, 3), date(2024, 4, 4), date(2024, 4, 8)
SUNDAY_AT_WORK = date(2024, 4, 7)


def kind_at(moment):
    return phase_at(at=moment, day_phases=DAY, calendar=CALENDAR).kind


def test_phases_are_ordered_by_time():
    assert [phase.start for phase in DAY] == [time(9, 15), time(9, 30), time(13)]


def test_a_phase_runs_from_its_start_until_before_its_end():
    assert kind_at(at(WEDNESDAY, 9, 15)) == "call"
    assert kind_at(at(WEDNESDAY, 9, 24, 59)) == "call"
    assert kind_at(at(WEDNESDAY, 9, 30)) == "continuous"
    assert kind_at(at(WEDNESDAY, 14, 59, 59)) == "continuous"


@pytest.mark.parametrize(
    ("moment", "opens_at"),
    [
        (at(WEDNESDAY, 9, 14, 59), at(WEDNESDAY, 9, 15)),
        (at(WEDNESDAY, 9, 25), at(WEDNESDAY, 9, 30)),
        (at(WEDNESDAY, 11, 30), at(WEDNESDAY, 13)),
        (at(WEDNESDAY, 15), at(MONDAY, 9, 15)),
        (at(HOLIDAY, 10), at(MONDAY, 9, 15)),
        (at(SUNDAY_AT_WORK, 10), at(MONDAY, 9, 15)),
    ],
)
def test_between_phases_the_market_is_closed_and_says_when_it_opens(moment, opens_at):
    with pytest.raises(MarketClosed) as refused:
        kind_at(moment)
    assert refused.value.numbers["opens_at"] == opens_at.isoformat(sep=" ", timespec="minutes")
    assert next_opening(at=moment, day_phases=DAY, calendar=CALENDAR) == opens_at


def test_a_moment_of_another_zone_is_read_in_the_markets():
    assert kind_at(datetime(2024, 4, 3, 1, 30, tzinfo=UTC)) == "continuous"


def test_the_market_does_not_guess_a_year_without_calendar():
    with pytest.raises(UnknownYear):
        kind_at(at(date(2025, 4, 8), 10))


@pytest.mark.parametrize("pairs", [[("11:30", "09:30")], [("09:30", "11:30"), ("11:00", "12:00")]])
def test_reversed_or_overlapping_hours_are_our_fault(pairs):
    with pytest.raises(AssertionError):
        phases({"continuous": pairs})


def test_adjoining_phases_leave_no_gap():
    day = phases({"call": [("09:15", "09:30")], "continuous": [("09:30", "11:30")]})
    assert phase_at(at=at(WEDNESDAY, 9, 30), day_phases=day, calendar=CALENDAR) == Phase(
        "continuous", time(9, 30), time(11, 30)
    )
