"""The trading day: which phase runs at a moment, and when the next one begins.

Hours are parameters; the texts name none. A phase runs from its start until before its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise

from openets.kernel.calendar import Calendar
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.refusal import Refusal


class MarketClosed(Refusal):
    """No phase of the trading day runs."""

    code = "market_closed"
    article = "CQETS-17"
    zh = "{at} 不在交易时间内"
    en = "The market is closed at {at}"
    remedy_zh = "请于 {opens_at} 起申报"
    remedy_en = "It opens at {opens_at}"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a trading day, such as a call auction or continuous bidding."""

    kind: str
    start: time
    end: time


def phases(hours: Mapping[str, Iterable[Sequence[str]]]) -> tuple[Phase, ...]:
    """Read the phases of a trading day from pairs of HH:MM by kind, ordered by time.

    Overlapping or reversed pairs are a fault of the parameters.
    """
    day = sorted(
        (
            Phase(kind, time.fromisoformat(start), time.fromisoformat(end))
            for kind, pairs in hours.items()
            for start, end in pairs
        ),
        key=lambda phase: phase.start,
    )
    assert all(phase.start < phase.end for phase in day), "a phase ends after it starts"
    assert all(a.end <= b.start for a, b in pairwise(day)), "phases do not overlap"
    return tuple(day)


def phase_at(*, at: datetime, day_phases: Sequence[Phase], calendar: Calendar) -> Phase:
    """The phase (交易时段) that runs at a moment.

    Raises:
        MarketClosed: no phase runs, with the moment the next one starts.
        UnknownYear: the calendar of the day, or of the next opening, is not known.
    """
    assert day_phases, "a market without hours never opens"
    local = at.astimezone(MARKET_ZONE)
    if calendar.is_trading_day(local.date()):
        for phase in day_phases:
            if phase.start <= local.time() < phase.end:
                return phase
    opens = next_opening(at=at, day_phases=day_phases, calendar=calendar)
    raise MarketClosed(
        at=local.isoformat(sep=" ", timespec="seconds"),
        opens_at=opens.isoformat(sep=" ", timespec="minutes"),
    )


def next_opening(*, at: datetime, day_phases: Sequence[Phase], calendar: Calendar) -> datetime:
    """The first start of a phase after a moment, in the market's time zone.

    Raises:
        UnknownYear: the calendar ends before.
    """
    local = at.astimezone(MARKET_ZONE)
    day = local.date()
    if calendar.is_trading_day(day):
        for phase in day_phases:
            if phase.start > local.time():
                return datetime.combine(day, phase.start, MARKET_ZONE)
    return datetime.combine(calendar.next_trading_day(day), day_phases[0].start, MARKET_ZONE)
