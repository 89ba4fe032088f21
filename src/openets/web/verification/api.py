"""Verification for programs: draw, works, marks, visits, findings, scores.

Moves of works, findings and assessments are made under `/api/cases`, as those of every case.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.mrv import correcting
from openets.mrv import queries as mrv
from openets.mrv.figures import Figures, total_tco2e
from openets.mrv.queries import VerifiedYear
from openets.paper.operations import NotToldYet
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.bodies import conditions
from openets.verification.conservative import QUESTIONABLE
from openets.verification.findings import NoSuchFigure
from openets.verification.models import DrawRecord, Work
from openets.verification.operations import Asked
from openets.web import clock
from openets.web.guards import acting_of, guarded, public, within
from openets.web.schemas import Exact, StepOut, Tonnes, answers, steps_out
from openets.web.verification.reach import assigned_to, work_within, works_within
from openets.web.verification.views import SEED_BYTES

router = Router(tags=["verification"])


class LotOut(Schema):
    """What was drawn for an entity: the body, between which, and why others could not be."""

    entity: str
    body: str
    among: list[str]
    load: int
    in_depth: bool
    barred: dict[str, str]


class DrawOut(Schema):
    """A draw as recorded: with its seed and loads anybody can draw again."""

    year: int
    seed: str
    drawn_at: datetime
    depth_share: Exact
    loads: dict[str, int]
    lots: list[LotOut]


class DrawIn(Schema):
    """The year to draw for; sent again under its reference it is the same draw."""

    year: int
    reference: str


class FindingOut(Schema):
    """A finding; `case` is where it is answered and closed."""

    number: int
    case: int
    kind: str
    state: str
    text: str
    line: str
    product: str
    figure: str
    candidate: Exact | None
    corrected: Exact | None
    cause: str
    correction: str
    evidence: int


class WorkOut(Schema):
    """A work of a body on the report of an entity and year."""

    number: int
    entity: str
    year: int
    body: str
    state: str
    in_depth: bool
    reasons: str
    requirement: str


class WorkInFull(WorkOut):
    """A work with its findings, and the result as they leave it now."""

    findings: list[FindingOut]
    marks: dict[str, bool]
    undeclared: list[str]
    """Who of the team has not declared to be independent."""
    visits: int
    verified_tco2e: Tonnes
    working: list[StepOut] | None


class ConditionOut(Schema):
    """A condition of a body: met, not met, or null where somebody decides."""

    name: str
    article: str
    met: bool | None
    found: str
    found_zh: str


class MarkIn(Schema):
    """The outcome of an item of the document review."""

    item: str
    is_right: bool
    note: str = ""


class AskedIn(Schema):
    """A question on site."""

    person: str
    question: str
    answer: str


class VisitIn(Schema):
    """A visit on site, once under its reference."""

    reference: str
    place: str
    began_at: datetime
    ended_at: datetime
    questions: list[AskedIn]


class FindingIn(Schema):
    """A finding, once under its reference."""

    reference: str
    kind: Literal["nonconformity", "clarification"]
    text: str
    line: str = ""
    product: str = ""
    figure: str = ""
    candidate: Exact | None = None


class FigureOut(Schema):
    """Verified figures of a line and product: output in its unit, emissions in tCO2e."""

    line: str
    product: str
    output: Exact
    unit: str
    co2_t: Exact
    non_co2_t: Exact


class FigureIn(Schema):
    """Corrected figures of a line and product; what is left out stays as it is."""

    line: str
    product: str
    output: Exact | None = None
    co2_t: Exact | None = None
    non_co2_t: Exact | None = None


class CorrectionIn(Schema):
    """Other figures for a final result, and why."""

    figures: list[FigureIn]
    reasons: str = Field(max_length=2000)


class FollowedOut(Schema):
    """What followed a correction, by the thing that rests on the result."""

    handler: str
    zh: str
    en: str
    before_t: int | None
    after_t: int | None


class CorrectionOut(Schema):
    """A proposed correction; `case` is where it is confirmed or rejected."""

    version: int
    verified_tco2e: Tonnes
    reasons: str
    proposed_at: datetime
    case: int
    state: str
    followed: list[FollowedOut]


class ResultOut(Schema):
    """A result as told to the entity, in tCO2e."""

    entity: str
    year: int
    body: str
    reported_tco2e: Tonnes
    verified_tco2e: Tonnes
    told_at: datetime
    final_at: datetime | None
    figures: list[FigureOut]
    corrections: list[CorrectionOut]


class ScoreOut(Schema):
    """A published assessment."""

    body: str
    year: int
    result: Exact
    scores: dict[str, str]
    weights: dict[str, str]


@router.get("/draws", response=answers(list[DrawOut]))
@guarded("verification_work.read")
def draws(request: HttpRequest, year: int) -> list[DrawRecord]:
    """The random draws of a year. Source: CNETS-27."""
    return queries.draws(year)


@router.post("/draws", response=answers(DrawOut))
@guarded("verification.draw_bodies")
def draw(request: HttpRequest, asked: DrawIn) -> DrawRecord:
    """Draw bodies for the reports that wait, under a seed nobody knows before."""
    return verification.draw_bodies(
        year=asked.year,
        seed=secrets.token_hex(SEED_BYTES),
        reference=asked.reference,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )


@router.get("/works", response=answers(list[WorkOut]))
@within("verification_work.read")
def works(request: HttpRequest, year: int) -> list[dict[str, Any]]:
    """The works of a year within reach."""
    found = list(works_within(acting_of(request), year))
    states = queries.states(found)
    return [_work(one, states[one.pk]) for one in found]


@router.get("/works/{int:number}", response=answers(WorkInFull))
@within("verification_work.read")
def work(request: HttpRequest, number: int) -> dict[str, Any]:
    """A work with its findings and its result as it stands. Source: CQETS-25.3."""
    return _in_full(request, number)


@router.post("/works/{int:number}/marks", response=answers(WorkInFull))
@within("verification.mark_item")
def mark(request: HttpRequest, number: int, told: MarkIn) -> dict[str, Any]:
    """Mark an item of the document review; the later mark counts."""
    verification.mark_item(**_of(request, number), **told.dict())
    return _in_full(request, number)


@router.post("/works/{int:number}/visits", response=answers(WorkInFull))
@within("verification.record_visit")
def visit(request: HttpRequest, number: int, told: VisitIn) -> dict[str, Any]:
    """Record a visit on site."""
    questions = [Asked(one.person, one.question, one.answer) for one in told.questions]
    facts = {**told.dict(), "questions": questions}
    verification.record_visit(**_of(request, number), **facts)
    return _in_full(request, number)


@router.post("/works/{int:number}/findings", response=answers(FindingOut))
@within("verification.raise_finding")
def finding(request: HttpRequest, number: int, told: FindingIn) -> dict[str, Any]:
    """Raise a finding."""
    # As they are and not as they are written out: an exact figure is written as text.
    facts = {name: getattr(told, name) for name in FindingIn.model_fields}
    raised = verification.raise_finding(**_of(request, number), **facts)
    (found,) = [f for f in queries.findings(raised.work) if f.finding == raised]
    return _finding(found)


@router.get("/conditions/{body}/{entity}", response=answers(list[ConditionOut]))
@guarded("verification_bodies.read")
def body_conditions(request: HttpRequest, body: str, entity: str) -> Any:
    """Every condition of a body for an entity today. Source: BJETS-24."""
    return conditions(
        parties.registered(body),
        parties.registered(entity),
        law=law(settings.JURISDICTION),
        on=clock.today(request),
    )


@router.get("/results/{year}/{code}", response=answers(ResultOut))
@within("verification.read")
def result(request: HttpRequest, year: int, code: str) -> dict[str, Any]:
    """A result told to an entity, with its corrections and what followed them. Source: CQETS-25."""
    return _result(*_told(request, "verification.read", year, code))


@router.post("/results/{year}/{code}/corrections", response=answers(ResultOut))
@within("mrv.propose_correction")
def correction(request: HttpRequest, year: int, code: str, asked: CorrectionIn) -> dict[str, Any]:
    """Propose other figures for a final result; another person confirms them under /api/cases.

    What is left out stays as it is; the same again by the same person proposes nothing new.
    Source: CQETS-25.2b.
    """
    entity, told = _told(request, "mrv.propose_correction", year, code)
    correcting.propose_correction(
        organisation=entity,
        year=year,
        figures=_as_asked(mrv.entered_figures(entity, year), asked.figures),
        reasons=asked.reasons,
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _result(entity, told)


@router.post("/works/{int:number}/own-declaration", response=answers(WorkInFull))
@within("verification.declare_own_independence")
def declare_own(request: HttpRequest, number: int) -> dict[str, Any]:
    """Declare for oneself to have no interest in the entity; again changes nothing."""
    verification.declare_own_independence(**_of(request, number))
    return _in_full(request, number)


@router.get("/scores", response=answers(list[ScoreOut]))
@public
def scores(request: HttpRequest) -> list[dict[str, Any]]:
    """The published scores of the bodies. Source: CQETS-31."""
    return [
        {
            "body": one.body.name,
            "year": one.year,
            "result": one.result,
            "scores": one.scores,
            "weights": one.weights,
        }
        for one in queries.published_scores()
    ]


def _told(
    request: HttpRequest, operation: str, year: int, code: str
) -> tuple[Organisation, VerifiedYear]:
    entity, acting = parties.registered(code), acting_of(request)
    parties.must_be_allowed(acting, operation, entity, assigned=assigned_to(acting))
    told = mrv.results_told(entity, year)
    if not told:
        raise NotToldYet(name=entity.name, year=year)
    return entity, told[0]


def _result(entity: Organisation, told: VerifiedYear) -> dict[str, Any]:
    return {
        "entity": entity.code,
        "year": told.year,
        "body": told.body,
        "reported_tco2e": told.reported_tco2e,
        "verified_tco2e": told.verified_tco2e,
        "told_at": told.notified_at,
        "final_at": told.final_at,
        "figures": [
            {name: getattr(row, name) for name in FigureOut.model_fields}
            for row in mrv.entered_figures(entity, told.year)
        ],
        "corrections": [
            {
                **{name: getattr(one, name) for name in ("version", "verified_tco2e", "reasons")},
                "case": one.case,
                "state": one.state,
                "proposed_at": one.proposed_at,
                "followed": [
                    {"handler": followed.name, **followed.done.as_json()}
                    for followed in one.followed
                ],
            }
            for one in correcting.history(entity, told.year)
        ],
    }


def _as_asked(standing: list[Figures], asked: list[FigureIn]) -> list[Figures]:
    """The figures as they stand, with those that were asked for in their place."""
    rows = {(row.line, row.product): row for row in standing}
    for one in asked:
        key = (one.line, one.product)
        if key not in rows:
            raise NoSuchFigure(line=one.line, product=one.product, figure="—", field="figures")
        told = {name: getattr(one, name) for name in QUESTIONABLE}
        rows[key] = replace(
            rows[key], **{n: value for n, value in told.items() if value is not None}
        )
    return list(rows.values())


def _of(request: HttpRequest, number: int) -> dict[str, Any]:
    acting = acting_of(request)
    return {"work": work_within(acting, number), "acting": acting, "at": clock.now(request)}


def _in_full(request: HttpRequest, number: int) -> dict[str, Any]:
    found = work_within(acting_of(request), number)
    rules = law(settings.JURISDICTION)
    figures, explanation = queries.result(found, law=rules, on=clock.today(request))
    return {
        **_work(found, queries.states([found])[found.pk]),
        "findings": [_finding(one) for one in queries.findings(found)],
        "marks": {name: mark.is_right for name, mark in queries.marks(found).items()},
        "undeclared": list(
            found.team.filter(declared_at=None).values_list("verifier__person__username", flat=True)
        ),
        "visits": found.visits.count(),
        "verified_tco2e": found.verified_tco2e or total_tco2e(figures),
        "working": steps_out(found.explanation or explanation.as_json()),
    }


def _work(one: Work, state: str) -> dict[str, Any]:
    return {
        "number": one.pk,
        "entity": one.organisation.code,
        "year": one.year,
        "body": one.body.code,
        "state": state,
        "in_depth": one.in_depth,
        "reasons": one.reasons,
        "requirement": one.requirement,
    }


def _finding(found: queries.FoundFinding) -> dict[str, Any]:
    finding = found.finding
    names = ("number", "kind", "text", "line", "product", "figure", "cause", "correction")
    facts = {name: getattr(finding, name) for name in (*names, "candidate", "corrected")}
    return {**facts, "case": found.case, "state": found.state, "evidence": found.evidence}
