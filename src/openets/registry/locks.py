"""Locks: units that may not be used, each with its cause and its owner (冻结)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import operations as ledger
from openets.ledger.posting import Kind, Transfer
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import movement
from openets.registry.accounts import locked_account, must_be_holder, system_account
from openets.registry.kinds import MAY_LIFT, ORDERED, AccountKind, LockCause, UnitKind
from openets.registry.minimum import remember_free
from openets.registry.models import Lock, Lot, Position, RegistryAccount, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import Fits, NotAnAmount, NotEnoughUnits, Part, choose
from openets.rulebook.load import Law

USES = {
    "offset": AccountKind.CANCELLED,
    "withdraw_pre_allocation": AccountKind.WITHDRAWN,
}
"""Where locked units go, by the kind of movement."""


class NothingLocked(Refusal):
    """Fewer units are locked for this cause than wanted."""

    code = "nothing_locked"
    article = "CQ208-4.2b"
    zh = "{holder} 因“{cause}”冻结 {locked} 吨，不足 {wanted} 吨"
    en = "{holder} has {locked} t locked for {cause}, less than {wanted} t"
    remedy_zh = "请减少数量"
    remedy_en = "Ask for less"


@transaction.atomic
def lock_units(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    lots: Sequence[Lot],
    cause: LockCause,
    reference: str,
    article: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> tuple[Part, ...]:
    """Lock units of a holder's own registry account (冻结); returns the parts locked.

    Source: CQ208-A5.4, AMB-32.

    Raises:
        NotYourAccount, NoAccount, NotAnAmount, NotEnoughUnits.
    """
    must_be_holder(acting, holder)
    account = locked_account(holder, AccountKind.REGISTRY)
    order = law.on("registry.lots_consumption", market_date(at)).text
    named = {lot.pk for lot in lots}
    parts = choose(account, amount_t, fits=lambda lot, _: lot.pk in named, order=order)
    place([(account, parts, reference)], cause, article, acting, at)
    return parts


@transaction.atomic
def change_lock(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    cause: LockCause,
    to: LockCause,
    reference: str,
    article: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Turn a part of what is locked for one cause into a lock for another.

    Source: CQ208-4.2b.

    Raises:
        NotYourRole, NoAccount, NothingLocked, NotAnAmount.
    """
    acting.must_be(Role.CITY_BUREAU, article=article)
    account = locked_account(holder, AccountKind.REGISTRY)
    parts = lift(account, amount_t, cause, acting, at)
    place([(account, parts, reference)], to, article, acting, at)


@transaction.atomic
def release_locked(
    *, holders: Sequence[Organisation], cause: LockCause, acting: Acting, at: datetime
) -> Tonnes:
    """Lift every lock of a cause from these holders' units (解除冻结); tells the tonnes freed.

    Free allowances become part of what the 50 % holding rule starts from. Source: CQ208-4.2,
    AMB-27, AMB-32.

    Raises:
        NotYourRole: only the authority that the lock serves lifts it.
    """
    assert cause not in ORDERED, "an ordered lock is lifted by its case"
    acting.must_be(*MAY_LIFT[cause], article="CQ208-4.2")
    accounts = RegistryAccount.objects.filter(holder__in=holders, kind=AccountKind.REGISTRY)
    # Evaluated for its locks: no other act on these accounts until the transaction ends.
    list(accounts.select_for_update(no_key=True).order_by("id"))
    found = _in_force(cause).filter(position__account__in=accounts)
    locks = list(found.select_related("position__lot", "position__account"))
    void(locks, acting, at)
    free: dict[tuple[int, int], int] = {}
    for lock in locks:
        lot = lock.position.lot
        if lot.kind == UnitKind.ALLOWANCE:
            key = (lock.position.account_id, lot.vintage_year)
            free[key] = free.get(key, 0) + lock.amount_t
    remember_free(free)
    if locks:
        numbers = {lock.position.account_id: lock.position.account.number for lock in locks}
        journal.record(
            operation="registry.release_locked",
            subject=f"lock/{cause}",
            acting=acting,
            at=at,
            article="CQ208-4.2",
            content={"free_t": [[numbers[a], year, t] for (a, year), t in free.items()]},
        )
    return Tonnes(sum(lock.amount_t for lock in locks))


