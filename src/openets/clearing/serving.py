"""The close of a day for the participants: statements are served, and may be objected to once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.clearing import statement
from openets.clearing.models import ClearedDay, ClearingStatement, Objection
from openets.clearing.procedures import ARTICLE, HOLDERS, OBJECTION
from openets.clearing.statement import Entry, Money, TradeFact
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.clock import at as moment_of
from openets.kernel.quantity import Fen, half_up
from openets.kernel.refusal import Refusal
from openets.parties import operations as organisations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import statements as registry
from openets.registry.kinds import AccountKind
from openets.rulebook.load import Law
from openets.settlement import funds
from openets.settlement import queries as money
from openets.trading import queries as trading
from openets.trading.models import Trade
from openets.trading.procedures import MARKET_DAY

RESERVE_CARD = "settlement.reserve_fee_ratio"


class NotClosedYet(Refusal):
    """Statements are served at the close."""

    code = "trading_not_closed"
    article = ARTICLE
    zh = "{day} 尚未收市，不能出具清算单"
    en = "Trading of {day} is not closed; there are no statements yet"
    remedy_zh = "请在收市后办理"
    remedy_en = "Come back after the close of trading"


class LaterDayCleared(Refusal):
    """Days are cleared in their order."""

    code = "later_day_cleared"
    article = ARTICLE
    zh = "{later} 的清算单已出具，不能再出具 {day} 的清算单"
    en = "The statements of {later} are served; those of {day} can no longer be"
    remedy_zh = "{day} 的资金变动已列入其后的清算单"
    remedy_en = "What moved on {day} stands in the statements that followed"


class NoSuchStatement(Refusal):
    """The participant has no statement of that day: nothing moved."""

    code = "no_such_clearing_statement"
    article = ARTICLE
    zh = "{holder} 没有 {day} 的清算单：当日无成交和资金变动，或尚未出具"
    en = "{holder} has no statement of {day}: nothing moved, or none was served yet"
    remedy_zh = "请从清算单列表中选择"
    remedy_en = "Choose one of the list"


class ObjectionOver(Refusal):
    """Objections end before the next opening; then the statement is accepted."""

    code = "clearing_objection_too_late"
    article = ARTICLE
    zh = "{day} 清算单的异议应在 {until} 前（下一交易日开市前）提出，逾期视为认可"
    en = "Objections to the statement of {day} ended at {until}, before the next opening"
    remedy_zh = "清算结果已视为认可；如有争议请与交易机构联系"
    remedy_en = "The statement counts as accepted; speak to the exchange"


class ObjectedAlready(Refusal):
    """There is one objection a statement."""

    code = "objected_already"
    article = ARTICLE
    zh = "对 {day} 清算单已提出过异议"
    en = "The statement of {day} was objected to already"
    remedy_zh = "请等待交易机构的决定"
    remedy_en = "Wait for the decision of the exchange"


class ObjectionEmpty(Refusal):
    """An objection says in writing what is wrong."""

    code = "objection_says_nothing"
    article = ARTICLE
    zh = "异议内容为空"
    en = "The objection says nothing"
    remedy_zh = "请写明异议事项和理由"
    remedy_en = "Say what is wrong, and why"


@transaction.atomic
def serve(*, day: date, law: Law, acting: Acting, at: datetime) -> ClearedDay:
    """Serve the statements of a day to all whose money or units moved (出具清算单), once.

    Each tells what moved since the statements before, the first since its day began. A share of
    the fees goes to the risk reserve. Source: CQETS-22, CQ208-A4.1.3, CQETS-21.

    Raises:
        NotYourRole, NotClosedYet, LaterDayCleared.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article=ARTICLE)
    organisations.one_at_a_time("clearing/serve")
    before = ClearedDay.objects.first()
    known = ClearedDay.objects.filter(day=day).first()
    if known:
        return known
    if before and before.day > day:
        raise LaterDayCleared(day=day, later=before.day)
    if cases.case(MARKET_DAY, day.isoformat()) is None:
        raise NotClosedYet(day=day)
    since = before.until if before else moment_of(day)
    trades = [t for t in trading.trades_between(market_date(since), day) if since <= t.at < at]
    cancelled = trading.cancelled_between(since, at)
    sides = {who for t in (*trades, *cancelled) for who in (t.buyer_id, t.seller_id)}
    holders = parties.everybody().filter(pk__in=sides | money.paid_between(since, at))
    cleared = ClearedDay(
        day=day,
        since=since,
        until=at,
        fees_fen=money.fees_between(since, at),
        reserved_fen=0,
        objections_until=_next_opening(law, day),
    )
    cleared.reserved_fen = _to_the_reserve(cleared, law, acting, at)
    cleared.save()
    made = _statements(cleared, list(holders), trades)
    ClearingStatement.objects.bulk_create(made)
    journal.record(
        operation="clearing.serve",
        subject=f"clearing/{day}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={
            "statements": len(made),
            "sha256": statement.digest({row.holder.code: row.sha256 for row in made}),
            "fees_fen": cleared.fees_fen,
            "reserved_fen": cleared.reserved_fen,
        },
    )
    return cleared


