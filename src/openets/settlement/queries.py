"""What may be asked about money."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Q

from openets.kernel.quantity import Fen
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.registry.reconcile import TRADE
from openets.settlement.exported import TABLES
from openets.settlement.models import CashAccount, Payment
from openets.settlement.operations import BANK, FEES, PROCEEDS, RESERVE, SUSPENSE, market_account_id

_SUMS = """
select case when c.holder_id is null then c.number else '' end as number,
       sum(a.credits_posted - a.debits_posted)
from settlement_cashaccount c join ledger_account a on a.id = c.ledger_account group by 1"""
"""Fen on the market's own accounts by number, and under the empty name those of all holders."""
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Cash:
    """A holder's money: what may be used, and what open orders have reserved."""

    available_fen: Fen
    reserved_fen: Fen


@dataclass(frozen=True, slots=True)
class Holds:
    """Money that is kept back: for open orders, and for withdrawals until the bank answers."""

    orders_fen: Fen
    withdrawals_fen: Fen


@dataclass(frozen=True, slots=True)
class CashEntry:
    """Money that moved: `amount_fen` below 0 where it went out, and the balance after it."""

    key: str
    amount_fen: Fen
    balance_fen: Fen
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A holder's money at both ends of a period, what moved in it, and what is kept back now."""

    opening_fen: Fen
    closing_fen: Fen
    entries: tuple[CashEntry, ...]
    """Oldest first."""
    holds: Holds


@dataclass(frozen=True, slots=True)
class CashConservation:
    """All money that came in and was not paid out is somewhere."""

    paid_in_fen: Fen
    """Less what was paid out: what the settlement bank has."""
    held_fen: Fen
    fees_fen: Fen
    proceeds_fen: Fen
    """Of government sales, not yet paid over to the treasury. Source: CQETS-19."""
    suspense_fen: Fen
    """Came in and is nobody's yet (待查款项)."""
    reserve_fen: Fen
    """The settlement risk reserve (风险准备金)."""

    @property
    def holds(self) -> bool:
        """Whether nothing appeared or vanished."""
        market = self.fees_fen + self.proceeds_fen + self.suspense_fen + self.reserve_fen
        return self.paid_in_fen == self.held_fen + market


def cash(holder: Organisation) -> Cash | None:
    """A holder's money, or None without a cash account."""
    account = CashAccount.objects.filter(holder=holder).first()
    if account is None:
        return None
    balance = ledger.balances([account.ledger_account])[account.ledger_account]
    return Cash(Fen(balance.own), Fen(balance.posted - balance.own))


def cash_account(holder: Organisation) -> CashAccount | None:
    """A holder's cash account, bound or not, or None."""
    return CashAccount.objects.filter(holder=holder).first()


def participants() -> list[Organisation]:
    """Everybody who has a cash account with a bank account bound, by name."""
    rows = CashAccount.objects.filter(holder__isnull=False, bound_at__isnull=False)
    found = rows.select_related("holder").order_by("holder__name", "pk")
    return [row.holder for row in found if row.holder]


def cash_of(holders: Collection[int]) -> dict[int, Fen]:
    """The money each holder may use, by organisation id."""
    accounts = cash_accounts(holders)
    balances = ledger.balances(accounts.values())
    return {holder: Fen(balances[account].own) for holder, account in accounts.items()}


def cash_accounts(holders: Collection[int]) -> dict[int, int]:
    """The ledger accounts of holders' money that have a bank account bound, by organisation id.

    Source: CQ208-A4.0.
    """
    rows = CashAccount.objects.filter(holder_id__in=holders, bound_at__isnull=False)
    return {
        holder: account
        for holder, account in rows.values_list("holder_id", "ledger_account")
        if holder is not None
    }


def bound_holder(bank_number: str, name: str) -> Organisation | None:
    """Whose cash account is bound to this bank account in this name. Source: CQ208-A4.1.3."""
    bound = CashAccount.objects.filter(bank_number=bank_number, bound_at__isnull=False)
    found = bound.filter(holder__name=name).select_related("holder").first()
    return found.holder if found and bank_number else None


def bound_accounts() -> dict[str, str]:
    """The names of the holders of all bound bank accounts, by number."""
    bound = CashAccount.objects.filter(bound_at__isnull=False).exclude(bank_number="")
    return dict(bound.values_list("bank_number", "holder__name"))


