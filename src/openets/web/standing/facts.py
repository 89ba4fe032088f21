"""What a freeze, a measure or a closing is about, in words."""

from openets.kernel.quantity import Tonnes
from openets.registry import queries as holdings
from openets.registry.kinds import LOCK_TITLES, LockCause
from openets.registry.models import LockOrder, Measure
from openets.web import words
from openets.web.language import Said
from openets.web.parts import Event
from openets.web.standing.matters import Matter
from openets.web.standing.one import measure_rows
from openets.web.standing.page import Fact

FIFO = Said("先进先出", "first in, first out")
LIFTING = Said("解除", "its lifting")


def trail_of(found: Matter) -> list[Event]:
    """Every step of its case, newest first."""
    return [
        Event(
            line.at,
            words.move_of(found.kind.procedure, line.move),
            text=line.note,
            person=line.person,
            role=line.role,
            article=line.article,
        )
        for line in reversed(found.case.trail.all())
    ]


def facts_of(found: Matter) -> list[Fact]:
    """What it is about, line by line."""
    row = found.row
    if isinstance(row, LockOrder):
        return [
            Fact(Said("冻结原因", "Cause"), Said(*LOCK_TITLES[LockCause(row.cause)])),
            Fact(Said("数量", "Amount"), None, Tonnes(row.amount_t)),
            Fact(
                Said("其中仍冻结", "Of it still frozen"),
                None,
                holdings.locked_t(found.holder, row.cause, row.reference),
            ),
            Fact(Said("提出方", "Owner"), words.role_of(row.owner)),
            Fact(Said("批次", "Lots"), ", ".join(row.lots) or FIFO),
            Fact(Said("依据文书", "Document"), row.document),
            Fact(Said("理由", "Reasons"), row.reason),
            Fact(Said("解冻文书", "Document of the lifting"), row.lift_document or None),
        ]
    if isinstance(row, Measure):
        (each,) = measure_rows([row])
        return [
            Fact(Said("措施", "Measure"), each.kind),
            Fact(Said("限制的业务", "What it bars"), each.bars),
            Fact(Said("自", "From"), row.from_date),
            Fact(Said("至（含）", "Until, included"), row.until_date or LIFTING),
            Fact(Said("决定文号", "Decision"), row.decision),
            Fact(Said("理由", "Reasons"), row.reason),
            Fact(Said("解除决定", "Decision of the lifting"), row.lift_decision or None),
        ]
    return [
        Fact(Said("账户", "Account"), row.account.number),
        Fact(Said("理由", "Reasons"), row.reason),
    ]
