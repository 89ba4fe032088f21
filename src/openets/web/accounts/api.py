"""Accounts for programs: what is held, statements page by page, papers asked for and checked."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from openets.kernel.refusal import Refusal
from openets.paper import operations as paper
from openets.paper import queries as papers
from openets.paper.models import Paper
from openets.paper.sheets import Period
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import queries as registry
from openets.registry import statements
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, public, within
from openets.web.paper.issue import printing
from openets.web.schemas import Tonnes, answers
from openets.web.viewer import NotForYou

router = Router(tags=["registry"])
documents = Router(tags=["registry"])

MOST_LINES = 1000


class NoSuchHolder(Refusal):
    """There is no organisation of this code."""

    code = "no_such_holder"
    article = "CQETS-5.2b"
    zh = "没有编码为 {holder} 的单位"
    en = "There is no organisation of the code {holder}"
    remedy_zh = "请核对单位编码"
    remedy_en = "Check the code"


class LockOut(Schema):
    """Units that may not be used, and why."""

    cause: str
    amount_t: Tonnes


class HoldingOut(Schema):
    """Units of one lot on one account; total = available + reserved + locked."""

    account: str
    account_kind: str
    lot: str
    kind: str
    vintage_year: int
    origin: str
    traded: bool
    lot_serial_from: int | None
    lot_serial_to: int | None
    total_t: Tonnes
    available_t: Tonnes
    reserved_t: Tonnes
    locks: list[LockOut]


class MinimumOut(Schema):
    """The 50 % rule over the years whose duty is open."""

    years: list[int]
    required_t: Tonnes
    in_account_t: Tonnes
    surrendered_t: Tonnes
    may_move_t: Tonnes


class HolderOut(Schema):
    """The accounts of a holder."""

    code: str
    name: str
    accounts: list[str]
    holdings: list[HoldingOut]
    minimum_holding: MinimumOut


class EntryOut(Schema):
    """A line of a statement; `amount_t` is below nought when units left or were locked."""

    number: int
    at: datetime
    event: str
    effect: str
    lot: str
    batch: int | None
    serials: list[tuple[int, int]]
    traded: bool
    counterparty: str
    amount_t: Tonnes
    lot_balance_t: Tonnes
    reference: str
    transaction: int | None
    article: str


class StatementOut(Schema):
    """A page of a statement, newest first; `older` is what `before` is for the next page."""

    account: str
    entries: list[EntryOut]
    older: int | None


class HoldingIn(Schema):
    """A holding statement asked for; without a moment it is of now."""

    reference: str = Field(min_length=1, max_length=40)
    moment: AwareDatetime | None = None


class PeriodIn(Schema):
    """An account statement asked for, from a moment to before another."""

    reference: str = Field(min_length=1, max_length=40)
    since: AwareDatetime
    until: AwareDatetime


class ReceiptIn(Schema):
    """A receipt asked for, for the holder that is a party."""

    reference: str = Field(min_length=1, max_length=40)
    holder: str


class PaperOut(Schema):
    """A paper that was issued."""

    code: str
    kind: str
    holder: str
    of: str
    issued_at: datetime
    sha256: str
    file: str


class CheckedOut(PaperOut):
    """A paper that was issued, and what it said."""

    sheet: dict[str, object]


@router.get("/holders/{code}", response=answers(HolderOut))
@within("holdings.read")
def holder(request: HttpRequest, code: str) -> HolderOut:
    """What a holder has on which account, what of it may be used, and what must stay."""
    organisation = _reached(request, code)
    held = registry.holdings(organisation)
    day = clock.today(request)
    rule = registry.minimum_holding(organisation, held, law=law(settings.JURISDICTION), day=day)
    return HolderOut(
        code=code,
        name=organisation.name,
        accounts=[account.number for account in statements.accounts([organisation])],
        holdings=[_holding(row) for row in held],
        minimum_holding=MinimumOut(
            years=list(rule.years),
            required_t=rule.required_t,
            in_account_t=rule.in_account_t,
            surrendered_t=rule.surrendered_t,
            may_move_t=rule.may_move_t,
        ),
    )


@router.get("/accounts/{number}/statement", response=answers(StatementOut))
@within("holdings.read")
def statement(
    request: HttpRequest,
    number: str,
    size: int = 50,
    before: int | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    lot: str = "",
    event: str = "",
) -> StatementOut:
    """A page of the statement of an account; every page costs the same."""
    account = statements.account(number)
    _must_reach(request, account.holder)
    size = min(max(size, 1), MOST_LINES)
    found = statements.statement(
        account, size=size + 1, before=before, since=since, until=until, lot=lot, event=event
    )
    shown = found[:size]
    return StatementOut(
        account=number,
        entries=[_entry(entry) for entry in shown],
        older=shown[-1].number if len(found) > size else None,
    )


@router.post("/holders/{code}/holding-statements", response=answers(PaperOut))
@within("holdings.read")
def holding_statement(request: HttpRequest, code: str, body: HoldingIn) -> PaperOut:
    """Have a holding statement issued; asked again with the same reference it is the same."""
    issued = paper.issue_holding_statement(
        holder=_organisation(code),
        moment=body.moment,
        printing=printing(request, body.reference),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _paper(issued)


@router.post("/accounts/{number}/statements", response=answers(PaperOut))
@within("holdings.read")
def account_statement(request: HttpRequest, number: str, body: PeriodIn) -> PaperOut:
    """Have the statement of an account over a period issued."""
    issued = paper.issue_account_statement(
        number=number,
        period=Period(body.since, body.until),
        printing=printing(request, body.reference),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _paper(issued)


@router.post("/transactions/{number}/receipts", response=answers(PaperOut))
@within("holdings.read")
def receipt(request: HttpRequest, number: int, body: ReceiptIn) -> PaperOut:
    """Have the receipt of a transaction issued to one of its parties."""
    issued = paper.issue_receipt(
        number=number,
        holder=_organisation(body.holder),
        printing=printing(request, body.reference),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _paper(issued)


@documents.get("/{code}", response=answers(CheckedOut))
@public
def checked(request: HttpRequest, code: str) -> CheckedOut:
    """Whether a paper of this code was issued, its hash, and what it said; for everybody."""
    found = papers.by_code(code)
    return CheckedOut(**_paper(found).dict(), sheet=found.sheet)


def _organisation(code: str) -> Organisation:
    try:
        return parties.organisation(code)
    except Organisation.DoesNotExist as fault:
        raise NoSuchHolder(holder=code) from fault


def _reached(request: HttpRequest, code: str) -> Organisation:
    organisation = _organisation(code)
    _must_reach(request, organisation)
    return organisation


def _must_reach(request: HttpRequest, organisation: Organisation) -> None:
    if not parties.may(acting_of(request), "holdings.read", organisation):
        raise NotForYou(what=organisation.name, what_en=organisation.name)


def _holding(row: registry.Holding) -> HoldingOut:
    return HoldingOut(
        account=row.account,
        account_kind=row.account_kind,
        lot=row.lot.code,
        kind=row.lot.kind,
        vintage_year=row.lot.vintage_year,
        origin=row.lot.origin,
        traded=row.traded,
        lot_serial_from=row.lot.serial_from,
        lot_serial_to=row.lot.serial_to,
        total_t=row.total_t,
        available_t=row.available_t,
        reserved_t=row.reserved_t,
        locks=[LockOut(cause=cause, amount_t=amount) for cause, amount in row.locks],
    )


def _entry(entry: statements.Entry) -> EntryOut:
    return EntryOut(
        number=entry.number,
        at=entry.at,
        event=entry.event,
        effect=entry.effect,
        lot=entry.lot.code,
        batch=entry.batch,
        serials=list(entry.serials),
        traded=entry.traded,
        counterparty=entry.counterparty,
        amount_t=entry.amount_t,
        lot_balance_t=entry.balance_t,
        reference=entry.reference,
        transaction=entry.transaction,
        article=entry.article,
    )


def _paper(found: Paper) -> PaperOut:
    return PaperOut(
        code=found.code,
        kind=found.kind,
        holder=found.holder.name,
        of=found.subject,
        issued_at=found.issued_at,
        sha256=found.sha256,
        file=reverse("paper_file", args=[found.code]),
    )
