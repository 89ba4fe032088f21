"""What may happen to allowances between the verified numbers and the registry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.allocation import plans, runs
from openets.allocation.adjustments import settle
from openets.allocation.entity import allocate_entity
from openets.allocation.models import AdvanceClaim, Determination, YearTotal
from openets.allocation.procedures import DETERMINATION, OPEN_STATES, PRE_ALLOCATION
from openets.allocation.reserve import Reserve, entities_sum, reserve_of
from openets.allocation.results import (
    Result,
    change_result,
    digest,
    keep_results,
    line_years,
    replace_result,
)
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
from openets.registry import operations as registry
from openets.registry.kinds import LockCause, Origin, UnitKind
from openets.rulebook.load import Law


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


class NothingWaiting(Refusal):
    """No allowance of the year stands before this step."""

    code = "nothing_waiting"
    zh = "{year} 年度没有待“{move_zh}”的配额"
    en = "No allowance of {year} waits for “{move_en}”"
    remedy_zh = "请核对年度；已办理的不重复办理，前一环节未完成的请先完成"
    remedy_en = "Check the year: what is done is not done again, and the step before comes first"


class NotAnAllowance(Refusal):
    """An allowance is a whole number of tonnes, none at least."""

    code = "not_an_allowance"
    article = "CQETS-11.2b"
    zh = "配额 {amount} 吨无效：必须是不小于 0 的整数吨"
    en = "{amount} t is no allowance: whole tonnes, not less than 0"
    remedy_zh = "请填写更正后的配额量"
    remedy_en = "Give the corrected allowance"


class ReserveNotReady(Refusal):
    """The reserve follows from the final sum of the year, and is set aside once."""

    code = "reserve_not_ready"
    article = "CQ208-A1.2"
    zh = "{year} 年度政府预留配额不能设立：{why_zh}"
    en = "The reserve of {year} cannot be set aside: {why}"
    remedy_zh = "核定、异议和复核全部办结后设立一次"
    remedy_en = "It is set aside once, when no determination or review is open"


class NotYourOwn(Refusal):
    """An entity objects to its own result, a district reports on its own area."""

    code = "not_your_own"
    article = "CQ208-A2"
    zh = "{organisation} 无权办理 {subject}"
    en = "{organisation} may not act on {subject}"
    remedy_zh = "只能办理本单位、本辖区的事项"
    remedy_en = "Act on your own matters or your own area"


NAMED = 5
"""How many entities a refusal names."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """An entity that could not be allocated, and why."""

    organisation: Organisation
    refusal: Refusal


def subject_of(organisation: Organisation, year: int) -> str:
    """The name under which cases and the registry know an entity's allocation of a year."""
    return f"{organisation.code}/{year}"


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
    subjects = _waiting("determine", year, acting)
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
    subjects = _waiting("notify", year, acting)
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
    subject = _own_subject(organisation, year, acting)
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
    subject = _own_subject(organisation, year, acting)
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


@transaction.atomic
def request_issue(*, year: int, law: Law, acting: Acting, at: datetime) -> int:
    """Ask for the issue of every accepted allowance, which a second person approves; tell how many.

    Source: CQ208-A1.5.1, CQETS-11.

    Raises:
        NothingWaiting, NotYourRole, NoApprovedPlan, PlanDiffers.
    """
    subjects = _waiting("request_issue", year, acting)
    plans.must_bind(year, law)
    casework.move_cases(DETERMINATION, "request_issue", subjects, acting=acting, at=at)
    return len(subjects)


