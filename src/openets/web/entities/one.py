"""The page of one entity, filled from what every room remembers of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings

from openets.allocation import queries as allocation
from openets.allocation.models import Determination, LineDetermination
from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as casework
from openets.casework.models import Case, TrailLine
from openets.compliance import queries as compliance
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.models import DutyEvent
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.compliance.queries import YearDuty
from openets.compliance.status import Kind
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.mrv import queries as mrv
from openets.mrv.procedures import REPORT, VERIFICATION
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import queries as registry
from openets.registry.kinds import ACCOUNT_TITLES, LOCK_TITLES, AccountKind, LockCause
from openets.rulebook.load import Law, NotSet, NoValueForTime, UnknownRule, law
from openets.settlement import queries as settlement
from openets.trading import queries as trading
from openets.trading.models import Order, Trade
from openets.web import words
from openets.web.entities.page import (
    AllocationLine,
    EntityPage,
    LotHolding,
    OrderRow,
    SurrenderYear,
    TradeRow,
    YearAllocation,
    YearEmissions,
)
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Event, Status
from openets.web.progress import steps_of_year

INVENTORIED = Status(Said("已盘查", "Inventoried"), "info")
BOUGHT, SOLD = Said("买入", "Bought"), Said("卖出", "Sold")
BUY, SELL = Said("买", "Buy"), Said("卖", "Sell")

Cases = Mapping[tuple[str, int], str]
"""Where the entity's cases stand, by procedure and year."""


def entity_page(
    organisation: Organisation, *, year: int, today: date, sees_money: bool
) -> EntityPage:
    """Everything known of an entity; `steps` and the status belong to the chosen year."""
    rules = law(settings.JURISDICTION)
    trail = casework.trail(organisation)
    cases = {(line.case.procedure, line.case.year): line.case.state for line in trail}
    duties = compliance.duties_of(organisation, rules, on=today)
    surrenders = _surrenders(organisation, duties, rules)
    chosen = next((row for row in surrenders if row.year == year), None)
    since = parties.listed_since(organisation)
    claims = allocation.claims(organisation)
    claimed = {claim.year: claim.amount_t for claim in claims if not claim.for_estimate}
    cash = settlement.cash(organisation) if sees_money else None
    return EntityPage(
        no=organisation.number or 0,
        name=organisation.name,
        district=organisation.district,
        industry=organisation.industry,
        listed_since=market_date(since) if since else None,
        year=year,
        status=chosen.status if chosen else words.STATUSES[DutyStatus.NOT_YET_DUE],
        steps=steps_of_year(
            Counter((name, state) for (name, each), state in cases.items() if each == year),
            deadline=chosen.deadline_date if chosen else None,
            is_met=bool(chosen and not chosen.missing_t),
            is_late=bool(chosen and chosen.status.tone == "bad"),
        ),
        emissions=_emissions(organisation, cases),
        allocations=[
            _allocation(row, cases, claimed.get(row.year + 1, 0))
            for row in allocation.published(organisation)
        ],
        holdings=[_holding(row) for row in registry.holdings(organisation)],
        trades=[_trade(row, organisation) for row in trading.trades_of(organisation)],
        surrenders=surrenders,
        events=_events(trail, compliance.events(organisation)),
        sees_money=sees_money,
        cash_available_fen=cash.available_fen if cash else None,
        cash_reserved_fen=cash.reserved_fen if cash else None,
        orders=[_order(row) for row in trading.open_orders_of(organisation)] if sees_money else (),
        code=organisation.code,
        claims=claims,
    )


def _emissions(organisation: Organisation, cases: Cases) -> list[YearEmissions]:
    verified = {
        row.year: row.verified_tco2e for row in mrv.verified_years(organisation) if row.notified_at
    }
    rows = []
    for report in mrv.reported_years(organisation):
        year = report.year
        status = INVENTORIED if report.inventory else _report_status(cases, year)
        rows.append(YearEmissions(year, report.total_tco2e, verified.get(year), status))
    return rows


def _report_status(cases: Cases, year: int) -> Status:
    for procedure in (VERIFICATION, REPORT):
        state = cases.get((procedure.name, year))
        if state is not None:
            is_final = procedure.states[state].final
            return Status(words.state_of(procedure, state), "good" if is_final else "warn")
    return Status(Said("未提交", "Not submitted"))


def _allocation(row: Determination, cases: Cases, claim_t: int) -> YearAllocation:
    state = cases[DETERMINATION.name, row.year]
    return YearAllocation(
        year=row.year,
        lines=[_line(line) for line in row.lines.all()],
        relief_t=row.determined_t - row.allowance_t,
        pre_allocated_t=row.pre_allocation_t or 0,
        claim_t=claim_t,
        total_t=row.determined_t,
        status=Status(
            words.state_of(DETERMINATION, state), "good" if state == "issued" else "warn"
        ),
        working=row.explanation,
        pre_issued_t=row.pre_issued_t,
        deducted_t=row.deducted_t,
        to_issue_t=row.to_issue_t,
    )


