"""The allocation workspace for programs: plans, runs, comparisons, decisions, sheets."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.allocation import operations as allocation
from openets.allocation import plans, runs
from openets.allocation import queries as allowances
from openets.allocation.compare import Change, Comparison, Group, Order
from openets.allocation.models import AllocationPlan, Run
from openets.allocation.operations import subject_of
from openets.allocation.procedures import DETERMINATION, PRE_ALLOCATION
from openets.casework import queries as cases
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.web import clock
from openets.web.allocation import sources
from openets.web.guards import acting_of, guarded, must_reach, public, within
from openets.web.schemas import Exact, RefusalOut, StepOut, Tonnes, answers, steps_out

router = Router(tags=["allocation"])


STEPS: Mapping[str, Callable[..., object]] = {
    "determine": allocation.determine,
    "notify": allocation.notify,
    "request_issue": allocation.request_issue,
    "issue": allocation.issue,
    "set_aside_reserve": allocation.set_aside_reserve,
}
"""The steps of a year, each made for everybody who stands before it."""


class NothingToCompare(Refusal):
    """No allocation has this key."""

    code = "nothing_to_compare"
    zh = "没有可比对的结果“{key}”"
    en = "There is no allocation “{key}” to compare"
    remedy_zh = "请用 run-<编号> 或 year-<年度>"
    remedy_en = "Name a run as run-<number>, or a determined year as year-<year>"


class PlanIn(Schema):
    """The basis of a plan, what was weighed by factor, and whether it replaces the approved one."""

    basis: str
    factors: dict[Literal["growth", "industry", "energy", "air", "other"], str] = Field(
        default_factory=dict
    )
    supersedes: bool = False


class ValueOut(Schema):
    """A value of the law that a plan froze."""

    key: str
    year: int
    title: str
    title_zh: str
    value: Any
    unit: str
    source: str
    assumed: str


class PlanOut(Schema):
    """A version of a year's plan."""

    year: int
    version: int
    state: str
    basis: str
    factors: dict[str, str]
    drafted_at: datetime
    approved_at: datetime | None
    published_at: datetime | None
    parameters_sha256: str
    values: list[ValueOut]


class RunIn(Schema):
    """A trial, or with changed values a what-if; the same reference begins it once."""

    reference: str = Field(max_length=40)
    name: str = Field(max_length=60)
    changes: dict[str, str] = Field(default_factory=dict, description="values by parameter")


class RunOut(Schema):
    """A run and how far it is."""

    number: int
    name: str
    year: int
    kind: str
    changes: dict[str, str]
    person: str
    started_at: datetime
    finished_at: datetime | None
    stopped_at: datetime | None
    entities: int
    done: int
    inputs_sha256: str
    parameters_sha256: str
    entities_sum_t: Tonnes | None
    reserve_t: Tonnes | None
    total_t: Tonnes | None


class RunRowOut(Schema):
    """What a run found for an entity, or why it found nothing."""

    entity: str
    methods: list[str]
    verified_t: Tonnes | None
    allowance_t: Tonnes | None
    gap_t: Tonnes | None
    relief: str
    determined_t: Tonnes | None
    pre_allocation_t: Tonnes | None
    claim_limit_t: Tonnes | None
    refusal: RefusalOut | None


class AllowanceChangeOut(Schema):
    """An entity before and after."""

    entity: str
    industry: str
    district: str
    before_t: Tonnes | None
    after_t: Tonnes | None
    difference_t: Tonnes | None
    change_ratio: Exact | None
    stands_out: bool


class GroupOut(Schema):
    """A group of entities before and after."""

    name: str
    entities: int
    before_t: Tonnes
    after_t: Tonnes
    difference_t: Tonnes
    gap_before_t: Tonnes
    gap_after_t: Tonnes
    winners: int
    losers: int
    gain_t: Tonnes
    loss_t: Tonnes


class ComparisonOut(Schema):
    """Two allocations beside each other, what stands out first."""

    total_before_t: Tonnes | None
    total_after_t: Tonnes | None
    winners: int
    losers: int
    whole: GroupOut
    by_industry: list[GroupOut]
    by_district: list[GroupOut]
    by_method: list[GroupOut]
    changes: list[AllowanceChangeOut]


class YearStepIn(Schema):
    """A step made for every entity of the year that stands before it."""

    step: Literal["determine", "notify", "request_issue", "issue", "set_aside_reserve"]


