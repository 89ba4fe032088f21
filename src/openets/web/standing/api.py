"""Accounts as they stand, for programs: states, locks, measures, and what changes them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from openets.casework import queries as casework
from openets.kernel import quantity
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause
from openets.registry.measures import Bar
from openets.registry.models import Lock, Measure, RegistryAccount
from openets.registry.procedures import MEASURE
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, guarded, within
from openets.web.schemas import Tonnes, answers
from openets.web.standing.forms import DECIDED
from openets.web.standing.government import historical_reserve_t, surplus_lot
from openets.web.standing.matters import NoSuchMatter, matter
from openets.web.standing.views import found_accounts
from openets.web.viewer import NotForYou

router = Router(tags=["registry"])

Word = Literal["freezes", "measures", "closings"]
Reference = Annotated[str, Field(min_length=1, max_length=39)]
Document = Annotated[str, Field(max_length=120)]


class StillListed(Refusal):
    """Only the accounts of a unit that left the list are stopped."""

    code = "still_listed"
    article = "BJETS-9.3"
    zh = "{holder} 未移出名录，不适用停止使用"
    en = "{holder} has not left the list; its accounts are not stopped"
    remedy_zh = "需限制账户的，请作出限制措施决定"
    remedy_en = "Decide a measure if its accounts are to be restricted"


class AskedIn(Schema):
    """Filters and page; an empty filter asks for all within reach."""

    text: str = ""
    kind: str = ""
    state: str = Field("", description="a state of an account, such as active or restricted")
    page: Annotated[int, Field(ge=1)] = 1
    size: Annotated[int, Field(ge=1, le=500)] = 100


class AccountOut(Schema):
    """An account of units and how it stands."""

    id: int
    number: str
    kind: str
    holder: str
    state: str
    held_t: Tonnes
    available_t: Tonnes
    opened_at: datetime
    closed_at: datetime | None


class AccountsOut(Schema):
    """A page of accounts."""

    count: int
    page: int
    pages: int
    items: list[AccountOut]


class SerialsOut(Schema):
    """Serials of a lot on an account, both ends included."""

    lot: str
    first: int
    last: int


class LockOut(Schema):
    """Units that may not be used: cause, owner and article."""

    account: str
    holder: str
    lot: str
    cause: str
    owner: str
    article: str
    reference: str
    amount_t: Tonnes
    placed_at: datetime
    lifted_at: datetime | None


class MeasureOut(Schema):
    """A measure on a participant; it holds from its first day to its last, both included."""

    id: int
    holder: str
    kind: str
    bars: list[str]
    decision: str
    from_date: date
    until_date: date | None
    state: str


class OneAccountOut(AccountOut):
    """An account with its serials, locks in force and the measures on its holder."""

    serials: list[SerialsOut]
    locks: list[LockOut]
    measures: list[MeasureOut]


class GovernmentAccountOut(Schema):
    """An account of the government or the market; a reserve has a year."""

    number: str
    kind: str
    year: int | None
    holder: str
    held_t: Tonnes
    left_t: Tonnes | None


class FreezeIn(Schema):
    """An order to freeze units; without lots the first go first."""

    cause: LockCause
    amount_t: Tonnes
    lots: list[str] = Field(default_factory=list)
    document: Document
    reason: str
    reference: Reference


class MeasureIn(Schema):
    """A measure on the holder of the account."""

    kind: Literal["restriction", "suspension", "disqualification"]
    bars: list[Bar] = Field(default_factory=list)
    from_date: date
    until_date: date | None = None
    document: Document
    reason: str
    reference: Reference


class StopIn(Schema):
    """The decision that a unit's accounts are stopped rests on."""

    document: Document
    reference: Reference


class CarryOverIn(Schema):
    """The historical surplus of the government reserve, of one vintage."""

    vintage_year: int
    amount_t: Tonnes


class CarriedOverOut(Schema):
    """The transaction in the register, and what the historical reserve holds now."""

    transaction: int
    held_t: Tonnes


