"""From the verified numbers to an allowance that nobody disputes (核定、告知、复核)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.allocation import plans, runs
from openets.allocation.entity import allocate_entity
from openets.allocation.models import Determination, YearTotal
from openets.allocation.procedures import DETERMINATION, OPEN_STATES
from openets.allocation.reserve import Reserve, entities_sum, reserve_of
from openets.allocation.results import (
    Result,
    change_result,
    digest,
    keep_results,
    line_years,
    replace_result,
)
from openets.allocation.waiting import own_subject, subject_of, waiting
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.mrv.corrections import Correction, Followed
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

NAMED = 5
"""How many entities a refusal names."""


class AlreadyCalculated(Refusal):
    """Allowances are determined once under the plan."""

    code = "already_calculated"
    article = "CQ208-A1.4"
    zh = "{year} 年度配额已试算，不得重复核定"
    en = "The allowances of {year} are calculated already"
    remedy_zh = "如需更正，请通过复核决定办理"
    remedy_en = "Correct single entities by a review decision"


class NotATrial(Refusal):
    """Only a finished trial run can become the year's result."""

    code = "not_a_trial"
    article = "CQ208-1"
    zh = "“{name}”不是已完成的试算，不能据以核定"
    en = "“{name}” is no finished trial run; nothing can be determined from it"
    remedy_zh = "请选择已完成的试算；测算只供比较"
    remedy_en = "Choose a finished trial run; a what-if is for comparing only"


class RunOutdated(Refusal):
    """What the result rests on changed since it was calculated."""

    code = "run_outdated"
    article = "CQETS-11b"
    zh = "{year} 年度试算之后数据或参数有变化，共 {count} 项：{what}"
    en = "Figures or parameters of {year} changed since it was calculated, {count} of them: {what}"
    remedy_zh = "请重新试算，核对差异后再提交"
    remedy_en = "Run the trial again, look at the differences, then put it forward"


class NotAnAllowance(Refusal):
    """An allowance is a whole number of tonnes, none at least."""

    code = "not_an_allowance"
    article = "CQETS-11.2b"
    zh = "配额 {amount} 吨无效：必须是不小于 0 的整数吨"
    en = "{amount} t is no allowance: whole tonnes, not less than 0"
    remedy_zh = "请填写更正后的配额量"
    remedy_en = "Give the corrected allowance"


@dataclass(frozen=True, slots=True)
class Undecided:
    """An entity that could not be allocated, and why."""

    organisation: Organisation
    refusal: Refusal


@transaction.atomic
def calculate(*, year: int, law: Law, acting: Acting, at: datetime) -> list[Undecided]:
    """Calculate the allowances (配额) of every listed entity and keep each with its working.

    Returns the entities that could not be decided, with the reason; they get no result. Once
    their figures are complete they are calculated by a second run, which leaves the others as
    they are, until the reserve of the year is set aside. Source: CQ208-1, CQ208-A1.3.

    Raises:
        AlreadyCalculated, NotYourRole, NoApprovedPlan, PlanDiffers.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11b")
    plans.must_bind(year, law)
    fresh = runs.calculated(_without_result(year), year, law)
    return _keep(fresh, year, law, acting, at)


@transaction.atomic
def propose(*, run: int, law: Law, acting: Acting, at: datetime) -> list[Undecided]:
    """Put a trial run forward as the year's result, to be determined by another person.

    Everything is calculated afresh and must be what the run found. What was put forward before
    and is not determined yet gives way. Source: CQETS-11b, CQ208-1.

    Raises:
        NotYourRole, NoSuchRun, NotATrial, NoApprovedPlan, PlanDiffers, AlreadyCalculated.
        RunOutdated: parameters or figures changed since the run.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11b")
    found = runs.run_numbered(run)
    if found.kind != runs.TRIAL or not found.finished_at:
        raise NotATrial(name=found.name)
    plans.must_bind(found.year, law)
    waiting = {entity.pk for entity in _without_decision(found.year)}
    fresh = list(runs.calculated(list(listing.entities(found.year)), found.year, law))
    changed = runs.differences(found, fresh, law)
    if changed:
        raise _outdated(changed, found.year)
    left = [one for one in fresh if one.organisation.pk in waiting]
    return _keep(left, found.year, law, acting, at)


@transaction.atomic
def determine(*, year: int, law: Law, acting: Acting, at: datetime) -> Reserve:
    """Fix the calculated allowances and the year's total with its reserve (核定).

    The figures and values they rest on are digested afresh, and none may have changed since: the
    same give the same allowances. Source: CQETS-11b, CQ208-A1.2.

    Raises:
        NothingWaiting, NotYourRole, NoApprovedPlan, PlanDiffers.
        SamePerson: whoever calculated does not determine.
        RunOutdated: figures changed since they were calculated.
    """
    subjects = waiting("determine", year, acting)
    plans.must_bind(year, law)
    _must_still_hold(year, law, acting)
    casework.move_cases(DETERMINATION, "determine", subjects, acting=acting, at=at)
    return _fix_total(year, law, acting, at)


