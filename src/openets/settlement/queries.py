"""What may be asked about money."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max, Q

from openets.kernel.quantity import Fen
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.settlement.exported import TABLES
from openets.settlement.models import CashAccount, Payment
from openets.settlement.operations import BANK, PROCEEDS

_SUMS = """
select case when c.holder_id is null then c.number else '' end as number,
       sum(a.credits_posted - a.debits_posted)
from settlement_cashaccount c join ledger_account a on a.id = c.ledger_account group by 1"""
"""Fen on the market's own accounts by number, and under the empty name those of all holders."""


@dataclass(frozen=True, slots=True)
class Cash:
    """A holder's money: what may be used, and what open orders have reserved."""

    available_fen: Fen
    reserved_fen: Fen


@dataclass(frozen=True, slots=True)
class CashConservation:
    """All money that came in is somewhere: cash in = cash held + paid out + fees + proceeds."""

    paid_in_fen: Fen
    held_fen: Fen
    fees_fen: Fen
    proceeds_fen: Fen
    """Of government sales, not yet paid over to the treasury. Source: CQETS-19."""

    @property
    def holds(self) -> bool:
        """Whether nothing appeared or vanished. `paid_in` is already less what was paid out."""
        return self.paid_in_fen == self.held_fen + self.fees_fen + self.proceeds_fen


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
    proceeds = posted.pop(PROCEEDS, Fen(0))
    return CashConservation(paid_in, held, Fen(sum(posted.values())), proceeds)
