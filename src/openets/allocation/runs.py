"""Trial runs (试算) and what-ifs (测算): a year calculated for everybody, and nothing follows.

A run writes its own rows only. It goes on step by step, so that its progress can be watched; who
was refused stays in it with the reason. A what-if reads another law and enters no journal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from openets.allocation import levers, plans
from openets.allocation.compare import Result
from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.allocation.models import Determination, LineDetermination, Run, RunRow
from openets.allocation.reserve import entities_sum, reserve_of
from openets.allocation.results import digest, line_years
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

TRIAL, WHAT_IF = "trial", "what_if"


class NoSuchRun(Refusal):
    """No run has this number."""

    code = "no_such_run"
    article = "CQ208-1"
    zh = "没有编号为 {number} 的测算"
    en = "There is no run {number}"
    remedy_zh = "请从测算列表中选择"
    remedy_en = "Choose one of the list of runs"


class NobodyListed(Refusal):
    """A year without entities cannot be run."""

    code = "nobody_listed"
    article = "CQETS-7"
    zh = "{year} 年度名录中没有重点排放单位"
    en = "No key emitting entity is listed for {year}"
    remedy_zh = "请核对年度，或先完成名录"
    remedy_en = "Check the year, or make the list first"


class RunNameMissing(Refusal):
    """A run that is kept has a name."""

    code = "run_name_missing"
    article = "CQETS-11"
    zh = "请为测算命名"
    en = "The run has no name"
    remedy_zh = "请填写名称"
    remedy_en = "Give it a name"


class RunStopped(Refusal):
    """A run that was given up does not go on."""

    code = "run_stopped"
    article = "CQ208-1"
    zh = "“{name}”已停止，不再继续"
    en = "“{name}” was stopped and does not go on"
    remedy_zh = "如需计算，请重新开始"
    remedy_en = "Start another run"


class RunOver(Refusal):
    """What is finished cannot be given up."""

    code = "run_over"
    article = "CQ208-1"
    zh = "“{name}”已完成，不能停止"
    en = "“{name}” is finished and cannot be stopped"
    remedy_zh = "已完成的测算予以保留，可继续比对"
    remedy_en = "It stays, to be compared"


class ManagedNationally(Refusal):
    """What the national market manages is not allocated here."""

    code = "managed_nationally"
    article = "CQETS-2.2"
    zh = "{name} {year} 年度由全国碳市场管理，不分配本市配额"
    en = "{name} is managed by the national market in {year}; nothing is allocated here"
    remedy_zh = "如不属实，请在该年度报告页更正国家市场管理标记"
    remedy_en = "If that is wrong, correct the record on the page of its report"


@dataclass(frozen=True, slots=True)
class Calculated:
    """An entity's result or the reason why it has none, and the digest of the rows it rests on."""

    organisation: Organisation
    inputs_sha256: str
    outcome: EntityAllocation | Refusal


@dataclass(frozen=True, slots=True)
class _Given:
    """What the reserve is reckoned from."""

    allowance_t: int
    determined_t: int


