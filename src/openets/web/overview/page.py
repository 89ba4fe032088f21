"""What the overview shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from openets.web.language import Said
from openets.web.parts import Step, Working


@dataclass(frozen=True, slots=True)
class YearTotals:
    """Cap and allowances of one compliance year, in tonnes."""

    year: int
    entities: int
    allocated_t: int | None
    reserve_t: int | None
    cap_t: int | None
    verified_t: int | None
    cap_working: Working = None

    @property
    def gap_t(self) -> int | None:
        """What the entities together lack (below nought) or have left."""
        if self.allocated_t is None or self.verified_t is None:
            return None
        return self.allocated_t - self.verified_t


@dataclass(frozen=True, slots=True)
class MethodShare:
    """What one allocation method gave in the chosen year."""

    method: Said
    entities: int
    lines: int
    allocated_t: int
    share: Decimal
    article: str = ""


@dataclass(frozen=True, slots=True)
class SurrenderProgress:
    """How far the surrender of one compliance year has come, as of `as_of`."""

    year: int
    deadline_date: date | None
    as_of_date: date
    obligation_t: int
    surrendered_t: int
    offset_t: int
    fulfilled: int
    open: int
    overdue: int

    @property
    def rate(self) -> Decimal:
        """The part of the duty met, rounded down: only a duty met in full reads 100 %."""
        met = self.surrendered_t + self.offset_t
        if not self.obligation_t:
            return Decimal(0)
        return (Decimal(met) / self.obligation_t).quantize(Decimal("0.0001"), ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class MarketToday:
    """The last trading day of the leading product."""

    product: str
    date: date
    close_fen: int
    change_fen: int
    change_ratio: Decimal
    volume_t: int
    turnover_fen: int
    trades: int
    volume_to_date_t: int
    turnover_to_date_fen: int
    closes_fen: Sequence[int]


@dataclass(frozen=True, slots=True)
class Conservation:
    """Where the units of one class of lots are.

    Issued = held + surrendered + cancelled + withdrawn, at all times.
    """

    lot: Said
    issued_t: int
    held_t: int
    surrendered_t: int
    cancelled_t: int
    withdrawn_t: int

    @property
    def difference_t(self) -> int:
        """Nought, or the registry is wrong."""
        return self.issued_t - (
            self.held_t + self.surrendered_t + self.cancelled_t + self.withdrawn_t
        )


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The end of the hash chain: who has it can prove that nothing before it was changed."""

    sequence: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted over all entities and holdings, and when."""

    years: Sequence[YearTotals]
    methods: Sequence[MethodShare]
    conservation: Sequence[Conservation]
    at: datetime
    entry: int
    """The last entry of the journal by then."""
    good_until: datetime
    """When it is counted anew if something was journalled since; of the wall."""


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The market at a glance; `steps` belong to the chosen year, `chosen` is its totals."""

    year: int
    steps: Sequence[Step]
    chosen: YearTotals
    surrender: Sequence[SurrenderProgress]
    market: MarketToday | None
    journal: JournalHead | None
    counted: Counted
