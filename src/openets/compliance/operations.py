"""What may happen to a duty: notified, surrendered, offset, advanced, frozen at its deadline."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from openets.allocation import queries as allocation
from openets.casework import operations as casework
from openets.compliance import duties
from openets.compliance.advance import YearAdvance, check_advance
from openets.compliance.models import (
    AdvanceApplication,
    DutyEvent,
    FrozenStatus,
    OffsetApplication,
    OffsetUnit,
)
from openets.compliance.obligation import Obligation, check_surrender, surrender_deadline
from openets.compliance.offset import examine_application
from openets.compliance.offset_rules import OffsetRules
from openets.compliance.procedures import ADVANCE, OFFSET
from openets.compliance.reduction import Origin, Reduction
from openets.compliance.serials import Serials
from openets.compliance.status import Kind
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause
from openets.registry.models import Lot
from openets.rulebook.load import Law


class NotYourDuty(Refusal):
    """An entity acts on its own duty only."""

    code = "not_your_duty"
    article = "CQETS-26"
    zh = "{organisation} 无权办理 {entity} 的履约事项"
    en = "{organisation} may not act on the duty of {entity}"
    remedy_zh = "只能办理本单位的清缴、抵销和预支"
    remedy_en = "Act on your own duty"


class DeadlineNotOver(Refusal):
    """The status is frozen after the deadline's day has ended."""

    code = "deadline_not_over"
    article = "CQ208-2b"
    zh = "{year} 年度清缴期限 {deadline} 尚未届满"
    en = "The deadline of {year}, {deadline}, has not passed"
    remedy_zh = "请于期限次日办理"
    remedy_en = "Freeze it the day after"


class ReservePeriodOpen(Refusal):
    """The reserve is cancelled when the compliance period has ended."""

    code = "reserve_period_open"
    article = "CQ208-A1.2b"
    zh = "履约期至 {last_day} 截止，尚不能注销未使用的政府预留配额"
    en = "The compliance period ends on {last_day}; the unused reserve stays until then"
    remedy_zh = "请在履约期截止后办理"
    remedy_en = "Cancel it after that day"