@transaction.atomic
def issue(*, year: int, law: Law, acting: Acting, at: datetime) -> Tonnes:
    """Approve and make the issue asked for and, with it, next year's frozen pre-allocation.

    The registry issues exactly what was determined, less what the year was given before and what
    earlier years are owed, once; tells the tonnes issued for `year`.
    Source: CQ208-A1.4, CQ208-A1.4b, CQ208-A1.5.1, CQ208-4.2, CQ208-4.2c.

    Raises:
        NothingWaiting: no issue is asked for, or it was made.
        SamePerson: whoever asked for it.
        NoApprovedPlan, PlanDiffers, NoAccount, NotYourRole.
    """
    subjects = _waiting("issue", year, acting)
    plans.must_bind(year, law)
    issued = casework.move_cases(DETERMINATION, "issue", subjects, acting=acting, at=at)
    rows = list(
        Determination.objects.filter(
            year=year, organisation__in=[case.organisation_id for case in issued]
        ).select_related("organisation")
    )
    settle(rows, law, acting, at)
    free = registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.FREE)
    registry.issue(
        items=[
            registry.Issue(row.organisation, Tonnes(row.to_issue_t), _issue_reference(row))
            for row in rows
            if row.to_issue_t
        ],
        lot=free,
        acting=acting,
        at=at,
    )
    _issue_pre_allocation(rows, year + 1, law, acting, at)
    return Tonnes(sum(row.to_issue_t for row in rows))


@transaction.atomic
def set_aside_reserve(*, year: int, law: Law, acting: Acting, at: datetime) -> Tonnes:
    """Issue the year's government reserve into its account (政府预留配额), once.

    The entities' sum must be final: no determination is open, no review pending.
    Source: CQ208-A1.2.

    Raises:
        ReserveNotReady, NotYourRole.
    """
    total = YearTotal.objects.select_for_update().filter(year=year).first()
    open_cases = cases.in_state(DETERMINATION, year, *OPEN_STATES).count()
    if total is None or open_cases:
        raise ReserveNotReady(year=year, why_zh="尚有未办结的配额核定", why="its sum is not final")
    if total.reserve_issued_at:
        raise ReserveNotReady(year=year, why_zh="已设立", why="it is set aside already")
    registry.set_aside_reserve(
        amount_t=Tonnes(total.reserve_t),
        lot=registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.RESERVED),
        reference=f"reserve/{year}",
        acting=acting,
        at=at,
    )
    total.reserve_issued_at = at
    total.save()
    return Tonnes(total.reserve_t)


@transaction.atomic
def report_risk(
    *, organisation: Organisation, year: int, grounds: str, acting: Acting, at: datetime
) -> None:
    """A district reports that an entity may not comply (履约风险). Source: CQ208-4.2c.

    Raises:
        NotYourOwn: the entity lies in another district.
        ReasonsMissing, NoSuchCase, WrongState, NotYourRole.
    """
    district = listing.organisation(acting.organisation).district
    if district != organisation.district:
        raise NotYourOwn(organisation=acting.organisation, subject=organisation.name)
    subject = subject_of(organisation, year)
    casework.move_cases(
        PRE_ALLOCATION, "report_risk", [subject], acting=acting, at=at, note=grounds
    )


@transaction.atomic
def dismiss_risk(
    *, organisation: Organisation, year: int, reasons: str, acting: Acting, at: datetime
) -> None:
    """The bureau does not confirm a reported risk: the pre-allocation stays frozen as before.

    Source: CQ208-4.2c.

    Raises:
        ReasonsMissing, NoSuchCase, WrongState, NotYourRole.
    """
    subject = subject_of(organisation, year)
    casework.move_cases(
        PRE_ALLOCATION, "dismiss_risk", [subject], acting=acting, at=at, note=reasons
    )


@transaction.atomic
def cancel_pre_allocation(
    *,
    organisation: Organisation,
    year: int,
    reasons: str,
    law: Law,
    acting: Acting,
    operator: Acting,
    at: datetime,
) -> Tonnes:
    """Cancel what is still frozen after the bureau confirmed the risk; tells the tonnes.

    The bureau decides, the registry operator books. What was used in advance becomes a claim on
    the entity's later allocation. Source: CQ208-4.2c, AMB-62.

    Raises:
        ReasonsMissing, NoSuchCase, WrongState, SamePerson, NotYourRole.
    """
    subject = subject_of(organisation, year)
    casework.move_cases(PRE_ALLOCATION, "cancel", [subject], acting=acting, at=at, note=reasons)
    withdrawn_t = registry.withdraw_locked(
        holder=organisation,
        cause=LockCause.PRE_ALLOCATION,
        reference=subject,
        acting=operator,
        at=at,
    )
    if law.for_year("registry.prealloc_cancel_claim_advanced", year).flag:
        _claim_advanced(organisation, year, withdrawn_t, acting, at)
    return withdrawn_t


