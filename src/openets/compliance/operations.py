"""What may happen to a duty: notified, surrendered, advanced, frozen at its deadline.

The door of the room: the operations on offset applications and exports are passed on.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from openets.allocation import operations as allocation
from openets.allocation import queries as determinations
from openets.allocation.procedures import PRE_ALLOCATION
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.compliance import duties
from openets.compliance.advance import YearAdvance, check_advance
from openets.compliance.amending import (
    DeadlineOver,
    NothingInExcess,
    ReviewStillOpen,
    correct_duty,
    extend_deadline,
    return_excess,
)
from openets.compliance.credit import CreditNotDue, export_credit
from openets.compliance.models import AdvanceApplication, DutyEvent, FrozenStatus
from openets.compliance.national import (
    announce_national,
    complete_national,
    import_national,
    reject_national,
    review_national,
)
from openets.compliance.national_file import ExportRowsRefused, import_national_file
from openets.compliance.obligation import (
    Obligation,
    check_surrender,
    is_on_time,
    surrender_deadline,
)
from openets.compliance.offsetting import PartAboveWhole, decide_offset, file_offset, forward_offset
from openets.compliance.own import NotYourDuty, must_be_own
from openets.compliance.procedures import ADVANCE
from openets.compliance.queries import fulfilled
from openets.compliance.status import Kind
from openets.compliance.usable import check_usable, is_usable
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, UnitKind
from openets.registry.kinds import Origin as UnitOrigin
from openets.registry.models import Lot, Transaction
from openets.rulebook.load import Law

__all__ = [
    "CreditNotDue",
    "DeadlineNotOver",
    "DeadlineOver",
    "ExportRowsRefused",
    "NotYourDuty",
    "NothingInExcess",
    "PartAboveWhole",
    "ReservePeriodOpen",
    "ReviewStillOpen",
    "announce_national",
    "apply_for_advance",
    "cancel_unused_reserve",
    "complete_national",
    "correct_duty",
    "decide_offset",
    "export_credit",
    "extend_deadline",
    "file_offset",
    "forward_offset",
    "freeze_status",
    "grant_advance",
    "import_national",
    "import_national_file",
    "open_duties",
    "refuse_advance",
    "reject_national",
    "release_pre_allocation",
    "return_excess",
    "review_national",
    "surrender",
    "surrender_advance",
]


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

    A result under review counts as notified until the decision. Returns how many duties were
    opened; those open already are left as they are. Source: CQ208-2, CQ208-2b, AMB-31.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-2")
    verified = mrv.told_emissions(year)
    listed = duties.lock_all(year)
    known = set(DutyEvent.objects.filter(year=year).values_list("organisation_id", flat=True))
    entities = [e for e in listed if e.pk in verified and e.pk not in known]
    duties.open_all({e: verified[e.pk] for e in entities}, year, law=law, at=at)
    deadline = surrender_deadline(law=law, year=year)
    if entities:
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
    lots: Collection[str] = (),
) -> Obligation:
    """Hand in allowances for a year (清缴); returns what is still owed.

    `reference` is the entity's own, once a year; the same request again changes nothing. `lots`
    are the codes of those it chooses. Source: CQETS-26, CQ208-2, CQ208-3b, AMB-29, AMB-30.

    Raises:
        NotYourDuty, NotNotified, AboveObligation, NotWholeTonnes, NotPositive, ReferenceReused,
        UntradedFreeAllowance, and what the registry refuses.
    """
    must_be_own(acting, organisation)
    duty = duties.lock(organisation, year)
    own = f"{organisation.code}/{year}/{reference}"
    if duties.is_repeated(own, amount_t, lots):
        return duty
    excess = law.for_year("surrender.excess", year)
    checked = check_surrender(obligation=duty, quantity=amount_t, excess=excess)

    def fits(lot: Lot, traded: bool) -> bool:
        is_free = lot.origin == UnitOrigin.FREE
        return is_usable(
            law=law, year=year, vintage=lot.vintage_year, is_free=is_free, was_traded=traded
        )

    try:
        done = registry.surrender(
            holder=organisation,
            year=year,
            amount_t=checked,
            reference=own,
            fits=fits,
            law=law,
            acting=acting,
            at=at,
            lots=lots,
        )
    except registry.NotEnoughUnits:
        _name_the_unusable(organisation, year, law)
        raise
    return _surrendered(organisation, year, checked, done, law, acting, at)


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
        NotYourDuty, NotNotified, AboveObligation, NotWholeTonnes, NotPositive, ReferenceReused,
        NothingLocked.
    """
    must_be_own(acting, organisation)
    duty = duties.lock(organisation, year)
    own = f"{organisation.code}/{year}/{reference}"
    if duties.is_repeated(own, amount_t):
        return duty
    excess = law.for_year("surrender.excess", year)
    checked = check_surrender(obligation=duty, quantity=amount_t, excess=excess)
    done = registry.surrender_from_lock(
        holder=organisation,
        year=year,
        amount_t=checked,
        cause=LockCause.ADVANCE,
        lock_reference=f"advance/{organisation.code}/{year}",
        reference=own,
        acting=acting,
        at=at,
    )
    return _surrendered(organisation, year, checked, done, law, acting, at)


