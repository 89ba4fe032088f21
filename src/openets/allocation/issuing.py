"""Issue what was determined, and set the reserve of the year aside (发放、预留)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.allocation import plans
from openets.allocation.adjustments import settle
from openets.allocation.models import Determination, YearTotal
from openets.allocation.procedures import DETERMINATION, OPEN_STATES, PRE_ALLOCATION
from openets.allocation.waiting import subject_of, waiting
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.registry import operations as registry
from openets.registry.kinds import LockCause, Origin, UnitKind
from openets.rulebook.load import Law


class ReserveNotReady(Refusal):
    """The reserve follows from the final sum of the year, and is set aside once."""

    code = "reserve_not_ready"
    article = "CQ208-A1.2"
    zh = "{year} 年度政府预留配额不能设立：{why_zh}"
    en = "The reserve of {year} cannot be set aside: {why}"
    remedy_zh = "核定、异议和复核全部办结后设立一次"
    remedy_en = "It is set aside once, when no determination or review is open"


@transaction.atomic
def request_issue(*, year: int, law: Law, acting: Acting, at: datetime) -> int:
    """Ask for the issue of every accepted allowance, which a second person approves; tell how many.

    Source: CQ208-A1.5.1, CQETS-11.

    Raises:
        NothingWaiting, NotYourRole, NoApprovedPlan, PlanDiffers.
    """
    subjects = waiting("request_issue", year, acting)
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
    subjects = waiting("issue", year, acting)
    plans.must_bind(year, law)
    issued = casework.move_cases(DETERMINATION, "issue", subjects, acting=acting, at=at)
    rows = list(
        Determination.objects.filter(
            year=year, organisation__in=[case.organisation_id for case in issued]
        ).select_related("organisation")
    )
    settle(rows, law, acting, at)
    had_before = _pre_allocated(rows, year)
    free = registry.LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.FREE)
    registry.issue(
        items=[
            registry.Issue(
                row.organisation,
                Tonnes(row.to_issue_t),
                _issue_reference(row, had_before=row.organisation_id in had_before),
            )
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


def _issue_pre_allocation(
    rows: Sequence[Determination], year: int, law: Law, acting: Acting, at: datetime
) -> None:
    """Issue what is ahead of `year`, but none that was cancelled before (CQ208-4.2c)."""
    parties.lock_organisations([row.organisation for row in rows])
    subjects = {row.pk: subject_of(row.organisation, year) for row in rows}
    known = cases.states(PRE_ALLOCATION, list(subjects.values()))
    items = [
        registry.Issue(row.organisation, Tonnes(row.pre_allocation_t), subjects[row.pk])
        for row in rows
        if row.pre_allocation_t and known.get(subjects[row.pk]) != "cancelled"
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
        [
            casework.NewCase(item.reference, item.holder, year)
            for item in items
            if item.reference not in known
        ],
        acting=acting,
        at=at,
        article="CQ208-4.2",
    )


def _pre_allocated(rows: Sequence[Determination], year: int) -> set[int]:
    """Who had a pre-allocation of the year, cancelled or not, by organisation id."""
    former = Determination.objects.filter(
        year=year - 1,
        organisation__in=[row.organisation_id for row in rows],
        pre_allocation_t__gt=0,
    )
    return set(former.values_list("organisation_id", flat=True))


def _issue_reference(row: Determination, *, had_before: bool) -> str:
    """What the registry knows the issue by; a pre-allocation of the year has the plain name."""
    subject = subject_of(row.organisation, row.year)
    return f"{subject}/rest" if had_before else subject
