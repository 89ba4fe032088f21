"""Values the common parts of a page show: a status, a step, an event, a choice of a filter."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from openets.web.language import Said

Tone = Literal["", "good", "warn", "bad", "info"]
StepState = Literal["done", "now", "ahead", "late"]
Working = list[dict[str, Any]] | None
"""The explanation stored with a figure, as `Explanation.as_json` wrote it."""


@dataclass(frozen=True, slots=True)
class Status:
    """A status chip; its word says what its colour only underlines."""

    label: Said
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the bar on top of a procedure."""

    label: Said
    state: StepState
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline or approval trail."""

    at: date | datetime
    title: str | Said
    text: str | Said = ""
    person: str = ""
    """The user name of whoever did it, and the role acted in."""
    role: str = ""
    article: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value a filter offers."""

    value: str
    label: str | Said
