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
from openets.registry.certificates import certificate, certificates_of
from openets.registry.exported import TABLES
from openets.registry.holding import HoldingRule, Kept, OpenYear, free_to_move_t
from openets.registry.kinds import (
    HOLDING_KINDS,
    AccountKind,
    UnitKind,
    is_bought,
)
from openets.registry.models import (
    Filing,
    FreeAllocation,
    Lock,
    Lot,
    Position,
    RegistryAccount,
    Transaction,
)
from openets.registry.reconcile import Place
from openets.rulebook.load import Law

__all__ = [
    "Holding",
    "LotConservation",
    "Traded",
    "TradingPosition",
    "all_holdings",
    "certificate",
    "certificates_of",
    "conservation",
    "filings",
    "free_to_move",
    "holdings",
    "journal_entry",
    "last_movement",
    "ledger_rows",
    "locked_t",
    "lot_sums",
    "movements_named",
    "movements_since",
    "opposite_of",
    "places",
    "register",
    "reserve_left",
    "trading_positions",
    "transaction_numbered",
    "transactions",
]

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
            [
                Kept(h.lot.vintage_year, is_bought(h.lot.origin, traded=h.traded), h.available_t)
                for h in found
                if h.account_kind == AccountKind.REGISTRY and h.lot.kind == UnitKind.ALLOWANCE
            ],
            rule,
        )
        for holder, found in holders.items()
    }


def trading_positions(
    holders: Collection[int], products: Iterable[Traded], *, order: str
) -> dict[tuple[int, str], list[TradingPosition]]:
    """The trading positions that belong to each product, by (holder id, product code).

    `order` is a value of `registry.lots_consumption`: a sale takes the first positions first. A
    holder with all its accounts but no units has an empty list. Source: AMB-30.
    """
    codes = {(product.unit, product.vintage_year): product.code for product in products}
    from_account = Position.objects.filter(
        account__holder__in=holders, account__kind=AccountKind.TRADING
    )
    found: dict[tuple[int, str], list[TradingPosition]] = {
        (holder, code): [] for holder in _with_trading_account(holders) for code in codes.values()
    }
    rows = from_account.select_related("lot", "account")
    for position in sorted(rows, key=lambda row: row.rank(order)):
        lot = position.lot
        code = codes.get((lot.kind, lot.vintage_year)) or codes.get((lot.kind, None))
        if code:
            entry = TradingPosition(position.ledger_account, lot.pk)
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
    positions = list(Position.objects.values_list("lot", "account__kind", "ledger_account"))
    posted = ledger.posted(account for _, _, account in positions)
    sums: dict[int, dict[str, int]] = {}
    for lot, kind, account in positions:
        by_kind = sums.setdefault(lot, {})
        by_kind[kind] = by_kind.get(kind, 0) + posted[account]
    lots = Lot.objects.filter(pk__in=sums).order_by("code")
    return [_lot_conservation(lot, sums[lot.pk]) for lot in lots]


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
    """What is left of the reserve of a year. Source: CQETS-13."""
    positions = Position.objects.filter(
        account__kind=AccountKind.RESERVE, lot__vintage_year=year
    ).values_list("ledger_account", flat=True)
    return Tonnes(sum(balance.own for balance in ledger.balances(positions).values()))


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


def filings(*, holders: QuerySet[Organisation] | None = None) -> QuerySet[Filing]:
    """What was filed for approval, newest first; all, or what touches some holders."""
    found = Filing.objects.select_related("debit__holder", "credit__holder", "undoes")
    if holders is not None:
        found = found.filter(Q(debit__holder__in=holders) | Q(credit__holder__in=holders))
    return found.order_by("-id")


def _with_trading_account(holders: Collection[int]) -> list[int]:
    kinds = {AccountKind.REGISTRY, AccountKind.TRADING}
    rows = RegistryAccount.objects.filter(holder__in=holders, kind__in=kinds)
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
