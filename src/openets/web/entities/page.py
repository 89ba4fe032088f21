"""What the list of entities and the page of one entity show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page

from openets.web.language import Said
from openets.web.parts import Choice, Event, Status, Step, Working


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity in one compliance year."""

    no: int
    name: str
    district: str
    industry: str
    methods: Sequence[Said]
    verified_t: int | None
    allocated_t: int | None
    status: Status

    @property
    def gap_t(self) -> int | None:
        """Allowances less verified emissions: below nought is a shortfall."""
        if self.allocated_t is None or self.verified_t is None:
            return None
        return self.allocated_t - self.verified_t


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
    rows: Page[Any]
    verified_total_t: int
    allocated_total_t: int
    export_href: str


@dataclass(frozen=True, slots=True)
class YearEmissions:
    """Reported and verified emissions of one year."""

    year: int
    reported_t: Decimal | int | None
    verified_t: int | None
    status: Status
    working: Working = None


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """The allowance of one production line by its method."""

    line: str
    method: Said
    basis: str
    allocated_t: int
    working: Working


@dataclass(frozen=True, slots=True)
class YearAllocation:
    """The allowance of one compliance year with its lines, relief and pre-allocation."""

    year: int
    lines: Sequence[AllocationLine]
    relief_t: int
    pre_allocated_t: int
    total_t: int
    status: Status
    working: Working = None


@dataclass(frozen=True, slots=True)
class LotHolding:
    """Units of one lot on one account; `locks` are the causes with their tonnes."""

    account: Said
    lot: Said
    available_t: int
    reserved_t: int
    frozen_t: int
    locks: Sequence[tuple[Said, int]] = ()

    @property
    def held_t(self) -> int:
        """Everything that stands there."""
        return self.available_t + self.reserved_t + self.frozen_t


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
class SurrenderYear:
    """The duty of one compliance year and how it was met."""

    year: int
    deadline_date: date
    obligation_t: int
    allowances_t: int
    offsets_t: int
    offset_limit_t: int
    status: Status
    working: Working = None

    @property
    def missing_t(self) -> int:
        """What is still owed."""
        return max(self.obligation_t - self.allowances_t - self.offsets_t, 0)


@dataclass(frozen=True, slots=True)
class EntityPage:
    """Everything known of one entity; `steps` belong to the chosen year."""

    no: int
    name: str
    credit_code: str
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
    cash_available_fen: int | None = None
    cash_reserved_fen: int | None = None
