"""What becomes of a frozen pre-allocation: a risk, its end, or its release (预分配)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.allocation.models import AdvanceClaim, Determination
from openets.allocation.procedures import DETERMINATION, PRE_ALLOCATION
from openets.allocation.waiting import NotYourOwn, subject_of
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry.kinds import LockCause
from openets.rulebook.load import Law


@transaction.atomic
def report_risk(
    *, organisation: Organisation, year: int, grounds: str, acting: Acting, at: datetime
) -> None:
    """A district reports that an entity may not comply (履约风险). Source: CQ208-4.2c.

    It may do so from the day the entity knows its allowance, before the issue and after it.

    Raises:
        NotYourOwn: the entity lies in another district.
        ReasonsMissing, NoSuchCase, WrongState, NotYourRole.
    """
    district = listing.organisation(acting.organisation).district
    if district != organisation.district:
        raise NotYourOwn(organisation=acting.organisation, subject=organisation.name)
    subject = subject_of(organisation, year)
    _open_before_the_issue(organisation, year, acting, at)
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
    the entity's later allocation. What is not issued yet is not issued.
    Source: CQ208-4.2c, CQ208-A1.4b, AMB-62.

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
    claims = law.for_year("registry.prealloc_cancel_claim_advanced", year).flag
    if claims and _is_issued(organisation, year - 1):
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


def _open_before_the_issue(
    organisation: Organisation, year: int, acting: Acting, at: datetime
) -> None:
    """Open the case of a pre-allocation that is told and not issued; its issue opens it else."""
    parties.lock_organisations([organisation])
    subject = subject_of(organisation, year)
    told = Determination.objects.filter(
        organisation=organisation,
        year=year - 1,
        notified_at__isnull=False,
        pre_allocation_t__gt=0,
    )
    if told.exists() and not cases.states(PRE_ALLOCATION, [subject]):
        new = casework.NewCase(subject, organisation, year)
        casework.open_cases(PRE_ALLOCATION, [new], acting=acting, at=at, article="CQ208-4.2c")


def _is_issued(organisation: Organisation, year: int) -> bool:
    subject = subject_of(organisation, year)
    return cases.states(DETERMINATION, [subject]).get(subject) == "issued"


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