class ClosingIn(Schema):
    """Why an account is to be closed."""

    reason: str
    reference: Reference


class MoveIn(Schema):
    """What a move asks for: reasons, and for a lifting its document."""

    reason: str = ""
    document: Document = ""


class MatterOut(Schema):
    """A freeze, measure or closing and the state of its case."""

    id: int
    state: str


@router.get("/accounts", response=answers(AccountsOut))
@within("registry_account.read")
def accounts(request: HttpRequest, asked: Query[AskedIn]) -> AccountsOut:
    """The accounts of participants within one's reach."""
    today = clock.today(request)
    found = found_accounts(acting_of(request), asked.dict(), today)
    page = Paginator(found, asked.size).get_page(asked.page)
    return AccountsOut(
        count=page.paginator.count,
        page=page.number,
        pages=page.paginator.num_pages,
        items=[AccountOut(**row) for row in _accounts(list(page.object_list), today)],
    )


@router.get("/accounts/{number}", response=answers(OneAccountOut))
@within("registry_account.read")
def account(request: HttpRequest, number: int) -> OneAccountOut:
    """One account with everything that bears on its use."""
    row, today = _account(request, number), clock.today(request)
    locks = holdings.locks().filter(position__account=row, lifted_at__isnull=True)
    blocks = [b for b in holdings.blocks(row.holder) if b.position.account_id == row.pk]
    return OneAccountOut(
        **_accounts([row], today)[0],
        serials=[SerialsOut(lot=b.lot.code, first=b.first, last=b.last) for b in blocks],
        locks=[_lock(lock) for lock in locks],
        measures=_measures(holdings.measures(row.holder)),
    )


@router.post("/accounts/{number}/freezes", response=answers(MatterOut))
@within("registry.order_lock")
def order_lock(request: HttpRequest, number: int, body: FreezeIn) -> MatterOut:
    """File an order to freeze units; a second person places it."""
    order = registry.order_lock(
        account=_account(request, number),
        cause=body.cause,
        amount_t=quantity.Tonnes(body.amount_t),
        document=body.document,
        reason=body.reason,
        reference=body.reference,
        acting=acting_of(request),
        at=clock.now(request),
        lots=body.lots,
    )
    return _stands("freezes", order.pk)


