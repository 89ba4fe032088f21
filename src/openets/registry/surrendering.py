"""Surrender (清缴) of units for a year, and what of it comes back."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry import locks, movement
from openets.registry.accounts import locked_account, must_be_holder, system_account
from openets.registry.kinds import AccountKind, LockCause, UnitKind
from openets.registry.lots import chosen
from openets.registry.minimum import remember_surrendered
from openets.registry.models import Lot, RegistryAccount, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import Fits, Part, opposite
from openets.rulebook.load import Law


@transaction.atomic
def surrender(
    *,
    holder: Organisation,
    year: int,
    amount_t: Tonnes,
    reference: str,
    fits: Fits,
    law: Law,
    acting: Acting,
    at: datetime,
    lots: Collection[str] = (),
) -> Transaction:
    """Hand in allowances for a year, in the order of consumption (清缴).

    `fits` tells which units the year's duty admits; which vintages may be used is the rule
    `registry.surrender_vintage`; `lots` are the codes of those the holder chooses. Units frozen
    for a cause of `registry.suspend_allow_surrender` go last. Source: CQETS-26, AMB-30, AMB-32.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NoSuchLot, NotAnAmount, NotEnoughUnits,
        AccountRestricted, ReferenceReused.
    """
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="surrender", reference=reference, debit=debit, amount_t=amount_t
    )
    if before:
        return before
    named = chosen(Lot.objects.filter(kind=UnitKind.ALLOWANCE), lots) if lots else None
    any_vintage = law.for_year("registry.surrender_vintage", year).text == "any"

    def may_serve(lot: Lot, traded: bool) -> bool:
        in_time = any_vintage or lot.vintage_year <= year
        may_be_taken = named is None or lot.pk in named
        return lot.kind == UnitKind.ALLOWANCE and in_time and may_be_taken and fits(lot, traded)

    parts = locks.choose_with_frozen(debit, amount_t, fits=may_serve, law=law, acting=acting, at=at)
    return _surrender(debit, year, parts, reference, acting, at)


@transaction.atomic
def surrender_from_lock(
    *,
    holder: Organisation,
    year: int,
    amount_t: Tonnes,
    cause: LockCause,
    lock_reference: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Hand in units straight out of a lock, the rest staying locked. Source: CQ208-4.2b.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotAnAmount, NothingLocked, ReferenceReused.
    """
    must_be_holder(acting, holder)
    debit = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="surrender", reference=reference, debit=debit, amount_t=amount_t
    )
    if before:
        return before
    parts = locks.lift(debit, amount_t, cause, acting, at, reference=lock_reference)
    return _surrender(debit, year, parts, reference, acting, at)


@transaction.atomic
def return_surrendered(
    *,
    surrendered: Transaction,
    year: int,
    amount_t: Tonnes,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Give back what a surrender handed in beyond the duty, by the opposite entry (退还多缴).

    Serves the decision on a review that lowers a duty already fulfilled; once a surrender. The
    decision is the case of the duty, which has its second person. Source: AMB-31.

    Raises:
        NotYourRole, CannotBeUndone, UndoneBefore, NotAnAmount, MoreThanMoved, ReferenceReused.
        RecordHandedOn: the surrender counts for a successor by now.
    """
    rows = Transaction.objects.select_related("debit", "credit")
    undone = rows.select_for_update(of=("self",), no_key=True).get(pk=surrendered.pk)
    before = movement.done_before(
        kind="return_surrendered", reference=reference, debit=undone.credit, amount_t=amount_t
    )
    if before:
        return before
    movement.must_not_be_undone(undone, "return_surrendered")
    parts = opposite(undone, amount_t)
    moved = Movement("return_surrendered", reference, undone.credit, undone.debit, parts, undone)
    (done,) = movement.post([moved], acting=acting, at=at)
    remember_surrendered(undone.debit, year, Tonnes(-amount_t))
    return done


def _surrender(
    debit: RegistryAccount,
    year: int,
    parts: tuple[Part, ...],
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    ends = debit, system_account(AccountKind.SURRENDERED)
    moved = Movement("surrender", reference, *ends, parts)
    done = movement.post_new(moved, acting=acting, at=at)
    remember_surrendered(debit, year, moved.amount_t)
    return done
