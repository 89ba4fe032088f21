"""The exchange's day as a process: which step runs, who checked it, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import pairwise

from openets.trading.session import Phase
from openets.web.language import Said
from openets.web.market.phase import BREAK, PHASES
from openets.web.parts import Status, Step, StepState

STATES = {
    "done": Status(Said("完成", "Done"), "good"),
    "now": Status(Said("进行中", "Now"), "info"),
    "ahead": Status(Said("未开始", "Ahead")),
    "late": Status(Said("待处理", "Open"), "warn"),
}


@dataclass(frozen=True, slots=True)
class DayStep:
    """One step: when, what is known of it, who did it, and who checked it a second time."""

    label: Said
    state: StepState
    window: str = ""
    note: Said | None = None
    check: Said | None = None
    """The double check (复核) this step asks for."""
    first: str = ""
    """User name of who did it."""
    second: str = ""
    """User name of who checked it."""
    href: str = ""
    article: str = ""

    @property
    def status(self) -> Status:
        """The state in words."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the day."""

    label: Said
    value: int
    unit: Said | None = None
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Another page of the exchange's work, and how much waits there."""

    label: Said
    href: str
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class OperatorPage:
    """The day at a glance."""

    day: date
    is_trading_day: bool
    session: Status | None
    """What the exchange does now, on today's page."""
    earlier: date | None
    next: date | None
    rows: Sequence[DayStep]
    figures: Sequence[Figure]
    desks: Sequence[Desk]

    @property
    def steps(self) -> list[Step]:
        """The process bar."""
        return [Step(row.label, row.state) for row in self.rows]


def timed_steps(
    phases: Sequence[Phase], *, day: date, at: datetime, has_closed: bool
) -> list[DayStep]:
    """The phases of a trading day and the breaks between them, as far as the clock has come.

    `at` is in the market's time zone. A day whose sheets are published is over.
    """
    windows: list[tuple[str, time, time]] = []
    for before, after in pairwise([None, *phases]):
        assert after is not None, "a phase follows"
        if before and before.end < after.start:
            windows.append((BREAK, before.end, after.start))
        windows.append((after.kind, after.start, after.end))
    return [
        DayStep(
            label=PHASES.get(kind, Said(kind, kind)),
            state=_state(start, end, day=day, at=at, has_closed=has_closed),
            window=f"{start:%H:%M}–{end:%H:%M}",
        )
        for kind, start, end in windows
    ]


def with_now(rows: Sequence[DayStep]) -> list[DayStep]:
    """The same steps; where none runs, the first that is not done is the one to be done now."""
    if any(row.state in {"now", "late"} for row in rows):
        return list(rows)
    for place, row in enumerate(rows):
        if row.state == "ahead":
            return [*rows[:place], replace(row, state="now"), *rows[place + 1 :]]
    return list(rows)


def _state(start: time, end: time, *, day: date, at: datetime, has_closed: bool) -> StepState:
    if has_closed or at.date() > day or (at.date() == day and at.time() >= end):
        return "done"
    return "now" if at.date() == day and at.time() >= start else "ahead"