@transaction.atomic
def open_duties(*, year: int, law: Law, acting: Acting, at: datetime) -> int:
    """Tell every entity its verified emissions: its duty of the year is open from now on.

    Source: CQ208-2, CQ208-2b.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-2")
    verified = mrv.verified_emissions(year)
    known = set(DutyEvent.objects.filter(year=year).values_list("organisation_id", flat=True))
    entities = [o for o in parties.entities(year) if o.pk in verified and o.pk not in known]
    for entity in entities:
        _note(entity, year, Kind.VERIFIED, at, verified[entity.pk])
    deadline = surrender_deadline(law=law, year=year)
    journal.record(
        operation="compliance.open_duties",
        subject=f"duties/{year}",
        acting=acting,
        at=at,
        article="CQ208-2",
        content={
            "deadline": deadline.isoformat() if deadline else None,
            "verified_t": {entity.code: verified[entity.pk] for entity in entities},
        },
    )
    return len(entities)


@transaction.atomic
def surrender(
    *,
    organisation: Organisation,
    year: int,
    amount_t: int,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Obligation:
    """Hand in allowances for a year (清缴); returns what is still owed.

    Source: CQETS-26, CQ208-2, AMB-29.

    Raises:
        NotYourDuty, NotNotified, AboveObligation, NotWholeTonnes, NotPositive, and what the
        registry refuses.
    """
    _must_be_own(acting, organisation)
    duty = duties.lock(organisation, year, law)
    if duties.has_reference(organisation, year, reference):
        return duty
    excess = law.for_year("surrender.excess", year)
    checked = check_surrender(obligation=duty, quantity=amount_t, excess=excess)
    registry.surrender(
        holder=organisation,
        year=year,
        amount_t=checked,
        reference=reference,
        law=law,
        acting=acting,
        at=at,
    )
    return _count(organisation, year, Kind.SURRENDERED, checked, reference, law, acting, at)


@transaction.atomic
def surrender_advance(
    *,
    organisation: Organisation,
    year: int,
    amount_t: int,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Obligation:
    """Hand in granted advance units (预支) for the year they were granted for.

    Source: CQ208-4.2b, CQ208-A1.5.3b.

    Raises:
        NotYourDuty, AboveObligation, NothingLocked.
    """
    _must_be_own(acting, organisation)
    duty = duties.lock(organisation, year, law)
    if duties.has_reference(organisation, year, reference):
        return duty
    excess = law.for_year("surrender.excess", year)
    checked = check_surrender(obligation=duty, quantity=amount_t, excess=excess)
    registry.surrender_from_lock(
        holder=organisation,
        year=year,
        amount_t=checked,
        cause=LockCause.ADVANCE,
        lock_reference=f"advance/{organisation.code}/{year}",
        reference=reference,
        acting=acting,
        at=at,
    )
    return _count(organisation, year, Kind.SURRENDERED, checked, reference, law, acting, at)


@transaction.atomic
def apply_for_advance(
    *,
    organisation: Organisation,
    year: int,
    amount_t: int,
    law: Law,
    acting: Acting,
    at: datetime,
) -> AdvanceApplication:
    """Apply in writing to use frozen units of the next year (预支申请).

    Source: CQ208-4.2b, CQ208-A1.5.3b, AMB-22.

    Raises:
        NotYourDuty, AboveAdvanceLimit, NotPositive, CaseExists.
    """
    _must_be_own(acting, organisation)
    checked = check_advance(
        year=year,
        years=_advances(organisation, law),
        frozen_left_t=holdings.locked_t(organisation, LockCause.PRE_ALLOCATION),
        requested=amount_t,
    )
    reference = f"{organisation.code}/{year}"
    casework.open_cases(
        ADVANCE,
        [casework.NewCase(reference, organisation, year)],
        acting=acting,
        at=at,
        article="CQ208-4.2b",
    )
    return AdvanceApplication.objects.create(
        organisation=organisation,
        year=year,
        reference=reference,
        requested_t=checked,
        filed_at=at,
    )


@transaction.atomic
def grant_advance(*, application: AdvanceApplication, acting: Acting, at: datetime) -> None:
    """Grant an advance: the units change their lock and may now be surrendered, nothing else.

    Source: CQ208-4.2b.
    """
    casework.move_cases(ADVANCE, "grant", [application.reference], acting=acting, at=at)
    registry.change_lock(
        holder=application.organisation,
        amount_t=Tonnes(application.requested_t),
        cause=LockCause.PRE_ALLOCATION,
        to=LockCause.ADVANCE,
        reference=f"advance/{application.reference}",
        article="CQ208-4.2b",
        acting=acting,
        at=at,
    )
    application.granted_at = at
    application.save()


@transaction.atomic
def file_offset(
    *,
    organisation: Organisation,
    year: int,
    offered: Mapping[Lot, int],
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> OffsetApplication:
    """Apply to use reductions for a year (履约抵消申请); the units are locked at once.

    The application is tested whole before anything is locked. Source: CQ208-A5.4, CQ208-A1.5.2.

    Raises:
        NotYourDuty, NotNotified, the first refusal of the examination, NotEnoughUnits.
    """
    _must_be_own(acting, organisation)
    duty = duties.lock(organisation, year, law)
    units = _offered_units(offered)
    examined = examine_application(
        rules=OffsetRules.of(law, year),
        verified_t=duty.verified_t or Tonnes(0),
        open_t=duty.open_t,
        used_before=_used_before(organisation, year),
        offered=[unit for _, unit in units],
    )
    if examined.refused:
        refusal = examined.refused[0].refusal
        assert refusal is not None, "a refused part says why"
        raise refusal
    casework.open_cases(
        OFFSET,
        [casework.NewCase(reference, organisation, year)],
        acting=acting,
        at=at,
        article="CQ208-A5.4",
    )
    application = OffsetApplication.objects.create(
        organisation=organisation,
        year=year,
        reference=reference,
        amount_t=sum(offered.values()),
        filed_at=at,
    )
    OffsetUnit.objects.bulk_create(
        OffsetUnit(
            application=application,
            lot=lot,
            serial_from=unit.serials.first,
            serial_to=unit.serials.last,
        )
        for lot, unit in units
    )
    for lot, amount in offered.items():
        registry.lock_units(
            holder=organisation,
            amount_t=Tonnes(amount),
            lots=[lot],
            cause=LockCause.OFFSET,
            reference=reference,
            article="CQ208-A5.4",
            law=law,
            acting=acting,
            at=at,
        )
    _note(organisation, year, Kind.OFFSET_FILED, at, Tonnes(application.amount_t), reference)
    return application


@transaction.atomic
def forward_offset(*, application: OffsetApplication, acting: Acting, at: datetime) -> None:
    """Take the sealed form in and pass the application to the authority. Source: CQ208-A5.4b."""
    for move in ("receive_paper", "forward"):
        casework.move_cases(OFFSET, move, [application.reference], acting=acting, at=at)


@transaction.atomic
def decide_offset(
    *,
    application: OffsetApplication,
    confirm: bool,
    reasons: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Obligation:
    """Confirm an offset, which cancels its units, or reject it, which frees them.

    Source: CQ208-A5.4b, CQVER-29, AMB-38.
    """
    organisation, year = application.organisation, application.year
    duties.lock(organisation, year, law)
    move = "confirm" if confirm else "reject"
    casework.move_cases(OFFSET, move, [application.reference], acting=acting, at=at, note=reasons)
    amount = Tonnes(application.amount_t if confirm else 0)
    registry.use_locked(
        holder=organisation,
        kind="offset",
        reference=application.reference,
        amount_t=amount,
        cause=LockCause.OFFSET,
        acting=acting,
        at=at,
    )
    application.decided_at, application.confirmed = at, confirm
    application.save()
    if not confirm:
        application.units.update(released=True)
        _note(organisation, year, Kind.OFFSET_REJECTED, at, None, of=application.reference)
        return duties.obligation(organisation, year, law)
    kind = Kind.OFFSET_CONFIRMED
    return _count(organisation, year, kind, amount, application.reference, law, acting, at)


@transaction.atomic
def freeze_status(*, year: int, law: Law, acting: Acting, at: datetime) -> Mapping[str, int]:
    """Freeze every duty as it stood at the deadline; tells how many stand in each status.

    Source: CQ208-2b, CQETS-32.

    Raises:
        DeadlineNotOver.
    """
    acting.must_be(Role.CITY_BUREAU, Role.MARKET_CLOCK, article="CQ208-2b")
    deadline, today = surrender_deadline(law=law, year=year), market_date(at)
    if deadline is None or today <= deadline:
        raise DeadlineNotOver(year=year, deadline=deadline)
    entities = {entity.code: entity for entity in parties.entities(year)}
    standings = duties.standings(year, law, on=today, at_deadline=True)
    FrozenStatus.objects.bulk_create(
        FrozenStatus(
            organisation=entities[standing.entity],
            year=year,
            deadline_date=deadline,
            status=standing.status,
            verified_t=standing.verified_t or 0,
            counted_t=standing.counted_t,
            open_t=standing.open_t,
            frozen_at=at,
        )
        for standing in standings
    )
    counts: dict[str, int] = {}
    for standing in standings:
        counts[standing.status] = counts.get(standing.status, 0) + 1
    journal.record(
        operation="compliance.freeze_status",
        subject=f"status/{year}",
        acting=acting,
        at=at,
        article="CQ208-2b",
        content={"deadline": deadline.isoformat(), "counts": counts},
    )
    return counts


@transaction.atomic
def cancel_unused_reserve(
    *, years: Sequence[int], law: Law, acting: Acting, at: datetime
) -> Tonnes:
    """Cancel the unused reserves after the last of their years' periods has ended.

    Source: CQ208-A1.2b, AMB-25.

    Raises:
        ReservePeriodOpen.
    """
    last_day = law.for_year("alloc.reserve_cancel_date", max(years)).day
    if market_date(at) <= last_day:
        raise ReservePeriodOpen(last_day=last_day.isoformat())
    reference = "unused/" + "-".join(str(year) for year in years)
    done = registry.cancel_reserve(years=years, reference=reference, law=law, acting=acting, at=at)
    return Tonnes(done.amount_t if done else 0)


def _must_be_own(acting: Acting, organisation: Organisation) -> None:
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-26")
    if acting.organisation != organisation.code:
        raise NotYourDuty(organisation=acting.organisation, entity=organisation.code)


def _note(
    organisation: Organisation,
    year: int,
    kind: Kind,
    at: datetime,
    amount_t: Tonnes | None,
    reference: str = "",
    of: str = "",
) -> None:
    DutyEvent.objects.create(
        organisation=organisation,
        year=year,
        kind=kind,
        day=market_date(at),
        at=at,
        amount_t=amount_t,
        reference=reference,
        of=of,
    )


def _count(
    organisation: Organisation,
    year: int,
    kind: Kind,
    amount_t: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Obligation:
    """Remember what now counts; a duty fulfilled by it ends the year's minimum holding."""
    if kind is Kind.OFFSET_CONFIRMED:
        _note(organisation, year, kind, at, amount_t, of=reference)
    else:
        _note(organisation, year, kind, at, amount_t, reference)
    duty = duties.obligation(organisation, year, law)
    if duty.is_fulfilled:
        registry.end_minimum_holding(holders=[organisation], year=year, acting=acting, at=at)
    return duty


