"""The risk rules of an order on the floor: halts, its size, its holder's position.

What a batch needs is read once for all its holders, and only where a position limit is set.
"""

from collections import Counter
from dataclasses import dataclass

from openets.parties.models import Organisation
from openets.registry import queries as holdings
from openets.trading.batch import Batch
from openets.trading.memory import Memory
from openets.trading.models import Product
from openets.trading.orders import NewOrder
from openets.trading.risk import ALLOWANCE, Position


def must_meet_risk_rules(command: NewOrder, *, memory: Memory, batch: Batch) -> None:
    """Refuse an order in a halt, of the size of a deal, or beyond its holder's position limit.

    Source: CQETS-17.2, CQETS-21, BJETS-18b.

    Raises:
        TradingHalted, OrderTooLarge, PositionOverLimit.
    """
    product = memory.products[command.product]
    halted = memory.halts.get(product.code)
    if halted:
        raise halted
    memory.risk.must_not_be_too_large(command.qty)
    limit = memory.risk.limits.get(command.holder.role)
    if limit and command.buy and product.unit == ALLOWANCE:
        if batch.exposures is None:
            batch.exposures = Exposures.of(memory, batch)
        batch.exposures.must_have_room(command.holder, command.qty, memory, batch)


@dataclass(slots=True)
class Exposures:
    """What the holders of a batch have of allowances, and at most may have when it is done."""

    before: dict[int, holdings.Exposure]
    most: Counter[int]
    """Held, and every buy filled; sales and withdrawals since are not taken off."""

    @classmethod
    def of(cls, memory: Memory, batch: Batch) -> "Exposures":
        """Read the positions of all holders of a batch."""
        before = holdings.exposures(batch.cash)
        most = Counter({holder: exposure.held_t for holder, exposure in before.items()})
        for order in memory.resting.values():
            if order.buy and _is_allowance(order.product):
                most[order.holder_id] += order.remaining
        for (holder, code), qty in batch.bought.items():
            if _is_allowance(memory.products[code]):
                most[holder] += qty
        return cls(before, most)

    def must_have_room(self, holder: Organisation, qty: int, memory: Memory, batch: Batch) -> None:
        """Refuse a buy that could exceed the limit; count exactly only where it comes near.

        Raises:
            PositionOverLimit.
        """
        own = self.before.get(holder.pk, holdings.Exposure())
        limit_t = memory.risk.limits[holder.role].limit_t(own.allowance_t)
        if self.most[holder.pk] + qty > limit_t:
            position = self._counted(holder.pk, own.held_t, limit_t, memory, batch)
            position.must_have_room_for(qty)
            self.most[holder.pk] = position.total_t
        self.most[holder.pk] += qty

    def _counted(
        self, holder: int, held_t: int, limit_t: int, memory: Memory, batch: Batch
    ) -> Position:
        for trade in batch.trades:
            if _is_allowance(trade.product):
                held_t += trade.qty * ((trade.buyer_id == holder) - (trade.seller_id == holder))
        buying_t = sum(
            order.remaining
            for order in memory.resting.values()
            if order.buy and order.holder_id == holder and _is_allowance(order.product)
        )
        return Position(held_t, buying_t, limit_t)


def _is_allowance(product: Product) -> bool:
    return product.unit == ALLOWANCE
