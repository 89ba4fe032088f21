"""Freezes, measures and closings as cases on a page: what each is about, and how it is moved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Move, Procedure
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.measures import MeasureKind
from openets.registry.models import Closing, LockOrder, Measure
from openets.registry.procedures import CLOSING, LOCK, MEASURE
from openets.rulebook.load import law
from openets.trading import operations as trading

Do = Callable[[Any, Mapping[str, Any], Acting, datetime], object]
"""Makes a move: what it is about, what was entered, who, when."""


class NoSuchMatter(Refusal):
    """There is no freeze, measure or closing of this number, or the move is not one of it."""

    code = "no_such_matter"
    article = "CQETS-30"
    zh = "没有编号为 {number} 的{what}"
    en = "There is no {what_en} {number}"
    remedy_zh = "请从列表中选择"
    remedy_en = "Choose one of the list"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of matter: its table of moves, how one is found, and what makes each move."""

    procedure: Procedure
    find: Callable[[int], LockOrder | Measure | Closing | None]
    read: str
    moves: Mapping[str, Do]
    documented: tuple[str, ...] = ()
    """Moves that rest on a document."""


def _place(row: LockOrder, data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
    return trading.place_lock(order=row, law=law(settings.JURISDICTION), acting=acting, at=at)


def _refuse(row: LockOrder, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.refuse_lock(order=row, reasons=data["reason"], acting=acting, at=at)


def _ask_lifting(row: LockOrder, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.ask_lifting(
        order=row, document=data["document"], reasons=data["reason"], acting=acting, at=at
    )


def _lift(row: LockOrder, data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
    return registry.lift_lock(order=row, acting=acting, at=at)


def _keep(row: LockOrder, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.keep_lock(order=row, reasons=data["reason"], acting=acting, at=at)


def _execute(row: Measure, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    stops = row.kind == MeasureKind.STOP
    carry_out = trading.stop_accounts if stops else trading.execute_measure
    carry_out(measure=row, law=law(settings.JURISDICTION), acting=acting, at=at)


def _withdraw(row: Measure, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.withdraw_measure(measure=row, reasons=data["reason"], acting=acting, at=at)


def _decide_lifting(row: Measure, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.decide_lifting(
        measure=row, decision=data["document"], reasons=data["reason"], acting=acting, at=at
    )


def _lift_measure(row: Measure, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.lift_measure(measure=row, acting=acting, at=at)


def _close(row: Closing, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    trading.close_account(closing=row, law=law(settings.JURISDICTION), acting=acting, at=at)


def _leave_open(row: Closing, data: Mapping[str, Any], acting: Acting, at: datetime) -> None:
    registry.refuse_closing(closing=row, reasons=data["reason"], acting=acting, at=at)


KINDS: Mapping[str, Kind] = {
    "freezes": Kind(
        LOCK,
        holdings.lock_order,
        "restriction.read",
        {
            "place": _place,
            "refuse": _refuse,
            "ask_lifting": _ask_lifting,
            "lift": _lift,
            "keep": _keep,
        },
        documented=("ask_lifting",),
    ),
    "measures": Kind(
        MEASURE,
        holdings.measure,
        "restriction.read",
        {
            "execute": _execute,
            "withdraw": _withdraw,
            "decide_lifting": _decide_lifting,
            "lift": _lift_measure,
        },
        documented=("decide_lifting",),
    ),
    "closings": Kind(
        CLOSING, holdings.closing, "registry_account.read", {"close": _close, "refuse": _leave_open}
    ),
}
"""What has a page of its own, by the word in its address."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One freeze, measure or closing, with its case."""

    kind: Kind
    row: Any
    case: Case

    @property
    def holder(self) -> Organisation:
        """Whose accounts it is about."""
        found: Organisation = getattr(self.row, "holder", None) or self.row.account.holder
        return found

    def moves(self, acting: Acting) -> dict[str, Move]:
        """What may be done next by whoever looks."""
        owner = getattr(self.row, "owner", acting.role)
        found = self.kind.procedure.moves_from(self.case.state)
        return {
            name: move
            for name, move in found.items()
            if acting.role in move.roles and acting.role == owner
        }


def matter(word: str, number: int) -> Matter:
    """The freeze, measure or closing of a number.

    Raises:
        NoSuchMatter.
    """
    kind = KINDS[word]
    row = kind.find(number)
    case = casework.case(kind.procedure, row.reference) if row else None
    if case is None:
        procedure = kind.procedure
        raise NoSuchMatter(number=number, what=procedure.zh, what_en=procedure.en.lower())
    return Matter(kind, row, case)
