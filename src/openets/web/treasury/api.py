"""Paid issue, buy-back, proceeds and budget. How a case goes on is made by `/cases`."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.kernel.quantity import Tonnes as Amount
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.treasury import operations, queries
from openets.treasury.models import PaidApplication
from openets.treasury.operations import Line, Side
from openets.treasury.proceeds import Proceeds
from openets.treasury.queries import Buying
from openets.web import clock
from openets.web.guards import acting_of, within
from openets.web.schemas import Fen, Tonnes, answers

router = Router(tags=["treasury"])
Reference = Field(min_length=1, max_length=40)


class NoSuchOffer(Refusal):
    """There is no paid issue, buy-back or application of this number."""

    code = "no_such_offer"
    zh = "没有编号为 {number} 的事项"
    en = "There is nothing of the number {number}"
    remedy_zh = "请核对编号"
    remedy_en = "Check the number"


class ApplicationIn(Schema):
    """An application for allowances of the reserve."""

    year: int
    amount_t: Tonnes
    reasons: str
    reference: str = Reference


class ApplicationOut(Schema):
    """An application, and what it was awarded."""

    number: int
    entity: str
    year: int
    amount_t: Tonnes
    awarded_t: Tonnes | None
    price_fen: Fen
    state: str


class DeclineIn(Schema):
    """Organise nothing for a year."""

    year: int
    reasons: str


class CountOut(Schema):
    """How many applications were closed."""

    closed: int


class AwardIn(Schema):
    """What an application is to get."""

    application: int
    amount_t: Tonnes


class SaleIn(Schema):
    """A paid issue to be opened by somebody else."""

    year: int
    quantity_t: Tonnes
    price_fen: Fen
    last_date: date
    terms: str
    awards: list[AwardIn] | None = None
    """Without any, buyers and price are found by auction."""
    reference: str = Reference


class SaleOut(Schema):
    """A paid issue, what it brought, and what of it the treasury has."""

    number: int
    by_auction: bool
    year: int
    quantity_t: Tonnes
    price_fen: Fen
    last_date: date
    sold_t: Tonnes
    income_fen: Fen
    paid_over_fen: Fen
    owed_fen: Fen
    state: str


class PayOverIn(Schema):
    """What the treasury received, and under which receipt."""

    amount_fen: Fen
    receipt: str = Reference


class BuyBackIn(Schema):
    """A buy-back to which both bureaux must agree."""

    quantity_t: Tonnes
    price_fen: Fen
    budget_fen: Fen
    last_date: date
    terms: str
    by_auction: bool = False
    reference: str = Reference


class BuyBackOut(Schema):
    """A buy-back and how much of it was bought."""

    number: int
    quantity_t: Tonnes
    price_fen: Fen
    budget_fen: Fen
    by_auction: bool
    last_date: date
    bought_t: Tonnes
    state: str


class SellBackIn(Schema):
    """Allowances sold to a buy-back."""

    amount_t: Tonnes
    reference: str = Reference


class BudgetIn(Schema):
    """Money granted for, or spent on, a line of the budget."""

    line: Line
    side: Side
    amount_fen: Fen
    note: str
    reference: str = Reference


class BudgetOut(Schema):
    """A line of the budget: granted and spent, each for itself."""

    line: Line
    granted_fen: Fen
    spent_fen: Fen


@router.get("/applications", response=answers(list[ApplicationOut]))
@within("paid_issue.read")
def applications(request: HttpRequest) -> list[ApplicationOut]:
    """The applications one may see: an entity's own, to the authorities all."""
    acting = acting_of(request)
    is_entity = acting.role == Role.KEY_EMITTING_ENTITY
    holder = parties.organisation(acting.organisation) if is_entity else None
    return _applications(queries.applications(holder))


@router.post("/applications", response=answers(ApplicationOut))
@within("treasury.apply")
def apply(request: HttpRequest, body: ApplicationIn) -> ApplicationOut:
    """Apply for allowances of the reserve for the organisation one acts for."""
    acting = acting_of(request)
    made = operations.apply(
        organisation=parties.organisation(acting.organisation),
        **body.dict(),
        acting=acting,
        at=clock.now(request),
    )
    return _applications([made])[0]


