"""What may be asked of the registry."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum

from openets.journal import queries as journal
from openets.journal.models import Entry
from openets.kernel.quantity import Tonnes
from openets.ledger import queries as ledger
from openets.ledger.models import Transfer
from openets.parties.models import Organisation
from openets.registry.accounts import reserve_left as left_on
from openets.registry.certificates import certificate, certificates_of
from openets.registry.exported import TABLES
from openets.registry.holding import HoldingRule, Kept, OpenYear, free_to_move_t, minimums
from openets.registry.kinds import (
    HOLDING_KINDS,
    PARTICIPANT_KINDS,
    AccountKind,
    UnitKind,
    is_bought,
)
from openets.registry.measures import AccountState, Bar, state_under
from openets.registry.models import (
    Closing,
    Filing,
    FreeAllocation,
    Lock,
    LockOrder,
    Lot,
    Measure,
    Position,
    RegistryAccount,
    SerialBlock,
    SerialMove,
    Transaction,
)
from openets.registry.reconcile import Place
from openets.registry.standing import AccountRestricted, barred
from openets.rulebook.load import Law, Rule
from openets.select import Select

__all__ = [
    "Amounts",
    "Holding",
    "LotConservation",
    "MinimumHolding",
    "Traded",
    "TradingPosition",
    "account",
    "accounts",
    "accounts_in",
    "all_holdings",
    "amounts",
    "blocks",
    "certificate",
    "certificates_of",
    "closing",
    "closings",
    "conservation",
    "filings",
    "free_to_move",
    "holdings",
    "journal_entry",
    "last_movement",
    "ledger_rows",
    "lock_order",
    "lock_orders",
    "locked_t",
    "locks",
    "lot",
    "lot_sums",
    "market_accounts",
    "measure",
    "measures",
    "measures_of",
    "minimum_holding",
    "moved_between",
    "movements_named",
    "movements_since",
    "opposite_of",
    "orders_on",
    "places",
    "register",
    "reserve_left",
    "serials_of",
    "state_of",
    "states_of",
    "trading_bars",
    "trading_positions",
    "transaction_numbered",
    "transactions",
]

_HELD_BY = Select(
    Position, "account.holder_id = any(%s) and account.kind = %s", along=["lot", "account"]
)

_LOT_SUMS = """
select l.code, r.kind, sum(a.credits_posted - a.debits_posted)
from registry_position p join ledger_account a on a.id = p.ledger_account
join registry_registryaccount r on r.id = p.account_id join registry_lot l on l.id = p.lot_id
group by l.code, r.kind order by l.code, r.kind"""


class Traded(Protocol):
    """What a product says of the units it stands for."""

    code: str
    unit: str
    vintage_year: int | None


@dataclass(frozen=True, slots=True)
class TradingPosition:
    """Units of a lot in a trading account."""

    ledger_account: int
    lot_id: int
    serial: bool
    """Whether its units have serial numbers, which move with them."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Units of one lot on one account: what may be used, what orders and locks keep."""

    account_kind: str
    account: str
    lot: Lot
    traded: bool
    total_t: Tonnes
    available_t: Tonnes
    locks: tuple[tuple[str, Tonnes], ...]

    @property
    def reserved_t(self) -> Tonnes:
        """Held by open orders: neither available nor locked."""
        return Tonnes(self.total_t - self.available_t - sum(t for _, t in self.locks))


@dataclass(frozen=True, slots=True)
class LotConservation:
    """Where all units of a lot are: issued = held + surrendered + cancelled + withdrawn."""

    lot: str
    kind: str
    vintage_year: int
    origin: str
    project: str
    issued_t: Tonnes
    held_t: Tonnes
    surrendered_t: Tonnes
    cancelled_t: Tonnes
    withdrawn_t: Tonnes

    @property
    def holds(self) -> bool:
        """Whether no unit appeared or vanished."""
        ends = self.surrendered_t + self.cancelled_t + self.withdrawn_t
        return self.issued_t == self.held_t + ends


