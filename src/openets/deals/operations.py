"""What may happen to deals: propose, confirm, counter, refuse, take back; intents; picks."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from openets.casework import notices
from openets.deals.models import STATE_TITLES, Answer, Deal, Intent
from openets.deals.terms import (
    ARTICLE,
    DealNotOpen,
    DealReferenceUsed,
    DealWithOneself,
    NotAParticipant,
    NotYourDeal,
    deal_terms,
    must_have_the_size,
)
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, Tonnes, yuan
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.trading import queries as trading
from openets.trading.book import IOC
from openets.trading.dealing import Dealing, trade_agreed
from openets.trading.models import Method, Order, OrderState
from openets.trading.orders import NewOrder

PARTICIPANTS = (
    Role.KEY_EMITTING_ENTITY,
    Role.PROJECT_OWNER,
    Role.INVESTOR,
    Role.INDIVIDUAL,
)
"""Who trades. Source: CQETS-16."""


@transaction.atomic
def post_intent(
    *,
    holder: Organisation,
    product: str,
    buys: bool,
    qty: Tonnes,
    price_fen: Fen | None,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Intent:
    """Tell all participants what one would buy or sell today (意向申报); it binds nobody.

    The same reference again is the same intent. Source: CQETS-17.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, NoSuchProduct, DealReferenceUsed.
    """
    _must_be_its_own(acting, "deals.post_intent", holder, at)
    made, _ = Intent.objects.get_or_create(
        holder=holder,
        reference=reference,
        defaults={
            "product": trading.product(product),
            "buys": buys,
            "qty": qty,
            "price_fen": price_fen,
            "at": at,
            "day": market_date(at),
        },
    )
    asked = (product, buys, qty, price_fen)
    if asked != (made.product.code, made.buys, made.qty, made.price_fen):
        raise DealReferenceUsed(field="reference", reference=reference)
    if made.at == at:
        _record("post_intent", f"intent/{made.pk}", acting, at, {"product": product, "qty": qty})
    return made


@transaction.atomic
def withdraw_intent(*, intent: Intent, acting: Acting, at: datetime) -> None:
    """Take one's own intent back; once is enough.

    Raises:
        NotYourRole, NotYourDeal.
    """
    acting.must_be(*PARTICIPANTS, article=ARTICLE)
    _must_be_side(acting, intent.holder)
    if Intent.objects.filter(pk=intent.pk, withdrawn_at=None).update(withdrawn_at=at):
        _record("withdraw_intent", f"intent/{intent.pk}", acting, at, {})


@transaction.atomic
def propose(
    *,
    method: Method,
    proposer: Organisation,
    counterparty: Organisation,
    product: str,
    buys: bool,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
    note: str = "",
) -> Deal:
    """Propose a deal to a counterparty (成交申报): price, quantity, and on which side one stands.

    What it promises is held at once, as an order's would be; it lapses when the day closes. The
    same reference again is the same proposal. Source: CQETS-17, AMB-39.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, DealWithOneself, NotAParticipant,
        TooSmallForBlock, DealReferenceUsed, and what an order is refused for: method, day, hours,
        tick, lot, price limit, accounts, measures, money and units.
    """
    _must_be_its_own(acting, "deals.propose", proposer, at)
    if proposer == counterparty:
        raise DealWithOneself(field="counterparty", holder=proposer.name)
    if counterparty.role not in PARTICIPANTS:
        raise NotAParticipant(field="counterparty", name=counterparty.name)
    asked = {
        "method": method,
        "counterparty": counterparty,
        "proposer_buys": buys,
        "price_fen": price_fen,
        "qty": qty,
    }
    with trade_agreed(law=law, holders=[proposer], at=at) as floor:
        found = Deal.objects.filter(proposer=proposer, reference=reference).first()
        if found:
            same = all(getattr(found, name) == value for name, value in asked.items())
            if not same or found.product.code != product:
                raise DealReferenceUsed(field="reference", reference=reference)
            return found
        side = NewOrder(f"deal/{reference}", proposer, product, buys, qty, price_fen)
        order = _hold(floor, side, method, law, at)
        made = Deal.objects.create(
            **asked,
            proposer=proposer,
            product=order.product,
            note=note.strip(),
            order=order,
            reference=reference,
            proposed_at=at,
        )
    _record("propose", made.subject, acting, at, _content(made))
    _tell(
        made,
        "proposed",
        [counterparty, proposer],
        "已提出，待对手方确认",
        "is proposed and waits for the other side",
        at,
    )
    return made


@transaction.atomic
def confirm(*, deal: Deal, law: Law, acting: Acting, at: datetime) -> Deal:
    """Confirm a proposal as its counterparty (成交确认): the trade is made and settled at once.

    Both legs move or neither. What was confirmed before is left as it is. Source: CQETS-17,
    CQETS-22.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, NotYourDeal, DealNotOpen, and what an
        order of the other side is refused for.
    """
    _must_be_its_own(acting, "deals.confirm", parties.organisation(acting.organisation), at)
    sides = [deal.proposer, deal.counterparty]
    with trade_agreed(law=law, holders=sides, at=at) as floor:
        row = _answerable(deal, acting, at, again=Answer.CONFIRMED)
        if row.answer:
            return row
        mine = NewOrder(
            f"deal/{row.pk}/confirmed",
            row.counterparty,
            row.product.code,
            not row.proposer_buys,
            Tonnes(row.qty),
            Fen(row.price_fen),
        )
        theirs = floor.open_order(row.order_id)
        own = _hold(floor, mine, Method(row.method), law, at)
        buy, sell = (theirs, own) if row.proposer_buys else (own, theirs)
        row.trade = floor.trade(
            buy, sell, price_fen=row.price_fen, qty=row.qty, method=Method(row.method)
        )
        _answered(row, Answer.CONFIRMED, "", acting, at)
    _tell(row, "confirmed", sides, "已成交", "is done", at)
    return row


@transaction.atomic
def refuse(*, deal: Deal, note: str, law: Law, acting: Acting, at: datetime) -> Deal:
    """Refuse a proposal as its counterparty; what the proposer held is free.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, NotYourDeal, DealNotOpen.
    """
    _must_be_its_own(acting, "deals.refuse", parties.organisation(acting.organisation), at)
    return _decline(deal, Answer.REFUSED, note, law, acting, at)


@transaction.atomic
def counter(
    *,
    deal: Deal,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
    note: str = "",
) -> Deal:
    """Answer a proposal by another price or quantity (反报价): a proposal the other way round.

    The same reference again is the same counter-proposal. Source: CQETS-17.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, NotYourDeal, DealNotOpen, and what
        `propose` refuses.
    """
    _must_be_its_own(acting, "deals.counter", parties.organisation(acting.organisation), at)
    before = Deal.objects.filter(counter_to=deal.pk, reference=reference).first()
    if before is None:
        _decline(deal, Answer.COUNTERED, note, law, acting, at)
    made = propose(
        method=Method(deal.method),
        proposer=deal.counterparty,
        counterparty=deal.proposer,
        product=deal.product.code,
        buys=not deal.proposer_buys,
        price_fen=price_fen,
        qty=qty,
        reference=reference,
        law=law,
        acting=acting,
        at=at,
        note=note,
    )
    if made.counter_to_id is None:
        made.counter_to = deal
        made.save(update_fields=["counter_to"])
    return made


@transaction.atomic
def withdraw(*, deal: Deal, law: Law, acting: Acting, at: datetime) -> Deal:
    """Take one's own proposal back before it is answered (撤回); what it held is free.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, NotYourDeal, DealNotOpen.
    """
    _must_be_its_own(acting, "deals.withdraw", parties.organisation(acting.organisation), at)
    with trade_agreed(law=law, holders=[deal.proposer], at=at) as floor:
        row = _locked(deal)
        _must_be_side(acting, row.proposer)
        if row.state == "withdrawn":
            return row
        _must_be_open(row, at)
        row.order = floor.open_order(row.order_id)
        floor.end(row.order, OrderState.WITHDRAWN)
    _record("withdraw", row.subject, acting, at, {})
    _tell(row, "withdrawn", [row.counterparty], "已撤回", "was taken back", at)
    return row


@transaction.atomic
def pick(
    *,
    holder: Organisation,
    product: str,
    buys: bool,
    price_fen: Fen,
    qty: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Order:
    """Take a listed price (挂牌点选): one of the best five of the other side, at the listed prices.

    Price first, then time; what is not there any more expires. The same reference again is the
    same pick. Source: CQETS-17.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade, TooLargeToPick, NotAmongTheBest,
        OrderKeyReused, and what an order is refused for.
    """
    _must_be_its_own(acting, "deals.pick", holder, at)
    key = f"pick/{reference}"
    with trade_agreed(law=law, holders=[holder], at=at) as floor:
        before = Order.objects.filter(holder=holder, key=key).select_related("product").first()
        same = before and (before.product.code, before.buy, before.price_fen, before.qty) == (
            *(product, buys, price_fen, qty),
        )
        if before and same:
            return before
        methods = floor.memory.methods
        must_have_the_size(Method.LISTED_PRICE, qty, methods=methods, law=law, day=market_date(at))
        order = floor.pick(NewOrder(key, holder, product, buys, qty, price_fen, IOC))
    content = {"order": order.id, "traded_t": order.qty - order.remaining}
    _record("pick", f"order/{order.id}", acting, at, content)
    return order


def _hold(floor: Dealing, side: NewOrder, method: Method, law: Law, at: datetime) -> Order:
    """Let one side of a deal hold what it needs, by the terms of the method."""
    day = market_date(at)
    must_have_the_size(method, side.qty, methods=floor.memory.methods, law=law, day=day)
    book = floor.book_terms(side.product)
    return floor.enter(side, method=method, terms=deal_terms(method, book, law=law, day=day))


def _decline(deal: Deal, answer: Answer, note: str, law: Law, acting: Acting, at: datetime) -> Deal:
    with trade_agreed(law=law, holders=[deal.proposer], at=at) as floor:
        row = _answerable(deal, acting, at, again=answer)
        if row.answer:
            return row
        row.order = floor.open_order(row.order_id)
        floor.end(row.order, OrderState.WITHDRAWN)
        _answered(row, answer, note, acting, at)
    if answer == Answer.REFUSED:
        _tell(row, answer, [row.proposer], "被拒绝", "was refused", at)
    return row


def _answerable(deal: Deal, acting: Acting, at: datetime, *, again: Answer) -> Deal:
    """The proposal, locked, if it is for whoever acts and open, or has this answer already."""
    row = _locked(deal)
    _must_be_side(acting, row.counterparty)
    if row.answer != again or again == Answer.COUNTERED:
        _must_be_open(row, at)
    return row


def _answered(row: Deal, answer: Answer, note: str, acting: Acting, at: datetime) -> None:
    row.answer, row.answered_at, row.answer_note = answer, at, note.strip()
    row.save()
    _record(answer, row.subject, acting, at, {"trade": row.trade_id, "note": row.answer_note})


def _locked(deal: Deal) -> Deal:
    rows = Deal.objects.select_for_update(of=("self",))
    return rows.select_related("order", "product", "proposer", "counterparty").get(pk=deal.pk)


def _must_be_open(row: Deal, at: datetime) -> None:
    state = row.state_on(market_date(at))
    if state != "open":
        zh, en = STATE_TITLES[state]
        raise DealNotOpen(number=row.pk, state_zh=zh, state_en=en.lower())


def _must_be_its_own(acting: Acting, operation: str, holder: Organisation, at: datetime) -> None:
    acting.must_be(*PARTICIPANTS, article="CQETS-16")
    parties.must_be_allowed(acting, operation, holder)
    parties.must_not_be_staff(acting.person, market_date(at))


def _must_be_side(acting: Acting, side: Organisation) -> None:
    if acting.organisation != side.code:
        raise NotYourDeal(organisation=acting.organisation, whose=side.name)


def _content(deal: Deal) -> dict[str, object]:
    return {
        "method": deal.method,
        "product": deal.product.code,
        "buyer_proposes": deal.proposer_buys,
        "counterparty": deal.counterparty.code,
        "price_fen": deal.price_fen,
        "qty": deal.qty,
    }


def _tell(
    deal: Deal,
    step: str,
    to: list[Organisation],
    zh: str,
    en: str,
    at: datetime,
) -> None:
    """A notice of what became of a deal, in the inbox of each."""
    price = yuan(Fen(deal.price_fen))
    what = f"{deal.product.code} {deal.qty:,}"
    notices.inform(
        to,
        key=f"{deal.subject}/{step}",
        zh=f"第 {deal.pk} 号{Method(deal.method).label}申报{zh}：{what} 吨，{price} 元/吨",
        en=f"Deal {deal.pk} {en}: {what} t at {price} yuan",
        article=ARTICLE,
        page=f"/deals/{deal.pk}",
        at=at,
    )


def _record(
    name: str, subject: str, acting: Acting, at: datetime, content: Mapping[str, object]
) -> None:
    journal.record(
        operation=f"deals.{name}",
        subject=subject,
        acting=acting,
        at=at,
        article=ARTICLE,
        content=dict(content),
    )
