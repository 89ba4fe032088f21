"""What the list of entities and the page of one entity show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page

from openets.allocation.models import AdvanceClaim
from openets.compliance.duty import Status as DutyStatus
from openets.web import words
from openets.web.language import Said
from openets.web.parts import Choice, Event, Status, Step, Working


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity in one compliance year."""

    no: int
    name: str
    district: str
    industry: str
    methods: Sequence[str]
    verified_t: int | None
    allocated_t: int | None
    duty: DutyStatus | None

    @property
    def gap_t(self) -> int | None:
        """Allowances less verified emissions: below nought is a shortfall."""
        if self.allocated_t is None or self.verified_t is None:
            return None
        return self.allocated_t - self.verified_t

    @property
    def method_labels(self) -> list[Said]:
        """The methods in words."""
        return [words.METHODS[method] for method in self.methods]

    @property
    def status(self) -> Status | None:
        """The status in words, where it may be seen."""
        return words.STATUSES[self.duty] if self.duty else None


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, and what may be asked for."""

    name: str = ""
    district: str = ""
    industry: str = ""
    status: str = ""
    method: str = ""
    districts: Sequence[Choice] = ()
    industries: Sequence[Choice] = ()
    statuses: Sequence[Choice] = ()
    methods: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class EntitiesPage:
    """The list: `rows` is a page of `EntityRow`; the totals are over all rows found."""

    year: int
    filters: Filters
    sees_figures: bool
    sees_status: bool
    rows: Page[Any]
    verified_total_t: int
    allocated_total_t: int
    export_href: str
    excel_href: str


@dataclass(frozen=True, slots=True)
class YearEmissions:
    """Reported and verified emissions of one year."""

    year: int
    reported_t: int
    verified_t: int | None
    status: Status
    working: Working = None


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """The allowance of one production line by its method."""

    line: str
    product: str
    method: Said
    basis: Said
    allowance_exact_t: Decimal
    working: Working


@dataclass(frozen=True, slots=True)
class YearAllocation:
    """The allowance of one compliance year with its lines, relief and pre-allocation."""

    year: int
    lines: Sequence[AllocationLine]
    relief_t: int
    pre_allocated_t: int
    claim_t: int
    """Used in advance of a cancelled pre-allocation: a later allocation deducts it (AMB-62)."""
    total_t: int
    status: Status
    working: Working = None
    pre_issued_t: int = 0
    """Issued before, as the year's pre-allocation."""
    deducted_t: int = 0
    """Taken off for claims of earlier years."""
    to_issue_t: int = 0


@dataclass(frozen=True, slots=True)
class LotHolding:
    """Units of one lot on one account; `locks` are the causes with their tonnes."""

    account: Said
    lot: Said
    code: str
    traded: bool
    held_t: int
    reserved_t: int
    locks: Sequence[tuple[Said, int]]

    @property
    def frozen_t(self) -> int:
        """What is locked, for whatever cause."""
        return sum(amount for _, amount in self.locks)

    @property
    def unfrozen_t(self) -> int:
        """What is not locked; open orders may keep a part of it."""
        return self.held_t - self.frozen_t

    @property
    def available_t(self) -> int:
        """What may be used now."""
        return self.unfrozen_t - self.reserved_t


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade as this entity saw it."""

    date: date
    product: str
    side: Said
    bought: bool
    mode: Said
    volume_t: int
    price_fen: int
    turnover_fen: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An open order of this entity."""

    at: datetime
    product: str
    side: Said
    bought: bool
    volume_t: int
    remaining_t: int
    price_fen: int | None


@dataclass(frozen=True, slots=True)
class SurrenderYear:
    """The duty of one compliance year and how it was met."""

    year: int
    deadline_date: date | None
    obligation_t: int
    allowances_t: int
    advance_t: int
    """Of the allowances, those of the next year that were granted in advance."""
    offsets_t: int
    offset_limit_t: int | None
    status: Status
    at_deadline: Status | None

    @property
    def missing_t(self) -> int:
        """What is still owed."""
        return max(self.obligation_t - self.allowances_t - self.offsets_t, 0)


@dataclass(frozen=True, slots=True)
class EntityPage:
    """Everything known of one entity; `steps` belong to the chosen year."""

    no: int
    name: str
    district: str
    industry: str
    listed_since: date | None
    year: int
    status: Status
    steps: Sequence[Step]
    emissions: Sequence[YearEmissions]
    allocations: Sequence[YearAllocation]
    holdings: Sequence[LotHolding]
    trades: Sequence[TradeRow]
    surrenders: Sequence[SurrenderYear]
    events: Sequence[Event]
    sees_money: bool
    """Whether the viewer may see money and open orders; without it both are left out."""
    cash_available_fen: int | None = None
    cash_reserved_fen: int | None = None
    orders: Sequence[OrderRow] = ()
    code: str = ""
    claims: Sequence[AdvanceClaim] = ()
