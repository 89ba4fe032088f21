"""Moves made by people: of one case, or one decision on a list (批量办理), all or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.documents import add_document
from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law
from openets.web import words
from openets.web.cases.access import store
from openets.web.cases.action import CaseAction, Given, MoveForm
from openets.web.cases.actions import action_of, must_be_for_many
from openets.web.refusals import NotUnderstood

CASE_FILE = "case_file"
"""The kind under which a document that comes with a move is filed."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes moves, by which law, and when."""

    law: Law
    acting: Acting
    at: datetime


@transaction.atomic
def make_move(case: Case, action: CaseAction, data: Mapping[str, Any], *, by: Maker) -> None:
    """Make a move by its room's operation, and file the document that came with it.

    Raises:
        Refusal: of the room, or of the document; then nothing is done.
    """
    action.do(Given(case, data, by.law, by.acting, by.at))
    file = data.get("document")
    if file:
        add_document(
            words.PROCEDURES[case.procedure],
            case.subject,
            kind=CASE_FILE,
            name=file.name or "",
            content=file.read(),
            store=store(),
            law=by.law,
            acting=by.acting,
            at=by.at,
        )


@transaction.atomic
def decide(
    procedure: str, move: str, numbers: Sequence[int], data: Mapping[str, Any], *, by: Maker
) -> int:
    """Make one decision on every case of a list, or on none; tell how many.

    Raises:
        NotInBatches, NoSuchCase.
        Refusal: the first one of the rooms, its `row` being the place on the list.
    """
    action = must_be_for_many(procedure, move)
    wanted = list(dict.fromkeys(numbers))
    cases = {case.pk: case for case in casework.lock_cases(procedure, wanted)}
    for row, number in enumerate(wanted, start=1):
        if number not in cases:
            raise casework.NoSuchCase(row=row, procedure=procedure, subject=number)
        try:
            make_move(cases[number], action, data, by=by)
        except Refusal as refusal:
            refusal.row = row
            raise
    return len(wanted)


def form_for(case: Case, move: str) -> type[MoveForm]:
    """The form of a move of a case.

    Raises:
        NotOnThisPage.
    """
    return action_of(case.procedure, move).form.named(
        move, words.PROCEDURES[case.procedure].moves[move]
    )


def form_for_many(procedure: str, move: str) -> type[MoveForm]:
    """The form of a decision on a list.

    Raises:
        NotInBatches.
    """
    form = must_be_for_many(procedure, move).for_many
    assert form is not None, "it is one for many"
    return form.named(move, words.PROCEDURES[procedure].moves[move])


def understood(form: type[MoveForm], fields: Mapping[str, str], cases: Sequence[Case]) -> Any:
    """What a program gave for the fields of a form, checked as if a person had filled it in.

    Raises:
        NotUnderstood: with the first field at fault.
    """
    sent = form({"reference": "api", **fields}, cases=cases)
    if sent.is_valid():
        return sent.cleaned_data
    name, faults = next(iter(sent.errors.items()))
    raise NotUnderstood(field=name, name=name, why=str(faults[0]))