def held_back_fen() -> Fen:
    """What is kept back on all cash accounts until the bank answers."""
    accounts = CashAccount.objects.values_list("ledger_account", flat=True)
    return Fen(sum(b.debits_pending for b in ledger.balances(accounts).values()))


def moved(
    holders: Collection[Organisation], *, since: datetime, until: datetime
) -> dict[int, Moved]:
    """Holders' money over a period that ended lately, by organisation id; all at once.

    Source: CQETS-5.2b, CQETS-22.
    """
    rows = CashAccount.objects.filter(holder__in=holders).values_list("ledger_account", "holder_id")
    holder_of = {account: holder for account, holder in rows if holder is not None}
    found = {holder.pk: Moved(Fen(0), Fen(0), (), Holds(Fen(0), Fen(0))) for holder in holders}
    for account, stretch in ledger.stretches(holder_of, since=since, until=until).items():
        found[holder_of[account]] = Moved(
            opening_fen=Fen(stretch.before),
            closing_fen=Fen(stretch.after),
            entries=tuple(
                CashEntry(line.key, Fen(line.amount), Fen(line.balance), line.at)
                for line in stretch.lines
                if line.kind in ledger.MOVES
            ),
            holds=Holds(Fen(stretch.now.held), Fen(stretch.now.debits_pending)),
        )
    return found


def holds_of(holder: Organisation) -> Holds:
    """What of a holder's money is kept back now, for orders and for withdrawals."""
    account = cash_account(holder)
    if account is None:
        return Holds(Fen(0), Fen(0))
    balance = ledger.balances([account.ledger_account])[account.ledger_account]
    return Holds(Fen(balance.held), Fen(balance.debits_pending))


def fees_between(since: datetime, until: datetime) -> Fen:
    """The fees of both sides of all trades of a period. Source: CQETS-22."""
    account = market_account_id(FEES)
    lines = ledger.statement(
        [account], size=_MOST_ENTRIES, since=since, until=until, reasons=[TRADE]
    )
    assert len(lines) < _MOST_ENTRIES, "a day has an end"
    return Fen(sum(line.amount for line in lines if line.kind in ledger.MOVES))


def paid_between(since: datetime, until: datetime) -> set[int]:
    """The holders, by organisation id, whose money moved otherwise than by trades in a period."""
    paid = Payment.objects.filter(at__gte=since, at__lt=until)
    ends = paid.values_list("debit__holder", "credit__holder")
    return {holder for pair in ends for holder in pair if holder is not None}


def account_rows(ledger_accounts: Collection[int]) -> dict[int, dict[str, object]]:
    """Whose cash these ledger accounts stand for; others are left out."""
    rows = CashAccount.objects.filter(ledger_account__in=ledger_accounts)
    return {
        ledger_account: {"number": number, "holder": holder, "ledger_account": ledger_account}
        for ledger_account, number, holder in rows.values_list(
            "ledger_account", "number", "holder__code"
        )
    }


def payments_since(after: int, *, told: Collection[str]) -> list[dict[str, Any]]:
    """The payments numbered above `after`, and those told by kind/reference below it."""
    table = TABLES["settlement_payment"]
    rows = list(table(Q(pk__gt=after)))
    late = set(told) - {f"{row['kind']}/{row['reference']}" for row in rows}
    named = Q(pk=None)
    for kind, _, reference in (key.partition("/") for key in late):
        named |= Q(pk__lte=after, kind=kind, reference=reference)
    return [*rows, *(table(named) if late else ())]


def last_payment() -> int:
    """The number of the newest payment; 0 before the first."""
    return Payment.objects.aggregate(last=Max("pk"))["last"] or 0


def conservation() -> CashConservation:
    """Compare what came in with what is held, what went to fees and what the treasury is owed."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS)
        posted = {number: Fen(int(amount)) for number, amount in cursor.fetchall()}
    paid_in, held = Fen(-posted.pop(BANK, 0)), posted.pop("", Fen(0))
    own = [posted.pop(name, Fen(0)) for name in (PROCEEDS, SUSPENSE, RESERVE)]
    return CashConservation(paid_in, held, Fen(sum(posted.values())), *own)