class RiskIn(Schema):
    """What a district found of an entity that may not comply."""

    grounds: str = Field(max_length=2000)


class PreAllocationOut(Schema):
    """An entity's pre-allocation of a year and where it stands."""

    entity: str
    year: int
    state: str


class BoardOut(Schema):
    """How many determinations of a year stand where."""

    year: int
    states: dict[str, int]


class SheetLineOut(Schema):
    """A line's part of an allowance."""

    line: str
    product: str
    method: str
    coefficient: Exact | None
    allowance: str
    working: list[StepOut] | None


class SheetOut(Schema):
    """An entity's own sheet."""

    entity: str
    year: int
    state: str
    verified_t: Tonnes
    allowance_t: Tonnes
    determined_t: Tonnes
    pre_issued_t: Tonnes
    deducted_t: Tonnes
    to_issue_t: Tonnes
    notified_at: datetime | None
    objection_due_date: date | None
    lines: list[SheetLineOut]
    working: list[StepOut] | None


@router.get("/{int:year}", response=answers(BoardOut))
@guarded("allocation.read")
def board(request: HttpRequest, year: int) -> BoardOut:
    """Where the determinations of a year stand."""
    return _board(year)


@router.post("/{int:year}/steps", response=answers(BoardOut))
@guarded("allocation.read")
def step(request: HttpRequest, year: int, body: YearStepIn) -> BoardOut:
    """Make a step of the year; again it is refused, as nothing waits for it."""
    STEPS[body.step](year=year, **_by(request))
    return _board(year)


@router.get("/{int:year}/plans", response=answers(list[PlanOut]))
@guarded("allocation.draft_plan")
def year_plans(request: HttpRequest, year: int) -> list[PlanOut]:
    """Every version of a year's plan, the latest first."""
    return [_plan(plan) for plan in plans.of_year(year)]


@router.post("/{int:year}/plans", response=answers(PlanOut))
@guarded("allocation.draft_plan")
def draft(request: HttpRequest, year: int, body: PlanIn) -> PlanOut:
    """Draft a version of the plan; it is approved and published as a case, under /api/cases."""
    made = plans.draft_plan(year=year, **body.model_dump(), **_by(request))
    return _plan(made)


@router.get("/plans/{int:year}", response=answers(PlanOut))
@public
def published(request: HttpRequest, year: int) -> PlanOut:
    """The plan of a year as published."""
    found = plans.published(year)
    if found is None:
        raise plans.NoSuchPlan(year=year, version="—")
    return _plan(found)


@router.get("/{int:year}/runs", response=answers(list[RunOut]))
@guarded("allocation.start_run")
def year_runs(request: HttpRequest, year: int) -> list[RunOut]:
    """The runs of a year, the newest first."""
    return [_run(run) for run in runs.runs_of(year)]


@router.post("/{int:year}/runs", response=answers(RunOut))
@guarded("allocation.start_run")
def start(request: HttpRequest, year: int, body: RunIn) -> RunOut:
    """Begin a run and work it off."""
    run = runs.whole_run(
        reference=body.reference,
        name=body.name,
        year=year,
        kind=runs.WHAT_IF if body.changes else runs.TRIAL,
        changes=body.changes,
        **_by(request),
    )
    return _run(run)


@router.get("/runs/{int:number}", response=answers(RunOut))
@guarded("allocation.start_run")
def run(request: HttpRequest, number: int) -> RunOut:
    """A run by its number."""
    return _run(runs.run_numbered(number))


@router.get("/runs/{int:number}/rows", response=answers(list[RunRowOut]))
@guarded("allocation.start_run")
def rows(request: HttpRequest, number: int) -> list[RunRowOut]:
    """What a run found for each entity."""
    found = runs.run_numbered(number).rows.select_related("organisation")
    names = RunRowOut.model_fields.keys() - {"entity"}
    return [
        RunRowOut(entity=row.organisation.code, **{name: getattr(row, name) for name in names})
        for row in found
    ]


@router.post("/runs/{int:number}/propose", response=answers(list[RefusalOut]))
@guarded("allocation.propose")
def propose(request: HttpRequest, number: int) -> list[RefusalOut]:
    """Put a trial forward as the year's result; tells why entities have none."""
    undecided = allocation.propose(run=number, **_by(request))
    return [RefusalOut(**one.refusal.as_json()) for one in undecided]


