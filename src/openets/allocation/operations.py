"""What may happen to allowances between the verified numbers and the registry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import LineYear
from openets.allocation.models import Determination, LineDetermination, YearTotal
from openets.allocation.procedures import DETERMINATION, PRE_ALLOCATION
from openets.allocation.relief import advance_limit, pre_allocation
from openets.allocation.reserve import Reserve, reserve_of
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.explain import Step, given
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import LockCause, Origin, UnitKind
from openets.rulebook.load import Law, calendar


class AlreadyCalculated(Refusal):
    """Allowances are determined once under the plan."""

    code = "already_calculated"
    article = "CQ208-A1.4"
    zh = "{year} 年度配额已试算，不得重复核定"
    en = "The allowances of {year} are calculated already"
    remedy_zh = "如需更正，请通过复核决定办理"
    remedy_en = "Correct single entities by a review decision"


class ObjectionTooLate(Refusal):
    """The window for an objection has closed."""

    code = "objection_too_late"
    article = "CQETS-11.2"
    zh = "复核申请期已于 {last_day} 届满"
    en = "The time for an objection ended on {last_day}"
    remedy_zh = "逾期不再受理"
    remedy_en = "Late objections are not accepted"


class ReasonsMissing(Refusal):
    """A review decision says why."""

    code = "reasons_missing"
    article = "CQETS-11.2b"
    zh = "复核决定未说明理由"
    en = "The review decision gives no reasons"
    remedy_zh = "请填写理由后再作出决定"
    remedy_en = "State the reasons, then decide"


class NotYourOwn(Refusal):
    """An entity objects to its own result, a district reports on its own area."""

    code = "not_your_own"
    article = "CQ208-A2"
    zh = "{organisation} 无权办理 {subject}"
    en = "{organisation} may not act on {subject}"
    remedy_zh = "只能办理本单位、本辖区的事项"
    remedy_en = "Act on your own matters or your own area"


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

    Returns the entities that could not be decided, with the reason; they get no result.
    Source: CQ208-1, CQ208-A1.3.

    Raises:
        AlreadyCalculated, NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11b")
    if Determination.objects.filter(year=year).exists():
        raise AlreadyCalculated(year=year)
    entities = list(parties.entities(year))
    years = sorted({*law.for_year("alloc.base_years", year).items, year})
    figures = mrv.binding_figures(entities, years)
    results: list[tuple[Organisation, EntityAllocation]] = []
    undecided: list[Undecided] = []
    for entity in entities:
        rows = _line_years(figures[entity.pk])
        try:
            result = allocate_entity(entity=entity.code, year=year, rows=rows, law=law)
        except Refusal as refusal:
            undecided.append(Undecided(entity, refusal))
        else:
            results.append((entity, result))
    _keep(results, at)
    casework.open_cases(
        DETERMINATION,
        [casework.NewCase(subject_of(entity, year), entity, year) for entity, _ in results],
        acting=acting,
        at=at,
        article="CQ208-1",
    )
    return undecided


@transaction.atomic
def determine(*, year: int, law: Law, acting: Acting, at: datetime) -> Reserve:
    """Fix the calculated allowances and the year's total with its reserve (核定).

    Source: CQETS-11b, CQ208-A1.2.

    Raises:
        SamePerson: whoever calculated does not determine.
    """
    subjects = _subjects(year, "calculated")
    casework.move_cases(DETERMINATION, "determine", subjects, acting=acting, at=at)
    column = "determined_t"
    if law.for_year("alloc.reserve_exemption", year).text != "included":
        column = "allowance_t"
    rows = Determination.objects.filter(year=year)
    amounts = rows.values_list(column, flat=True)
    reserve = reserve_of(entities_sum_t=Tonnes(sum(amounts)), year=year, law=law)
    YearTotal.objects.create(
        year=year,
        entities_sum_t=reserve.entities_sum_t,
        reserve_t=reserve.reserve_t,
        total_t=reserve.total_t,
        explanation=reserve.explanation.as_json(),
        determined_at=at,
    )
    determined = rows.values_list("organisation__code", "determined_t").order_by("organisation")
    _record("allocation.total", year, reserve, determined, acting, at)
    return reserve


@transaction.atomic
def notify(*, year: int, law: Law, acting: Acting, at: datetime) -> date:
    """Tell every entity its result with its working; returns the last day for an objection.

    Delivery to the entity's page is receipt (AMB-63). Source: CQ208-1, CQETS-11.2.
    """
    today = market_date(at)
    days = law.on("alloc.objection_days", today).whole
    last_day = calendar(law.jurisdiction).after_working_days(today, days).last_day
    subjects = _subjects(year, "determined")
    casework.move_cases(DETERMINATION, "notify", subjects, acting=acting, at=at, due_date=last_day)
    Determination.objects.filter(year=year).update(notified_at=at, objection_due_date=last_day)
    return last_day


@transaction.atomic
def object_to_result(
    *, organisation: Organisation, year: int, grounds: str, law: Law, acting: Acting, at: datetime
) -> date:
    """Ask for review (复核) of an allocation; returns the day the decision is due.

    Source: CQETS-11.2, CQETS-11.2b, CQ208-1b.

    Raises:
        NotYourOwn, ObjectionTooLate, WrongState.
    """
    subject = subject_of(organisation, year)
    if acting.organisation != organisation.code:
        raise NotYourOwn(organisation=acting.organisation, subject=subject)
    last_day = Determination.objects.get(organisation=organisation, year=year).objection_due_date
    today = market_date(at)
    if last_day is not None and today > last_day:
        raise ObjectionTooLate(last_day=last_day.isoformat())
    days = law.on("alloc.review_decision_days", today).whole
    due = calendar(law.jurisdiction).after_working_days(today, days).last_day
    casework.move_cases(
        DETERMINATION, "object", [subject], acting=acting, at=at, note=grounds, due_date=due
    )
    return due


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
        ReasonsMissing, SamePerson, WrongState.
    """
    if not reasons.strip():
        raise ReasonsMissing
    subject = subject_of(organisation, year)
    casework.move_cases(DETERMINATION, "decide", [subject], acting=acting, at=at, note=reasons)
    if determined_t is None:
        return
    row = Determination.objects.select_for_update().get(organisation=organisation, year=year)
    total = YearTotal.objects.select_for_update().get(year=year)
    _change(row, determined_t, reasons, law)
    reserve = reserve_of(
        entities_sum_t=Tonnes(
            sum(Determination.objects.filter(year=year).values_list("determined_t", flat=True))
        ),
        year=year,
        law=law,
    )
    total.entities_sum_t, total.reserve_t = reserve.entities_sum_t, reserve.reserve_t
    total.total_t, total.explanation = reserve.total_t, reserve.explanation.as_json()
    total.save()
    _record("allocation.review", year, reserve, [(organisation.code, determined_t)], acting, at)