@router.post("/applications/{number}/payment", response=answers(ApplicationOut))
@within("treasury.buy")
def buy(request: HttpRequest, number: int) -> ApplicationOut:
    """Pay one's award and receive the allowances; the same again changes nothing."""
    row = PaidApplication.objects.filter(pk=number).select_related("organisation").first()
    if row is None:
        raise NoSuchOffer(number=number)
    paid = operations.buy(
        application=row,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _applications([paid])[0]


@router.post("/sales/none", response=answers(CountOut))
@within("treasury.decline")
def decline(request: HttpRequest, body: DeclineIn) -> CountOut:
    """Organise nothing: every waiting application of the year ends so."""
    count = operations.decline(**body.dict(), acting=acting_of(request), at=clock.now(request))
    return CountOut(closed=count)


@router.post("/sales", response=answers(SaleOut))
@within("treasury.prepare_sale")
def prepare_sale(request: HttpRequest, body: SaleIn) -> SaleOut:
    """Draw up a paid issue; another person opens it as a move of its case."""
    asked = body.awards or []
    rows = PaidApplication.objects.in_bulk([award.application for award in asked])
    for award in asked:
        if award.application not in rows:
            raise NoSuchOffer(field="awards", number=award.application)
    awards = {rows[award.application]: Amount(award.amount_t) for award in asked}
    made = operations.prepare_sale(
        **body.dict(exclude={"awards"}),
        awards=None if body.awards is None else awards,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _sale(made.pk)


@router.get("/sales", response=answers(list[SaleOut]))
@within("proceeds.read")
def sales(request: HttpRequest) -> list[SaleOut]:
    """Every paid issue, what it brought, and what of it the treasury has."""
    return [_sale_out(*found) for found in queries.proceeds()]


@router.post("/sales/{number}/payments", response=answers(SaleOut))
@within("treasury.pay_over")
def pay_over(request: HttpRequest, number: int, body: PayOverIn) -> SaleOut:
    """Record that the treasury has the proceeds, in full."""
    found = queries.issue(number)
    if found is None:
        raise NoSuchOffer(number=number)
    operations.pay_over(
        issue=found[0], **body.dict(), acting=acting_of(request), at=clock.now(request)
    )
    return _sale(number)


@router.get("/buy-backs", response=answers(list[BuyBackOut]))
@within("buy_back.read")
def buy_backs(request: HttpRequest) -> list[BuyBackOut]:
    """Every buy-back and how much of it was bought."""
    return [_buy_back_out(row) for row in queries.buy_backs()]


@router.post("/buy-backs", response=answers(BuyBackOut))
@within("treasury.prepare_buy_back")
def prepare_buy_back(request: HttpRequest, body: BuyBackIn) -> BuyBackOut:
    """Draw up a buy-back; the bureaux agree to it as moves of its case."""
    made = operations.prepare_buy_back(
        **body.dict(), acting=acting_of(request), at=clock.now(request)
    )
    return _buy_back(made.pk)


@router.post("/buy-backs/{number}/sales", response=answers(BuyBackOut))
@within("treasury.sell_back")
def sell_back(request: HttpRequest, number: int, body: SellBackIn) -> BuyBackOut:
    """Sell allowances of one's registry account to the government."""
    acting, found = acting_of(request), queries.buy_back(number)
    if found is None:
        raise NoSuchOffer(number=number)
    operations.sell_back(
        buy_back=found,
        holder=parties.organisation(acting.organisation),
        **body.dict(),
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _buy_back(number)


@router.get("/budget/{year}", response=answers(list[BudgetOut]))
@within("proceeds.read")
def budget(request: HttpRequest, year: int) -> list[BudgetOut]:
    """What was granted and spent in a year, by line."""
    return _budget(year)


@router.post("/budget/{year}", response=answers(list[BudgetOut]))
@within("treasury.record_budget")
def record_budget(request: HttpRequest, year: int, body: BudgetIn) -> list[BudgetOut]:
    """Record money granted or spent."""
    operations.record_budget(
        year=year, **body.dict(), acting=acting_of(request), at=clock.now(request)
    )
    return _budget(year)


def _applications(rows: Any) -> list[ApplicationOut]:
    stands = queries.states(rows)
    return [
        ApplicationOut(
            number=row.pk,
            entity=row.organisation.name,
            year=row.year,
            amount_t=row.amount_t,
            awarded_t=row.awarded_t,
            price_fen=row.price_fen,
            state=stands[row.subject],
        )
        for row in rows
    ]


def _sale(number: int) -> SaleOut:
    (found,) = queries.proceeds(number)
    return _sale_out(*found)


def _sale_out(found: Proceeds, state: str) -> SaleOut:
    return SaleOut(
        number=found.issue.pk,
        by_auction=found.issue.by_auction,
        year=found.issue.year,
        quantity_t=found.issue.quantity_t,
        price_fen=found.issue.price_fen,
        last_date=found.issue.last_date,
        sold_t=found.sold_t,
        income_fen=found.income_fen,
        paid_over_fen=found.paid_over_fen,
        owed_fen=found.owed_fen,
        state=state,
    )


def _buy_back(number: int) -> BuyBackOut:
    (found,) = queries.buy_backs(number)
    return _buy_back_out(found)


def _buy_back_out(row: Buying) -> BuyBackOut:
    return BuyBackOut(
        number=row.buy_back.pk,
        quantity_t=row.buy_back.quantity_t,
        price_fen=row.buy_back.price_fen,
        budget_fen=row.buy_back.budget_fen,
        by_auction=row.buy_back.by_auction,
        last_date=row.buy_back.last_date,
        bought_t=row.bought_t,
        state=row.state,
    )


def _budget(year: int) -> list[BudgetOut]:
    rows = queries.budget(year)
    return [
        BudgetOut(line=row.line, granted_fen=row.granted_fen, spent_fen=row.spent_fen)
        for row in rows
    ]