@transaction.atomic
def apply_for_advance(
    *,
    organisation: Organisation,
    year: int,
    amount_t: int,
    acting: Acting,
    at: datetime,
) -> AdvanceApplication:
    """Apply in writing to use frozen units of the next year (预支申请).

    Source: CQ208-4.2b, CQ208-A1.5.3b, AMB-22.

    Raises:
        NotYourDuty, AboveAdvanceLimit, NotPositive, NotWholeTonnes, CaseExists.
    """
    must_be_own(acting, organisation)
    duties.lock(organisation, year)
    checked = check_advance(
        year=year,
        years=_advances(organisation),
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

    Raises:
        NotYourRole, WrongState, SamePerson, NothingLocked.
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


def refuse_advance(
    *, application: AdvanceApplication, reasons: str, acting: Acting, at: datetime
) -> None:
    """Refuse an advance (不予同意): the units stay frozen. Source: CQ208-4.2b.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    casework.move_cases(
        ADVANCE, "refuse", [application.reference], acting=acting, at=at, note=reasons
    )


@transaction.atomic
def release_pre_allocation(
    *, years: Sequence[int], law: Law, acting: Acting, at: datetime
) -> Tonnes:
    """Unfreeze the next year's units of whoever fulfilled all these years; tells the tonnes.

    What was granted as an advance and not needed comes free with them. Source: CQ208-4.2.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, Role.MARKET_CLOCK, article="CQ208-4.2")
    next_year = max(years) + 1
    frozen = cases.in_state(PRE_ALLOCATION, next_year, "frozen")
    holders = fulfilled([case.organisation for case in frozen], years, law)
    released = allocation.release_pre_allocation(
        organisations=holders, year=next_year, acting=acting, at=at
    )
    unused = registry.release_locked(holders=holders, cause=LockCause.ADVANCE, acting=acting, at=at)
    return Tonnes(released + unused)


