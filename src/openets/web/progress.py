"""The steps of a compliance year, of all entities together or of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from openets.allocation.procedures import DETERMINATION
from openets.casework.procedure import Procedure
from openets.mrv.procedures import REPORT, VERIFICATION
from openets.web.language import Said
from openets.web.parts import Step, StepState

Counts = Mapping[tuple[str, str], int]
"""How many cases stand in each state, by procedure and state."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A step that is done once all cases of a procedure stand in one of the states."""

    label: Said
    procedure: Procedure
    states: tuple[str, ...]

    def is_done(self, counts: Counts) -> bool:
        found = {state: n for (name, state), n in counts.items() if name == self.procedure.name}
        return bool(found) and found.keys() <= set(self.states)


STAGES = (
    _Stage(Said("提交报告", "Reported"), REPORT, ("complete", "under_verification", "confirmed")),
    _Stage(Said("核查", "Verified"), VERIFICATION, ("final",)),
    _Stage(
        Said("核定配额", "Allocated"),
        DETERMINATION,
        ("notified", "accepted", "issue_requested", "issued"),
    ),
    _Stage(Said("发放配额", "Issued"), DETERMINATION, ("issued",)),
)


def steps_of_year(
    counts: Counts, *, deadline: date | None, is_met: bool, is_late: bool
) -> list[Step]:
    """The steps bar of a year; the first step that is not done is the running one."""
    steps: list[Step] = []
    for stage in STAGES:
        steps.append(Step(stage.label, _state(steps, is_done=stage.is_done(counts))))
    last: StepState = "late" if is_late else _state(steps, is_done=is_met)
    return [*steps, Step(Said("清缴", "Surrendered"), last, by=deadline)]


def _state(before: list[Step], *, is_done: bool) -> StepState:
    if is_done:
        return "done"
    return "now" if all(step.state == "done" for step in before) else "ahead"
