"""Buy-back: the government buys allowances, when both bureaux agree and the budget lasts (回购)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.treasury.models import BuyBack, SoldBack
from openets.treasury.procedures import BUY_BACK
from openets.treasury.terms import NotAnOffer, must_be_positive, must_be_said, must_be_same

ARTICLE = "CQETS-13.2"


class OverBudget(Refusal):
    """What is bought back is paid out of the budget."""

    code = "over_budget"
    article = ARTICLE
    zh = "按 {price} 分/吨回购 {quantity} 吨需 {needed} 分，超过预算 {budget} 分"
    en = "{quantity} t at {price} fen are {needed} fen, above the budget of {budget} fen"
    remedy_zh = "请减少数量、价格，或提高预算"
    remedy_en = "Buy less, or cheaper, or with a larger budget"


class NotInForce(Refusal):
    """A buy-back runs from the consent of both bureaux to its last day."""

    code = "buy_back_not_in_force"
    article = ARTICLE
    zh = "该回购当前为“{state_zh}”，最后日期 {last_day}，不能卖出"
    en = "The buy-back is “{state_en}”, its last day {last_day}; nothing can be sold to it"
    remedy_zh = "回购经市生态环境局和财政部门均同意后、在最后日期前有效；竞价回购只能经竞价卖出"
    remedy_en = (
        "It runs once both bureaux agreed, to its last day; one by auction in the auction only"
    )


class MoreThanWanted(Refusal):
    """The government buys no more than it announced."""

    code = "more_than_wanted"
    article = ARTICLE
    zh = "该回购尚余 {left} 吨，不能卖出 {wanted} 吨"
    en = "{left} t are still wanted; {wanted} t cannot be sold"
    remedy_zh = "请卖出不超过 {left} 吨"
    remedy_en = "Sell {left} t at most"


class BuyBackStillOpen(Refusal):
    """Holders may sell until the last day or until all is bought."""

    code = "buy_back_still_open"
    article = ARTICLE
    zh = "回购期至 {last_day}（含当日），尚余 {left} 吨，不能结束"
    en = "It runs until {last_day}, that day included, and {left} t are still wanted"
    remedy_zh = "请于期满次日结束"
    remedy_en = "Close it on the day after"


@transaction.atomic
def prepare_buy_back(
    *,
    quantity_t: Tonnes,
    price_fen: Fen,
    budget_fen: Fen,
    last_date: date,
    terms: str,
    reference: str,
    acting: Acting,
    at: datetime,
    by_auction: bool = False,
) -> BuyBack:
    """Draw up a buy-back: how much, at which price a tonne, out of which budget, until when.

    By auction the price is the most that is paid. Source: CQETS-13.2.

    Raises:
        NotYourRole, NotAnOffer, OverBudget, ReferenceUsed.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    must_be_positive("quantity_t", "数量", "The quantity", quantity_t)
    must_be_positive("price_fen", "价格（分/吨）", "The price (fen/t)", price_fen)
    must_be_said("terms", "条件", "The terms", terms)
    if last_date < market_date(at):
        raise NotAnOffer(field="last_date", what_zh="最后日期", what_en="The day", value=last_date)
    if quantity_t * price_fen > budget_fen:
        raise OverBudget(
            field="budget_fen",
            quantity=quantity_t,
            price=price_fen,
            needed=quantity_t * price_fen,
            budget=budget_fen,
        )
    bureau = listing.organisation(acting.organisation)
    parties.lock_organisations([bureau])
    asked = {
        "quantity_t": quantity_t,
        "price_fen": price_fen,
        "budget_fen": budget_fen,
        "last_date": last_date,
        "terms": terms.strip(),
        "by_auction": by_auction,
    }
    found = BuyBack.objects.filter(reference=reference).first()
    if found:
        must_be_same(found, reference, **asked)
        return found
    made = BuyBack.objects.create(reference=reference, prepared_at=at, **asked)
    case = NewCase(made.subject, bureau, market_date(at).year)
    casework.open_cases(BUY_BACK, [case], acting=acting, at=at, article=ARTICLE)
    journal.record(
        operation="treasury.prepare_buy_back",
        subject=made.subject,
        acting=acting,
        at=at,
        article=ARTICLE,
        content={**asked, "last_date": last_date.isoformat()},
    )
    return made


