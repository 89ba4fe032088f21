"""The law for programs: the catalogue and the cards."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from openets.rulebook.load import Rule, law
from openets.web.guards import public
from openets.web.law import page
from openets.web.schemas import answers

router = Router(tags=["law"])


class RequirementOut(Schema):
    """A requirement, its state (tested, open, not software) and where it lives."""

    id: str
    source: str
    article: str
    title: str
    title_zh: str
    kind: str
    system: str
    jurisdictions: list[str]
    actors: list[str]
    requirement: str
    accept: list[str]
    state: str
    cards: list[str]
    code: list[str]
    tests: list[str]


class AskedIn(Schema):
    """Filters; an empty one asks for all."""

    text: str = ""
    source: str = ""
    system: str = ""
    kind: str = ""
    state: str = ""


class ParameterOut(Schema):
    """One value of a card. `start` and `end` (exclusive) bound it where `years` do not."""

    key: str
    title: str
    title_zh: str
    value: Any
    unit: str
    comparison: str
    years: list[int]
    start: date | None
    end: date | None
    source: str
    quote: str
    assumed: str
    reading: str
    options: list[Any]
    note: str
    confidence: str


@router.get("/requirements", response=answers(list[RequirementOut]))
@public
def requirements(request: HttpRequest, asked: Query[AskedIn]) -> list[dict[str, Any]]:
    """Every requirement of the catalogue that passes the filters."""
    found = page.evidence()
    rows = page.requirement_rows(page.Asked(**asked.dict()))
    return [
        {name: getattr(shown.row, name) for name in shown.row.__dataclass_fields__}
        | {name: getattr(shown.places, name) for name in ("cards", "code", "tests")}
        | {"state": found.state(shown.row)}
        for shown in rows
    ]


@router.get("/parameters", response=answers(list[ParameterOut]))
@public
def parameters(request: HttpRequest, jurisdiction: str = settings.JURISDICTION) -> list[Any]:
    """Every value of every card of a jurisdiction; an unknown one is refused with status 422."""
    return [_parameter(rule) for rule in law(jurisdiction)]


def _parameter(rule: Rule) -> dict[str, Any]:
    alike = ("key", "title", "title_zh", "value", "unit", "comparison", "reading", "note")
    cite, period = rule.cite, rule.period
    return {name: getattr(rule, name) for name in (*alike, "options", "confidence")} | {
        "years": sorted(rule.years),
        "start": period and period.start,
        "end": period and period.end,
        "source": cite.source,
        "quote": cite.quote,
        "assumed": cite.assumed,
    }
