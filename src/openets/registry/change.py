"""Units that follow a merger or division (合并、分立): all, with flags, locks and record."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.parties.models import Organisation
from openets.registry import locks, movement
from openets.registry.accounts import accounts_of, locked_accounts
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause
from openets.registry.models import FreeAllocation, Lock, Position, RegistryAccount
from openets.registry.movement import Movement
from openets.registry.parts import NotEnoughUnits, Part

_KIND = "merger"
_FOLLOWS = (AccountKind.REGISTRY, AccountKind.TRADING)
AWAITING = (LockCause.OFFSET, LockCause.ADVANCE, LockCause.TRANSACTION)
"""Locks of something that is decided about one holder: it must be decided before the change."""

UnitClass = tuple[str, int]


class UnitsInOrders(Refusal):
    """Units in open orders belong to the exchange's book until the orders are withdrawn."""

    code = "units_in_orders"
    article = "CQETS-14.2"
    zh = "{holder} 有 {held} 吨处于未成交申报中"
    en = "{held} t of {holder} stand in open orders"
    remedy_zh = "请先撤回申报，再办理变更"
    remedy_en = "Withdraw the orders first"


class UnitsAwaitDecision(Refusal):
    """Units kept for an application or a filed transaction wait for its decision."""

    code = "units_await_decision"
    article = "CQETS-14.2"
    zh = "{holder} 有 {locked} 吨因“{cause}”待决，不能随变更划转"
    en = "{locked} t of {holder} are kept for “{cause}”, which is not decided"
    remedy_zh = "请先办结该事项"
    remedy_en = "Decide on it first"


@dataclass(frozen=True, slots=True)
class Portion:
    """Tonnes of a unit kind and vintage that go to one successor."""

    successor: Organisation
    unit: str
    vintage_year: int
    amount_t: Tonnes


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Units of one position that are alike in their lock, or free of any."""

    account: RegistryAccount
    part: Part
    lock: Lock | None

    @property
    def unit(self) -> UnitClass:
        return self.part.lot.kind, self.part.lot.vintage_year

    def of(self, amount_t: int) -> "_Bundle":
        return replace(self, part=replace(self.part, amount_t=Tonnes(amount_t)))


@transaction.atomic
def move_for_change(
    *,
    predecessor: Organisation,
    portions: Sequence[Portion],
    heir: Organisation | None,
    reference: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Move what an entity holds to its successors as confirmed (合并、分立划转); it is no trade.

    Every unit goes to the successor's account of the same kind, with its traded flag and its lock;
    units free of locks go first, in the order of the portions. The free quantities of the years
    whose duty is open, which the holding rule starts from, go to the `heir`, who owes what is open.
    `reference` is the confirmed change. Source: CQETS-14.2, AMB-27, AMB-30.

    Raises:
        NotYourRole, NoAccount, UnitsInOrders, UnitsAwaitDecision.
        NotEnoughUnits: the portions are more than is held.
    """
    kind = TRANSACTION_KINDS[_KIND]
    acting.must_be(*kind.roles, article=kind.article)
    if not portions and heir is None:
        return
    own = _own_accounts(predecessor)
    bundles = _bundles(predecessor, own)
    shared = list(_shared(predecessor, bundles, portions))
    receiving = {
        of: accounts_of([p.successor for p in portions], of)
        for of in {AccountKind(bundle.account.kind) for _, bundle in shared}
    }
    locked = [bundle.lock for _, bundle in shared if bundle.lock]
    locks.void(list({lock.pk: lock for lock in locked}.values()), acting, at)
    movement.post(list(_movements(shared, receiving, reference)), acting=acting, at=at)
    _lock_again(shared, bundles, receiving, acting, at)
    free = _follow_free(predecessor, heir) if heir else []
    journal.record(
        operation="registry.move_for_change",
        subject=reference,
        acting=acting,
        at=at,
        article="CQETS-14.2",
        content={"predecessor": predecessor.code, "free": free},
    )


def _own_accounts(predecessor: Organisation) -> list[RegistryAccount]:
    still_open = predecessor.accounts.filter(kind__in=_FOLLOWS, closed_at__isnull=True)
    kinds = still_open.values_list("kind", flat=True)
    return locked_accounts(predecessor, sorted(map(AccountKind, kinds)))


def _bundles(predecessor: Organisation, accounts: Sequence[RegistryAccount]) -> list[_Bundle]:
    """All that stands on the accounts: the free units in front of the locked ones."""
    rows = Position.objects.filter(account__in=accounts).select_related("lot", "account")
    positions = sorted(rows, key=lambda p: (p.account.kind, p.rank("fifo")))
    balances = ledger_queries.locked_balances([p.ledger_account for p in positions])
    in_orders = sum(balances[p.ledger_account].held for p in positions)
    if in_orders:
        raise UnitsInOrders(holder=predecessor.name, held=in_orders)
    in_force = Lock.objects.filter(position__in=positions, lifted_at__isnull=True).order_by("id")
    by_position: defaultdict[int, list[Lock]] = defaultdict(list)
    for lock in in_force.select_related("position"):
        if lock.cause in AWAITING:
            raise UnitsAwaitDecision(
                holder=predecessor.name, locked=lock.amount_t, cause=lock.cause
            )
        by_position[lock.position_id].append(lock)
    free, kept = [], []
    for position in positions:
        unlocked = balances[position.ledger_account].own
        part = Part(position.lot, position.traded, Tonnes(unlocked))
        whole = _Bundle(position.account, part, None)
        free += [whole] if unlocked else []
        kept += [replace(whole.of(lock.amount_t), lock=lock) for lock in by_position[position.pk]]
    return free + kept


