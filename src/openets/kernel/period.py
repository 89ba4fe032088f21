"""Spans of time. An upper bound of a `Period` is exclusive; periods of months keep the day."""

import calendar
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until before `end`; no end means until further notice."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        """An empty or reversed period is our own fault."""
        assert self.end is None or self.start < self.end, "a period ends after it starts"

    def __contains__(self, day: date) -> bool:
        """Whether `day` lies in the period."""
        return self.start <= day and (self.end is None or day < self.end)


def add_months(start: date, months: int) -> date:
    """The same day number `months` later, or that month's last day (AMB-44)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))
