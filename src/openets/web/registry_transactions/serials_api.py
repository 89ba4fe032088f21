"""The life of serials for programs."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.kernel.refusal import Refusal
from openets.registry import queries as registry
from openets.registry.blocks import ALL
from openets.web.guards import acting_of, within
from openets.web.registry_transactions.serials import reach_ids, reached_lots
from openets.web.schemas import answers

router = Router(tags=["registry"])

Serial = Annotated[int, Field(ge=ALL[0], le=ALL[1])]


class BlockOut(Schema):
    """Serials that lie on an account."""

    first: int
    last: int
    account: str
    traded: bool


class SerialEventOut(Schema):
    """Serials that moved: a kind of transaction, or `trade`; an issue has no `debit`."""

    number: int
    at: datetime
    event: str
    first: int
    last: int
    debit: str | None
    credit: str
    reference: str
    transaction: int | None
    article: str


class LifeOut(Schema):
    """The life of serials of a lot, oldest event first."""

    lot: str
    blocks: list[BlockOut]
    events: list[SerialEventOut]


class NoSuchSerials(Refusal):
    """No lot with serials of this code is within reach."""

    code = "no_such_serials"
    article = "CQVER-30"
    zh = "没有您可见的、代码为 {lot} 且带序列号的批次"
    en = "You see no lot with serials of the code {lot}"
    remedy_zh = "请核对批次代码；单位只能查询曾持有的批次"
    remedy_en = "Check the code; a holder sees the lots it ever held"


@router.get("/serials", response=answers(LifeOut))
@within("registry_transfer.read")
def serials(
    request: HttpRequest, lot: str, first: Serial = ALL[0], last: Serial = ALL[1]
) -> LifeOut:
    """The whole life of serials of a lot within reach: where they lie, and all that happened."""
    acting = acting_of(request)
    found = reached_lots(acting).filter(code=lot).first()
    if found is None:
        raise NoSuchSerials(lot=lot)
    holders = reach_ids(acting)
    return LifeOut(
        lot=found.code,
        blocks=[
            BlockOut(
                first=block.first,
                last=block.last,
                account=block.position.account.number,
                traded=block.position.traded,
            )
            for block in registry.lying(found, (first, last), holders=holders)
        ],
        events=[
            SerialEventOut(
                number=event.number,
                at=event.at,
                event=event.event,
                first=event.first,
                last=event.last,
                debit=event.debit.number if event.debit else None,
                credit=event.credit.number,
                reference=event.reference,
                transaction=event.transaction,
                article=event.article,
            )
            for event in registry.history(found, (first, last), holders=holders)
        ],
    )