def _shared(
    predecessor: Organisation, bundles: Sequence[_Bundle], portions: Sequence[Portion]
) -> Iterator[tuple[Organisation, _Bundle]]:
    """Which bundle, or part of one, goes to whom."""
    left = {n: int(bundle.part.amount_t) for n, bundle in enumerate(bundles)}
    for portion in portions:
        wanted = int(portion.amount_t)
        for number, bundle in enumerate(bundles):
            take = min(wanted, left[number])
            if take and bundle.unit == (portion.unit, portion.vintage_year):
                left[number] -= take
                wanted -= take
                yield portion.successor, bundle.of(take)
        if wanted:
            raise NotEnoughUnits(
                account=predecessor.code,
                available=portion.amount_t - wanted,
                wanted=portion.amount_t,
            )


def _movements(
    shared: Sequence[tuple[Organisation, _Bundle]],
    receiving: Mapping[AccountKind, Mapping[int, RegistryAccount]],
    reference: str,
) -> Iterator[Movement]:
    grouped: dict[tuple[int, int], dict[tuple[int, bool], Part]] = {}
    ends: dict[tuple[int, int], tuple[RegistryAccount, RegistryAccount]] = {}
    for successor, bundle in shared:
        target = receiving[AccountKind(bundle.account.kind)][successor.pk]
        way = bundle.account.pk, target.pk
        ends[way] = bundle.account, target
        parts, key = grouped.setdefault(way, {}), (bundle.part.lot.pk, bundle.part.traded)
        before = parts[key].amount_t if key in parts else 0
        parts[key] = replace(bundle.part, amount_t=Tonnes(before + bundle.part.amount_t))
    for way, parts in grouped.items():
        debit, credit = ends[way]
        name = f"{reference}/{debit.kind}/{debit.holder.code}/{credit.holder.code}"
        yield Movement(_KIND, name, debit, credit, tuple(parts.values()))


def _lock_again(
    shared: Sequence[tuple[Organisation, _Bundle]],
    bundles: Sequence[_Bundle],
    receiving: Mapping[AccountKind, Mapping[int, RegistryAccount]],
    acting: Acting,
    at: datetime,
) -> None:
    """Place every lock on the units where they went, and on the rest that stays."""
    gone: defaultdict[int, int] = defaultdict(int)
    for successor, bundle in shared:
        if bundle.lock:
            gone[bundle.lock.pk] += bundle.part.amount_t
            target = receiving[AccountKind(bundle.account.kind)][successor.pk]
            _place_like(bundle.lock, target, bundle.part, acting, at)
    for bundle in bundles:
        if bundle.lock and 0 < gone[bundle.lock.pk] < bundle.part.amount_t:
            stays = bundle.of(bundle.part.amount_t - gone[bundle.lock.pk])
            _place_like(bundle.lock, bundle.account, stays.part, acting, at)


def _place_like(
    lock: Lock, account: RegistryAccount, part: Part, acting: Acting, at: datetime
) -> None:
    cause = LockCause(lock.cause)
    wanted = [(account, (part,), lock.reference)]
    locks.place(wanted, cause, lock.article, acting, at, owner=lock.owner)


def _follow_free(predecessor: Organisation, heir: Organisation) -> list[list[str | int]]:
    """Hand the record of the holding rule on; tells from, to, year, free and surrendered tonnes."""
    rows = FreeAllocation.objects.select_for_update(no_key=True).order_by("id")
    open_rows = list(
        rows.filter(
            Q(free_t__gt=0) | Q(surrendered_t__gt=0),
            account__holder=predecessor,
            account__kind=AccountKind.REGISTRY,
            fulfilled_at__isnull=True,
        ).select_related("account")
    )
    if not open_rows:
        return []
    target = accounts_of([heir], AccountKind.REGISTRY)[heir.pk]
    told: list[list[str | int]] = []
    for row in open_rows:
        FreeAllocation.objects.get_or_create(account=target, year=row.year, defaults={"free_t": 0})
        taken = rows.get(account=target, year=row.year)
        taken.free_t += row.free_t
        taken.surrendered_t += row.surrendered_t
        taken.fulfilled_at = None
        taken.save()
        told.append([row.account.number, target.number, row.year, row.free_t, row.surrendered_t])
        row.free_t = row.surrendered_t = 0
        row.save()
    return told
