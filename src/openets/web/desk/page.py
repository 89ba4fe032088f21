"""What the desk shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from openets.web.cases.due import Due
from openets.web.language import Said
from openets.web.parts import Status


@dataclass(frozen=True, slots=True)
class Queue:
    """Cases of a procedure that wait for whoever looks, and the first due day."""

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


@dataclass(frozen=True, slots=True)
class Way:
    """A page this role works on."""

    label: Said
    href: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The desk of a role (工作台)."""

    role: Said
    organisation: str
    queues: Sequence[Queue]
    unread: int
    unread_href: str
    figures: Sequence[Figure]
    ways: Sequence[Way]

    @property
    def waiting(self) -> int:
        """All cases that wait."""
        return sum(queue.count for queue in self.queues)
