"""What may be asked about money."""

from collections.abc import Collection
from dataclasses import dataclass

from openets.kernel.quantity import Fen
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.settlement.models import CashAccount
from openets.settlement.operations import BANK, MARKET_ACCOUNTS


@dataclass(frozen=True, slots=True)
class Cash:
    """A holder's money: what may be used, and what open orders have reserved."""

    available_fen: Fen
    reserved_fen: Fen


@dataclass(frozen=True, slots=True)
class CashConservation:
    """All money that came in is somewhere: cash in = cash held + paid out + fees."""

    paid_in_fen: Fen
    held_fen: Fen
    fees_fen: Fen

    @property
    def holds(self) -> bool:
        """Whether nothing appeared or vanished. `paid_in` is already less what was paid out."""
        return self.paid_in_fen == self.held_fen + self.fees_fen


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


def conservation() -> CashConservation:
    """Compare what came in with what is held and what went to fees."""
    accounts = dict(CashAccount.objects.values_list("number", "ledger_account"))
    balances = ledger.balances(accounts.values())
    posted = {number: balances[id_].posted for number, id_ in accounts.items()}
    market = {number: posted.get(number, 0) for number in MARKET_ACCOUNTS}
    held = sum(amount for number, amount in posted.items() if number not in market)
    fees = sum(amount for number, amount in market.items() if number != BANK)
    return CashConservation(Fen(-market[BANK]), Fen(held), Fen(fees))