def open_account(holder: Organisation, kind: AccountKind) -> RegistryAccount | None:
    """A holder's open account of a kind, or None; its number is the 权益账户号."""
    return RegistryAccount.objects.filter(holder=holder, kind=kind, closed_at__isnull=True).first()


def open_accounts_of(holders: Collection[Organisation], kind: AccountKind) -> list[RegistryAccount]:
    """The open accounts of a kind that these holders have."""
    found = RegistryAccount.objects.filter(holder__in=holders, kind=kind, closed_at__isnull=True)
    return list(found.select_related("holder").order_by("id"))


def carried_over_t(holder: Organisation) -> Tonnes:
    """What was carried over from the former register into a holder's account. Source: CQ208-3."""
    moved = Transaction.objects.filter(kind="carry_over", credit__holder=holder)
    return Tonnes(moved.aggregate(t=Sum("amount_t"))["t"] or 0)


@dataclass(frozen=True, slots=True)
class MinimumHolding:
    """The 50 % rule for one holder, over all years whose duty is open, in tonnes."""

    share: Rule
    years: tuple[int, ...]
    free_t: Tonnes
    """Issued free for these years."""
    required_t: Tonnes
    in_account_t: Tonnes
    """What counts in the registry account."""
    surrendered_t: Tonnes
    """What counts of what was surrendered for these years."""
    may_move_t: Tonnes
    """How much may leave the registry account now."""


def holdings(holder: Organisation) -> list[Holding]:
    """An organisation's units by account and lot, empty positions left out. Source: CQETS-5.2b."""
    positions = list(
        Position.objects.filter(account__holder=holder, account__kind__in=HOLDING_KINDS)
        .select_related("account", "lot")
        .order_by("account__kind", "lot__vintage_year", "lot_id", "traded")
    )
    balances = ledger.balances([position.ledger_account for position in positions])
    locks: dict[int, list[tuple[str, Tonnes]]] = {}
    in_force = Lock.objects.filter(position__in=positions, lifted_at__isnull=True)
    for row in in_force.values("position", "cause").annotate(t=Sum("amount_t")).order_by("cause"):
        locks.setdefault(row["position"], []).append((row["cause"], Tonnes(row["t"])))
    return [
        Holding(
            account_kind=position.account.kind,
            account=position.account.number,
            lot=position.lot,
            traded=position.traded,
            total_t=Tonnes(balances[position.ledger_account].posted),
            available_t=Tonnes(balances[position.ledger_account].own),
            locks=tuple(locks.get(position.pk, ())),
        )
        for position in positions
        if balances[position.ledger_account].posted
    ]


def all_holdings(holders: Collection[int]) -> dict[int, list[Holding]]:
    """Like `holdings`, for many organisations at once, by organisation id; locks not told apart."""
    lots = Lot.objects.in_bulk()
    positions = list(
        Position.objects.filter(account__holder__in=holders, account__kind__in=HOLDING_KINDS)
        .order_by("lot__vintage_year", "lot_id", "traded")
        .values_list(
            "account__holder_id",
            "account__kind",
            "account__number",
            "lot_id",
            "traded",
            "ledger_account",
        )
    )
    balances = ledger.balances([position[-1] for position in positions])
    found: dict[int, list[Holding]] = {holder: [] for holder in holders}
    for holder, kind, number, lot, traded, ledger_account in positions:
        balance = balances[ledger_account]
        holding = Holding(
            account_kind=kind,
            account=number,
            lot=lots[lot],
            traded=traded,
            total_t=Tonnes(balance.posted),
            available_t=Tonnes(balance.own),
            locks=(),
        )
        found[holder].append(holding)
    return found


def free_to_move(
    holders: Mapping[int, Sequence[Holding]], *, law: Law, day: date
) -> dict[int, Tonnes]:
    """How much each holder may take out of its registry account under the 50 % rule.

    `holders` maps an organisation's id to what it holds. Source: CQETS-26.3, AMB-27.
    """
    rule = HoldingRule.of(law, day)
    years: dict[int, list[OpenYear]] = {holder: [] for holder in holders}
    rows = FreeAllocation.objects.filter(account__holder__in=holders, fulfilled_at__isnull=True)
    for holder, year, free, surrendered in rows.values_list(
        "account__holder_id", "year", "free_t", "surrendered_t"
    ):
        years[holder].append(OpenYear(year, Tonnes(free), Tonnes(surrendered)))
    return {
        holder: free_to_move_t(
            years[holder],
            _kept(found),
            rule,
        )
        for holder, found in holders.items()
    }