def _advances(organisation: Organisation, law: Law) -> list[YearAdvance]:
    granted = AdvanceApplication.objects.filter(organisation=organisation, granted_at__isnull=False)
    advanced = {application.year: application.requested_t for application in granted}
    return [
        YearAdvance(
            year=row.year,
            limit_t=Tonnes(row.advance_limit_t),
            open_t=duties.obligation(organisation, row.year, law).open_t,
            advanced_t=Tonnes(advanced.get(row.year, 0)),
        )
        for row in allocation.determinations(organisation)
    ]


def _offered_units(offered: Mapping[Lot, int]) -> list[tuple[Lot, Reduction]]:
    """Give each offered tonne a serial of its lot that no other application has."""
    locked = {
        lot.pk: lot
        for lot in Lot.objects.select_for_update().filter(pk__in=[o.pk for o in offered])
    }
    units = []
    for lot, amount in offered.items():
        for first, last in _free_runs(locked[lot.pk], amount):
            units.append((lot, _reduction(lot, first, last)))
    return units


def _free_runs(lot: Lot, amount_t: int) -> list[tuple[int, int]]:
    assert lot.serial_from is not None, "credits have serials"
    assert lot.serial_to is not None, "credits have serials"
    taken = OffsetUnit.objects.filter(lot=lot, released=False).order_by("serial_from")
    runs, start, left = [], lot.serial_from, amount_t
    ends = [(unit.serial_from, unit.serial_to) for unit in taken]
    for first, last in [*ends, (lot.serial_to + 1, lot.serial_to + 1)]:
        size = min(left, first - start)
        if size > 0:
            runs.append((start, start + size - 1))
            left -= size
        start = last + 1
    if left:
        # More than the lot still has: the registry will refuse it with the holder's numbers.
        runs.append((lot.serial_to + 1, lot.serial_to + left))
    return runs


def _used_before(organisation: Organisation, year: int) -> list[Reduction]:
    units = OffsetUnit.objects.filter(
        application__organisation=organisation, application__year=year, released=False
    ).select_related("lot")
    return [_reduction(unit.lot, unit.serial_from, unit.serial_to) for unit in units]


def _reduction(lot: Lot, first: int, last: int) -> Reduction:
    return Reduction(
        kind=lot.kind.upper(),
        serials=Serials(lot.code, first, last),
        amount_t=Tonnes(last - first + 1),
        origin=Origin(lot.origin_class),
        project_type=lot.project_type,
        place=lot.origin_place,
    )
