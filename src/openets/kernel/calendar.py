"""Working and trading days by the State Council's yearly calendar; unknown years are refused.

A make-up working day at a weekend is a working day and never a trading day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from openets.kernel.period import add_months
from openets.kernel.refusal import Refusal

SATURDAY = 5


class UnknownYear(Refusal):
    """The calendar does not know the year, and a deadline is never guessed."""

    code = "calendar_year_unknown"
    article = "CQETS-11.2"
    zh = "{year} 年的节假日安排尚未录入，不能推算工作日"
    en = "The public holidays of {year} are not known; working days cannot be counted"
    remedy_zh = "请先导入国务院办公厅发布的 {year} 年节假日安排"
    remedy_en = "Import the State Council's holiday notice of {year} first"


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day passed over while counting, and why."""

    date: date
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period, with the days that did not count."""

    start: date
    last_day: date
    skipped: tuple[DayOff, ...] = ()


class Calendar:
    """Days off and make-up working days of the known years."""

    def __init__(self, days: Mapping[date, tuple[str, str]]) -> None:
        """`days` maps a date to ("off" or "work", name of the holiday)."""
        assert all(kind in {"off", "work"} for kind, _ in days.values())
        self._days = dict(days)
        self._years = frozenset(day.year for day in self._days)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> "Calendar":
        """Read rows with the columns date, kind (off or work) and name."""
        return cls({date.fromisoformat(r["date"]): (r["kind"], r["name"]) for r in rows})

    def extended(self, days: Mapping[date, tuple[str, str]]) -> "Calendar":
        """This calendar with the days of further years."""
        return Calendar({**self._days, **days})

    @property
    def years(self) -> frozenset[int]:
        """The years whose holidays are known."""
        return self._years

    def why_off(self, day: date) -> str | None:
        """Why `day` is no working day, or None when it is one.

        Raises:
            UnknownYear: the holidays of the year are not known.
        """
        if day.year not in self._years:
            raise UnknownYear(year=day.year)
        kind, name = self._days.get(day, ("", ""))
        if kind == "off":
            return name
        return "weekend" if day.weekday() >= SATURDAY and kind != "work" else None

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return self.why_off(day) is None

    def is_trading_day(self, day: date) -> bool:
        """Whether the exchange trades: Monday to Friday and no public holiday."""
        return self.is_working_day(day) and day.weekday() < SATURDAY

    def after_working_days(self, start: date, count: int) -> Deadline:
        """Last day of `count` working days; the start day is not counted (AMB-01).

        Raises:
            UnknownYear: the count runs beyond the known calendar.
        """
        assert count >= 0, "a period has no negative length"
        day, left, skipped = start, count, []
        while left:
            day += timedelta(days=1)
            why = self.why_off(day)
            if why is None:
                left -= 1
            else:
                skipped.append(DayOff(day, why))
        return Deadline(start, day, tuple(skipped))

    def working_days_left(self, today: date, last_day: date) -> int:
        """Working days after today up to and with the last day; negative when it has passed."""
        if last_day < today:
            return -self.working_days_left(last_day, today)
        days = (today + timedelta(days=n) for n in range(1, (last_day - today).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def next_trading_day(self, day: date) -> date:
        """The first trading day after `day`."""
        day += timedelta(days=1)
        while not self.is_trading_day(day):
            day += timedelta(days=1)
        return day

    def trading_days(self, start: date, end: date) -> list[date]:
        """The trading days from `start` up to and with `end`."""
        span = ((start + timedelta(days=n)) for n in range((end - start).days + 1))
        return [day for day in span if self.is_trading_day(day)]


def after_months(start: date, months: int) -> Deadline:
    """Last day of a period of months or years; days off do not move it and do not matter."""
    return Deadline(start, add_months(start, months))
