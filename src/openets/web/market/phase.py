"""What the exchange does at a moment: which phase of the trading day runs, in words."""

from datetime import datetime

from django.conf import settings

from openets.casework import queries as casework
from openets.kernel.calendar import UnknownYear
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.rulebook.load import law
from openets.trading import queries as trading
from openets.trading.session import MarketClosed, Phase, phase_at
from openets.web.language import Said
from openets.web.parts import Status

BREAK, CLOSED = "break", "closed"
PHASES = {
    "call": Said("集合竞价", "Call auction"),
    "continuous": Said("连续竞价", "Continuous trading"),
    "block": Said("大宗交易", "Block deals"),
    BREAK: Said("午间休市", "Midday break"),
    CLOSED: Said("已闭市", "Closed"),
}
"""The phases of a trading day in words."""

_MINUTES = len("2024-01-01 09:30")


def phase_now(at: datetime, *, has_closed: bool) -> str:
    """The phase that runs at a moment: a kind of the rulebook, `break` or `closed`.

    `has_closed` says that the day's sheets are published.
    """
    if has_closed:
        return CLOSED
    hours = _hours(at)
    try:
        return phase_at(
            at=at, day_phases=hours, calendar=casework.calendar(settings.JURISDICTION)
        ).kind
    except MarketClosed:
        return BREAK if _between_phases(at, hours) else CLOSED
    except UnknownYear:
        return CLOSED


def session_at(at: datetime, *, is_running: bool) -> Status:
    """What the exchange does at a moment: trades, waits for the first order, or rests."""
    try:
        phase = phase_at(
            at=at, day_phases=_hours(at), calendar=casework.calendar(settings.JURISDICTION)
        )
    except MarketClosed as closed:
        opens = str(closed.numbers["opens_at"])[:_MINUTES]
        return Status(Said(f"已闭市 · {opens} 开市", f"Closed · opens {opens}"))
    except UnknownYear as unknown:
        return Status(Said(unknown.message("zh"), unknown.message("en")), "warn")
    if not is_running:
        return Status(Said("交易时段 · 尚无申报", "In hours · no order yet"), "info")
    name = PHASES[phase.kind]
    return Status(Said(f"交易中 · {name.zh}", f"Trading · {name.en}"), "good")


def _hours(at: datetime) -> tuple[Phase, ...]:
    return trading.phases(law=law(settings.JURISDICTION), day=market_date(at))


def _between_phases(at: datetime, hours: tuple[Phase, ...]) -> bool:
    """Whether a phase of this trading day ended and another is still to come."""
    local = at.astimezone(MARKET_ZONE)
    if not casework.calendar(settings.JURISDICTION).is_trading_day(local.date()):
        return False
    return hours[0].end <= local.time() < hours[-1].start