def _line(line: LineDetermination) -> AllocationLine:
    return AllocationLine(
        line=line.line,
        product=line.product,
        method=words.METHODS[line.method],
        basis=_basis(line),
        allowance_exact_t=Decimal(line.allowance_exact),
        working=line.explanation,
    )


def _basis(line: LineDetermination) -> Said:
    """Base value, the years it is of, and the coefficient, as far as the method has them."""
    years = "、".join(line.base_years.split(";"))
    parts_zh, parts_en = [], []
    if line.base is not None:
        parts_zh.append(f"基准值 {line.base}")
        parts_en.append(f"base {line.base}")
    if years:
        parts_zh.append(f"历史 {years}")
        parts_en.append(f"of {years.replace('、', ', ')}")
    if line.coefficient is not None:
        parts_zh.append(f"系数 {line.coefficient}")
        parts_en.append(f"coefficient {line.coefficient}")
    return Said(" · ".join(parts_zh) or "等于实际排放", " · ".join(parts_en) or "as emitted")


def _holding(row: registry.Holding) -> LotHolding:
    return LotHolding(
        account=Said(*ACCOUNT_TITLES[AccountKind(row.account_kind)]),
        lot=words.lot_label(row.lot),
        code=row.lot.code,
        traded=row.traded,
        held_t=row.total_t,
        reserved_t=row.reserved_t,
        locks=[(Said(*LOCK_TITLES[LockCause(cause)]), amount) for cause, amount in row.locks],
    )


def _trade(trade: Trade, organisation: Organisation) -> TradeRow:
    bought = trade.buyer_id == organisation.pk
    return TradeRow(
        date=trade.day,
        product=trade.product.code,
        side=BOUGHT if bought else SOLD,
        bought=bought,
        mode=words.MODES[trade.method],
        volume_t=trade.qty,
        price_fen=trade.price_fen,
        turnover_fen=trade.turnover_fen,
    )


def _order(order: Order) -> OrderRow:
    return OrderRow(
        at=order.entered_at,
        product=order.product.code,
        side=BUY if order.buy else SELL,
        bought=order.buy,
        volume_t=order.qty,
        remaining_t=order.remaining,
        price_fen=order.price_fen,
    )


def _surrenders(
    organisation: Organisation, duties: Sequence[YearDuty], rules: Law
) -> list[SurrenderYear]:
    offsets: Counter[int] = Counter()
    for offset in compliance.offsets(organisation):
        if offset.confirmed:
            offsets[offset.year] += offset.amount_t
    advances = {
        row.year: row.requested_t for row in compliance.advances(organisation) if row.granted_at
    }
    return [
        SurrenderYear(
            year=duty.standing.year,
            deadline_date=duty.deadline,
            obligation_t=duty.standing.verified_t or 0,
            allowances_t=duty.standing.counted_t - offsets[duty.standing.year],
            advance_t=advances.get(duty.standing.year, 0),
            offsets_t=offsets[duty.standing.year],
            offset_limit_t=_offset_limit(duty, rules),
            status=words.STATUSES[duty.standing.status],
            at_deadline=words.STATUSES[DutyStatus(duty.frozen.status)] if duty.frozen else None,
        )
        for duty in duties
    ]


def _offset_limit(duty: YearDuty, rules: Law) -> Tonnes | None:
    """The most reductions that may be used, or None in a year without a rule."""
    try:
        offset_rules = OffsetRules.of(rules, duty.standing.year)
    except (NoValueForTime, NotSet, UnknownRule):
        return None
    return offset_cap_t(rules=offset_rules, verified_t=duty.standing.verified_t or Tonnes(0))


def _events(trail: Sequence[TrailLine], duty_events: Sequence[DutyEvent]) -> list[Event]:
    """The trail of all cases, and what was surrendered, newest first."""
    events = [_step(line, line.case) for line in trail]
    events += [
        Event(
            at=event.at,
            title=Said(f"{event.year} 年度清缴", f"{event.year} surrender"),
            text=Said(f"{grouped(event.amount_t)} 吨", f"{grouped(event.amount_t)} t"),
            article="CQETS-26",
            tone="good",
        )
        for event in duty_events
        if event.kind == Kind.SURRENDERED
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _step(line: TrailLine, case: Case) -> Event:
    procedure = words.PROCEDURES[case.procedure]
    move = words.move_of(procedure, line.move)
    return Event(
        at=line.at,
        title=Said(
            f"{case.year} {procedure.zh}：{move.zh}", f"{case.year} {procedure.en}: {move.en}"
        ),
        text=line.note,
        person=line.person,
        role=line.role,
        article=line.article,
        tone="warn" if line.move in {"object", "report_risk"} else "",
    )