@transaction.atomic
def accept(*, organisation: Organisation, year: int, acting: Acting, at: datetime) -> None:
    """Take note without objection, so that the issue need not wait. Source: CQ208-A1.4."""
    subject = subject_of(organisation, year)
    if acting.organisation != organisation.code:
        raise NotYourOwn(organisation=acting.organisation, subject=subject)
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
def issue(*, year: int, law: Law, acting: Acting, at: datetime) -> Tonnes:
    """Issue every accepted allowance and, with it, next year's frozen pre-allocation.

    The registry issues exactly what was determined, once. Source: CQ208-A1.4, CQ208-A1.4b,
    CQ208-A1.5.1, CQ208-4.2.
    """
    accepted = list(cases.in_state(DETERMINATION, year, "accepted"))
    if not accepted:
        return Tonnes(0)
    holders = [case.organisation for case in accepted]
    casework.move_cases(
        DETERMINATION, "issue", [case.subject for case in accepted], acting=acting, at=at
    )
    rows = list(
        Determination.objects.filter(year=year, organisation__in=holders).select_related(
            "organisation"
        )
    )
    free = registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.FREE)
    registry.issue(
        items=[
            registry.Issue(
                row.organisation, Tonnes(row.determined_t), subject_of(row.organisation, year)
            )
            for row in rows
            if row.determined_t
        ],
        lot=free,
        acting=acting,
        at=at,
    )
    _issue_pre_allocation(rows, year + 1, law, acting, at)
    return Tonnes(sum(row.determined_t for row in rows))


@transaction.atomic
def set_aside_reserve(*, year: int, law: Law, acting: Acting, at: datetime) -> Tonnes:
    """Issue the year's government reserve into its account (政府预留配额). Source: CQ208-A1.2."""
    total = YearTotal.objects.select_for_update().get(year=year)
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
    """A district reports that an entity may not comply. Source: CQ208-4.2c.

    Raises:
        NotYourOwn: the entity lies in another district.
    """
    district = parties.organisation(acting.organisation).district
    if district != organisation.district:
        raise NotYourOwn(organisation=acting.organisation, subject=organisation.name)
    subject = subject_of(organisation, year)
    casework.move_cases(
        PRE_ALLOCATION, "report_risk", [subject], acting=acting, at=at, note=grounds
    )