def minimum_holding(
    holder: Organisation, held: Sequence[Holding], *, law: Law, day: date
) -> MinimumHolding:
    """What the 50 % rule asks of a holder now, by open years, and what it leaves free to move.

    Source: CQETS-26.3, AMB-27.
    """
    rule, kept = HoldingRule.of(law, day), _kept(held)
    rows = FreeAllocation.objects.filter(account__holder=holder, fulfilled_at__isnull=True)
    years = [OpenYear(r.year, Tonnes(r.free_t), Tonnes(r.surrendered_t)) for r in rows]
    found = minimums(years, kept, rule)
    return MinimumHolding(
        share=rule.share,
        years=tuple(year.year for year in years),
        free_t=Tonnes(sum(year.free_t for year in years)),
        required_t=Tonnes(sum(minimum.required_t for minimum in found)),
        in_account_t=Tonnes(sum(minimum.in_account_t for minimum in found)),
        surrendered_t=Tonnes(sum(minimum.surrendered_t for minimum in found)),
        may_move_t=free_to_move_t(years, kept, rule),
    )


def trading_positions(
    holders: Collection[int], products: Iterable[Traded], *, order: str
) -> dict[tuple[int, str], list[TradingPosition]]:
    """The trading positions that belong to each product, by (holder id, product code).

    `order` is a value of `registry.lots_consumption`: a sale takes the first positions first. A
    holder with all its accounts but no units has an empty list. Source: AMB-30.
    """
    codes = {(product.unit, product.vintage_year): product.code for product in products}
    found: dict[tuple[int, str], list[TradingPosition]] = {
        (holder, code): [] for holder in _with_trading_account(holders) for code in codes.values()
    }
    rows = _HELD_BY.rows(list(holders), str(AccountKind.TRADING))
    for position in sorted(rows, key=lambda row: row.rank(order)):
        lot = position.lot
        code = codes.get((lot.kind, lot.vintage_year)) or codes.get((lot.kind, None))
        if code:
            entry = TradingPosition(position.ledger_account, lot.pk, lot.serial_from is not None)
            found[position.account.holder_id, code].append(entry)
    return found


def locked_t(holder: Organisation, cause: str, reference: str = "") -> Tonnes:
    """The tonnes of a holder locked for a cause, or under one reference of it."""
    locks = Lock.objects.filter(
        position__account__holder=holder, cause=cause, lifted_at__isnull=True
    )
    if reference:
        locks = locks.filter(reference=reference)
    return Tonnes(locks.aggregate(t=Sum("amount_t"))["t"] or 0)


def conservation() -> list[LotConservation]:
    """Where the units of every lot are. Source: CQETS-5.4b."""
    sums = lot_sums()
    lots = Lot.objects.filter(code__in=sums).order_by("code")
    return [_lot_conservation(lot, sums[lot.code]) for lot in lots]


def places(ledger_accounts: Collection[int]) -> dict[int, Place]:
    """Which units of which account these ledger accounts stand for; others are left out."""
    rows = Position.objects.filter(ledger_account__in=ledger_accounts)
    names = ("account__number", "account__kind", "account__holder__code")
    lots = ("lot__code", "lot__kind", "lot__vintage_year")
    return {
        ledger_account: Place(
            account={"number": number, "kind": kind, "holder": holder},
            lot={"code": code, "kind": unit, "vintage_year": vintage_year},
            traded=traded,
        )
        for ledger_account, traded, number, kind, holder, code, unit, vintage_year in (
            rows.values_list("ledger_account", "traded", *names, *lots)
        )
    }


def movements_since(after: int, *, told: Collection[str]) -> list[dict[str, Any]]:
    """The movements numbered above `after`, and those told by kind/reference below it."""
    rows = list(TABLES["registry_transaction"](Q(pk__gt=after)))
    late = set(told) - {f"{row['kind']}/{row['reference']}" for row in rows}
    return [*rows, *movements_named(late)]


