"""What the pages of cases show; a case prints as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page

from openets.casework.models import Comment, Delivery, Notice
from openets.kernel.refusal import Refusal
from openets.web.cases.action import Fact, MoveForm
from openets.web.cases.due import Due
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Choice, Tone


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One step: who, in which role, when, what, by which article, why, and the time it took."""

    at: datetime
    move: Said
    state: Said
    person: str
    role: Said
    organisation: str
    article: str
    note: Said
    waited: Said
    working_days: int | None


@dataclass(frozen=True, slots=True)
class MoveShown:
    """A move the viewer's role may make now: its form, or why it is not made here by them."""

    name: str
    label: Said
    article: str
    form: MoveForm | None = None
    effect: Said | None = None
    why_not: Said | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A filed document."""

    number: int
    name: str
    kind: Said
    size_bytes: int
    sha256: str
    scan: Said
    added_at: datetime
    person: str
    keeping: Said


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice about the case, and its copies."""

    notice: Notice
    text: Said
    deliveries: Sequence["DeliveryRow"]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A copy on its way out, and how far it came."""

    copy: Delivery
    channel: Said
    state: Said
    tone: Tone


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with everything that is remembered of it."""

    number: int
    title: Said
    which: Said
    organisation: str
    organisation_number: int | None
    state: Said
    is_final: bool
    due: Due | None
    due_article: str
    waits_for: Sequence[str]
    comes_by_itself: Sequence[Said]
    facts: Sequence[Fact]
    moves: Sequence[MoveShown]
    refused: Refusal | None
    trail: Sequence[TrailRow]
    comments: Sequence[Comment]
    comment_form: ActForm | None
    documents: Sequence[DocumentRow]
    document_form: ActForm | None
    removal_form: ActForm | None
    notices: Sequence[NoticeRow]


@dataclass(frozen=True, slots=True)
class ToDoRow:
    """A case that waits for the viewer's next move."""

    case: int
    procedure: Said
    number: int | None
    organisation: str
    which: Said
    state: Said
    next_moves: Sequence[Said]
    needs_another: bool
    due: Due | None


@dataclass(frozen=True, slots=True)
class ToDoPage:
    """The open cases of a role: `rows` is a page of `ToDoRow`."""

    role: Said
    rows: Page[Any]
    procedures: Sequence[Choice]
    times: Sequence[Choice]
    whose: Sequence[Choice]
    asked: dict[str, str]
    decisions: Sequence[Choice]
    overdue: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A case on the list of one decision; `at_fault` where the refusal names its place."""

    case: int
    organisation: str
    which: Said
    state: Said
    due: Due | None
    at_fault: bool


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """One decision for a selected list."""

    procedure: Said
    move: Said
    article: str
    rows: Sequence[DecisionRow]
    form: MoveForm


@dataclass(frozen=True, slots=True)
class BoardRow:
    """An open case on the board of deadlines."""

    case: int
    procedure: Said
    organisation: str
    number: int | None
    district: str
    which: Said
    state: Said
    waits_for: str
    due: Due | None
    escalated: bool
    group: Said


@dataclass(frozen=True, slots=True)
class BoardPage:
    """All open cases within reach: overdue first, then by the week in which they are due."""

    rows: Page[Any]
    counts: Sequence[tuple[Choice, int]]
    procedures: Sequence[Choice]
    districts: Sequence[str]
    asked: dict[str, str]
    unknown_year: int | None
