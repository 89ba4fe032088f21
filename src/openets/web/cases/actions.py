"""What may be done on the page of a case: the tables of the rooms, joined here."""

from collections.abc import Mapping, Sequence

from openets.kernel.refusal import Refusal
from openets.web import words
from openets.web.allocation import casework as allocation
from openets.web.cases.action import Asking, CaseAction, Elsewhere, Fact, Tell
from openets.web.compliance import casework as compliance
from openets.web.language import Said
from openets.web.money import casework as money
from openets.web.mrv import casework as mrv
from openets.web.opening import casework as opening
from openets.web.reconciliation import casework as reconciliation
from openets.web.registry_transactions import casework as registry
from openets.web.risk import casework as risk
from openets.web.roster import casework as roster
from openets.web.standing import casework as standing
from openets.web.supervision import casework as supervision
from openets.web.treasury import casework as treasury
from openets.web.verification import casework as verification

ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    **roster.ACTIONS,
    **mrv.ACTIONS,
    **allocation.ACTIONS,
    **compliance.ACTIONS,
    **registry.ACTIONS,
    **risk.ACTIONS,
    **standing.ACTIONS,
    **opening.ACTIONS,
    **reconciliation.ACTIONS,
    **supervision.ACTIONS,
    **treasury.ACTIONS,
    **money.ACTIONS,
    **verification.ACTIONS,
}
"""How each move of each procedure is made, by the names of both."""

FACTS: Mapping[str, Tell] = {
    **roster.FACTS,
    **mrv.FACTS,
    **allocation.FACTS,
    **compliance.FACTS,
    **registry.FACTS,
    **treasury.FACTS,
    **verification.FACTS,
}
"""What a decision on a case rests on, by procedure."""


class NotOnThisPage(Refusal):
    """Some moves are made on a page of their own, by the clock, or with another one."""

    code = "not_on_this_page"
    zh = "“{procedure}”的“{move}”不在此办理：{where_zh}"
    en = "“{move}” of “{procedure}” is not made here: {where}"
    remedy_zh = "请按说明办理"
    remedy_en = "Make it where that is said"


class NotInBatches(Refusal):
    """A decision that differs from case to case is made case by case."""

    code = "not_in_batches"
    zh = "“{procedure}”的“{move}”不能批量办理"
    en = "“{move}” of “{procedure}” is not decided in batches"
    remedy_zh = "可批量办理：{known}"
    remedy_en = "Decided in batches: {known}"


UNKNOWN = Elsewhere(Said("没有这一环节", "There is no such move"))


def action_of(procedure: str, move: str) -> CaseAction:
    """How a move is made on the page of its case.

    Raises:
        NotOnThisPage.
    """
    found = ACTIONS.get((procedure, move), UNKNOWN)
    if isinstance(found, Elsewhere):
        where = found.said
        raise NotOnThisPage(procedure=procedure, move=move, where_zh=where.zh, where=where.en)
    return found


def for_many(procedure: str) -> list[str]:
    """The moves of a procedure that may be made for a whole list at once."""
    return [
        move
        for (name, move), action in ACTIONS.items()
        if name == procedure and isinstance(action, CaseAction) and action.for_many
    ]


def must_be_for_many(procedure: str, move: str) -> CaseAction:
    """How a move is made for a whole list.

    Raises:
        NotInBatches.
    """
    if procedure not in words.PROCEDURES or move not in for_many(procedure):
        known = [f"{name}/{step}" for name in words.PROCEDURES for step in for_many(name)]
        raise NotInBatches(procedure=procedure, move=move, known=", ".join(known))
    return action_of(procedure, move)


def facts_of(asking: Asking) -> Sequence[Fact]:
    """What a decision on a case rests on, as far as whoever asks may know."""
    tell = FACTS.get(asking.case.procedure)
    return tell(asking) if tell else []