def movements_named(keys: Collection[str]) -> list[dict[str, Any]]:
    """The movements of these kind/reference."""
    named = Q(pk=None)
    for kind, _, reference in (key.partition("/") for key in keys):
        named |= Q(kind=kind, reference=reference)
    return list(TABLES["registry_transaction"](named)) if keys else []


def last_movement() -> int:
    """The number of the newest movement; 0 before the first."""
    return Transaction.objects.aggregate(last=Max("pk"))["last"] or 0


def lot_sums() -> dict[str, dict[str, int]]:
    """Of every lot, the tonnes on accounts of each kind; what was issued is negative.

    Source: CQETS-5.4b.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOT_SUMS)
        rows = cursor.fetchall()
    sums: dict[str, dict[str, int]] = {}
    for lot, kind, tonnes in rows:
        sums.setdefault(lot, {})[kind] = int(tonnes)
    return sums


def reserve_left(year: int) -> Tonnes:
    """What is left of the reserve of a year. Source: CQETS-13, CQ208-A1.2."""
    account = RegistryAccount.objects.filter(kind=AccountKind.RESERVE, year=year).first()
    return left_on(account) if account else Tonnes(0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """All units on an account, and those of them that no lock and no order holds."""

    held_t: Tonnes
    available_t: Tonnes


def amounts(found: Collection[RegistryAccount]) -> dict[int, Amounts]:
    """What stands on accounts, by their ids; of every lot together."""
    positions = Position.objects.filter(account__in=[account.pk for account in found])
    numbers = dict(positions.values_list("ledger_account", "account"))
    sums = {account.pk: Amounts(Tonnes(0), Tonnes(0)) for account in found}
    for number, balance in ledger.balances(numbers).items():
        before = sums[numbers[number]]
        sums[numbers[number]] = Amounts(
            Tonnes(before.held_t + balance.posted), Tonnes(before.available_t + balance.own)
        )
    return sums


def market_accounts() -> list[tuple[RegistryAccount, Amounts]]:
    """The reserves by year, the historical reserve, what was bought back, and the ends of units.

    Source: CQETS-13, CQETS-13.2, CQ208-A1.2, CQ208-A1.5.4.
    """
    kinds = [kind for kind in AccountKind if kind not in {*PARTICIPANT_KINDS, AccountKind.LOCKED}]
    found = list(accounts(kinds=kinds))
    found.sort(key=lambda account: (kinds.index(AccountKind(account.kind)), account.year or 0))
    on = amounts(found)
    return [(account, on[account.pk]) for account in found]


def accounts(
    *, holder: Organisation | None = None, kinds: Collection[str] = PARTICIPANT_KINDS
) -> QuerySet[RegistryAccount]:
    """Accounts of these kinds, closed ones too, of one holder or of all, by number."""
    found = RegistryAccount.objects.filter(kind__in=kinds).select_related("holder")
    return (found.filter(holder=holder) if holder else found).order_by("number")


def accounts_in(
    found: QuerySet[RegistryAccount], state: AccountState, day: date
) -> QuerySet[RegistryAccount]:
    """Of some accounts, those that stand in a state on a day."""
    if state == AccountState.CLOSED:
        return found.filter(closed_at__isnull=False)
    measured = Measure.objects.on(day).values("holder")
    still_open = found.filter(closed_at__isnull=True)
    if state == AccountState.ACTIVE:
        return still_open.exclude(holder__in=measured)
    states = states_of(still_open.filter(holder__in=measured), day)
    return found.filter(pk__in=[number for number, stands in states.items() if stands == state])


def state_of(account: RegistryAccount, day: date) -> AccountState:
    """Where an account stands on a day, by its holder's measures. Source: CQETS-30, AMB-33."""
    return states_of([account], day)[account.pk]