@transaction.atomic
def object_to(
    *, holder: Organisation, day: date, text: str, acting: Acting, at: datetime
) -> Objection:
    """Object in writing to one's own statement, once and before the next opening (异议).

    Source: CQETS-22.

    Raises:
        NotYourRole, OutsideYourScope, NoSuchStatement, ObjectionEmpty, ObjectionOver,
        ObjectedAlready.
    """
    acting.must_be(*HOLDERS, article=ARTICLE)
    parties.must_be_allowed(acting, "clearing.object_to", holder)
    served = served_to(holder, day)
    organisations.one_at_a_time(f"clearing/objection/{served.pk}")
    if not text.strip():
        raise ObjectionEmpty(field="text")
    before = Objection.objects.filter(statement=served).first()
    if before:
        if before.text == text.strip():
            return before
        raise ObjectedAlready(day=day)
    if at >= served.cleared.objections_until:
        until = f"{served.cleared.objections_until.astimezone(MARKET_ZONE):%Y-%m-%d %H:%M}"
        raise ObjectionOver(day=day, until=until)
    made = Objection.objects.create(statement=served, text=text.strip(), filed_at=at)
    case = NewCase(made.subject, holder, day.year)
    casework.open_cases(OBJECTION, [case], acting=acting, at=at, article=ARTICLE)
    return made


@transaction.atomic
def decide(
    *,
    holder: Organisation,
    day: date,
    upheld: bool,
    reasons: str,
    acting: Acting,
    at: datetime,
) -> Objection:
    """Decide an objection for the exchange, with reasons. Source: CQETS-22.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchStatement, NoSuchCase, WrongState.
    """
    served = served_to(holder, day)
    move = "uphold" if upheld else "reject"
    subject = f"{day}/{holder.code}"
    casework.move_cases(OBJECTION, move, [subject], acting=acting, at=at, note=reasons)
    return Objection.objects.get(statement=served)


def served_to(holder: Organisation, day: date) -> ClearingStatement:
    """The statement of a participant and day.

    Raises:
        NoSuchStatement.
    """
    mine = ClearingStatement.objects.filter(holder=holder, cleared=day)
    found = mine.select_related("cleared", "holder", "objection").first()
    if found is None:
        raise NoSuchStatement(holder=holder.name, day=day)
    return found


def _next_opening(law: Law, day: date) -> datetime:
    following = cases.calendar(law.jurisdiction).next_trading_day(day)
    first = trading.phases(law=law, day=following)[0].start
    return moment_of(following, first.hour, first.minute)


def _to_the_reserve(cleared: ClearedDay, law: Law, acting: Acting, at: datetime) -> Fen:
    """A share of the fees; what went to the reserve stays there where more fees were given back."""
    earned_fen = max(cleared.fees_fen, 0)
    share = Fen(int(half_up(earned_fen * law.on(RESERVE_CARD, cleared.day).number)))
    if share:
        reference = cleared.day.isoformat()
        funds.contribute(amount_fen=share, reference=reference, acting=acting, at=at)
    return share


def _statements(
    cleared: ClearedDay, holders: Sequence[Organisation], trades: Sequence[Trade]
) -> list[ClearingStatement]:
    period = {"since": cleared.since, "until": cleared.until}
    moved, (opening, closing) = money.moved(holders, **period), _units(holders, **period)
    traded: dict[int, list[TradeFact]] = {}
    for trade in trades:
        for side, fact in _facts(trade):
            traded.setdefault(side, []).append(fact)
    made = []
    for holder in holders:
        number, mine = holder.pk, moved[holder.pk]
        told = statement.put_together(
            day=cleared.day,
            holder=holder.code,
            name=holder.name,
            **period,
            money=Money(
                opening_fen=mine.opening_fen,
                closing_fen=mine.closing_fen,
                orders_hold_fen=mine.holds.orders_fen,
                withdrawals_hold_fen=mine.holds.withdrawals_fen,
            ),
            entries=[Entry(one.key, one.amount_fen, one.at) for one in mine.entries],
            trades=traded.get(number, []),
            opening_t=opening.get(number, {}),
            closing_t=closing.get(number, {}),
        ).as_json()
        made.append(
            ClearingStatement(
                cleared=cleared, holder=holder, content=told, sha256=statement.digest(told)
            )
        )
    return made


def _facts(trade: Trade) -> list[tuple[int, TradeFact]]:
    """A trade as each of its parties sees it; who traded with itself sees both sides."""
    return [
        (
            holder,
            TradeFact(
                number=trade.pk,
                product=trade.product.code,
                method=trade.method,
                buys=buys,
                price_fen=trade.price_fen,
                qty_t=trade.qty,
                turnover_fen=trade.turnover_fen,
                at=trade.at,
            ),
        )
        for holder, buys in ((trade.buyer_id, True), (trade.seller_id, False))
    ]


Units = Mapping[int, Mapping[str, int]]


def _units(
    holders: Collection[Organisation], *, since: datetime, until: datetime
) -> tuple[Units, Units]:
    """Tonnes on the trading accounts by holder and product, at both ends of a period."""
    codes = {(p.unit, p.vintage_year): p.code for p in trading.products()}
    opening: dict[int, Counter[str]] = {}
    closing: dict[int, Counter[str]] = {}
    for one in registry.changes(holders, AccountKind.TRADING, since=since, until=until):
        lot = one.lot
        code = codes.get((lot.kind, lot.vintage_year)) or codes.get((lot.kind, None)) or lot.code
        for units, tonnes in ((opening, one.before_t), (closing, one.after_t)):
            if tonnes:
                units.setdefault(one.holder, Counter())[code] += tonnes
    return opening, closing