@transaction.atomic
def notify(*, year: int, law: Law, acting: Acting, at: datetime) -> date | None:
    """Tell every entity its result with its working; returns the last day for an objection.

    There is none yet where a notice counts as received once it is opened (AMB-63).
    Source: CQ208-1, CQETS-11b, CQETS-11.2.

    Raises:
        NothingWaiting, NotYourRole, UnknownYear.
    """
    subjects = waiting("notify", year, acting)
    told = casework.move_cases(DETERMINATION, "notify", subjects, acting=acting, at=at, law=law)
    last_day = told[0].due_date
    rows = Determination.objects.filter(
        year=year, organisation__in=[case.organisation_id for case in told]
    )
    rows.update(notified_at=at, objection_due_date=last_day)
    return last_day


@transaction.atomic
def object_to_result(
    *, organisation: Organisation, year: int, grounds: str, law: Law, acting: Acting, at: datetime
) -> date:
    """Ask for review (复核) of an allocation; returns the day the decision is due.

    Source: CQETS-11.2, CQETS-11.2b, CQ208-1b.

    Raises:
        NotYourOwn, ObjectionTooLate, NoSuchCase, WrongState, NotYourRole, UnknownYear.
    """
    subject = own_subject(organisation, year, acting)
    (case,) = casework.move_cases(
        DETERMINATION, "object", [subject], acting=acting, at=at, note=grounds, law=law
    )
    assert case.due_date is not None, "the table gives the review a clock"
    return case.due_date


