"""The exchange operator's day, filled from what trading, money and reconciliation remember."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.journal import queries as journal
from openets.kernel.calendar import UnknownYear
from openets.kernel.clock import MARKET_ZONE
from openets.parties.matrix import scope
from openets.reconciliation import queries as reconciliation
from openets.reconciliation.queries import MarketDay, NoSuchDay
from openets.rulebook.load import NoValueForTime, law
from openets.settlement import queries as settlement
from openets.trading import published
from openets.trading import queries as trading
from openets.trading.models import DailySheet, OrderState
from openets.trading.procedures import MARKET_DAY
from openets.trading.session import Phase
from openets.web import clock, words
from openets.web.guards import guarded
from openets.web.language import Said
from openets.web.market.day import (
    DayStep,
    Desk,
    Figure,
    OperatorPage,
    timed_steps,
    with_now,
)
from openets.web.market.phase import session_at
from openets.web.parts import StepState
from openets.web.viewer import viewer_of

BLOCK = "block"
DESKS = (
    ("risk", "market_risk.read", Said("风险监控台", "Risk desk")),
    ("auctions", "", Said("单向竞价", "Auctions")),
    ("deals", "deals.read", Said("协议与大宗", "Negotiated and block")),
    ("settlement_desk", "settlement_desk.read", Said("出入金办理", "Deposits and withdrawals")),
    ("day_end", "settlement_desk.read", Said("日终清算", "Clearing of the day")),
    ("reconciliation", "reconciliation.read", Said("日终对账", "Reconciliation")),
    ("opening_queue", "opening_queue.read", Said("开户审核", "Account queue")),
    ("market_sheets", "", Said("每日行情", "Daily sheets")),
)
"""Pages of the exchange's work, and what of the roles matrix opens them; empty: to everybody."""

COMPARED: Mapping[str, StepState] = {"open": "now", "differences": "late"}
"""How the comparison of the books stands while the day's case is in a state."""

TONNES = Said("吨", "t")


@require_safe
@guarded("reconciliation.read")
def day(request: HttpRequest, day: str = "") -> HttpResponse:
    """One market day, or today's."""
    now = clock.now(request).astimezone(MARKET_ZONE)
    try:
        chosen = date.fromisoformat(day) if day else _current(now)
        page = operator_page(chosen, at=now, desks=_desks(request))
    except (ValueError, NoValueForTime) as fault:
        # No day of the calendar, or none on which the market had rules.
        raise Http404(day) from fault
    return render(request, "web/market/operator.html", {"page": page})


def operator_page(day: date, *, at: datetime, desks: list[Desk]) -> OperatorPage:
    """The day with its steps, its double checks and its numbers."""
    sheets = published.sheets_between(day, day)
    found = _market_day(day)
    is_trading_day = _is_trading_day(day)
    timed = timed_steps(_phases(day), day=day, at=at, has_closed=bool(sheets))
    rows = [
        _pre_open(day, has_begun=timed[0].state != "ahead" or trading.floor_day() == day),
        *timed,
        *_after_close(day, sheets, found),
    ]
    days = [each.day for each in reconciliation.market_days()]
    return OperatorPage(
        day=day,
        is_trading_day=is_trading_day,
        session=session_at(at, is_running=not sheets and trading.floor_day() == day)
        if day == at.date()
        else None,
        earlier=max((each for each in days if each < day), default=None),
        next=min((each for each in [*days, _current(at)] if each > day), default=None),
        rows=with_now(rows) if is_trading_day else rows,
        figures=_figures(day),
        desks=desks,
    )


def _current(at: datetime) -> date:
    """Today where it is a trading day, else the last day that was traded."""
    today = at.date()
    if _is_trading_day(today):
        return today
    return reconciliation.last_traded_day() or today


def _is_trading_day(day: date) -> bool:
    try:
        return casework.calendar(settings.JURISDICTION).is_trading_day(day)
    except UnknownYear:
        return False


def _phases(day: date) -> list[Phase]:
    """The phases of the floor, and what is left to block deals once they are over."""
    rules = law(settings.JURISDICTION)
    phases = list(trading.phases(law=rules, day=day))
    ends = [time.fromisoformat(to) for _, to in rules.on("trading.block_sessions", day).items]
    last = max(ends, default=phases[-1].end)
    if last > phases[-1].end:
        phases.append(Phase(BLOCK, phases[-1].end, last))
    return phases


def _pre_open(day: date, *, has_begun: bool) -> DayStep:
    """Before the market opens the day before is closed by both institutions. Source: CQETS-23."""
    earlier = trading.unclosed_day(before=day)
    state: StepState = "done" if has_begun else "now"
    if earlier:
        note = Said(f"市场日 {earlier} 尚未日结", f"The market day {earlier} is not closed")
        state = "late"
    else:
        note = Said("此前各市场日均已日结", "All earlier market days are closed")
    return DayStep(
        label=Said("开市前检查", "Pre-open"),
        state=state,
        note=note,
        check=Said("上一日由两机构日结", "The day before, closed by both"),
        href=reverse("market_day", args=[earlier.isoformat()]) if earlier else "",
        article="CQETS-23",
    )