def states_of(found: Collection[RegistryAccount], day: date) -> dict[int, AccountState]:
    """Where accounts stand on a day, by id."""
    holders = {account.holder_id for account in found}
    kinds: dict[int, list[str]] = {holder: [] for holder in holders}
    in_force = Measure.objects.on(day).filter(holder__in=holders)
    for holder, kind in in_force.values_list("holder_id", "kind"):
        kinds[holder].append(kind)
    return {
        account.pk: state_under(kinds[account.holder_id], closed=account.closed_at is not None)
        for account in found
    }


def trading_bars(holders: Collection[int], day: date) -> dict[tuple[int, Bar], AccountRestricted]:
    """Who may not buy or may not sell on a day, with the refusal that says why.

    One query for a whole batch of orders. Source: CQETS-30.
    """
    found = Measure.objects.on(day).filter(holder__in=holders).select_related("holder")
    return {
        (measure.holder_id, Bar(bar)): barred(measure, Bar(bar))
        for measure in found
        for bar in measure.bars
    }


def account(number: int) -> RegistryAccount | None:
    """The participant's account of a row's number, or None."""
    return accounts().filter(pk=number).first()


def lock_order(number: int) -> LockOrder | None:
    """The ordered freeze of a row's number, or None."""
    return LockOrder.objects.select_related("account__holder").filter(pk=number).first()


def measure(number: int) -> Measure | None:
    """The measure of a row's number, or None."""
    return Measure.objects.select_related("holder").filter(pk=number).first()


def closing(number: int) -> Closing | None:
    """The closing of a row's number, or None."""
    return Closing.objects.select_related("account__holder").filter(pk=number).first()


def lock_orders(*, holders: QuerySet[Organisation]) -> QuerySet[LockOrder]:
    """The ordered freezes of these holders, newest first. Source: AMB-32."""
    found = LockOrder.objects.filter(account__holder__in=holders)
    return found.select_related("account__holder").order_by("-id")


def measures_of(holders: QuerySet[Organisation]) -> QuerySet[Measure]:
    """The measures on these holders, newest first. Source: CQETS-30."""
    return Measure.objects.filter(holder__in=holders).select_related("holder").order_by("-id")


def orders_on(account: RegistryAccount) -> Sequence[LockOrder]:
    """The freezes ordered on an account, oldest first."""
    return list(account.lock_orders.all())


def closings(account: RegistryAccount) -> Sequence[Closing]:
    """The times an account's closing was asked for, oldest first."""
    return list(account.closings.all())


def measures(holder: Organisation) -> Sequence[Measure]:
    """A participant's measures, decided, in force and lifted, oldest first."""
    return list(Measure.objects.filter(holder=holder).select_related("holder"))


def serials_of(event: str) -> Sequence[SerialMove]:
    """Which serials an event moved: a transaction by its key, a trade as trade/<number>.

    Source: CQ208-A6.3, CQVER-29.
    """
    found = SerialMove.objects.filter(key__startswith=f"{event}/").select_related("lot")
    return list(found)


def blocks(holder: Organisation) -> Sequence[SerialBlock]:
    """The serials an organisation holds, by account and lot."""
    found = SerialBlock.objects.filter(position__account__holder=holder)
    return list(found.select_related("lot", "position__account").order_by("lot", "first"))


def locks(*, holders: QuerySet[Organisation] | None = None) -> QuerySet[Lock]:
    """Locks in force and lifted, of these holders or of all, newest first. Source: AMB-32."""
    found = Lock.objects.select_related("position__account__holder", "position__lot")
    if holders is not None:
        found = found.filter(position__account__holder__in=holders)
    return found.order_by("-id")


def lot(code: str) -> Lot:
    """The lot of a code; Lot.DoesNotExist when there is none."""
    return Lot.objects.get(code=code)


def lots(codes: Collection[str]) -> dict[str, Lot]:
    """The lots of these codes."""
    return Lot.objects.in_bulk(codes, field_name="code")


def moved_between(start: datetime, end: datetime) -> dict[str, tuple[int, Tonnes]]:
    """How many movements of each kind there were from `start` until `end`, and their tonnes."""
    rows = Transaction.objects.filter(at__gte=start, at__lt=end).order_by().values_list("kind")
    sums = rows.annotate(n=Count("id"), t=Sum("amount_t"))
    return {kind: (n, Tonnes(t)) for kind, n, t in sums}


