"""What the pages of verification show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from openets.verification.models import DrawRecord, Finding, TeamMember, Visit, Work
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Choice, Step, Working


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A work in a list."""

    work: Work
    state: Said
    case: int


@dataclass(frozen=True, slots=True)
class WorksPage:
    """The works of a year."""

    year: int
    years: Sequence[Choice]
    rows: Sequence[WorkRow]
    counts: Sequence[tuple[Said, int]]
    draws: Sequence[DrawRecord]
    waiting: int | None
    """How many complete reports have no body; told to the bureau."""
    forms: Sequence[ActForm]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in a list, with its words and how many documents show it."""

    finding: Finding
    case: int
    kind: Said
    state: Said
    figure: Said | None
    evidence: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class MarkRow:
    """An item of the document review with its mark, if it has one."""

    item: Said
    is_right: bool | None
    note: str
    person: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A reported figure, what the findings make of it, and which these are."""

    line: str
    product: str
    figure: Said
    unit: str
    reported: Decimal
    found: Decimal
    findings: Sequence[FindingRow]


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A work as a guided path, with the evidence beside each number."""

    work: Work
    case: int
    state: Said
    steps: Sequence[Step]
    to_do: Said
    team: Sequence[tuple[Said, TeamMember]]
    marks: Sequence[MarkRow]
    visits: Sequence[Visit]
    findings: Sequence[FindingRow]
    figures: Sequence[FigureRow]
    reported_tco2e: int
    found_tco2e: int
    working: Working
    forms: Sequence[ActForm]
    paper: ActForm | None
