"""How much time is left for a case."""

from dataclasses import dataclass
from datetime import date, timedelta

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.kernel.calendar import Calendar, UnknownYear
from openets.web.parts import Tone


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a duty or of a right, with the working days left after today."""

    date: date
    working_days_left: int | None
    """Below nought when it has passed; None where the calendar does not know a year between."""
    is_window: bool
    """A right: when it ends unused nobody is late."""
    has_passed: bool

    @property
    def is_overdue(self) -> bool:
        """Whether a duty is late."""
        return self.has_passed and not self.is_window

    @property
    def days_late(self) -> int:
        """Working days since the last day; nought before it and where they are not known."""
        return max(0, -(self.working_days_left or 0))

    @property
    def tone(self) -> Tone:
        """Red on the last working day of a duty and after it."""
        left = self.working_days_left
        if not self.has_passed and (left is None or left > 1):
            return ""
        return "warn" if self.is_window else "bad"


class Days:
    """Counts working days as seen from one day."""

    def __init__(self, today: date, jurisdiction: str) -> None:
        """Read the calendar once."""
        self.today = today
        self.known: Calendar = casework.calendar(jurisdiction)

    def due(self, procedure: Procedure, case: Case) -> Due | None:
        """When the next step of a case is due, or None where no day is set."""
        if case.due_date is None:
            return None
        return self.of(case.due_date, is_window=procedure.states[case.state].window)

    def of(self, day: date, *, is_window: bool = False) -> Due:
        """A last day as seen from today."""
        return Due(day, self.left(day), is_window, has_passed=day < self.today)

    def left(self, day: date) -> int | None:
        """Working days after today up to and with a day, or None beyond the known calendar."""
        try:
            return self.known.working_days_left(self.today, day)
        except UnknownYear:
            return None

    @property
    def unknown_next_year(self) -> int | None:
        """The next year, if its holidays are not known yet."""
        year = self.today.year + 1
        return None if year in self.known.years else year

    @property
    def week_ends(self) -> date:
        """The Sunday of this week."""
        return self.today + timedelta(days=6 - self.today.weekday())
