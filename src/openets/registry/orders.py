"""What the registry asks of the market, which stands above it: to take orders out of the book."""

from collections.abc import Collection, Sequence
from typing import Protocol

from openets.parties.models import Organisation
from openets.registry.measures import Bar


class OpenOrders(Protocol):
    """The open orders (未成交申报) of the market, as who keeps them offers them to a measure.

    Every operation that needs orders out of the way takes one, so that none can forget them.
    """

    def withdraw_barred(
        self, holder: Organisation, bars: Collection[Bar], cause: str
    ) -> Sequence[int]:
        """Withdraw a holder's orders on the sides that are barred; tell their numbers."""

    def withdraw_holding(
        self, ledger_accounts: Collection[int], amount_t: int, cause: str
    ) -> Sequence[int]:
        """Withdraw the latest orders that hold units of these accounts until as many are free.

        Tells their numbers.
        """


def numbers_of(withdrawn: Sequence[int]) -> str:
    """The numbers of the orders withdrawn, as the trail keeps them; its move has the words."""
    return ", ".join(map(str, withdrawn))
