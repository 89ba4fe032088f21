"""How a person makes a move of a case: a form, and the room's own operation.

A room's `web/<room>/casework.py` says for each of its moves which form asks for what is missing
and which operation makes it; `web/cases/actions.py` joins the rooms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import new_class
from typing import Any, ClassVar, Self, cast

from django import forms

from openets.casework.models import Case
from openets.casework.procedure import Move
from openets.kernel.acting import Acting
from openets.rulebook.load import Law
from openets.web.forms import ActForm
from openets.web.language import Said, spoken
from openets.web.parts import Working

REASON_LENGTH = 2000


class MoveForm(ActForm):
    """Base of the forms of moves; it asks for nothing.

    One class serves several moves: `named` makes the form of one of them. `cases` are those to be
    moved; what a form offers may depend on them.
    """

    move: ClassVar[Move]

    def __init__(self, *sent: Any, cases: Sequence[Case], **given: Any) -> None:
        """Keep the cases, then let the form fill its choices."""
        super().__init__(*sent, **given)
        self.cases = cases
        self.prepare()

    def prepare(self) -> None:
        """Fill what depends on the cases."""

    @classmethod
    def named(cls, name: str, move: Move) -> type[Self]:
        """The form of one move, with the move's words on its button."""
        words = {"name": name, "verb": Said(move.zh, move.en), "move": move}
        made = new_class(cls.__name__, (cls,), exec_body=lambda names: names.update(words))
        return cast("type[Self]", made)


class Reasoned(MoveForm):
    """Asks why. Where the table wants reasons, their lack is refused with the article."""

    reason = forms.CharField(
        label=spoken("理由", "Reasons"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def prepare(self) -> None:
        """Say where reasons may be left out."""
        if not self.move.reasons:
            self.fields["reason"].label = spoken("说明（可不填）", "Note (optional)")


class Documented(Reasoned):
    """Asks why, and for a document that shows it."""

    document = forms.FileField(
        label=spoken("附件（可不附）", "Document (optional)"), required=False
    )


@dataclass(frozen=True, slots=True)
class Given:
    """With what a move is made: the case, what the form asked for, who, and when."""

    case: Case
    data: Mapping[str, Any]
    law: Law
    acting: Acting
    at: datetime

    @property
    def reason(self) -> str:
        """What was written as the reason."""
        return str(self.data.get("reason", ""))


@dataclass(frozen=True, slots=True)
class CaseAction:
    """How a person makes a move: by which operation, asked for by which form.

    `for_many` is the form with which the same is decided for a whole list of cases, where that
    makes sense. `effect` tells what else the move brings about.
    """

    do: Callable[[Given], object]
    form: type[MoveForm] = MoveForm
    for_many: type[MoveForm] | None = None
    effect: Said | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A move that is not made on the page of its case: how it is made, and on which page if any."""

    said: Said
    address: Callable[[Case], str] | None = None


WHEN_THE_WINDOW_ENDS = Elsewhere(
    Said("期满次日由系统自动办结", "Made by itself the day after the window")
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure or statement that a decision rests on, with its article."""

    label: Said
    value: str | Said
    article: str = ""
    working: Working = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Whose question a room answers when it tells the facts of a case."""

    case: Case
    acting: Acting
    law: Law
    today: date


Tell = Callable[[Asking], Sequence[Fact]]
"""Tells the facts of a case that whoever asks may know."""