@router.get("/{int:year}/comparison", response=answers(ComparisonOut))
@guarded("allocation.start_run")
def comparison(
    request: HttpRequest, year: int, of: str = "", base: str = "", order: Order = "tonnes"
) -> ComparisonOut:
    """Two allocations beside each other: run-<number> or year-<year>, against `base`."""
    after, before = _source(of), _source(base)
    day = clock.today(request)
    found = sources.compared(before, after, law(settings.JURISDICTION), day, order)
    return _comparison(found, before, after)


@router.get("/{int:year}/sheets/{code}", response=answers(SheetOut))
@within("allocation.read")
def sheet(request: HttpRequest, year: int, code: str) -> SheetOut:
    """An entity's own sheet; before it is told only the bureau reads it."""
    entity = parties.organisation(code)
    acting = must_reach(request, "allocation.read", entity)
    row = allowances.determination(entity, year)
    if row is None or acting.role != Role.CITY_BUREAU:
        row = allowances.published_of(entity, year)
    subject = subject_of(entity, year)
    names = SheetOut.model_fields.keys() - {"entity", "state", "lines", "working"}
    return SheetOut(
        entity=code,
        state=cases.states(DETERMINATION, [subject])[subject],
        lines=[
            SheetLineOut(
                line=line.line,
                product=line.product,
                method=line.method,
                coefficient=line.coefficient,
                allowance=line.allowance_exact,
                working=steps_out(line.explanation),
            )
            for line in row.lines.all()
        ],
        working=steps_out(row.explanation),
        **{name: getattr(row, name) for name in names},
    )


@router.post("/{int:year}/pre-allocations/{code}/risk", response=answers(PreAllocationOut))
@within("pre_allocation.report_risk")
def report_risk(request: HttpRequest, year: int, code: str, body: RiskIn) -> PreAllocationOut:
    """Report a risk of an entity's pre-allocation of `year`, told or issued; twice is refused."""
    entity = parties.organisation(code)
    acting = must_reach(request, "pre_allocation.report_risk", entity)
    allocation.report_risk(
        organisation=entity, year=year, grounds=body.grounds, acting=acting, at=clock.now(request)
    )
    subject = subject_of(entity, year)
    state = cases.states(PRE_ALLOCATION, [subject])[subject]
    return PreAllocationOut(entity=code, year=year, state=state)


def _board(year: int) -> BoardOut:
    return BoardOut(year=year, states=cases.counts(DETERMINATION, year))


def _by(request: HttpRequest) -> dict[str, Any]:
    return {
        "law": law(settings.JURISDICTION),
        "acting": acting_of(request),
        "at": clock.now(request),
    }


def _plan(plan: AllocationPlan) -> PlanOut:
    names = PlanOut.model_fields.keys() - {"state", "values"}
    values = [ValueOut(**value) for value in plan.law_values]
    given = {name: getattr(plan, name) for name in names}
    return PlanOut(state=plans.state_of(plan), values=values, **given)


def _run(run: Run) -> RunOut:
    names = RunOut.model_fields.keys() - {"number", "done"}
    given = {name: getattr(run, name) for name in names}
    return RunOut(number=run.pk, done=run.rows.count(), **given)


def _source(key: str) -> sources.Source:
    found = sources.source_of(key)
    if found is None:
        raise NothingToCompare(key=key)
    return found


def _comparison(found: Comparison, before: sources.Source, after: sources.Source) -> ComparisonOut:
    groups = {f"by_{name}": [_group(g) for g in found.by(key)] for name, _, key in sources.GROUPS}
    return ComparisonOut(
        total_before_t=before.total_t,
        total_after_t=after.total_t,
        winners=len(found.winners),
        losers=len(found.losers),
        whole=_group(found.whole),
        changes=[_change(change) for change in found.changes],
        **groups,
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(**{name: getattr(group, name) for name in GroupOut.model_fields})


def _change(change: Change) -> AllowanceChangeOut:
    ratio: Decimal | None = change.ratio
    return AllowanceChangeOut(
        entity=change.entity.code,
        industry=change.entity.industry,
        district=change.entity.district,
        before_t=change.before_t,
        after_t=change.after_t,
        difference_t=change.difference_t,
        change_ratio=ratio,
        stands_out=change.stands_out,
    )