@transaction.atomic
def start_run(
    *,
    reference: str,
    name: str,
    year: int,
    kind: str,
    changes: Mapping[str, str],
    law: Law,
    acting: Acting,
    at: datetime,
) -> Run:
    """Begin a trial or, with changed values, a what-if; `advance_run` then works it off.

    The same reference begins it once. Source: CQ208-1, CQETS-11.

    Raises:
        NotYourRole, RunNameMissing, NobodyListed, NotALever, OutOfRange, NothingChanged.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11")
    assert kind in {TRIAL, WHAT_IF}
    known = Run.objects.filter(reference=reference).first()
    if known:
        return known
    if not name.strip():
        raise RunNameMissing(field="name")
    kept = levers.differing(law, year, changes) if kind == WHAT_IF else {}
    entities = listing.entities(year).count()
    if not entities:
        raise NobodyListed(field="year", year=year)
    law_of_run = levers.changed(law, year, kept)
    run, is_new = Run.objects.get_or_create(
        reference=reference,
        defaults={
            "name": name.strip(),
            "year": year,
            "kind": kind,
            "changes": kept,
            "started_at": at,
            "entities": entities,
            "parameters_sha256": plans.digest_of(plans.values_of(law_of_run, year)),
            **acting.as_json(),
        },
    )
    if is_new and kind == TRIAL:
        journal.record(
            operation="allocation.start_run",
            subject=f"run/{run.pk}",
            acting=acting,
            at=at,
            article="CQ208-1",
            content={"year": year, "parameters_sha256": run.parameters_sha256},
        )
    return run


@transaction.atomic
def advance_run(*, number: int, size: int, law: Law, acting: Acting, at: datetime) -> Run:
    """Calculate the next `size` entities of a run; the last step sums it up.

    Two who advance it at once follow each other; a finished run stays as it is. Source: CQ208-1.

    Raises:
        NotYourRole, NoSuchRun, RunStopped.
    """
    run = _locked(number, acting)
    if run.stopped_at:
        raise RunStopped(name=run.name)
    if run.finished_at:
        return run
    law_of_run = levers.changed(law, run.year, run.changes)
    done = run.rows.values("organisation")
    left = list(listing.entities(run.year).exclude(pk__in=done)[: size + 1])
    found = calculated(left[:size], run.year, law_of_run)
    RunRow.objects.bulk_create(_row(run, one, law_of_run) for one in found)
    if len(left) <= size:
        _sum_up(run, law_of_run, at)
    return run


@transaction.atomic
def stop_run(*, number: int, acting: Acting, at: datetime) -> Run:
    """Give up a run that is not finished; what it found so far stays. Again changes nothing.

    Source: CQ208-1.

    Raises:
        NotYourRole, NoSuchRun, RunOver.
    """
    run = _locked(number, acting)
    if run.finished_at:
        raise RunOver(name=run.name)
    if run.stopped_at:
        return run
    run.stopped_at = at
    run.save()
    if run.kind == TRIAL:
        journal.record(
            operation="allocation.stop_run",
            subject=f"run/{run.pk}",
            acting=acting,
            at=at,
            article="CQ208-1",
            content={"year": run.year, "done": run.rows.count()},
        )
    return run


def whole_run(
    *,
    reference: str,
    name: str,
    year: int,
    kind: str = TRIAL,
    changes: Mapping[str, str] | None = None,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Run:
    """Begin a run and work it off at once, for programs. Source: CQ208-1, CQETS-11."""
    run = start_run(
        reference=reference,
        name=name,
        year=year,
        kind=kind,
        changes=changes or {},
        law=law,
        acting=acting,
        at=at,
    )
    return advance_run(number=run.pk, size=run.entities, law=law, acting=acting, at=at)


def calculated(entities: Sequence[Organisation], year: int, law: Law) -> Iterator[Calculated]:
    """Calculate entities from their binding figures; refusals are results like others.

    Source: CQ208-1, CQ208-A1.3, CQETS-2.2.
    """
    for entity, rows in _rows(entities, year, law):
        try:
            if rows is None:
                raise ManagedNationally(name=entity.name, year=year)
            outcome: EntityAllocation | Refusal = allocate_entity(
                entity=entity.code, year=year, rows=rows, law=law
            )
        except Refusal as refusal:
            outcome = refusal
        yield Calculated(entity, digest(rows or []), outcome)


def digests(entities: Sequence[Organisation], year: int, law: Law) -> dict[int, str]:
    """What the figures of entities are digested to now, by organisation id."""
    return {entity.pk: digest(rows or []) for entity, rows in _rows(entities, year, law)}


def run_numbered(number: int) -> Run:
    """A run by its number.

    Raises:
        NoSuchRun.
    """
    run = Run.objects.filter(pk=number).first()
    if run is None:
        raise NoSuchRun(number=number)
    return run


def runs_of(year: int, kind: str = "") -> Sequence[Run]:
    """The runs of a year, the newest first."""
    found = Run.objects.filter(year=year)
    return list(found.filter(kind=kind) if kind else found)


def results_of(run: Run) -> list[Result]:
    """What a run gave each entity."""
    rows = run.rows.select_related("organisation")
    return [
        Result(
            code=row.organisation.code,
            name=row.organisation.name,
            industry=row.organisation.industry,
            district=row.organisation.district,
            methods=tuple(row.methods),
            verified_t=row.verified_t,
            gap_t=row.gap_t,
            allowance_t=row.allowance_t,
            determined_t=row.determined_t,
            pre_allocation_t=row.pre_allocation_t,
            claim_limit_t=row.claim_limit_t,
        )
        for row in rows
    ]


def determined_results(year: int) -> list[Result]:
    """What the determinations of a year give each entity, also before anybody is told."""
    methods: dict[int, list[str]] = {}
    lines = LineDetermination.objects.filter(determination__year=year).order_by("method")
    for organisation, method in lines.values_list(
        "determination__organisation", "method"
    ).distinct():
        methods.setdefault(organisation, []).append(method)
    rows = Determination.objects.filter(year=year).select_related("organisation")
    return [
        Result(
            code=row.organisation.code,
            name=row.organisation.name,
            industry=row.organisation.industry,
            district=row.organisation.district,
            methods=tuple(methods.get(row.organisation_id, ())),
            verified_t=row.verified_t,
            gap_t=row.gap_t,
            allowance_t=row.allowance_t,
            determined_t=row.determined_t,
            pre_allocation_t=row.pre_allocation_t,
        )
        for row in rows.defer("explanation")
    ]


def differences(run: Run, fresh: Sequence[Calculated], law: Law) -> list[str]:
    """What a fresh calculation found otherwise than a run: entity codes, and "parameters".

    Source: CQETS-11b.
    """
    now = plans.digest_of(plans.values_of(law, run.year))
    found = ["parameters"] if now != run.parameters_sha256 else []
    kept = {row.organisation.code: _said(row) for row in run.rows.select_related("organisation")}
    said = {one.organisation.code: _said(_row(run, one, law)) for one in fresh}
    return found + [code for code in {**kept, **said} if kept.get(code) != said.get(code)]


def _locked(number: int, acting: Acting) -> Run:
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11")
    run = Run.objects.select_for_update().filter(pk=number).first()
    if run is None:
        raise NoSuchRun(number=number)
    return run


def _rows(
    entities: Sequence[Organisation], year: int, law: Law
) -> Iterator[tuple[Organisation, list[LineYear] | None]]:
    """The binding rows that each entity's allowance is calculated from; None: it is national."""
    years = sorted({*law.for_year("alloc.base_years", year).items, year})
    figures = mrv.binding_figures(entities, years, for_year=year)
    national = mrv.managed_nationally(year)
    return (
        (entity, None if entity.pk in national else line_years(figures[entity.pk]))
        for entity in entities
    )


