"""What may be asked about the end of a day."""

from dataclasses import dataclass
from datetime import date, datetime

from openets.casework import queries as cases
from openets.casework.models import TrailLine
from openets.clearing.models import (
    ClearedDay,
    ClearingStatement,
    MarketReport,
    Objection,
    ReserveUse,
)
from openets.clearing.procedures import OBJECTION, RESERVE_USE
from openets.clearing.publishing import missing
from openets.clearing.reports import PeriodKind
from openets.clearing.serving import served_to
from openets.parties.models import Organisation

__all__ = ["ClearingStatement", "missing", "served_to"]

STANDS = {
    "served": ("可提出异议", "Open to objection"),
    "accepted": ("视为认可", "Accepted"),
    "filed": ("异议待决定", "Objected to"),
    "upheld": ("异议成立", "Objection upheld"),
    "rejected": ("异议不成立", "Objection rejected"),
}
"""How a statement stands: it is accepted when the next opening comes without an objection."""


@dataclass(frozen=True, slots=True)
class Filed:
    """An objection, how it stands, and the decision."""

    objection: Objection
    state: str
    decision: TrailLine | None


def statements(holder: Organisation, limit: int = 200) -> list[ClearingStatement]:
    """The statements of a participant, newest first."""
    mine = ClearingStatement.objects.filter(holder=holder)
    newest = mine.select_related("cleared", "objection", "holder").order_by("-cleared_id")
    return list(newest[:limit])


def stands(served: ClearingStatement, at: datetime) -> str:
    """How a statement stands at a moment: a key of STANDS. Source: CQETS-22."""
    objection = Objection.objects.filter(statement=served).first()
    if objection:
        return cases.states(OBJECTION, [objection.subject])[objection.subject]
    return "served" if at < served.cleared.objections_until else "accepted"


def days(limit: int = 60) -> list[ClearedDay]:
    """The days whose statements were served, newest first."""
    return list(ClearedDay.objects.all()[:limit])


def cleared(day: date) -> ClearedDay | None:
    """A day whose statements were served."""
    return ClearedDay.objects.filter(day=day).first()


def statements_of(day: date) -> list[ClearingStatement]:
    """All statements of a day, by the code of the participant."""
    found = ClearingStatement.objects.filter(cleared=day).select_related("holder", "cleared")
    return list(found.order_by("holder__code"))


def objections(limit: int = 100) -> list[Filed]:
    """Every objection, newest first."""
    found = Objection.objects.select_related("statement__holder", "statement__cleared")
    return [filed(one) for one in found.order_by("-id")[:limit]]


def filed(objection: Objection) -> Filed:
    """An objection with its decision."""
    case = cases.case(OBJECTION, objection.subject)
    assert case is not None, "every objection has its case"
    decision = case.trail.exclude(move="open").last()
    return Filed(objection, case.state, decision)


def market_reports(kind: PeriodKind | None = None, limit: int = 120) -> list[MarketReport]:
    """Published reports, newest first. Source: CQVER-36.2."""
    found = MarketReport.objects.all() if kind is None else MarketReport.objects.filter(kind=kind)
    return list(found[:limit])


def market_report(kind: str, start: date) -> MarketReport | None:
    """The published report of a period."""
    return MarketReport.objects.filter(kind=kind, start_date=start).first()


def reserve_uses() -> list[tuple[ReserveUse, str]]:
    """Every use of the reserve, and how it stands."""
    found = list(ReserveUse.objects.select_related("creditor", "debtor"))
    states = cases.states(RESERVE_USE, [use.subject for use in found])
    return [(use, states[use.subject]) for use in found]
