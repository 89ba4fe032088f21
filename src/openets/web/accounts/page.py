"""What the pages of accounts show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page

from openets.kernel.refusal import Refusal
from openets.registry.models import RegistryAccount
from openets.registry.queries import MinimumHolding
from openets.web.desk.page import Queue
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.overview.page import Conservation
from openets.web.parts import Choice


@dataclass(frozen=True, slots=True)
class LotRow:
    """Units of one lot on an account, in tonnes."""

    lot: Said
    code: str
    traded: bool
    total_t: int
    available_t: int
    reserved_t: int
    locks: Sequence[tuple[Said, int]]


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account with its equity account number (权益账户号) and what lies on it."""

    number: str
    title: Said
    lots: Sequence[LotRow]

    @property
    def total_t(self) -> int:
        """All its units together."""
        return sum(lot.total_t for lot in self.lots)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper that was issued."""

    code: str
    title: Said
    subject: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class HolderPage:
    """The accounts of one holder (账户总览); sums are of its holding accounts, in tonnes."""

    code: str
    name: str
    credit_code: str
    accounts: Sequence[AccountCard]
    minimum: MinimumHolding | None
    papers: Sequence[PaperRow]
    form: ActForm

    @property
    def total_t(self) -> int:
        """All units."""
        return sum(account.total_t for account in self.accounts)

    @property
    def available_t(self) -> int:
        """What may be used now."""
        return self._sum("available_t")

    @property
    def reserved_t(self) -> int:
        """What open orders hold."""
        return self._sum("reserved_t")

    @property
    def locked_t(self) -> int:
        """What is locked for any cause."""
        return self.total_t - self.available_t - self.reserved_t

    def _sum(self, name: str) -> int:
        return sum(getattr(lot, name) for account in self.accounts for lot in account.lots)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement."""

    at: datetime
    event: Said
    effect: Said | None
    """Locked or freed; None where units moved."""
    lot: Said
    code: str
    block: str
    counterparty: str
    in_t: int | None
    out_t: int | None
    locked_t: int | None
    balance_t: int
    reference: str
    href: str
    article: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a statement is shown; empty where nothing is left out."""

    year: str
    month: str
    lot: str
    event: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the other pages of a statement are; empty where there is none."""

    newest: str
    newer: str
    older: str
    oldest: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A page of the statement of an account."""

    number: str
    title: Said
    holder: str
    holder_href: str
    asked: Asked
    years: Sequence[Choice]
    months: Sequence[Choice]
    lots: Sequence[Choice]
    events: Sequence[Choice]
    lines: Sequence[Line]
    ways: Ways
    carried: str
    """The query without the page, for the tables to take away."""
    form: ActForm
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A holder on the list, with its units in tonnes."""

    code: str
    name: str
    district: str
    total_t: int
    available_t: int
    accounts: int


@dataclass(frozen=True, slots=True)
class HoldersPage:
    """The holders that somebody reaches: `rows` is a page of `HolderRow`."""

    rows: Page[Any]
    name: str


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A transaction of the day."""

    at: datetime
    kind: Said
    number: int
    debit: RegistryAccount
    credit: RegistryAccount
    amount_t: int
    article: str
    href: str


@dataclass(frozen=True, slots=True)
class RegistryPage:
    """The registry at a glance: every lot, the accounts, today's transactions, what waits."""

    today: date
    lots: Sequence[Conservation]
    accounts: Sequence[tuple[Said, int]]
    done: Sequence[DoneRow]
    done_count: int
    queues: Sequence[Queue]

    @property
    def holds(self) -> bool:
        """Whether no unit appeared or vanished."""
        return not any(lot.difference_t for lot in self.lots)