@transaction.atomic
def freeze_status(*, year: int, law: Law, acting: Acting, at: datetime) -> Mapping[str, int]:
    """Freeze every duty as it stood at the deadline; tells how many stand in each status.

    Frozen once: a second call tells the same, and freezes those whose own, extended deadline has
    passed meanwhile. Source: CQ208-2b, CQETS-32, AMB-31.

    Raises:
        NotYourRole, DeadlineNotOver.
    """
    acting.must_be(Role.CITY_BUREAU, Role.MARKET_CLOCK, article="CQ208-2b")
    deadline, today = surrender_deadline(law=law, year=year), market_date(at)
    if deadline is None or is_on_time(moment=at, deadline=deadline):
        raise DeadlineNotOver(year=year, deadline=deadline)
    entities = {entity.code: entity for entity in duties.lock_all(year)}
    frozen = dict(FrozenStatus.objects.filter(year=year).values_list("organisation", "status"))
    own = duties.own_deadlines(year)
    standings = [
        standing
        for standing in duties.standings(year, law, on=today, at_deadline=True)
        if _is_to_freeze(entities[standing.entity], frozen, own, today)
    ]
    if not standings:
        return Counter(frozen.values())
    FrozenStatus.objects.bulk_create(
        FrozenStatus(
            organisation=entities[standing.entity],
            year=year,
            deadline_date=own.get(entities[standing.entity].pk, deadline),
            status=standing.status,
            verified_t=standing.verified_t or 0,
            counted_t=standing.counted_t,
            open_t=standing.open_t,
            frozen_at=at,
        )
        for standing in standings
    )
    counts = Counter(str(standing.status) for standing in standings)
    journal.record(
        operation="compliance.freeze_status",
        subject=f"status/{year}",
        acting=acting,
        at=at,
        article="CQ208-2b",
        content={"deadline": deadline.isoformat(), "counts": dict(counts)},
    )
    return counts + Counter(frozen.values())


def _is_to_freeze(
    entity: Organisation, frozen: Mapping[int, str], own: Mapping[int, date], today: date
) -> bool:
    """Whether a duty's deadline has passed and its status is not frozen yet.

    All are frozen together, once; only whoever has a deadline of its own follows later.
    """
    if entity.pk in frozen:
        return False
    return own[entity.pk] < today if entity.pk in own else not frozen


@transaction.atomic
def cancel_unused_reserve(
    *, years: Sequence[int], law: Law, acting: Acting, at: datetime
) -> Tonnes:
    """Cancel the unused reserves after the last of their years' periods has ended.

    Source: CQ208-A1.2b, AMB-25.

    Raises:
        NotYourRole, ReservePeriodOpen.
    """
    last_day = law.for_year("alloc.reserve_cancel_date", max(years)).day
    if market_date(at) <= last_day:
        raise ReservePeriodOpen(last_day=last_day.isoformat())
    done = registry.cancel_reserve(years=years, law=law, acting=acting, at=at)
    return Tonnes(sum(moved.amount_t for moved in done))


def _name_the_unusable(organisation: Organisation, year: int, law: Law) -> None:
    """Where units fall short, say that the holder has some that the year does not admit.

    Raises:
        UntradedFreeAllowance.
    """
    for held in holdings.holdings(organisation):
        in_registry = held.account_kind == AccountKind.REGISTRY and held.available_t
        if in_registry and held.lot.kind == UnitKind.ALLOWANCE:
            check_usable(
                law=law,
                year=year,
                vintage=held.lot.vintage_year,
                is_free=held.lot.origin == UnitOrigin.FREE,
                was_traded=held.traded,
            )


def _surrendered(
    organisation: Organisation,
    year: int,
    amount_t: Tonnes,
    done: Transaction,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Obligation:
    duties.note(
        organisation,
        year,
        Kind.SURRENDERED,
        at,
        amount_t,
        law=law,
        reference=done.reference,
        registry_entry=done.pk,
    )
    return duties.after_counting(organisation, year, acting=acting, at=at)


def _advances(organisation: Organisation) -> list[YearAdvance]:
    granted = AdvanceApplication.objects.filter(organisation=organisation, granted_at__isnull=False)
    advanced = {application.year: application.requested_t for application in granted}
    return [
        YearAdvance(
            year=row.year,
            limit_t=Tonnes(row.advance_limit_t),
            open_t=duties.obligation(organisation, row.year).open_t,
            advanced_t=Tonnes(advanced.get(row.year, 0)),
        )
        for row in determinations.determinations(organisation)
    ]
