"""Measures on accounts as a table: what each kind bars, and the state it puts an account in. Pure.

The states of an account are those of its holder's measures in force, and closed. Source: CQETS-30.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Bar(StrEnum):
    """What a measure keeps a participant from doing."""

    BUY = "buy"
    SELL = "sell"
    TRANSFER = "transfer"
    """Whatever its holder does with units outside the market."""


BAR_TITLES: Mapping[Bar, tuple[str, str]] = {
    Bar.BUY: ("买入", "buying"),
    Bar.SELL: ("卖出", "selling"),
    Bar.TRANSFER: ("划转", "transfers"),
}


class AccountState(StrEnum):
    """Where an account stands, the mildest first (systems 5.14)."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    DISQUALIFIED = "disqualified"
    STOPPED = "stopped"
    CLOSED = "closed"


STATE_TITLES: Mapping[AccountState, tuple[str, str]] = {
    AccountState.ACTIVE: ("正常", "Active"),
    AccountState.RESTRICTED: ("限制", "Restricted"),
    AccountState.SUSPENDED: ("暂停", "Suspended"),
    AccountState.DISQUALIFIED: ("取消交易资格", "Trading qualification cancelled"),
    AccountState.STOPPED: ("停用", "Stopped"),
    AccountState.CLOSED: ("已销户", "Closed"),
}


class MeasureKind(StrEnum):
    """What a decision may impose."""

    RESTRICTION = "restriction"
    SUSPENSION = "suspension"
    DISQUALIFICATION = "disqualification"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """A kind of measure: its state, its article, and what it bars where the decision need not say.

    `ends` tells whether it may be given a last day.
    """

    zh: str
    en: str
    article: str
    state: AccountState
    bars: tuple[Bar, ...] = ()
    ends: bool = True


MEASURES: Mapping[MeasureKind, MeasureRule] = {
    MeasureKind.RESTRICTION: MeasureRule(
        "限制交易", "Restriction", "CQETS-30", AccountState.RESTRICTED
    ),
    MeasureKind.SUSPENSION: MeasureRule(
        "暂停账户", "Suspension", "CQETS-30", AccountState.SUSPENDED, tuple(Bar)
    ),
    MeasureKind.DISQUALIFICATION: MeasureRule(
        "取消交易资格",
        "Cancellation of the trading qualification",
        "CNETS-45",
        AccountState.DISQUALIFIED,
        (Bar.BUY, Bar.SELL),
        ends=False,
    ),
    MeasureKind.STOP: MeasureRule(
        "停用账户", "Stop of use", "BJETS-9.3", AccountState.STOPPED, tuple(Bar), ends=False
    ),
}


def state_under(kinds: Iterable[str], *, closed: bool) -> AccountState:
    """The state of an account under the kinds of measure in force: the gravest of them."""
    if closed:
        return AccountState.CLOSED
    states = [MEASURES[MeasureKind(kind)].state for kind in kinds]
    return max(states, key=list(AccountState).index, default=AccountState.ACTIVE)
