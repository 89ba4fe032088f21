"""What the pages of the risk desk show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.language import Said
from openets.web.parts import Event, Status
from openets.web.standing.forms import form_of

Make = Callable[[Mapping[str, Any], Acting, datetime], object]
"""Makes a move: what was entered, who, when."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The forms of a case's next moves, or the answer to one that was sent."""

    forms: list[ActForm]
    leave: HttpResponse | None

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows the forms."""
        return max((form.status for form in self.forms), default=200)


def moved(
    request: HttpRequest,
    procedure: Procedure,
    case: Case,
    makes: Mapping[str, Make],
    acting: Acting,
    forms: Mapping[str, ActForm] | None = None,
) -> Moved:
    """The moves that whoever looks may make now, as forms; one that was sent is made.

    `forms` are those that ask for more than a reason.
    """
    offered = []
    for step in casework.next_moves(procedure, case, acting.role, acting.person):
        if step.name not in makes or step.needs_another:
            continue
        form = (forms or {}).get(step.name) or form_of(step.name, step.move, documented=False).of(
            request
        )
        leave = acted(request, form, _do(request, form, makes[step.name], acting))
        if leave:
            return Moved([], leave)
        offered.append(form)
    return Moved(offered, None)


def _do(
    request: HttpRequest, form: ActForm, make: Make, acting: Acting
) -> Callable[[dict[str, Any]], Done]:
    def do(data: dict[str, Any]) -> Done:
        make(data, acting, clock.now(request))
        return Done(request.path, Said(f"已办理：{form.verb.zh}", f"Done: {form.verb.en}"))

    return do


def chip(procedure: Procedure, state: str) -> Status:
    """A state of a case as a chip."""
    tone = "" if procedure.states[state].final else "bad" if state == "in_force" else "warn"
    return Status(words.state_of(procedure, state), tone)  # type: ignore[arg-type]


def trail(procedure: Procedure, case: Case) -> list[Event]:
    """Every step of a case, newest first."""
    return [
        Event(
            line.at,
            words.move_of(procedure, line.move),
            text=line.note,
            person=line.person,
            role=line.role,
            article=line.article,
        )
        for line in reversed(case.trail.all())
    ]


def names(codes: Sequence[str]) -> dict[str, str]:
    """The names of organisations by their codes."""
    return {row.code: row.name for row in parties.organisations(codes)}
