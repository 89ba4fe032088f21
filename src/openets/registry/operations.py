"""What may happen in the registry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import operations as ledger
from openets.ledger import queries as ledger_queries
from openets.ledger.posting import Kind, Transfer
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import movement
from openets.registry.holding import OpenYear, counted_t, required_t
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.models import (
    FreeAllocation,
    Lock,
    Lot,
    Position,
    RegistryAccount,
    Transaction,
)
from openets.registry.movement import Movement, NotAnAmount, Part
from openets.registry.names import account_number, lot_code
from openets.rulebook.load import Law

SYSTEM_KINDS = (
    AccountKind.ISSUED,
    AccountKind.SURRENDERED,
    AccountKind.CANCELLED,
    AccountKind.WITHDRAWN,
    AccountKind.LOCKED,
    AccountKind.RESERVE,
)


class BelowMinimumHolding(Refusal):
    """The movement would leave less than half of the free allocation in the registry account."""

    code = "below_minimum_holding"
    article = "CQETS-26.3"
    zh = "划出 {amount} 吨后保留 {kept} 吨，低于免费获得年度配额 50% 的下限 {required} 吨"
    en = "Moving {amount} t leaves {kept} t; {required} t, half of the free allocation, must stay"
    remedy_zh = "最多可划出 {allowed} 吨；履行清缴义务后不再受限"
    remedy_en = "At most {allowed} t may leave now; the limit ends when the duty is fulfilled"


class NoAccount(Refusal):
    """The holder has no account of the kind."""

    code = "no_account"
    article = "CQ208-3d"
    zh = "{holder} 尚未开立{kind}"
    en = "{holder} has no {kind} account"
    remedy_zh = "请先按开户指南完成开户"
    remedy_en = "Open the account first"


class UnpaidNotCarriedOver(Refusal):
    """Free units of 2013-2020 that were never traded stay behind."""

    code = "unpaid_not_carried_over"
    article = "CQ208-A1.5.4b"
    zh = "{holder} 的 {amount} 吨系 2013—2020 年无偿取得且未交易的配额，不得结转"
    en = "{amount} t of {holder} were obtained free and never traded; they are not carried over"
    remedy_zh = "仅有偿取得的配额可一次性等额结转"
    remedy_en = "Only units obtained for payment are carried over"


class NothingLocked(Refusal):
    """Fewer units are locked for this cause than wanted."""

    code = "nothing_locked"
    article = "CQ208-4.2b"
    zh = "{holder} 因“{cause}”冻结 {locked} 吨，不足 {wanted} 吨"
    en = "{holder} has {locked} t locked for {cause}, less than {wanted} t"
    remedy_zh = "请减少数量"
    remedy_en = "Ask for less"


@dataclass(frozen=True, slots=True)
class LotOf:
    """What makes units alike: the lot's own description."""

    jurisdiction: str
    kind: UnitKind
    vintage_year: int
    origin: Origin
    project: str = ""
    project_type: str = ""
    origin_place: str = ""
    origin_class: str = ""
    serial_from: int | None = None
    serial_to: int | None = None

    @property
    def code(self) -> str:
        """Name of the lot, and of its asset in the ledger."""
        return lot_code(
            jurisdiction=self.jurisdiction,
            kind=self.kind,
            vintage_year=self.vintage_year,
            origin=self.origin,
            project=self.project,
            serial_from=self.serial_from,
            serial_to=self.serial_to,
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """Units to issue to a holder; `reference` is the determination they rest on."""

    holder: Organisation
    amount_t: Tonnes
    reference: str


@transaction.atomic
def open_accounts(
    *, holders: Sequence[Organisation], kind: AccountKind, acting: Acting, at: datetime
) -> None:
    """Open an account of a kind for each holder that has none.

    Source: CQ208-A3.2.3 (registry account), CQ208-A4.2.4 (trading account).
    """
    trading = kind == AccountKind.TRADING
    role, article = (
        (Role.EXCHANGE_OPERATOR, "CQ208-A4.2.4")
        if trading
        else (Role.REGISTRY_OPERATOR, "CQ208-A3.2.3")
    )
    acting.must_be(role, article=article)
    have = set(RegistryAccount.objects.filter(kind=kind).values_list("holder_id", flat=True))
    made = RegistryAccount.objects.bulk_create(
        RegistryAccount(
            number=account_number(kind, holder.code), kind=kind.value, holder=holder, opened_at=at
        )
        for holder in holders
        if holder.pk not in have
    )
    journal.record_many(
        [
            journal.Record(
                operation="registry.open_account",
                subject=account.number,
                acting=acting,
                at=at,
                article=article,
                content={"kind": account.kind},
            )
            for account in made
        ]
    )


def open_system_accounts(*, operator: Organisation, acting: Acting, at: datetime) -> None:
    """Open the accounts of the market itself: sources, ends and the reserve. Source: CQETS-13."""
    for kind in SYSTEM_KINDS:
        open_accounts(holders=[operator], kind=kind, acting=acting, at=at)


@transaction.atomic
def issue(*, items: Sequence[Issue], lot: LotOf, acting: Acting, at: datetime) -> list[Transaction]:
    """Issue allowances into registry accounts and remember the free quantity of the year.

    Source: CQ208-A1.5.1, CQETS-26.3.

    Raises:
        NoAccount, ReferenceReused, NotYourRole.
    """
    made_lot, source = _lot(lot), system_account(AccountKind.ISSUED)
    accounts = _accounts([item.holder for item in items], AccountKind.REGISTRY)
    movements = [
        Movement(
            "issue",
            item.reference,
            source,
            accounts[item.holder.pk],
            (Part(made_lot, traded=False, amount_t=item.amount_t),),
        )
        for item in items
    ]
    done = movement.post(movements, acting=acting, at=at)
    FreeAllocation.objects.bulk_create(
        [
            FreeAllocation(account=m.credit, year=lot.vintage_year, free_t=m.amount_t)
            for m in movements
        ],
        ignore_conflicts=True,
    )
    return done


@transaction.atomic
def issue_frozen(
    *, items: Sequence[Issue], lot: LotOf, cause: LockCause, acting: Acting, at: datetime
) -> None:
    """Issue allowances that stay locked from their first moment. Source: CQ208-4.2."""
    made_lot, source = _lot(lot), system_account(AccountKind.ISSUED)
    accounts = _accounts([item.holder for item in items], AccountKind.REGISTRY)
    movements = [
        Movement(
            "issue",
            item.reference,
            source,
            accounts[item.holder.pk],
            (Part(made_lot, traded=False, amount_t=item.amount_t),),
        )
        for item in items
    ]
    movement.post(movements, acting=acting, at=at)
    wanted = [(m.credit, m.parts, m.reference) for m in movements]
    _lock(wanted, cause, "CQ208-4.2", acting, at)


@transaction.atomic
def set_aside_reserve(
    *, amount_t: Tonnes, lot: LotOf, reference: str, acting: Acting, at: datetime
) -> Transaction:
    """Issue the government reserve (政府预留配额) of a year into its own account.

    Source: CQ208-A1.2, CQETS-13.
    """
    part = Part(_lot(lot), traded=False, amount_t=amount_t)
    ends = system_account(AccountKind.ISSUED), system_account(AccountKind.RESERVE)
    moved = Movement("issue_reserve", reference, *ends, (part,))
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def carry_over(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    lot: LotOf,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Carry paid units of the former register over, once and in equal quantity (结转).

    Source: CQ208-3, CQ208-A1.5.4.

    Raises:
        UnpaidNotCarriedOver, NoAccount, ReferenceReused.
    """
    if lot.origin != Origin.PAID:
        raise UnpaidNotCarriedOver(holder=holder.name, amount=amount_t)
    account = _accounts([holder], AccountKind.REGISTRY)[holder.pk]
    part = Part(_lot(lot), traded=True, amount_t=amount_t)
    source = system_account(AccountKind.ISSUED)
    moved = Movement("carry_over", reference, source, account, (part,))
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def register_credits(
    *, holder: Organisation, lot: LotOf, reference: str, acting: Acting, at: datetime
) -> Transaction:
    """Register certified reductions with their serial block. Source: CQ208-A5.2.1."""
    assert lot.serial_from is not None, "credits have serials"
    assert lot.serial_to is not None, "credits have serials"
    amount = Tonnes(lot.serial_to - lot.serial_from + 1)
    accounts = _accounts([holder], AccountKind.REGISTRY)
    moved = Movement(
        "register_credits",
        reference,
        system_account(AccountKind.ISSUED),
        accounts[holder.pk],
        (Part(_lot(lot), traded=False, amount_t=amount),),
    )
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def move_between_own(
    *,
    holder: Organisation,
    kind: str,
    amount_t: Tonnes,
    unit: UnitKind,
    vintage_year: int | None,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Move a holder's units between its registry and its trading account (划转).

    `kind` is move_to_trading or move_to_registry. The account row is locked first, so that two
    movements at once cannot both pass the holding rule. Source: CQ208-A4.2.6, CQETS-26.3.

    Raises:
        NoAccount, NotEnoughUnits, BelowMinimumHolding, NotYourRole.
    """
    assert kind in {"move_to_trading", "move_to_registry"}, "the kind of an own movement"
    acting_holder_must_be(acting, holder)
    ends = [AccountKind.REGISTRY, AccountKind.TRADING]
    source, target = ends if kind == "move_to_trading" else reversed(ends)
    debit = _locked_account(holder, source)
    credit = _accounts([holder], target)[holder.pk]
    lots = Lot.objects.filter(kind=unit)
    if vintage_year is not None:
        lots = lots.filter(vintage_year=vintage_year)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(debit, amount_t, lots=lots, order=order)
    if source == AccountKind.REGISTRY and unit == UnitKind.ALLOWANCE:
        _must_keep_half(debit, amount_t, law, at)
    moved = Movement(kind, reference, debit, credit, parts)
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def surrender(
    *,
    holder: Organisation,
    year: int,
    amount_t: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Hand in allowances for a year, oldest first (清缴). Source: CQETS-26.

    Which vintages may be used is the rule `registry.surrender_vintage`.

    Raises:
        NoAccount, NotAnAmount, NotEnoughUnits, NotYourRole.
    """
    acting_holder_must_be(acting, holder)
    debit = _locked_account(holder, AccountKind.REGISTRY)
    lots = Lot.objects.filter(kind=UnitKind.ALLOWANCE)
    if law.for_year("registry.surrender_vintage", year).text == "same_or_earlier":
        lots = lots.filter(vintage_year__lte=year)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(debit, amount_t, lots=lots, order=order)
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
        NothingLocked, NotYourRole.
    """
    acting_holder_must_be(acting, holder)
    debit = _locked_account(holder, AccountKind.REGISTRY)
    parts = _lift(debit, amount_t, cause, acting, at, reference=lock_reference)
    return _surrender(debit, year, parts, reference, acting, at)


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
    """Lock units of a registry account for a cause (冻结); returns the parts locked.

    Source: CQ208-A5.4, AMB-32.

    Raises:
        NoAccount, NotEnoughUnits.
    """
    debit = _locked_account(holder, AccountKind.REGISTRY)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(debit, amount_t, lots=lots, order=order)
    _lock([(debit, parts, reference)], cause, article, acting, at)
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
        NothingLocked, NotAnAmount.
    """
    acting.must_be(Role.CITY_BUREAU, article=article)
    account = _locked_account(holder, AccountKind.REGISTRY)
    parts = _lift(account, amount_t, cause, acting, at)
    _lock([(account, parts, reference)], to, article, acting, at)


@transaction.atomic
def release_locked(
    *, holders: Sequence[Organisation], cause: LockCause, acting: Acting, at: datetime
) -> Tonnes:
    """Lift every lock of a cause from these holders' units (解除冻结); tells the tonnes freed."""
    found = Lock.objects.filter(
        position__account__holder__in=holders, cause=cause, lifted_at__isnull=True
    )
    locks = list(found.select_for_update(of=("self",)).order_by("id"))
    _void(locks, acting, at)
    return Tonnes(sum(lock.amount_t for lock in locks))


@transaction.atomic
def withdraw_locked(
    *, holder: Organisation, cause: LockCause, reference: str, acting: Acting, at: datetime
) -> Tonnes:
    """Withdraw whatever a lock still holds of a holder's units; tells the tonnes.

    Source: CQ208-4.2c, AMB-62.
    """
    locked = Lock.objects.filter(
        position__account__holder=holder, cause=cause, lifted_at__isnull=True
    ).aggregate(t=Sum("amount_t"))["t"]
    if not locked:
        return Tonnes(0)
    debit = _locked_account(holder, AccountKind.REGISTRY)
    parts = _lift(debit, Tonnes(locked), cause, acting, at)
    ends = debit, system_account(AccountKind.WITHDRAWN)
    moved = Movement("withdraw_pre_allocation", reference, *ends, parts)
    movement.post([moved], acting=acting, at=at)
    return Tonnes(locked)


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

    Serves the decision on an offset (0 t rejects it) and the withdrawal of a pre-allocation.
    Source: CQ208-A5.4b, CQ208-4.2c.

    Raises:
        NothingLocked, NotYourRole.
    """
    debit = _locked_account(holder, AccountKind.REGISTRY)
    locks = Lock.objects.filter(
        position__account=debit, cause=cause, reference=reference, lifted_at__isnull=True
    )
    locked = Tonnes(locks.aggregate(t=Sum("amount_t"))["t"] or 0)
    if locked < amount_t or not locked:
        raise NothingLocked(holder=holder.name, cause=cause, locked=locked, wanted=amount_t)
    parts = _first(_lift(debit, locked, cause, acting, at, reference=reference), amount_t)
    if not parts:
        return None
    ends = {"offset": AccountKind.CANCELLED, "withdraw_pre_allocation": AccountKind.WITHDRAWN}
    moved = Movement(kind, reference, debit, system_account(ends[kind]), parts)
    return movement.post([moved], acting=acting, at=at)[0]


@transaction.atomic
def cancel_reserve(
    *, years: Sequence[int], reference: str, law: Law, acting: Acting, at: datetime
) -> Transaction | None:
    """Cancel what is left of the reserves of these years (注销). Source: CQ208-A1.2b, AMB-25."""
    reserve = system_account(AccountKind.RESERVE)
    lots = Lot.objects.filter(vintage_year__in=years, positions__account=reserve)
    left = _own_t(reserve, lots)
    if not left:
        return None
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = movement.choose(reserve, left, lots=lots, order=order)
    ends = reserve, system_account(AccountKind.CANCELLED)
    return movement.post(
        [Movement("cancel_reserve", reference, *ends, parts)], acting=acting, at=at
    )[0]


@transaction.atomic
def end_minimum_holding(
    *, holders: Sequence[Organisation], year: int, acting: Acting, at: datetime
) -> None:
    """End the holding rule of a year for holders that fulfilled it. Source: CQETS-26.3."""
    FreeAllocation.objects.filter(
        account__holder__in=holders, year=year, fulfilled_at__isnull=True
    ).update(fulfilled_at=at)
    journal.record(
        operation="registry.end_minimum_holding",
        subject=f"holding/{year}",
        acting=acting,
        at=at,
        article="CQETS-26.3",
        content={"holders": [holder.code for holder in holders]},
    )


def receiving_positions(
    wanted: Collection[tuple[int, int]], *, acting: Acting, at: datetime
) -> dict[tuple[int, int], int]:
    """The ledger accounts that take bought units of a lot, by (holder id, lot id).

    Bought units are marked as traded from then on (AMB-30). Source: CQETS-22.
    """
    lots = Lot.objects.in_bulk({lot for _, lot in wanted})
    found = RegistryAccount.objects.filter(
        kind=AccountKind.TRADING, holder_id__in={holder for holder, _ in wanted}
    )
    accounts = {account.holder_id: account for account in found}
    ends = {(h, lot): (accounts[h], lots[lot], True) for h, lot in sorted(wanted)}
    ids = movement.open_positions(ends.values(), acting=acting, at=at)
    return {key: ids[account.pk, lot.pk, traded] for key, (account, lot, traded) in ends.items()}


def acting_holder_must_be(acting: Acting, holder: Organisation) -> None:
    """Refuse whoever acts on somebody else's account.

    Raises:
        NoAccount: told as if there were none, so that accounts of others are not revealed.
    """
    if acting.organisation != holder.code:
        raise NoAccount(holder=acting.organisation, kind=holder.code)


def system_account(kind: AccountKind) -> RegistryAccount:
    """The market's own account of a kind."""
    return RegistryAccount.objects.get(kind=kind)


def open_years(account: RegistryAccount) -> list[OpenYear]:
    """The years of an account whose duty is open, with what was issued free and surrendered."""
    rows = FreeAllocation.objects.filter(account=account, fulfilled_at__isnull=True)
    return [OpenYear(r.year, Tonnes(r.free_t), Tonnes(r.surrendered_t)) for r in rows]


def _lot(lot: LotOf) -> Lot:
    made, _ = Lot.objects.get_or_create(
        code=lot.code,
        defaults={
            "jurisdiction": lot.jurisdiction,
            "kind": lot.kind.value,
            "vintage_year": lot.vintage_year,
            "origin": lot.origin.value,
            "project": lot.project,
            "project_type": lot.project_type,
            "origin_place": lot.origin_place,
            "origin_class": lot.origin_class,
            "serial_from": lot.serial_from,
            "serial_to": lot.serial_to,
        },
    )
    return made


def _accounts(holders: Sequence[Organisation], kind: AccountKind) -> dict[int, RegistryAccount]:
    found = RegistryAccount.objects.filter(holder__in=holders, kind=kind)
    accounts = {account.holder_id: account for account in found}
    for holder in holders:
        if holder.pk not in accounts:
            raise NoAccount(holder=holder.name, kind=kind.value)
    return accounts


def _locked_account(holder: Organisation, kind: AccountKind) -> RegistryAccount:
    found = RegistryAccount.objects.select_for_update().filter(holder=holder, kind=kind).first()
    if found is None:
        raise NoAccount(holder=holder.name, kind=kind.value)
    return found


def _own_t(account: RegistryAccount, lots: QuerySet[Lot]) -> Tonnes:
    positions = Position.objects.filter(account=account, lot__in=lots)
    ids = list(positions.values_list("ledger_account", flat=True))
    return Tonnes(sum(balance.own for balance in ledger_queries.balances(ids).values()))


def _must_keep_half(account: RegistryAccount, amount_t: Tonnes, law: Law, at: datetime) -> None:
    years = open_years(account)
    share = law.on("registry.min_hold_share", market_date(at))
    allowances = Lot.objects.filter(kind=UnitKind.ALLOWANCE)
    in_registry = _own_t(account, allowances)
    kept, required = counted_t(years, in_registry - amount_t), required_t(years, share)
    if kept < required:
        raise BelowMinimumHolding(
            amount=amount_t,
            kept=kept,
            required=required,
            allowed=max(0, kept + amount_t - required),
        )


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
    (done,) = movement.post([moved], acting=acting, at=at)
    FreeAllocation.objects.filter(account=debit, year=year).update(
        surrendered_t=F("surrendered_t") + moved.amount_t
    )
    return done


def _lock(
    wanted: Sequence[tuple[RegistryAccount, tuple[Part, ...], str]],
    cause: LockCause,
    article: str,
    acting: Acting,
    at: datetime,
) -> None:
    against = system_account(AccountKind.LOCKED)
    flat = [
        (account, part, reference, number)
        for account, parts, reference in wanted
        for number, part in enumerate(parts)
    ]
    ends = [(a, part.lot, part.traded) for a, part, _, _ in flat]
    ids = movement.open_positions(
        [*ends, *((against, lot, traded) for _, lot, traded in ends)], acting=acting, at=at
    )
    positions = {
        p.ledger_account: p for p in Position.objects.filter(ledger_account__in=ids.values())
    }
    earlier = Lock.objects.filter(
        cause=cause, reference__in={reference for *_, reference in wanted}
    )
    placed = dict(earlier.values_list("reference").annotate(n=Count("id")))
    locks, transfers = [], []
    for account, part, reference, number in flat:
        source = ids[account.pk, part.lot.pk, part.traded]
        key = f"lock/{cause}/{reference}/{placed.get(reference, 0) + number}"
        transfers.append(
            Transfer(
                key=key,
                debit=source,
                credit=ids[against.pk, part.lot.pk, part.traded],
                amount=part.amount_t,
                kind=Kind.PENDING,
                reason=cause.value,
            )
        )
        locks.append(
            Lock(
                position=positions[source],
                cause=cause.value,
                owner=acting.role,
                reference=reference,
                amount_t=part.amount_t,
                ledger_key=key,
                placed_at=at,
                article=article,
            )
        )
    ledger.post_all(transfers, acting=acting, at=at, article=article, subject=f"lock/{cause}")
    Lock.objects.bulk_create(locks)


def _void(locks: Sequence[Lock], acting: Acting, at: datetime) -> None:
    transfers = [
        Transfer(
            key=f"{lock.ledger_key}/lifted",
            kind=Kind.VOID,
            pending=lock.ledger_key,
            reason=lock.cause,
        )
        for lock in locks
    ]
    if transfers:
        ledger.post_all(
            transfers, acting=acting, at=at, article=locks[0].article, subject="lock/lifted"
        )
    for lock in locks:
        lock.lifted_at = at
    Lock.objects.bulk_update(locks, ["lifted_at"])


def _lift(
    account: RegistryAccount,
    amount_t: Tonnes,
    cause: LockCause,
    acting: Acting,
    at: datetime,
    *,
    reference: str = "",
) -> tuple[Part, ...]:
    """Lift `amount_t` of the locks of a cause, or of one reference of it; the rest stays locked."""
    if amount_t < 1:
        raise NotAnAmount(amount=amount_t)
    found = Lock.objects.filter(position__account=account, cause=cause, lifted_at__isnull=True)
    if reference:
        found = found.filter(reference=reference)
    locks = list(found.select_related("position__lot", "position__account").order_by("id"))
    locked = sum(lock.amount_t for lock in locks)
    if locked < amount_t:
        raise NothingLocked(holder=account.number, cause=cause, locked=locked, wanted=amount_t)
    _void(locks, acting, at)
    left = int(amount_t)
    taken: list[Part] = []
    kept: list[tuple[Lock, Part]] = []
    for lock in locks:
        take = min(left, lock.amount_t)
        left -= take
        lot, traded = lock.position.lot, lock.position.traded
        if take:
            taken.append(Part(lot, traded, Tonnes(take)))
        if lock.amount_t > take:
            kept.append((lock, Part(lot, traded, Tonnes(lock.amount_t - take))))
    if kept:
        again = [(account, (part,), lock.reference) for lock, part in kept]
        _lock(again, cause, locks[0].article, acting, at)
    return tuple(taken)


def _first(parts: Sequence[Part], amount_t: int) -> tuple[Part, ...]:
    left, first = amount_t, []
    for part in parts:
        take = min(left, part.amount_t)
        if take:
            first.append(replace(part, amount_t=Tonnes(take)))
            left -= take
    return tuple(first)
