"""What the pages of verification show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from openets.casework.models import Case, Document
from openets.mrv.correcting import ToldCorrection
from openets.mrv.queries import VerifiedYear
from openets.parties.models import Organisation
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
class LotRow:
    """What was drawn for an entity, with everybody's name."""

    entity: str
    body: str
    among: Sequence[str]
    load: int
    in_depth: bool
    barred: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw with its lots."""

    record: DrawRecord
    lots: Sequence[LotRow]


@dataclass(frozen=True, slots=True)
class WorksPage:
    """The works of a year."""

    year: int
    years: Sequence[Choice]
    rows: Sequence[WorkRow]
    counts: Sequence[tuple[Said, int]]
    draws: Sequence[DrawRow]
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
    unit: str
    """Of the figure; the output has that of its product."""
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
class ResultRow:
    """A result that was told, in a list."""

    organisation: Organisation
    told: VerifiedYear


@dataclass(frozen=True, slots=True)
class VerifiedFigure:
    """A figure as reported and as verified."""

    line: str
    product: str
    figure: Said
    unit: str
    reported: Decimal | None
    verified: Decimal


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """What followed a correction for one thing that rests on the result."""

    matter: Said
    done: Said
    before_t: int | None
    after_t: int | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction with where it stands and what followed."""

    told: ToldCorrection
    state: Said
    followed: Sequence[FollowedRow]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A result told to an entity: its figures, its report, its corrections."""

    organisation: Organisation
    told: VerifiedYear
    work: Work | None
    report_number: str
    case: Case | None
    figures: Sequence[VerifiedFigure]
    working: Working
    corrections: Sequence[CorrectionRow]
    paper: ActForm | None
    correction: ActForm | None


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A work as a guided path, with the evidence beside each number."""

    work: Work
    case: int
    state: Said
    steps: Sequence[Step]
    to_do: Said
    missing: Sequence[Said]
    """What must be done before the next step."""
    is_over: bool
    is_told: bool
    """Whether the entity knows the result."""
    team: Sequence[tuple[Said, TeamMember]]
    marks: Sequence[MarkRow]
    visits: Sequence[Visit]
    photographs: Sequence[Document]
    findings: Sequence[FindingRow]
    figures: Sequence[FigureRow]
    reported_tco2e: int
    found_tco2e: int
    working: Working
    forms: Sequence[ActForm]
    paper: ActForm | None