@transaction.atomic
def withdraw_locked(
    *, holder: Organisation, cause: LockCause, reference: str, acting: Acting, at: datetime
) -> Tonnes:
    """Withdraw whatever a lock still holds of a holder's units; tells the tonnes.

    Source: CQ208-4.2c, AMB-62.

    Raises:
        NotYourRole, NoAccount.
    """
    acting.must_be(*MAY_LIFT[cause], article="CQ208-4.2c")
    account = locked_account(holder, AccountKind.REGISTRY)
    locked = _locked_t(_in_force(cause).filter(position__account=account))
    if not locked:
        return Tonnes(0)
    parts = lift(account, locked, cause, acting, at)
    ends = account, system_account(AccountKind.WITHDRAWN)
    moved = Movement("withdraw_pre_allocation", reference, *ends, parts)
    movement.post([moved], acting=acting, at=at)
    return locked


@transaction.atomic
def use_locked(
    *,
    holder: Organisation,
    kind: str,
    reference: str,
    amount_t: Tonnes,
    cause: LockCause,
    acting: Acting,
    at: datetime,
) -> Transaction | None:
    """Lift the lock of a reference and move `amount_t` of it by `kind`; the rest is free again.

    Serves the decision on an offset; 0 t rejects it and moves nothing. Source: CQ208-A5.4b.

    Raises:
        NotYourRole, NoAccount, NothingLocked, ReferenceReused.
    """
    acting.must_be(*MAY_LIFT[cause], article="CQ208-A5.4b")
    account = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(kind=kind, reference=reference, debit=account, amount_t=amount_t)
    if before:
        return before
    locked = _locked_t(_in_force(cause).filter(position__account=account, reference=reference))
    if locked < amount_t or not locked:
        raise NothingLocked(holder=holder.name, cause=cause, locked=locked, wanted=amount_t)
    lifted = lift(account, locked, cause, acting, at, reference=reference)
    parts = tuple(_first(lifted, amount_t))
    if not parts:
        return None
    moved = Movement(kind, reference, account, system_account(USES[kind]), parts)
    return movement.post([moved], acting=acting, at=at)[0]


def place(
    wanted: Sequence[tuple[RegistryAccount, tuple[Part, ...], str]],
    cause: LockCause,
    article: str,
    acting: Acting,
    at: datetime,
    *,
    owner: str = "",
) -> None:
    """Lock parts of accounts under their references: a reservation of the ledger each.

    Without an `owner` the lock is whose who places it.
    """
    against = system_account(AccountKind.LOCKED)
    ends = [
        (end, part.lot, part.traded)
        for account, parts, _ in wanted
        for part in parts
        for end in (account, against)
    ]
    ids = movement.open_positions(ends, acting=acting, at=at)
    found = Position.objects.filter(ledger_account__in=ids.values())
    positions = {position.ledger_account: position for position in found}
    numbers = _next_numbers(cause, {reference for *_, reference in wanted})
    locks, transfers = [], []
    for account, parts, reference in wanted:
        for part in parts:
            source = ids[account.pk, part.lot.pk, part.traded]
            target = ids[against.pk, part.lot.pk, part.traded]
            key = f"lock/{cause}/{reference}/{numbers[reference]}"
            numbers[reference] += 1
            transfers.append(
                Transfer(key, source, target, part.amount_t, Kind.PENDING, reason=cause.value)
            )
            locks.append(
                Lock(
                    position=positions[source],
                    cause=cause.value,
                    owner=owner or acting.role,
                    reference=reference,
                    amount_t=part.amount_t,
                    ledger_key=key,
                    placed_at=at,
                    article=article,
                )
            )
    ledger.post_all(transfers, acting=acting, at=at, article=article, subject=f"lock/{cause}")
    Lock.objects.bulk_create(locks)


