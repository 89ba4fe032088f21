"""What accounts hold: by lot, together, and on the accounts of the market itself."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Sum

from openets.kernel.quantity import Tonnes
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.registry.accounts import reserve_left as left_on
from openets.registry.kinds import HOLDING_KINDS, PARTICIPANT_KINDS, AccountKind
from openets.registry.models import Lock, Lot, Position, RegistryAccount, Transaction
from openets.registry.queries.standings import accounts


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
class Amounts:
    """All units on an account, and those of them that no lock and no order holds."""

    held_t: Tonnes
    available_t: Tonnes


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


@dataclass(frozen=True, slots=True)
class ReserveUse:
    """What left the reserve of a year by one kind of transaction; what was undone is no use."""

    year: int
    kind: str
    amount_t: Tonnes


def locked_t(holder: Organisation, cause: str, reference: str = "") -> Tonnes:
    """The tonnes of a holder locked for a cause, or under one reference of it."""
    locks = Lock.objects.filter(
        position__account__holder=holder, cause=cause, lifted_at__isnull=True
    )
    if reference:
        locks = locks.filter(reference=reference)
    return Tonnes(locks.aggregate(t=Sum("amount_t"))["t"] or 0)


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


def reserve_left(year: int) -> Tonnes:
    """What is left of the reserve of a year. Source: CQETS-13, CQ208-A1.2."""
    account = RegistryAccount.objects.filter(kind=AccountKind.RESERVE, year=year).first()
    return left_on(account) if account else Tonnes(0)


def reserve_uses() -> list[ReserveUse]:
    """What the reserves were used for, by year and kind of transaction. Source: CQETS-13."""
    left = Transaction.objects.filter(debit__kind=AccountKind.RESERVE, undone_by=None, undoes=None)
    sums = left.order_by("debit__year", "kind").values_list("debit__year", "kind")
    return [
        ReserveUse(year, kind, Tonnes(amount_t))
        for year, kind, amount_t in sums.annotate(t=Sum("amount_t"))
    ]


def carried_over_t(holder: Organisation) -> Tonnes:
    """What was carried over from the former register into a holder's account. Source: CQ208-3."""
    moved = Transaction.objects.filter(kind="carry_over", credit__holder=holder)
    return Tonnes(moved.aggregate(t=Sum("amount_t"))["t"] or 0)
