"""The fee schedule (手续费标准): what each side of a trade pays, by method. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openets.kernel.quantity import Fen, half_up
from openets.rulebook.load import Law

SIDES = ("buyer", "seller")
BIDDING = "open_bidding"


@dataclass(frozen=True, slots=True)
class Fee:
    """What one side pays of the turnover of a trade of one method."""

    method: str
    side: str
    ratio: Decimal

    def fen(self, turnover_fen: int) -> Fen:
        """The fee on a turnover, half-up to the fen (AMB-03)."""
        return Fen(int(half_up(turnover_fen * self.ratio)))


def schedule(law: Law, day: date) -> list[Fee]:
    """The fees of a day: every method of the card `trading.methods` and both sides.

    The one rate of `trading.fee_ratio`, but where `settlement.fee_schedule` says otherwise.
    Source: CQETS-20.
    """
    return _fees_of(law.on("trading.methods", day).items, law, day)


def ratio(law: Law, day: date, method: str = BIDDING) -> Decimal:
    """What each side pays for a method whose sides pay alike, as the order book asks.

    The book asks before it knows whether the method is enabled. Source: CQETS-20.
    """
    both = {fee.ratio for fee in _fees_of([method], law, day)}
    assert len(both) == 1, "both sides of a trade in the book pay the same"
    return both.pop()


def in_full(
    methods: Iterable[str], general: Decimal, exceptions: Iterable[dict[str, str]]
) -> list[Fee]:
    """Every method and side with its rate: the exception's, else the general one."""
    own = {(one["method"], one["side"]): Decimal(one["ratio"]) for one in exceptions}
    return [
        Fee(method, side, own.get((method, side), general)) for method in methods for side in SIDES
    ]


def _fees_of(methods: Iterable[str], law: Law, day: date) -> list[Fee]:
    general = law.on("trading.fee_ratio", day).number
    return in_full(methods, general, law.on("settlement.fee_schedule", day).items)