def _said(row: RunRow) -> tuple[object, ...]:
    refused = row.refusal["code"] if row.refusal else None
    return row.inputs_sha256, row.determined_t, row.allowance_t, row.verified_t, refused


def _row(run: Run, one: Calculated, law: Law) -> RunRow:
    row = RunRow(run=run, organisation=one.organisation, inputs_sha256=one.inputs_sha256)
    if isinstance(one.outcome, Refusal):
        row.methods, row.refusal = [], one.outcome.as_json()
        return row
    result = one.outcome
    row.methods = sorted({line.method for line in result.lines})
    row.verified_t, row.allowance_t = result.verified_t, result.allowance_t
    row.gap_t, row.relief, row.determined_t = result.gap_t, result.relief, result.determined_t
    row.pre_allocation_t = result.pre_allocation_t
    if row.pre_allocation_t is not None:
        is_claimed = law.for_year(levers.CLAIM_ADVANCED, run.year + 1).flag
        row.claim_limit_t = min(result.advance_limit_t, row.pre_allocation_t) * is_claimed
    return row


def _sum_up(run: Run, law: Law, at: datetime) -> None:
    rows = list(run.rows.order_by("organisation__code"))
    given = [
        _Given(row.allowance_t, row.determined_t)
        for row in rows
        if row.allowance_t is not None and row.determined_t is not None
    ]
    sum_t = entities_sum(allocations=given, year=run.year, law=law)
    reserve = reserve_of(entities_sum_t=sum_t, year=run.year, law=law)
    run.inputs_sha256 = sha256("".join(row.inputs_sha256 for row in rows).encode()).hexdigest()
    run.entities = len(rows)
    run.entities_sum_t, run.reserve_t = reserve.entities_sum_t, reserve.reserve_t
    run.total_t, run.finished_at = reserve.total_t, at
    run.save()