@transaction.atomic
def release_pre_allocation(
    *, organisations: Sequence[Organisation], year: int, acting: Acting, at: datetime
) -> Tonnes:
    """Unfreeze the pre-allocation of entities that fulfilled both years; tells the tonnes.

    Source: CQ208-4.2.
    """
    frozen = cases.in_state(PRE_ALLOCATION, year, "frozen").filter(organisation__in=organisations)
    released = list(frozen)
    if not released:
        return Tonnes(0)
    casework.move_cases(
        PRE_ALLOCATION, "release", [case.subject for case in released], acting=acting, at=at
    )
    return registry.release_locked(
        holders=[case.organisation for case in released],
        cause=LockCause.PRE_ALLOCATION,
        acting=acting,
        at=at,
    )


def follow_correction(correction: Correction, law: Law, acting: Acting, at: datetime) -> Followed:
    """Calculate an allowance anew from a corrected result, while its determination is open.

    One that was accepted or issued stands: it changes by a decision of its own.
    Source: CQETS-25.2b, CQETS-11.2b, AMB-31.
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


def _issue_pre_allocation(
    rows: Sequence[Determination], year: int, law: Law, acting: Acting, at: datetime
) -> None:
    items = [
        registry.Issue(
            row.organisation, Tonnes(row.pre_allocation_t), subject_of(row.organisation, year)
        )
        for row in rows
        if row.pre_allocation_t
    ]
    if not items:
        return
    registry.issue_frozen(
        items=items,
        lot=registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.FREE),
        cause=LockCause.PRE_ALLOCATION,
        acting=acting,
        at=at,
    )
    casework.open_cases(
        PRE_ALLOCATION,
        [casework.NewCase(item.reference, item.holder, year) for item in items],
        acting=acting,
        at=at,
        article="CQ208-4.2",
    )


def _claim_advanced(
    organisation: Organisation, year: int, withdrawn_t: Tonnes, acting: Acting, at: datetime
) -> None:
    """Remember what of a pre-allocation could not be withdrawn, because it was used already."""
    row = Determination.objects.get(organisation=organisation, year=year - 1)
    claimed_t = (row.pre_allocation_t or 0) - withdrawn_t
    if claimed_t <= 0:
        return
    AdvanceClaim.objects.create(
        organisation=organisation, year=year, amount_t=claimed_t, made_at=at
    )
    journal.record(
        operation="allocation.claim_advanced",
        subject=subject_of(organisation, year),
        acting=acting,
        at=at,
        article="CQ208-4.2c",
        content={"amount_t": claimed_t, "withdrawn_t": withdrawn_t},
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


def _issue_reference(row: Determination) -> str:
    """What the registry knows the issue by; a pre-allocation of the year has the plain name."""
    subject = subject_of(row.organisation, row.year)
    return f"{subject}/rest" if row.pre_issued_t else subject


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


def _waiting(move_name: str, year: int, acting: Acting) -> list[str]:
    """The subjects that a move of determinations would move, for whoever may make it."""
    move = DETERMINATION.moves[move_name]
    acting.must_be(*move.roles, article=move.article)
    subjects = [case.subject for case in cases.in_state(DETERMINATION, year, *move.sources)]
    if not subjects:
        raise NothingWaiting(article=move.article, year=year, move_zh=move.zh, move_en=move.en)
    return subjects


def _own_subject(organisation: Organisation, year: int, acting: Acting) -> str:
    subject = subject_of(organisation, year)
    if acting.organisation != organisation.code:
        raise NotYourOwn(organisation=acting.organisation, subject=subject)
    return subject


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
