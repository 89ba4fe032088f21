"""Decisions on the market in abnormal situations (异常情况处置): one decides, another carries out.

A halt, the withdrawal of many orders, a changed price limit; the cancelling of a trade is in
`cancelling`. Any process may carry one out: a floor that runs meanwhile reads its memory anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry.grounds import must_have_reasons
from openets.registry.orders import numbers_of
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.trading.batch import Batch
from openets.trading.causes import Cause
from openets.trading.memory import Memory, take_turn
from openets.trading.models import (
    FloorBatch,
    Intervention,
    InterventionKind,
    Order,
    OrderState,
    Product,
    Trade,
)
from openets.trading.procedures import HALT, INTERVENTION

ARTICLE = "BJETS-18b"


class AnnouncementMissing(Refusal):
    """What the exchange does to the market it announces."""

    code = "announcement_missing"
    article = ARTICLE
    zh = "未填写公告内容"
    en = "There is nothing to announce"
    remedy_zh = "请填写向市场公布的内容"
    remedy_en = "Write what the market is told"


class InterventionExists(Refusal):
    """The reference stands for another decision."""

    code = "intervention_exists"
    article = ARTICLE
    zh = "编号 {reference} 已用于另一项处置"
    en = "{reference} stands for another intervention"
    remedy_zh = "请使用新的编号"
    remedy_en = "Use a new reference"


class NotAPriceLimit(Refusal):
    """A price limit is a share of the reference, above 0 and below 1."""

    code = "not_a_price_limit"
    article = "CQETS-17.2"
    zh = "涨跌幅限制 {ratio} 无效，应大于 0、小于 1，至多四位小数"
    en = "{ratio} is no price limit: above 0, below 1, four decimals at most"
    remedy_zh = "例如 0.10 表示 10%"
    remedy_en = "0.10 stands for 10 %"


class PriceLimitFromALaterDay(Refusal):
    """Today's orders were entered under today's limit; another one holds from a later day."""

    code = "price_limit_from_a_later_day"
    article = "CQETS-17.2"
    zh = "调整后的涨跌幅自 {from_date} 起至 {until_date} 无效：最早自 {earliest} 起"
    en = "A price limit cannot change from {from_date} to {until_date}; earliest: {earliest}"
    remedy_zh = "请选择以后的交易日，止日不早于起日"
    remedy_en = "Choose a later day, and no end before it"


def decide_halt(
    *,
    product: Product | None,
    cause: Cause,
    reason: str,
    announcement: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Intervention:
    """Decide to halt trading (暂停交易) in a product, or without one on the whole market.

    Another person carries it out. Source: BJETS-18b, CQETS-21.

    Raises:
        NotYourRole, ReasonsMissing, AnnouncementMissing, InterventionExists.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    asked = Intervention(
        kind=InterventionKind.HALT,
        cause=cause,
        product=product,
        reason=reason,
        announcement=announcement,
        reference=reference,
    )
    return decide(asked, acting, at)


