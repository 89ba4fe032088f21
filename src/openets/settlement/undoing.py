"""The opposite entries of a trade that was cancelled by decision (成交取消)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openets.kernel.acting import Acting
from openets.ledger import operations as ledger
from openets.ledger import queries as ledger_queries
from openets.ledger.posting import Transfer
from openets.parties.roles import Role

UNITS = "units/"
MONEY = ("buyer-fee", "seller-fee", "cash")
"""Fees come back first, so that the seller may pay the price back out of its own."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A transfer of a trade: its name, from where to where, and how much (t or fen)."""

    name: str
    debit: int
    credit: int
    amount: int

    @property
    def is_units(self) -> bool:
        """Whether units moved, and not money."""
        return self.name.startswith(UNITS)


def legs_of(trade: int, *, unit_parts: int) -> list[Leg]:
    """What the ledger moved for a trade, fees first, then price and units.

    `unit_parts` is how many positions its units came from at most.
    """
    names = [*MONEY, *(f"{UNITS}{number}" for number in range(unit_parts))]
    keys = {f"trade/{trade}/{name}": name for name in names}
    found = {row.key: row for row in ledger_queries.transfers(keys)}
    return [
        Leg(name, found[key].debit_id, found[key].credit_id, found[key].amount)
        for key, name in keys.items()
        if key in found
    ]


def back_key(trade: int, leg: Leg) -> str:
    """How the ledger names the opposite entry of a leg."""
    return f"trade/{trade}/back/{leg.name}"


def undo_trade(trade: int, legs: Sequence[Leg], *, acting: Acting, at: datetime) -> None:
    """Post the opposite entries of all legs and fees of a trade, all or none.

    Source: BJETS-18b, CQETS-22.

    Raises:
        What the ledger refuses; nothing has moved then.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="BJETS-18b")
    last = len(legs) - 1
    events = [
        Transfer(
            key=back_key(trade, leg),
            debit=leg.credit,
            credit=leg.debit,
            amount=leg.amount,
            linked=number < last,
            reason="trade",
        )
        for number, leg in enumerate(legs)
    ]
    ledger.post_all(events, acting=acting, at=at, article="BJETS-18b", subject=f"trade/{trade}")
