"""What the pages of accounts as they stand show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openets.kernel.quantity import Tonnes
from openets.registry.kinds import ACCOUNT_TITLES, LOCK_TITLES, ORDERED, AccountKind, LockCause
from openets.registry.measures import (
    BAR_TITLES,
    MEASURES,
    STATE_TITLES,
    AccountState,
    Bar,
    MeasureKind,
)
from openets.registry.models import Lock, Measure, RegistryAccount, SerialBlock
from openets.registry.queries import Amounts, Holding
from openets.web import words
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Choice, Event, Status, Tone

TONES: dict[AccountState, Tone] = {
    AccountState.ACTIVE: "good",
    AccountState.RESTRICTED: "warn",
    AccountState.SUSPENDED: "bad",
    AccountState.DISQUALIFIED: "bad",
    AccountState.STOPPED: "bad",
}
STATE_CHOICES = [Choice(state, Said(*STATE_TITLES[state])) for state in AccountState]
CAUSE_CHOICES = [Choice(cause, Said(*LOCK_TITLES[cause])) for cause in LockCause]


def status_of(state: AccountState) -> Status:
    """A state of an account as a chip."""
    return Status(Said(*STATE_TITLES[state]), TONES.get(state, ""))


def kind_of(account: RegistryAccount) -> Said:
    """What an account is for, with its year where it has one."""
    zh, en = ACCOUNT_TITLES[AccountKind(account.kind)]
    return Said(f"{zh} {account.year}", f"{en} {account.year}") if account.year else Said(zh, en)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account on a list."""

    account: RegistryAccount
    state: AccountState
    on: Amounts

    @property
    def kind(self) -> Said:
        """What it is for."""
        return kind_of(self.account)

    @property
    def status(self) -> Status:
        """Its state as a chip."""
        return status_of(self.state)


@dataclass(frozen=True, slots=True)
class GovernmentRow:
    """An account of the government or the market; of a year's reserve, what is not used."""

    account: RegistryAccount
    on: Amounts
    left_t: Tonnes | None

    @property
    def kind(self) -> Said:
        """What it is for."""
        return kind_of(self.account)


@dataclass(frozen=True, slots=True)
class LockRow:
    """Units that may not be used: why, by whom, by which article."""

    lock: Lock
    href: str
    """Where the order it rests on is shown; locks of the rules have none."""

    @property
    def cause(self) -> Said:
        """Why they are locked."""
        return Said(*LOCK_TITLES[LockCause(self.lock.cause)])

    @property
    def lot(self) -> Said:
        """The lot in words."""
        return words.lot_label(self.lock.position.lot)

    @property
    def owner(self) -> Said:
        """Whose lock it is."""
        return words.role_of(self.lock.owner)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure with the state of its case."""

    measure: Measure
    state: Status

    @property
    def kind(self) -> Said:
        """What it is called."""
        rule = MEASURES[MeasureKind(self.measure.kind)]
        return Said(rule.zh, rule.en)

    @property
    def article(self) -> str:
        """The article it rests on."""
        return MEASURES[MeasureKind(self.measure.kind)].article

    @property
    def bars(self) -> Said:
        """What it bars."""
        pairs = [BAR_TITLES[Bar(bar)] for bar in self.measure.bars]
        return Said("、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs))


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """Units of one lot on the account."""

    holding: Holding

    @property
    def lot(self) -> Said:
        """The lot in words."""
        return words.lot_label(self.holding.lot)

    @property
    def locks(self) -> list[tuple[Said, Tonnes]]:
        """Why how much of it is locked."""
        return [(Said(*LOCK_TITLES[LockCause(c)]), amount) for c, amount in self.holding.locks]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Everything about how an account stands."""

    account: RegistryAccount
    state: AccountState
    on: Amounts
    holdings: Sequence[HoldingRow]
    blocks: Sequence[SerialBlock]
    measures: Sequence[MeasureRow]
    matters: Sequence[tuple[Said, str, Status, datetime, Said]]
    """Freezes ordered and closings asked for: what, where, how it stands, since when, what of."""
    history: Sequence[Event]
    forms: Sequence[tuple[Said, ActForm]]

    @property
    def status(self) -> Status:
        """The state as a chip."""
        return status_of(self.state)

    @property
    def kind(self) -> Said:
        """What the account is for."""
        return kind_of(self.account)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what a matter is about."""

    label: Said
    value: str | Said | date | None
    tonnes: Tonnes | None = None

    @property
    def shown(self) -> str:
        """The value as text; days as ISO 8601."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class MatterPage:
    """A freeze, a measure or a closing, and what may be done about it."""

    title: Said
    holder: str
    account: RegistryAccount | None
    state: Status
    facts: Sequence[Fact]
    trail: Sequence[Event]
    forms: Sequence[ActForm]
    parent: tuple[Said, str]


def is_ordered(lock: Lock) -> bool:
    """Whether a lock rests on an order and not on a rule."""
    return LockCause(lock.cause) in ORDERED