def transactions(holder: Organisation, limit: int = 50) -> Sequence[Transaction]:
    """A holder's movements of units, newest first."""
    rows = Transaction.objects.filter(debit__holder=holder) | Transaction.objects.filter(
        credit__holder=holder
    )
    return list(rows.select_related("debit", "credit").order_by("-id")[:limit])


def register(
    *, holders: QuerySet[Organisation] | None = None, kind: str = "", text: str = ""
) -> QuerySet[Transaction]:
    """All movements, or those of some holders, newest first; of a kind, or naming a text.

    Source: CQETS-5.2b.
    """
    found = Transaction.objects.select_related("debit__holder", "credit__holder", "undoes")
    if holders is not None:
        found = found.filter(Q(debit__holder__in=holders) | Q(credit__holder__in=holders))
    if kind:
        found = found.filter(kind=kind)
    if text:
        named = Q(reference__icontains=text)
        for side in ("debit", "credit"):
            for column in ("number", "holder__name"):
                named |= Q(**{f"{side}__{column}__icontains": text})
        found = found.filter(named)
    return found.order_by("-id")


def transaction_numbered(number: int) -> Transaction | None:
    """The movement of a number with its ends, or None."""
    return register().filter(pk=number).first()


def opposite_of(done: Transaction) -> Transaction | None:
    """What undid a movement, or None."""
    return Transaction.objects.filter(undoes=done).first()


def ledger_rows(done: Transaction) -> list[Transfer]:
    """The transfers of a movement in the ledger, one a lot and flag. Source: CQETS-5.2b."""
    return ledger.transfers(f"{done.key}/{n}" for n in range(len(done.parts)))


def journal_entry(done: Transaction) -> Entry | None:
    """The journal's entry of a movement."""
    return journal.trail(done.key).filter(operation=f"registry.{done.kind}").first()


def filing(subject: str) -> Filing:
    """What was filed for approval under the subject of a case."""
    kind, _, reference = subject.partition("/")
    return filings().get(kind=kind, reference=reference)


def filings(*, holders: QuerySet[Organisation] | None = None) -> QuerySet[Filing]:
    """What was filed for approval, newest first; all, or what touches some holders."""
    found = Filing.objects.select_related("debit__holder", "credit__holder", "undoes")
    if holders is not None:
        found = found.filter(Q(debit__holder__in=holders) | Q(credit__holder__in=holders))
    return found.order_by("-id")


def _kept(held: Sequence[Holding]) -> list[Kept]:
    """The usable allowances of a registry account, as the 50 % rule counts them."""
    return [
        Kept(h.lot.vintage_year, is_bought(h.lot.origin, traded=h.traded), h.available_t)
        for h in held
        if h.account_kind == AccountKind.REGISTRY and h.lot.kind == UnitKind.ALLOWANCE
    ]


def _with_trading_account(holders: Collection[int]) -> list[int]:
    kinds = {AccountKind.REGISTRY, AccountKind.TRADING}
    rows = RegistryAccount.objects.filter(
        holder__in=holders, kind__in=kinds, closed_at__isnull=True
    )
    counted = rows.values("holder").annotate(n=Count("id")).filter(n=len(kinds))
    return sorted(row["holder"] for row in counted)


def _lot_conservation(lot: Lot, by_kind: dict[str, int]) -> LotConservation:
    return LotConservation(
        lot=lot.code,
        kind=lot.kind,
        vintage_year=lot.vintage_year,
        origin=lot.origin,
        project=lot.project,
        issued_t=Tonnes(-by_kind.get(AccountKind.ISSUED, 0)),
        held_t=Tonnes(sum(by_kind.get(kind, 0) for kind in HOLDING_KINDS)),
        surrendered_t=Tonnes(by_kind.get(AccountKind.SURRENDERED, 0)),
        cancelled_t=Tonnes(by_kind.get(AccountKind.CANCELLED, 0)),
        withdrawn_t=Tonnes(by_kind.get(AccountKind.WITHDRAWN, 0)),
    )
