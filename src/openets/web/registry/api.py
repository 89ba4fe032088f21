"""The registry for programs: a holder moves its own units."""

from datetime import datetime
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import django_auth
from pydantic import Field

from openets.kernel import quantity
from openets.parties import queries as parties
from openets.registry import operations as registry
from openets.registry.kinds import UnitKind
from openets.registry.models import Transaction
from openets.rulebook.load import law
from openets.web import clock
from openets.web.schemas import Tonnes, answers
from openets.web.viewer import NotForYou, Viewer, viewer_of

router = Router(tags=["registry"], auth=django_auth)


class MoveIn(Schema):
    """Units of one kind, of one vintage or of any, to the own account named in `to`."""

    to: Literal["trading", "registry"]
    unit: UnitKind
    vintage_year: int | None = None
    amount_t: Tonnes
    reference: str = Field(min_length=1, max_length=36, pattern=r"^[\w./:-]+$")
    """The sender's own: a request sent again under it moves nothing a second time."""


class ReceiptOut(Schema):
    """A movement of units as it stands in the registry."""

    number: int
    key: str
    debit: str
    credit: str
    amount_t: Tonnes
    parts: list[tuple[str, bool, Tonnes]] = Field(description="lot, whether ever traded, tonnes")
    article: str
    at: datetime


@router.post("/moves", response=answers(ReceiptOut))
def move(request: HttpRequest, body: MoveIn) -> ReceiptOut:
    """Move units between the accounts of one's own organisation (划转); answered when durable."""
    viewer, kind = _who(request), f"move_to_{body.to}"
    parties.must_be_allowed(viewer.acting, f"transaction.{kind}", viewer.organisation)
    done = registry.move_between_own(
        holder=viewer.organisation,
        kind=kind,
        amount_t=quantity.Tonnes(body.amount_t),
        unit=body.unit,
        vintage_year=body.vintage_year,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=viewer.acting,
        at=clock.now(request),
    )
    return _receipt(done)


def _who(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    if viewer is None:
        raise NotForYou(what="登记账户", what_en="accounts of the registry")
    return viewer


def _receipt(done: Transaction) -> ReceiptOut:
    return ReceiptOut(
        number=done.pk,
        key=done.key,
        debit=done.debit.number,
        credit=done.credit.number,
        amount_t=done.amount_t,
        parts=done.parts,
        article=done.article,
        at=done.at,
    )
