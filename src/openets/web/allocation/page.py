"""What the allocation workspace shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page

from openets.allocation.compare import Comparison, Group
from openets.allocation.models import AdvanceClaim, AllocationPlan, Determination, Run, YearTotal
from openets.web.allocation.sources import Source
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Status, Step


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the year: its counts, who is waited for, where to go, and what may be done."""

    label: Said
    state: Status
    counts: Said
    article: str
    href: str = ""
    go: Said | None = None
    form: ActForm | None = None


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The authority's year at a glance."""

    year: int
    years: Sequence[int]
    steps: Sequence[Step]
    stages: Sequence[Stage]
    entities: int
    with_figures: int
    total: YearTotal | None
    relief_t: int
    may_run: bool
    uses: Sequence[tuple[Said, int]]
    """What the reserve was used for, in tonnes."""
    reserve_left_t: int


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan of a year with its values, and every version."""

    year: int
    years: Sequence[int]
    plan: AllocationPlan | None
    state: Status | None
    versions: Sequence[tuple[AllocationPlan, Said]]
    factors: Sequence[tuple[Said, str]]
    values: Sequence[dict[str, Any]]
    case: int | None
    forms: Sequence[ActForm]


@dataclass(frozen=True, slots=True)
class ComparisonPart:
    """Two allocations beside each other, as a part of a page."""

    base: Source
    of: Source
    found: Comparison
    whole: Group
    ahead: tuple[int, int]
    """Pre-allocated for the next year, before and after."""
    groups: Sequence[tuple[str, Said, Sequence[Group]]]
    changes: Page[Any]
    threshold: Decimal
    order: str
    exports: Sequence[tuple[str, str]]
    year: int | None
    """Of the sheets of the entities, where there are any."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run: its progress, then what it found beside something else."""

    run: Run
    done: int
    changes: Sequence[tuple[Said, str, str]]
    refused: Sequence[Any]
    forms: Sequence[ActForm]
    advance: ActForm | None
    stop: ActForm | None
    bases: Sequence[tuple[str, Said]]
    part: ComparisonPart | None


@dataclass(frozen=True, slots=True)
class SheetPage:
    """An entity's own sheet: result, lines, working, days, and how to object."""

    entity: Any
    year: int
    row: Determination
    lines: Sequence[Any]
    status: Status
    case: int | None
    last_day: date | None
    notified_at: datetime | None
    may_object: bool
    form: ActForm | None
    claims: Sequence[AdvanceClaim]
    """What it was given too much in any year, and what of it was deducted."""
    may_report_risk: bool

    @property
    def next_year(self) -> int:
        """The year of its pre-allocation."""
        return self.year + 1
