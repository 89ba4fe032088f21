"""What the sign-in page and the to-do list show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page

from openets.web.language import Said
from openets.web.parts import Tone


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the demo: one person for each role."""

    membership: int
    role: Said
    organisation: str
    person: str


@dataclass(frozen=True, slots=True)
class Due:
    """How much time is left: working days after today, below nought when it has passed."""

    date: date
    working_days_left: int | None
    """None in a year whose holidays nobody knows yet."""

    @property
    def tone(self) -> Tone:
        """Red on the last working day and after it."""
        left = self.working_days_left
        return "bad" if left is not None and left <= 1 else ""


@dataclass(frozen=True, slots=True)
class ToDoRow:
    """A case that waits for the viewer's next move."""

    case: int
    procedure: Said
    number: int | None
    organisation: str
    year: int
    state: Said
    next_moves: Sequence[Said]
    due: Due | None


@dataclass(frozen=True, slots=True)
class ToDoPage:
    """The open cases of a role: `rows` is a page of `ToDoRow`."""

    role: Said
    rows: Page[Any]
