"""The objection (异议复核): one part of a procedure, the same wherever a result is told.

A result is told; whoever it is about may ask for review within some working days; the authority
decides within some more, with reasons, and never the person who filed. A result that nobody
opposes stands.
"""

from dataclasses import dataclass

from openets.casework.procedure import Due, Move, State
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role


class ObjectionTooLate(Refusal):
    """The window for an objection has closed."""

    code = "objection_too_late"
    zh = "复核申请期已于 {last_day} 届满"
    en = "The time for an objection ended on {last_day}"
    remedy_zh = "逾期不再受理"
    remedy_en = "Late objections are not accepted"


class ReasonsMissing(Refusal):
    """Whoever decides a review, returns a report or reports a risk says why."""

    code = "reasons_missing"
    zh = "决定未说明理由"
    en = "The decision gives no reasons"
    remedy_zh = "请填写理由后再作出决定"
    remedy_en = "State the reasons, then decide"


@dataclass(frozen=True, slots=True)
class Objection:
    """What differs from room to room: the cards and articles, and where the case goes on."""

    days: str
    article: str
    decision_days: str
    decision_article: str
    unopposed_article: str
    goes_on: str

    def states(self) -> dict[str, State]:
        """The two states of every objection: the window, and the review."""
        window = Due(self.days, self.article, from_receipt=True)
        decision = Due(self.decision_days, self.decision_article)
        return {
            "notified": State("已告知", "Notified", window=True, due=window),
            "under_review": State("复核中", "Under review", due=decision),
        }

    def moves(self) -> dict[str, Move]:
        """File, decide, or let stand."""
        return {
            "object": Move(
                ("notified",),
                "under_review",
                (Role.KEY_EMITTING_ENTITY,),
                self.article,
                "申请复核",
                "Ask for review",
                in_time=True,
                tells=(Role.CITY_BUREAU,),
            ),
            "decide": Move(
                ("under_review",),
                self.goes_on,
                (Role.CITY_BUREAU,),
                self.decision_article,
                "作出复核决定",
                "Decide the review",
                second_eyes="object",
                reasons=True,
                tells=(Role.KEY_EMITTING_ENTITY,),
            ),
            "let_stand": Move(
                ("notified",),
                self.goes_on,
                (Role.CITY_BUREAU, Role.MARKET_CLOCK),
                self.unopposed_article,
                "期满无异议",
                "Window ended without objection",
            ),
        }
