"""What position limits ask: allowances held on all accounts, and the own annual allowance."""

from collections.abc import Collection
from dataclasses import dataclass

from openets.ledger import queries as ledger
from openets.registry.kinds import HOLDING_KINDS, UnitKind
from openets.registry.models import FreeAllocation, Position


@dataclass(frozen=True, slots=True)
class Exposure:
    """Allowances of a holder, in tonnes: on its accounts, and issued free for its last year."""

    held_t: int = 0
    allowance_t: int = 0


def exposures(holders: Collection[int]) -> dict[int, Exposure]:
    """What organisations hold of allowances and what was issued free to them, by their ids.

    Registry and trading account and all vintages count together, what orders and locks hold
    included. Three queries for all of them. Source: CQETS-17.2, CQETS-21.
    """
    positions = Position.objects.filter(
        account__holder__in=holders, account__kind__in=HOLDING_KINDS, lot__kind=UnitKind.ALLOWANCE
    )
    owners = dict(positions.values_list("ledger_account", "account__holder_id"))
    held = dict.fromkeys(holders, 0)
    for number, balance in ledger.balances(owners).items():
        held[owners[number]] += balance.posted
    issued = FreeAllocation.objects.filter(account__holder__in=holders).order_by("year")
    last = {
        holder: (year, free_t)
        for holder, year, free_t in issued.values_list("account__holder_id", "year", "free_t")
    }
    return {holder: Exposure(held[holder], last.get(holder, (0, 0))[1]) for holder in holders}