def decide_withdrawal(
    *,
    product: Product | None,
    holder: Organisation | None,
    cause: Cause,
    reason: str,
    announcement: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Intervention:
    """Decide to withdraw every open order (批量撤单) of a product, a holder, both, or all.

    Source: BJETS-18b.

    Raises:
        NotYourRole, ReasonsMissing, AnnouncementMissing, InterventionExists.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    asked = Intervention(
        kind=InterventionKind.WITHDRAWAL,
        cause=cause,
        product=product,
        holder=holder,
        reason=reason,
        announcement=announcement,
        reference=reference,
    )
    return decide(asked, acting, at)


def decide_price_limit(
    *,
    product: Product | None,
    ratio: Decimal,
    from_date: date,
    until_date: date | None,
    cause: Cause,
    reason: str,
    announcement: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Intervention:
    """Decide another price limit (调整涨跌幅限制) from a later day on, until a day or for good.

    Source: CQETS-17.2, BJETS-18b.

    Raises:
        NotYourRole, NotAPriceLimit, PriceLimitFromALaterDay, ReasonsMissing, AnnouncementMissing,
        InterventionExists.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    if not 0 < ratio < 1 or ratio != round(ratio, 4):
        raise NotAPriceLimit(field="ratio", ratio=ratio)
    _must_be_later(from_date, until_date, at)
    asked = Intervention(
        kind=InterventionKind.PRICE_LIMIT,
        cause=cause,
        product=product,
        ratio=ratio,
        from_date=from_date,
        until_date=until_date,
        reason=reason,
        announcement=announcement,
        reference=reference,
    )
    return decide(asked, acting, at)


@transaction.atomic
def decide(asked: Intervention, acting: Acting, at: datetime) -> Intervention:
    """Remember a decision of whoever may, and open its case; sent again it is the earlier one.

    Raises:
        ReasonsMissing, AnnouncementMissing, InterventionExists.
    """
    must_have_reasons(asked.reason, article=ARTICLE)
    if not asked.announcement.strip():
        raise AnnouncementMissing(field="announcement")
    take_turn()
    before = Intervention.objects.filter(reference=asked.reference).first()
    if before:
        if _about(before) != _about(asked):
            raise InterventionExists(reference=asked.reference)
        return before
    asked.decided_at = at
    asked.save(force_insert=True)
    exchange = parties.organisation(acting.organisation)
    casework.open_cases(
        HALT if asked.kind == InterventionKind.HALT else INTERVENTION,
        [
            casework.NewCase(subject, organisation or exchange, market_date(at).year)
            for subject, organisation in asked.subjects().items()
        ],
        acting=acting,
        at=at,
        article=ARTICLE,
    )
    return asked


@transaction.atomic
def halt(*, intervention: Intervention, law: Law, acting: Acting, at: datetime) -> None:
    """Carry a halt out: from this moment no order is taken; open ones stay and may be withdrawn.

    Source: BJETS-18b.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    _carry_out(intervention, "halt", law, acting, at)


@transaction.atomic
def ask_resumption(
    *, intervention: Intervention, reasons: str, acting: Acting, at: datetime
) -> None:
    """Ask that trading be resumed; another person decides. Source: BJETS-18b.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    subject = [intervention.reference]
    casework.move_cases(HALT, "ask_resumption", subject, acting=acting, at=at, note=reasons)


@transaction.atomic
def keep_halted(*, intervention: Intervention, reasons: str, acting: Acting, at: datetime) -> None:
    """Keep a halt though resumption was asked for. Source: BJETS-18b.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(HALT, "keep", [intervention.reference], acting=acting, at=at, note=reasons)


@transaction.atomic
def resume(*, intervention: Intervention, law: Law, acting: Acting, at: datetime) -> None:
    """Resume trading (恢复交易): orders are taken from this moment. Source: BJETS-18b.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    take_turn()
    casework.move_cases(HALT, "resume", [intervention.reference], acting=acting, at=at)
    Intervention.objects.filter(pk=intervention.pk).update(ended_at=at)
    intervention.ended_at = at
    memory = Memory(law=law, day=market_date(at))
    write_batch(memory, [], cause=intervention.reference, acting=acting, at=at)


@transaction.atomic
def decline(*, intervention: Intervention, reasons: str, acting: Acting, at: datetime) -> None:
    """Leave a decision undone, with reasons.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    table = HALT if intervention.kind == InterventionKind.HALT else INTERVENTION
    about = list(intervention.subjects())
    casework.move_cases(table, "decline", about, acting=acting, at=at, note=reasons)


@transaction.atomic
def withdraw_all(
    *, intervention: Intervention, law: Law, acting: Acting, at: datetime
) -> Sequence[int]:
    """Withdraw the open orders a decision names (批量撤单) and free what they hold; tell which.

    Source: BJETS-18b.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    take_turn()
    found = Order.objects.filter(state=OrderState.RESTING).order_by("id")
    if intervention.product_id:
        found = found.filter(product=intervention.product_id)
    if intervention.holder_id:
        found = found.filter(holder=intervention.holder_id)
    numbers = list(found.values_list("id", flat=True))
    _carry_out(intervention, "carry_out", law, acting, at, withdrawn=numbers)
    return numbers


@transaction.atomic
def change_price_limit(
    *, intervention: Intervention, law: Law, acting: Acting, at: datetime
) -> None:
    """Put another price limit into force, still before its first day. Source: CQETS-17.2.

    Raises:
        NotYourRole, WrongState, SamePerson, PriceLimitFromALaterDay.
    """
    assert intervention.from_date is not None, "a price limit has a first day"
    _must_be_later(intervention.from_date, intervention.until_date, at)
    _carry_out(intervention, "carry_out", law, acting, at)


def write_batch(
    memory: Memory, orders: Sequence[Order], *, cause: str, acting: Acting, at: datetime
) -> None:
    """Write a batch that withdraws these orders, or none; a running floor reads it."""
    cover = settlement.lock_accounts({a for order in orders for a in order.held_accounts})
    row = FloorBatch(number=memory.next_batch, at=at, orders=len(orders), trades=0)
    batch = Batch(row, cover)
    for order in orders:
        batch.withdraw(order, memory)
    batch.write(memory, acting=acting, at=at, cause=cause)


def _carry_out(
    intervention: Intervention,
    move: str,
    law: Law,
    acting: Acting,
    at: datetime,
    withdrawn: Sequence[int] = (),
) -> None:
    take_turn()
    table = HALT if intervention.kind == InterventionKind.HALT else INTERVENTION
    note = "\n".join(filter(None, (intervention.announcement, numbers_of(withdrawn))))
    about = list(intervention.subjects())
    casework.move_cases(table, move, about, acting=acting, at=at, note=note)
    memory = Memory(law=law, day=market_date(at))
    orders = [memory.resting[number] for number in withdrawn]
    write_batch(memory, orders, cause=intervention.reference, acting=acting, at=at)
    intervention.carried_out_at = at
    intervention.save(update_fields=["carried_out_at"])


def _about(row: Intervention) -> tuple[object, ...]:
    trade: Trade | None = row.trade
    return (
        *(row.kind, row.product_id, row.holder_id, trade and trade.pk),
        *(row.ratio, row.from_date, row.until_date),
    )


def _must_be_later(from_date: date, until_date: date | None, at: datetime) -> None:
    today = market_date(at)
    if from_date <= today or (until_date and until_date < from_date):
        raise PriceLimitFromALaterDay(
            field="from_date",
            from_date=from_date,
            until_date=until_date or "-",
            earliest=date.fromordinal(today.toordinal() + 1),
        )