@transaction.atomic
def decide_objection(
    *,
    organisation: Organisation,
    year: int,
    determined_t: Tonnes | None,
    reasons: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> None:
    """Decide a review: uphold the allowance, or set another one, with reasons.

    What follows from the allowance follows anew: advance limit, pre-allocation, the year's total.
    Source: CQETS-11.2b.

    Raises:
        ReasonsMissing, NotAnAllowance, NoSuchCase, WrongState, SamePerson, NotYourRole.
    """
    if determined_t is not None and determined_t < 0:
        raise NotAnAllowance(amount=determined_t)
    subject = subject_of(organisation, year)
    casework.move_cases(DETERMINATION, "decide", [subject], acting=acting, at=at, note=reasons)
    if determined_t is None:
        return
    row = Determination.objects.select_for_update().get(organisation=organisation, year=year)
    before = row.determined_t
    change_result(row, determined_t, reasons, law)
    journal.record(
        operation="allocation.change",
        subject=subject,
        acting=acting,
        at=at,
        article="CQETS-11.2b",
        content={"before_t": before, "determined_t": determined_t},
    )
    _fix_total(year, law, acting, at)


@transaction.atomic
def accept(*, organisation: Organisation, year: int, acting: Acting, at: datetime) -> None:
    """Take note without objection, so that the issue need not wait. Source: CQ208-A1.4.

    Raises:
        NotYourOwn, NoSuchCase, WrongState, NotYourRole.
    """
    subject = own_subject(organisation, year, acting)
    casework.move_cases(DETERMINATION, "accept", [subject], acting=acting, at=at)


@transaction.atomic
def accept_unopposed(*, year: int, acting: Acting, at: datetime) -> int:
    """Let stand every result whose objection window has ended; tell how many.

    Source: CQ208-A1.4.
    """
    waiting = cases.in_state(DETERMINATION, year, "notified")
    subjects = [case.subject for case in waiting.filter(due_date__lt=market_date(at))]
    if subjects:
        casework.move_cases(DETERMINATION, "let_stand", subjects, acting=acting, at=at)
    return len(subjects)


def follow_correction(correction: Correction, law: Law, acting: Acting, at: datetime) -> Followed:
    """Calculate an allowance anew from a corrected result, while its determination is open.

    One that was accepted or issued stands: it changes by a decision of its own. Where the national
    market manages the year since, nothing is calculated.
    Source: CQETS-25.2b, CQETS-11.2b, CQETS-2.2, AMB-31.
    """
    entity, year = correction.organisation, correction.year
    row = Determination.objects.select_for_update().filter(organisation=entity, year=year).first()
    if row is None:
        return Followed("尚未试算配额", "No allowance was calculated yet")
    subject = subject_of(entity, year)
    state = cases.states(DETERMINATION, [subject])[subject]
    if state not in OPEN_STATES:
        return Followed(
            "配额已确认或发放，维持不变", "The allowance is accepted or issued and stands"
        )
    if entity.pk in mrv.managed_nationally(year):
        return Followed(
            "该年度已由全国碳市场管理，配额不再核算",
            "The national market manages the year; nothing is calculated here",
        )
    years = sorted({*law.for_year("alloc.base_years", year).items, year})
    rows = line_years(mrv.binding_figures([entity], years, for_year=year)[entity.pk])
    before_t = row.determined_t
    result = allocate_entity(entity=entity.code, year=year, rows=rows, law=law)
    replace_result(row, result, digest(rows), law)
    journal.record(
        operation="allocation.change",
        subject=subject,
        acting=acting,
        at=at,
        article="CQETS-25.2b",
        content={"before_t": before_t, "determined_t": row.determined_t},
    )
    if state != "calculated":
        _fix_total(year, law, acting, at)
    return Followed(
        "配额已重新核算", "The allowance was calculated anew", before_t, row.determined_t
    )


def _fix_total(year: int, law: Law, acting: Acting, at: datetime) -> Reserve:
    """Keep the year's total and reserve as they follow from all determined allowances."""
    # Locked first: of two decisions at once, the second sums what the first has changed.
    YearTotal.objects.select_for_update().filter(year=year).first()
    undetermined = cases.in_state(DETERMINATION, year, "calculated").values("organisation")
    rows = Determination.objects.filter(year=year).exclude(organisation__in=undetermined)
    sum_t = entities_sum(allocations=rows.defer("explanation"), year=year, law=law)
    reserve = reserve_of(entities_sum_t=sum_t, year=year, law=law)
    content = {
        "entities_sum_t": reserve.entities_sum_t,
        "reserve_t": reserve.reserve_t,
        "total_t": reserve.total_t,
    }
    YearTotal.objects.update_or_create(
        year=year,
        defaults={
            **content,
            "explanation": reserve.explanation.as_json(),
            "determined_at": at,
        },
    )
    journal.record(
        operation="allocation.total",
        subject=f"total/{year}",
        acting=acting,
        at=at,
        article="CQ208-A1.2",
        content=content,
    )
    return reserve


def _keep(
    calculated: Iterable[runs.Calculated], year: int, law: Law, acting: Acting, at: datetime
) -> list[Undecided]:
    """Keep a result of each entity that has one, and open its case where it has none."""
    results: list[Result] = []
    undecided: list[Undecided] = []
    for one in calculated:
        if isinstance(one.outcome, Refusal):
            undecided.append(Undecided(one.organisation, one.outcome))
        else:
            results.append(Result(one.organisation, one.inputs_sha256, one.outcome))
    keep_results(results, law, _parameters(year, law), acting, at)
    _journal_results(results, acting, at)
    subjects = {subject_of(one.organisation, year): one.organisation for one in results}
    known = cases.states(DETERMINATION, list(subjects))
    casework.open_cases(
        DETERMINATION,
        [casework.NewCase(s, entity, year) for s, entity in subjects.items() if s not in known],
        acting=acting,
        at=at,
        article="CQ208-1",
    )
    return undecided


def _must_still_hold(year: int, law: Law, acting: Acting) -> None:
    """Refuse a determination by whoever calculated it last, or of figures that changed since."""
    waiting = cases.in_state(DETERMINATION, year, "calculated").values("organisation")
    rows = Determination.objects.filter(year=year, organisation__in=waiting)
    kept = {row.organisation_id: row for row in rows.select_related("organisation")}
    if any(row.calculated_by == acting.person for row in kept.values()):
        raise casework.SamePerson(
            article="CQETS-11b",
            person=acting.person,
            earlier_zh="试算",
            earlier_en="Calculate",
        )
    now = runs.digests([row.organisation for row in kept.values()], year, law)
    parameters = _parameters(year, law)
    changed = [
        row.organisation.code
        for row in kept.values()
        if (row.inputs_sha256, row.parameters_sha256) != (now[row.organisation_id], parameters)
    ]
    if changed:
        raise _outdated(changed, year)


def _parameters(year: int, law: Law) -> str:
    return plans.digest_of(plans.values_of(law, year))


def _outdated(changed: Sequence[str], year: int) -> RunOutdated:
    return RunOutdated(year=year, count=len(changed), what=", ".join(changed[:NAMED]))


def _without_decision(year: int) -> list[Organisation]:
    """The listed entities whose result is not determined yet, locked against a second proposal."""
    listed = list(listing.entities(year))
    parties.lock_organisations(listed)
    draft = cases.in_state(DETERMINATION, year, "calculated").values_list("organisation", flat=True)
    decided = Determination.objects.filter(year=year).exclude(organisation__in=set(draft))
    done = set(decided.values_list("organisation", flat=True))
    left = [entity for entity in listed if entity.pk not in done]
    is_closed = YearTotal.objects.filter(year=year, reserve_issued_at__isnull=False).exists()
    if is_closed or not left:
        raise AlreadyCalculated(year=year)
    return left


def _without_result(year: int) -> list[Organisation]:
    """The listed entities that have no determination, locked against a second calculation."""
    listed = list(listing.entities(year))
    parties.lock_organisations(listed)
    decided = set(Determination.objects.filter(year=year).values_list("organisation", flat=True))
    missing = [entity for entity in listed if entity.pk not in decided]
    is_closed = YearTotal.objects.filter(year=year, reserve_issued_at__isnull=False).exists()
    if is_closed or (decided and not missing):
        raise AlreadyCalculated(year=year)
    return missing


def _journal_results(results: Sequence[Result], acting: Acting, at: datetime) -> None:
    journal.record_many(
        [
            journal.Record(
                operation="allocation.calculate",
                subject=subject_of(result.organisation, result.found.year),
                acting=acting,
                at=at,
                article="CQ208-1",
                content={
                    "verified_t": result.found.verified_t,
                    "allowance_t": result.found.allowance_t,
                    "determined_t": result.found.determined_t,
                },
            )
            for result in results
        ]
    )
