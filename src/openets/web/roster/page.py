"""What the pages of the list show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page

from openets.roster.models import Change, Standard
from openets.web.cases.action import Fact
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Choice, Working


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An entity on the list, or on its way onto it or off it."""

    code: str
    name: str
    number: int | None
    district: str
    industry: str
    year: int | None
    case: int | None
    state: Said
    basis: Said
    article: str
    working: Working


@dataclass(frozen=True, slots=True)
class RosterPage:
    """The list of a year as it stands, what waits for a decision, and what may be done."""

    year: int
    years: Sequence[int]
    is_published: bool
    candidates: Sequence[PlaceRow]
    removals: Sequence[PlaceRow]
    rows: Page[Any]
    name: str
    forms: Sequence[ActForm]
    may_propose: bool


@dataclass(frozen=True, slots=True)
class EntityPlacePage:
    """One entity's place on the list, with what a decision rests on."""

    code: str
    name: str
    number: int | None
    district: str
    industry: str
    years: Sequence[int]
    state: Said | None
    case: int | None
    facts: Sequence[Fact]
    forms: Sequence[tuple[Said, str, ActForm]]


@dataclass(frozen=True, slots=True)
class StandardsPage:
    """The scales in force, and the form of a new one."""

    standards: Sequence[Standard]
    scales: Sequence[tuple[str, str, str, str]]
    form: ActForm | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A reported change."""

    change: Change
    case: int
    kind: Said
    organisation: str
    state: Said


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A class of units an entity holds, of which a plan tells where they go."""

    label: Said
    held_t: int


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The report of a change: its kind, the units concerned, and its form."""

    kind: str
    kinds: Sequence[Choice]
    held: Sequence[HeldRow]
    organisations: Sequence[Choice]
    chosen: Sequence[str]
    form: ActForm | None
