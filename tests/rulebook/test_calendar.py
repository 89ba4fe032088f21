"""The calendar that is shipped, against counts made elsewhere."""

from datetime import date, timedelta

import pytest

from openets.kernel.calendar import UnknownYear
from openets.rulebook.load import calendar

COUNTS = [
    (2021, 250, 243),
    (2022, 249, 242),
    (2023, 249, 242),
    (2024, 251, 243),
    (2025, 248, 243),
    (2026, 248, 242),
]
DEADLINES = [
    (date(2023, 11, 14), 7, date(2023, 11, 23)),
    (date(2023, 11, 20), 10, date(2023, 12, 4)),
    (date(2024, 9, 12), 7, date(2024, 9, 24)),
    (date(2024, 9, 27), 7, date(2024, 10, 12)),
    (date(2025, 1, 24), 7, date(2025, 2, 10)),
    (date(2026, 2, 11), 7, date(2026, 2, 27)),
    (date(2026, 4, 30), 10, date(2026, 5, 18)),
    (date(2026, 9, 17), 20, date(2026, 10, 21)),
]


@pytest.mark.parametrize(("year", "working", "trading"), COUNTS)
def test_a_year_has_the_published_number_of_working_and_trading_days(
    year: int, working: int, trading: int
) -> None:
    start, end = date(year, 1, 1), date(year, 12, 31)
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    assert sum(calendar("cq").is_working_day(day) for day in days) == working
    assert len(calendar("cq").trading_days(start, end)) == trading


@pytest.mark.parametrize(("start", "days", "last_day"), DEADLINES)
@pytest.mark.requirement("AMB-01")
def test_working_days_are_counted_across_holidays_from_the_day_after(
    start: date, days: int, last_day: date
) -> None:
    assert calendar("cq").after_working_days(start, days).last_day == last_day


def test_a_make_up_saturday_is_a_working_day_and_no_trading_day() -> None:
    saturday = date(2024, 10, 12)
    assert calendar("cq").is_working_day(saturday)
    assert not calendar("cq").is_trading_day(saturday)


def test_an_unpublished_year_is_refused() -> None:
    assert max(calendar("cq").years) == 2026
    with pytest.raises(UnknownYear):
        calendar("cq").is_working_day(date(2027, 1, 4))
    with pytest.raises(UnknownYear):
        calendar("cq").after_working_days(date(2026, 12, 30), 7)


def test_every_jurisdiction_counts_by_the_national_calendar() -> None:
    assert calendar("bj").years == calendar("cn").years == calendar("cq").years