@transaction.atomic
def approve_buy_back(*, buy_back: BuyBack, acting: Acting, at: datetime) -> None:
    """Agree to a buy-back as one of the two bureaux; with the second it is open.

    Whoever drew it up may not approve it. Source: CQETS-13.2.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    acting.must_be(Role.CITY_BUREAU, Role.FINANCE_BUREAU, article=ARTICLE)
    move, other = ("approve", "finance_approved")
    if acting.role == Role.FINANCE_BUREAU:
        move, other = ("endorse", "bureau_approved")
    # The row is locked first: two consents at once must not both be the first.
    row = BuyBack.objects.select_for_update().get(pk=buy_back.pk)
    is_second = cases.states(BUY_BACK, [row.subject])[row.subject] == other
    casework.move_cases(
        BUY_BACK,
        f"{move}_second" if is_second else move,
        [row.subject],
        acting=acting,
        at=at,
        due_date=row.last_date if is_second else None,
    )


@transaction.atomic
def refuse_buy_back(*, buy_back: BuyBack, reasons: str, acting: Acting, at: datetime) -> None:
    """Refuse a buy-back, with reasons.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(BUY_BACK, "refuse", [buy_back.subject], acting=acting, at=at, note=reasons)


@transaction.atomic
def sell_back(
    *,
    buy_back: BuyBack,
    holder: Organisation,
    amount_t: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
    won_at_fen: Fen | None = None,
) -> SoldBack:
    """Sell allowances of one's registry account to the government at its price, at once.

    `won_at_fen` is the price a tonne of an auction, by which alone one is sold to that has one.

    Units and money change hands together or not at all. The same reference again is the same
    sale. Source: CQETS-13.2, CQETS-26.3.

    Raises:
        NotYourRole, NotYourAccount, NotInForce, MoreThanWanted, NotAnOffer, NotEnoughUnits,
        BelowMinimumHolding, NoCashAccount, ReferenceUsed.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article=ARTICLE)
    must_be_positive("amount_t", "数量", "The quantity", amount_t)
    row = BuyBack.objects.select_for_update().get(pk=buy_back.pk)
    found = SoldBack.objects.filter(organisation=holder, reference=reference).first()
    if found:
        must_be_same(found, reference, buy_back_id=row.pk, amount_t=amount_t)
        return found
    state = cases.states(BUY_BACK, [row.subject])[row.subject]
    is_late = market_date(at) > row.last_date
    if state != "open" or is_late or row.by_auction != (won_at_fen is not None):
        told = BUY_BACK.states[state]
        raise NotInForce(state_zh=told.zh, state_en=told.en, last_day=row.last_date)
    left = row.quantity_t - sold_back_t(row)
    if amount_t > left:
        raise MoreThanWanted(field="amount_t", left=left, wanted=amount_t)
    price_fen = row.price_fen if won_at_fen is None else won_at_fen
    assert price_fen <= row.price_fen, "an auction's price is within what may be paid"
    sale = SoldBack.objects.create(
        buy_back=row,
        organisation=holder,
        amount_t=amount_t,
        price_fen=price_fen,
        reference=reference,
        at=at,
    )
    registry.buy_back(
        holder=holder, amount_t=amount_t, reference=sale.name, law=law, acting=acting, at=at
    )
    settlement.pay_for_buy_back(
        seller=holder,
        amount_fen=Fen(amount_t * price_fen),
        reference=sale.name,
        acting=acting,
        at=at,
    )
    return sale


@transaction.atomic
def close_buy_back(*, buy_back: BuyBack, acting: Acting, at: datetime) -> None:
    """End a buy-back after its last day, or when all is bought.

    Raises:
        NotYourRole, WrongState, BuyBackStillOpen.
    """
    casework.move_cases(BUY_BACK, "close", [buy_back.subject], acting=acting, at=at)
    row = BuyBack.objects.select_for_update().get(pk=buy_back.pk)
    left = row.quantity_t - sold_back_t(row)
    if left and market_date(at) <= row.last_date:
        raise BuyBackStillOpen(last_day=row.last_date, left=left)


def must_buy_by_auction(buy_back: BuyBack, day: date) -> None:
    """Refuse a buy-back that is not in force, or not by auction.

    Raises:
        NotInForce.
    """
    state = cases.states(BUY_BACK, [buy_back.subject])[buy_back.subject]
    if state != "open" or day > buy_back.last_date or not buy_back.by_auction:
        told = BUY_BACK.states[state]
        raise NotInForce(state_zh=told.zh, state_en=told.en, last_day=buy_back.last_date)


def left_to_buy_t(buy_back: BuyBack) -> Tonnes:
    """Tonnes a buy-back still wants."""
    return Tonnes(buy_back.quantity_t - sold_back_t(buy_back))


def sold_back_t(buy_back: BuyBack) -> Tonnes:
    """Tonnes sold to a buy-back so far."""
    return Tonnes(buy_back.sales.aggregate(t=Sum("amount_t"))["t"] or 0)