def lift(
    account: RegistryAccount,
    amount_t: Tonnes,
    cause: LockCause,
    acting: Acting,
    at: datetime,
    *,
    reference: str = "",
) -> tuple[Part, ...]:
    """Lift `amount_t` of the locks of a cause, or of one reference of it; the rest stays locked.

    Raises:
        NotAnAmount, NothingLocked.
    """
    if amount_t < 1:
        raise NotAnAmount(amount=amount_t)
    found = _in_force(cause).filter(position__account=account)
    if reference:
        found = found.filter(reference=reference)
    locks = list(found)
    locked = _locked_t(locks)
    if locked < amount_t:
        raise NothingLocked(holder=account.number, cause=cause, locked=locked, wanted=amount_t)
    return _take_out(account, locks, amount_t, acting, at)


def choose_with_frozen(
    account: RegistryAccount,
    amount_t: Tonnes,
    *,
    fits: Fits,
    law: Law,
    acting: Acting,
    at: datetime,
) -> tuple[Part, ...]:
    """Pick units for a surrender: the free ones first, then those frozen for a cause that lets it.

    The causes are those of `registry.suspend_allow_surrender`; what is taken leaves its lock.
    Source: AMB-32.

    Raises:
        NotAnAmount, NotEnoughUnits.
    """
    day = market_date(at)
    order = law.on("registry.lots_consumption", day).text
    try:
        return choose(account, amount_t, fits=fits, order=order)
    except NotEnoughUnits as short:
        causes = law.on("registry.suspend_allow_surrender", day).items
        locks = [
            lock
            for lock in _in_force(*causes).filter(position__account=account)
            if fits(lock.position.lot, lock.position.traded)
        ]
        free = short.available_t
        usable = free + _locked_t(locks)
        if usable < amount_t:
            raise NotEnoughUnits(
                account=account.number, available=usable, wanted=amount_t
            ) from short
    parts = choose(account, free, fits=fits, order=order) if free else ()
    return (*parts, *_take_out(account, locks, amount_t - free, acting, at))


def lift_all(order: str, cause: LockCause, acting: Acting, at: datetime) -> Tonnes:
    """Lift whatever a reference still locks; tells the tonnes."""
    locks = list(_in_force(cause).filter(reference=order))
    void(locks, acting, at)
    return _locked_t(locks)


def _take_out(
    account: RegistryAccount, locks: Sequence[Lock], amount_t: int, acting: Acting, at: datetime
) -> tuple[Part, ...]:
    """Lift locks, the first first, until they free an amount; the rest of the last stays locked."""
    left, taken = amount_t, []
    for lock in locks:
        take = min(left, lock.amount_t)
        if not take:
            break
        left -= take
        void([lock], acting, at)
        part = Part(lock.position.lot, lock.position.traded, Tonnes(take))
        taken.append(part)
        if take < lock.amount_t:
            rest = replace(part, amount_t=Tonnes(lock.amount_t - take))
            kept = [(account, (rest,), lock.reference)]
            place(kept, LockCause(lock.cause), lock.article, acting, at, owner=lock.owner)
    return tuple(taken)


def _in_force(*causes: str) -> QuerySet[Lock]:
    found = Lock.objects.filter(cause__in=causes, lifted_at__isnull=True)
    return found.select_related("position__lot").order_by("id")


def _locked_t(locks: Iterable[Lock]) -> Tonnes:
    return Tonnes(sum(lock.amount_t for lock in locks))


def _next_numbers(cause: LockCause, references: set[str]) -> dict[str, int]:
    earlier = Lock.objects.filter(cause=cause, reference__in=references)
    counted = dict(earlier.values_list("reference").annotate(n=Count("id")).order_by())
    return {reference: counted.get(reference, 0) for reference in references}


def void(locks: Sequence[Lock], acting: Acting, at: datetime) -> None:
    """Lift these locks whole."""
    if not locks:
        return
    transfers = [
        Transfer(f"{k.ledger_key}/lifted", kind=Kind.VOID, pending=k.ledger_key, reason=k.cause)
        for k in locks
    ]
    article = locks[0].article
    ledger.post_all(transfers, acting=acting, at=at, article=article, subject="lock/lifted")
    Lock.objects.filter(pk__in=[lock.pk for lock in locks]).update(lifted_at=at)


def _first(parts: Sequence[Part], amount_t: int) -> Iterable[Part]:
    left = amount_t
    for part in parts:
        take = min(left, part.amount_t)
        if take:
            yield replace(part, amount_t=Tonnes(take))
            left -= take