@router.post("/accounts/{number}/measures", response=answers(MatterOut))
@within("registry.decide_measure")
def decide_measure(request: HttpRequest, number: int, body: MeasureIn) -> MatterOut:
    """Decide a measure on the holder's accounts; a second person carries it out."""
    decided = registry.decide_measure(
        holder=_account(request, number).holder,
        kind=next(kind for kind in DECIDED if kind == body.kind),
        bars=body.bars,
        reason=body.reason,
        decision=body.document,
        from_date=body.from_date,
        until_date=body.until_date,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _stands("measures", decided.pk)


@router.post("/accounts/{number}/stop", response=answers(MatterOut))
@within("registry.decide_stop")
def decide_stop(request: HttpRequest, number: int, body: StopIn) -> MatterOut:
    """Decide that a unit's accounts are stopped; the registry operator carries it out."""
    holder = _account(request, number).holder
    removed_at = parties.left_list_at(holder)
    if removed_at is None:
        raise StillListed(holder=holder.name)
    decided = registry.decide_stop(
        holder=holder,
        removed_date=market_date(removed_at),
        decision=body.document,
        reference=body.reference,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _stands("measures", decided.pk)


@router.post("/government-accounts/carry-over", response=answers(CarriedOverOut))
@guarded("transaction.carry_over")
def carry_over(request: HttpRequest, body: CarryOverIn) -> CarriedOverOut:
    """Carry the historical surplus of a vintage over, once; the same again adds nothing."""
    rules = law(settings.JURISDICTION)
    done = registry.carry_over_reserve(
        amount_t=quantity.Tonnes(body.amount_t),
        lot=surplus_lot(body.vintage_year, rules),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return CarriedOverOut(transaction=done.pk, held_t=historical_reserve_t())


@router.post("/accounts/{number}/closings", response=answers(MatterOut))
@within("registry.ask_closing")
def ask_closing(request: HttpRequest, number: int, body: ClosingIn) -> MatterOut:
    """Ask for an account to be closed; a second person closes it."""
    asked = registry.ask_closing(
        account=_account(request, number),
        reason=body.reason,
        reference=body.reference,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _stands("closings", asked.pk)


@router.post("/{word}/{number}/{move}", response=answers(MatterOut))
@within("registry_account.read")
def make_move(request: HttpRequest, word: Word, number: int, move: str, body: MoveIn) -> MatterOut:
    """Make the next move of a freeze, a measure or a closing."""
    found = matter(word, number)
    do = found.kind.moves.get(move)
    if do is None:
        raise NoSuchMatter(number=move, what=found.kind.procedure.zh, what_en="move")
    do(found.row, body.dict(), acting_of(request), clock.now(request))
    return _stands(word, number)


@router.get("/freezes", response=answers(list[LockOut]))
@within("restriction.read")
def locks(request: HttpRequest, cause: LockCause | None = None) -> list[LockOut]:
    """The locks in force within one's reach."""
    reach = parties.within_reach(acting_of(request), "restriction.read")
    found = holdings.locks(holders=reach).filter(lifted_at__isnull=True)
    if cause:
        found = found.filter(cause=cause)
    return [_lock(lock) for lock in found]


@router.get("/measures", response=answers(list[MeasureOut]))
@within("restriction.read")
def measures(request: HttpRequest) -> list[MeasureOut]:
    """The measures on participants within one's reach."""
    reach = parties.within_reach(acting_of(request), "restriction.read")
    return _measures(list(holdings.measures_of(reach)))


@router.get("/government-accounts", response=answers(list[GovernmentAccountOut]))
@guarded("registry_transfer.read")
def government(request: HttpRequest) -> list[GovernmentAccountOut]:
    """The reserves by year, the historical reserve, what was bought back, and the ends."""
    return [
        GovernmentAccountOut(
            number=row.number,
            kind=row.kind,
            year=row.year,
            holder=row.holder.name,
            held_t=on.held_t,
            left_t=holdings.reserve_left(row.year) if row.year else None,
        )
        for row, on in holdings.market_accounts()
    ]


def _account(request: HttpRequest, number: int) -> RegistryAccount:
    """An account within reach; elsewhere numbers tell nothing."""
    row = holdings.account(number)
    if row is None or not parties.may(acting_of(request), "registry_account.read", row.holder):
        raise NotForYou(what=f"账户 {number}", what_en=f"the account {number}")
    return row


def _accounts(found: list[RegistryAccount], day: date) -> list[dict[str, Any]]:
    states, on = holdings.states_of(found, day), holdings.amounts(found)
    return [
        {
            "id": row.pk,
            "number": row.number,
            "kind": row.kind,
            "holder": row.holder.name,
            "state": states[row.pk],
            "held_t": on[row.pk].held_t,
            "available_t": on[row.pk].available_t,
            "opened_at": row.opened_at,
            "closed_at": row.closed_at,
        }
        for row in found
    ]


def _lock(lock: Lock) -> LockOut:
    account = lock.position.account
    return LockOut(
        account=account.number,
        holder=account.holder.name,
        lot=lock.position.lot.code,
        cause=lock.cause,
        owner=lock.owner,
        article=lock.article,
        reference=lock.reference,
        amount_t=lock.amount_t,
        placed_at=lock.placed_at,
        lifted_at=lock.lifted_at,
    )


def _measures(rows: Sequence[Measure]) -> list[MeasureOut]:
    states = casework.states(MEASURE, [row.reference for row in rows])
    return [
        MeasureOut(
            id=row.pk,
            holder=row.holder.name,
            kind=row.kind,
            bars=row.bars,
            decision=row.decision,
            from_date=row.from_date,
            until_date=row.until_date,
            state=states[row.reference],
        )
        for row in rows
    ]


def _stands(word: Word, number: int) -> MatterOut:
    return MatterOut(id=number, state=matter(word, number).case.state)