def _after_close(day: date, sheets: list[DailySheet], found: MarketDay | None) -> list[DayStep]:
    closing = journal.trail(f"day/{day}").filter(operation="trading.close_day").last()
    person = closing.person if closing else ""
    done: StepState = "done" if sheets else "ahead"
    expired = len(closing.content["expired"]) if closing else 0
    return [
        DayStep(
            label=Said("收市", "Close"),
            state=done,
            window=_moment(closing.at) if closing else "",
            note=Said(f"{expired} 笔委托到期释放", f"{expired} open orders expired")
            if closing
            else None,
            first=person,
            article="CQETS-17",
        ),
        DayStep(
            label=Said("公布行情", "Sheets"),
            state=done,
            note=Said(f"{len(sheets)} 个产品", f"{len(sheets)} products") if sheets else None,
            first=person,
            href=f"{reverse('market_sheets')}?since={day}&until={day}" if sheets else "",
            article="CQETS-20",
        ),
        _clearing(done),
        *_books(day, found),
    ]


def _clearing(done: StepState) -> DayStep:
    """Every trade settles in the transaction that makes it; at the end the sums must agree."""
    kept = settlement.conservation()
    note = (
        Said("逐笔交收，资金守恒", "Each trade is settled; money is conserved")
        if kept.holds
        else Said("资金不守恒", "Money is not conserved")
    )
    return DayStep(
        label=Said("清算", "Clearing"),
        state=done if kept.holds else "late",
        note=note,
        check=Said("存取与手续费合计相符", "Paid in and fees add up"),
        article="CQETS-22",
    )


def _books(day: date, found: MarketDay | None) -> list[DayStep]:
    """The four books compared, and the day closed by a person of each institution."""
    check = Said("交易机构确认，登记机构日结", "Confirmed by the exchange, closed by the registry")
    href = reverse("market_day", args=[day.isoformat()]) if found else ""
    state = found.case.state if found else ""
    who = {line.move: line.person for line in found.case.trail.all()} if found else {}
    compared = COMPARED.get(state, "done") if found else "ahead"
    left = len(found.differences) if found else 0
    is_compared = bool(found) and state != "open"
    closed: StepState = "done" if state == "closed" else "ahead"
    return [
        DayStep(
            label=Said("日终对账", "Reconciliation"),
            state=compared,
            note=Said(f"{left} 项差异", f"{left} differences") if is_compared else None,
            check=Said("四方账逐笔核对", "Four books, item by item"),
            first=who.get("agree") or who.get("differ") or "",
            href=href,
            article="CQETS-23",
        ),
        DayStep(
            label=Said("日结", "Closed"),
            state="now" if state in {"reconciled", "confirmed"} else closed,
            note=Said(*_said(state)) if found else None,
            check=check,
            first=who.get("confirm", ""),
            second=who.get("close", "") if state == "closed" else "",
            href=href,
            article="CQETS-5.2c",
        ),
    ]


def _said(state: str) -> tuple[str, str]:
    label = words.state_of(MARKET_DAY, state)
    return label.zh, label.en


def _figures(day: date) -> list[Figure]:
    modes = published.modes_between(day, day)
    turnover_fen = sum(mode.turnover_fen for mode in modes)
    counts = published.order_counts(day)
    return [
        Figure(Said("成交笔数", "Trades"), sum(mode.trades for mode in modes)),
        Figure(Said("成交量", "Volume"), sum(mode.volume_t for mode in modes), TONNES),
        Figure(Said("成交额", "Turnover"), turnover_fen, is_money=True),
        Figure(Said("参与交易单位", "Participants"), published.participants_on(day)),
        Figure(Said("当日委托", "Orders"), sum(counts.values())),
        Figure(Said("未成交", "Open"), counts.get(OrderState.RESTING, 0)),
        Figure(Said("撤单", "Withdrawn"), counts.get(OrderState.WITHDRAWN, 0)),
        Figure(Said("拒绝", "Refused"), counts.get(OrderState.REFUSED, 0)),
    ]


def _market_day(day: date) -> MarketDay | None:
    try:
        return reconciliation.market_day(day)
    except NoSuchDay:
        return None


def _moment(at: datetime) -> str:
    return f"{at.astimezone(MARKET_ZONE):%H:%M}"


def _desks(request: HttpRequest) -> list[Desk]:
    """The other pages of the exchange, and how much of its own waits on the to-do list."""
    viewer = viewer_of(request)
    waiting = None
    if viewer:
        procedures = tuple(words.PROCEDURES.values())
        organisation, person = viewer.organisation.code, viewer.person
        waiting = casework.to_do(procedures, viewer.role, organisation, person).count()
    mine = Desk(Said("待办事项", "To do"), reverse("to_do"), waiting)
    others = (
        Desk(label, reverse(route))
        for route, operation, label in DESKS
        if not operation or (viewer and scope(viewer.role, operation))
    )
    return [mine, *others]