@transaction.atomic
def cancel_pre_allocation(
    *,
    organisation: Organisation,
    year: int,
    reasons: str,
    acting: Acting,
    operator: Acting,
    at: datetime,
) -> Tonnes:
    """Cancel what is still frozen after the bureau confirmed the risk; tells the tonnes.

    The bureau decides, the registry operator books. Source: CQ208-4.2c, AMB-62.
    """
    subject = subject_of(organisation, year)
    casework.move_cases(PRE_ALLOCATION, "cancel", [subject], acting=acting, at=at, note=reasons)
    return registry.withdraw_locked(
        holder=organisation,
        cause=LockCause.PRE_ALLOCATION,
        reference=subject,
        acting=operator,
        at=at,
    )


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


def _line_years(years: Sequence[mrv.BindingYear]) -> list[LineYear]:
    return [
        LineYear(
            line=line.code,
            year=binding.year,
            process=line.process,
            product=figures.product,
            comparable=line.comparable,
            commissioned=line.commissioned_date,
            output=figures.output,
            co2_t=figures.co2_t,
            non_co2_t=figures.non_co2_t,
            production_days=Decimal(figures.production_days),
            shutdown_days=Decimal(figures.shutdown_days),
            usable_from=figures.usable_from,
            usable_output=figures.usable_output,
            usable_co2_t=figures.usable_co2_t,
            usable_production_days=(
                None
                if figures.usable_production_days is None
                else Decimal(figures.usable_production_days)
            ),
            origin=f"{binding.origin} {binding.year}",
        )
        for binding in years
        for line, figures in binding.figures
    ]


def _keep(results: Sequence[tuple[Organisation, EntityAllocation]], at: datetime) -> None:
    rows = Determination.objects.bulk_create(
        Determination(
            organisation=organisation,
            year=result.year,
            verified_t=result.verified_t,
            allowance_t=result.allowance_t,
            gap_t=result.gap_t,
            gap_ratio=result.gap_ratio,
            relief=result.relief,
            determined_t=result.determined_t,
            advance_limit_t=result.advance_limit_t,
            pre_allocation_t=result.pre_allocation_t,
            explanation=result.explanation.as_json(),
            calculated_at=at,
        )
        for organisation, result in results
    )
    LineDetermination.objects.bulk_create(
        LineDetermination(
            determination=row,
            line=line.line,
            product=line.product,
            method=line.method,
            base=line.base,
            base_years=";".join(map(str, line.base_years)),
            coefficient=line.coefficient,
            allowance_exact=str(line.allowance_exact),
            explanation=line.explanation.as_json(),
        )
        for row, (_, result) in zip(rows, results, strict=True)
        for line in result.lines
    )


def _change(row: Determination, determined_t: Tonnes, reasons: str, law: Law) -> None:
    steps = [
        Step(
            title="Review decision",
            title_zh="复核决定",
            formula="as decided",
            given=(given("before", row.determined_t, "tCO2e"),),
            result=str(determined_t),
            unit="tCO2e",
            note=reasons,
        )
    ]
    allowance_t = Tonnes(row.allowance_t)
    row.advance_limit_t, step = advance_limit(
        verified_t=Tonnes(row.verified_t),
        allowance_t=allowance_t,
        determined_t=determined_t,
        year=row.year,
        law=law,
    )
    steps.append(step)
    frozen = pre_allocation(
        allowance_t=allowance_t, determined_t=determined_t, year=row.year, law=law
    )
    if frozen is not None:
        row.pre_allocation_t, step = frozen
        steps.append(step)
    row.determined_t = determined_t
    row.explanation = [*row.explanation, *(step.as_json() for step in steps)]
    row.save()


def _record(
    operation: str,
    year: int,
    reserve: Reserve,
    determined: Iterable[tuple[str, int]],
    acting: Acting,
    at: datetime,
) -> None:
    """Journal the allowances that were fixed, and the year's total that follows from all."""
    journal.record(
        operation=operation,
        subject=f"total/{year}",
        acting=acting,
        at=at,
        article="CQ208-A1.2" if operation == "allocation.total" else "CQETS-11.2b",
        content={
            "entities_sum_t": reserve.entities_sum_t,
            "reserve_t": reserve.reserve_t,
            "total_t": reserve.total_t,
            "determined_t": {f"{code}/{year}": tonnes for code, tonnes in determined},
        },
    )


def _subjects(year: int, state: str) -> list[str]:
    return [case.subject for case in cases.in_state(DETERMINATION, year, state)]
