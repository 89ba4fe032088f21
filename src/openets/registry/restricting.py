"""Measures on a participant's accounts (限制措施): one person decides, another carries them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.registry import locks
from openets.registry.grounds import must_have_document, must_have_reasons
from openets.registry.kinds import LockCause
from openets.registry.measures import MEASURES, Bar, MeasureKind
from openets.registry.models import Measure, RegistryAccount
from openets.registry.orders import OpenOrders, numbers_of
from openets.registry.procedures import DECIDES, MEASURE
from openets.rulebook.load import Law

SURRENDER = "surrender"


class NothingBarred(Refusal):
    """A restriction says what it bars."""

    code = "nothing_barred"
    article = "CQETS-30"
    zh = "限制措施未说明限制的业务"
    en = "The restriction does not say what it bars"
    remedy_zh = "请选择买入、卖出或划转"
    remedy_en = "Choose buying, selling or transfers"


class MeasureEndsBeforeItBegins(Refusal):
    """The last day of a measure is not before its first, and some measures have none."""

    code = "measure_ends_before_it_begins"
    article = "CQETS-30"
    zh = "措施的起止日期无效：{from_date} 至 {until_date}"
    en = "A measure of this kind cannot last from {from_date} to {until_date}"
    remedy_zh = "请更正起止日期；取消资格、停用不设期限"
    remedy_en = "Correct the days; what cancels or stops an account has no last day"


class MeasureExists(Refusal):
    """The reference stands for another measure."""

    code = "measure_exists"
    article = "CQETS-30"
    zh = "编号 {reference} 已用于 {holder} 的措施"
    en = "{reference} is already a measure on {holder}"
    remedy_zh = "请使用新的编号"
    remedy_en = "Use a new reference"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision says of a measure: on whom, of which kind, for how long, and why."""

    holder: Organisation
    kind: MeasureKind
    bars: Sequence[Bar]
    allows: Sequence[str]
    reason: str
    decision: str
    from_date: date
    until_date: date | None
    reference: str


@transaction.atomic
def decide_measure(
    *,
    holder: Organisation,
    kind: MeasureKind,
    bars: Sequence[Bar],
    reason: str,
    decision: str,
    from_date: date,
    until_date: date | None,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Measure:
    """Decide a measure on a participant's accounts (限制交易措施); another person carries it out.

    It holds from its first day to its last, both included, or until it is lifted. Whether its
    holder may still surrender is the rule `registry.measures_allow_surrender`. The same decision
    sent again under its `reference` is the earlier one. Source: CQETS-30.

    Raises:
        NotYourRole, DocumentMissing, ReasonsMissing, NothingBarred, MeasureEndsBeforeItBegins,
        MeasureExists.
    """
    assert kind != MeasureKind.STOP, "a stop has its own conditions"
    acting.must_be(*DECIDES, article=MEASURES[kind].article)
    allowing = law.on("registry.measures_allow_surrender", market_date(at)).items
    asked = Decision(
        holder=holder,
        kind=kind,
        bars=bars,
        allows=[SURRENDER] if kind in allowing else [],
        reason=reason,
        decision=decision,
        from_date=from_date,
        until_date=until_date,
        reference=reference,
    )
    return decide(asked, acting=acting, at=at)


def decide(asked: Decision, *, acting: Acting, at: datetime) -> Measure:
    """Remember a decision and open its case; one sent before is returned as it was.

    Raises:
        DocumentMissing, ReasonsMissing, NothingBarred, MeasureEndsBeforeItBegins, MeasureExists.
    """
    rule = MEASURES[asked.kind]
    must_have_document(asked.decision, article=rule.article)
    must_have_reasons(asked.reason, article=rule.article)
    barred = rule.bars or tuple(bar for bar in Bar if bar in asked.bars)
    if not barred:
        raise NothingBarred(field="bars")
    until = asked.until_date
    if until and (until < asked.from_date or not rule.ends):
        raise MeasureEndsBeforeItBegins(
            field="until_date", from_date=asked.from_date, until_date=until
        )
    own = f"{asked.holder.code}/{asked.reference}"
    parties.lock_organisations([asked.holder])
    before = Measure.objects.filter(reference=own).first()
    if before:
        if (before.kind, before.from_date) != (asked.kind, asked.from_date):
            raise MeasureExists(reference=own, holder=asked.holder.name)
        return before
    casework.open_cases(
        MEASURE,
        [casework.NewCase(own, asked.holder, market_date(at).year)],
        acting=acting,
        at=at,
        article=rule.article,
    )
    return Measure.objects.create(
        reference=own,
        holder=asked.holder,
        kind=asked.kind,
        bars=barred,
        allows=list(asked.allows),
        reason=asked.reason.strip(),
        decision=asked.decision.strip(),
        from_date=asked.from_date,
        until_date=until,
        decided_at=at,
    )


@transaction.atomic
def execute_measure(*, measure: Measure, orders: OpenOrders, acting: Acting, at: datetime) -> None:
    """Carry a measure out on every account of its holder, by the registry or the exchange.

    Open orders that it bars from today leave the market at once. Source: CQETS-30.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    assert measure.kind != MeasureKind.STOP, "a stop also locks what is there"
    carry_out(measure, orders, acting, at)


def carry_out(measure: Measure, orders: OpenOrders, acting: Acting, at: datetime) -> None:
    """Put a measure into force: every movement of its holder looks at it from now on.

    Whoever moves units now goes first; then the orders it bars are withdrawn, and the holder told.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    accounts = RegistryAccount.objects.select_for_update(no_key=True).order_by("id")
    numbers = [account.pk for account in accounts.filter(holder=measure.holder)]
    RegistryAccount.objects.filter(pk__in=numbers).update(measured=True)
    withdrawn: Sequence[int] = ()
    if measure.from_date <= market_date(at) <= (measure.until_date or date.max):
        bars = [Bar(bar) for bar in measure.bars]
        withdrawn = orders.withdraw_barred(measure.holder, bars, measure.reference)
    subject, note = [measure.reference], numbers_of(withdrawn)
    casework.move_cases(MEASURE, "execute", subject, acting=acting, at=at, note=note)
    measure.imposed_at = at
    measure.save(update_fields=["imposed_at"])


@transaction.atomic
def withdraw_measure(*, measure: Measure, reasons: str, acting: Acting, at: datetime) -> None:
    """Withdraw a decision that was not carried out yet, with reasons.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    subject = [measure.reference]
    casework.move_cases(MEASURE, "withdraw", subject, acting=acting, at=at, note=reasons)


@transaction.atomic
def decide_lifting(
    *, measure: Measure, decision: str, reasons: str, acting: Acting, at: datetime
) -> None:
    """Decide that a measure is lifted; another person carries it out. Source: CQETS-30.

    Raises:
        NotYourRole, DocumentMissing, ReasonsMissing, WrongState.
    """
    must_have_document(decision, article="CQETS-30")
    subject = [measure.reference]
    casework.move_cases(MEASURE, "decide_lifting", subject, acting=acting, at=at, note=reasons)
    measure.lift_decision = decision.strip()
    measure.save(update_fields=["lift_decision"])


@transaction.atomic
def lift_measure(*, measure: Measure, acting: Acting, at: datetime) -> None:
    """Lift a measure (解除限制), and what it locked, on every account. Source: CQETS-30.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    casework.move_cases(MEASURE, "lift", [measure.reference], acting=acting, at=at)
    locks.lift_all(measure.reference, LockCause.OTHER, acting, at)
    measure.lifted_at = at
    measure.save(update_fields=["lifted_at"])
