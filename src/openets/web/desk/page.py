"""What the desk shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from openets.casework.models import Notice
from openets.web.cases.due import Due
from openets.web.cases.page import ToDoRow
from openets.web.language import Said
from openets.web.parts import Status, Tone


@dataclass(frozen=True, slots=True)
class Queue:
    """Cases of a procedure that wait for whoever looks, and the first due day."""

    name: str
    procedure: Said
    count: int
    due: Due | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit that leads somewhere."""

    label: Said
    value: int | None
    unit: Said
    href: str
    status: Status | None = None
    foot: Said | None = None
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The desk of a role (工作台): the figures, what to do first, and what was told last."""

    role: Said
    organisation: str
    figures: Sequence[Figure]
    first: Sequence[ToDoRow]
    queues: Sequence[Queue]
    notices: Sequence[Notice]

    @property
    def waiting(self) -> int:
        """All cases that wait."""
        return sum(queue.count for queue in self.queues)
