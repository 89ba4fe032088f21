"""A batch: all that one transaction writes of orders, what they hold, trades and both legs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.measures import Bar
from openets.settlement import operations as settlement
from openets.trading.changes import write_changes
from openets.trading.memory import Memory
from openets.trading.models import FloorBatch, Order, Trade
from openets.trading.terms import Terms

if TYPE_CHECKING:
    from openets.trading.exposure import Exposures


@dataclass(frozen=True, slots=True)
class _Step:
    """A change of holds (`amount` above or below 0), or a trade with the seller's units."""

    account: int = 0
    amount: int = 0
    trade: Trade | None = None
    units: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Batch:
    """What is known when a batch begins, and what has become of it so far.

    All accounts it may move are locked; `cover` is what each may still use.
    """

    row: FloorBatch
    cover: dict[int, int]
    positions: Mapping[tuple[int, str], Sequence[holdings.TradingPosition]] = field(
        default_factory=dict
    )
    cash: Mapping[int, int] = field(default_factory=dict)
    fees: int = 0
    bars: Mapping[tuple[int, Bar], Refusal] = field(default_factory=dict)
    """Who may not buy or not sell today, and why."""
    orders_before: dict[tuple[int, str], Order] = field(default_factory=dict)
    """Orders of the same keys: the same request sent again."""
    orders: dict[int, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    bought: dict[tuple[int, str], int] = field(default_factory=dict)
    """Tonnes bought in this batch, by holder and product; `cover` does not have them yet."""
    exposures: "Exposures | None" = None
    """What the risk rules know of the positions of its holders, once one of them is asked."""
    _steps: list[_Step] = field(default_factory=list)

    def keep(self, order: Order) -> None:
        """Let a new order be written, and be found when its key comes again."""
        self.orders[order.id] = self.orders_before[order.holder_id, order.key] = order

    def change_hold(self, account: int, amount: int) -> None:
        """Hold more of an account, or less."""
        if amount:
            self.cover[account] -= amount
            self._steps.append(_Step(account=account, amount=amount))

    def free(self, order: Order) -> None:
        """Let go of whatever an order holds."""
        for number, account in enumerate(order.held_accounts):
            self.change_hold(account, -order.held_amounts[number])
            order.held_amounts[number] = 0

    def withdraw(self, order: Order, memory: Memory) -> None:
        """Take an open order out of its book and free what it holds."""
        memory.take_out(order)
        self.orders[order.id] = order
        self.free(order)

    def settle(self, trade: Trade, terms: Terms) -> None:
        """Fill both orders of a trade and let units and money change hands."""
        buy, sell = trade.buy, trade.sell
        self.trades.append(trade)
        held = buy.held_amounts[0]
        buy.held_amounts[0] = terms.hold_fen(buy.price_fen, buy.remaining)
        self.change_hold(buy.held_accounts[0], buy.held_amounts[0] - held)
        units = self._take_units(sell, trade.qty)
        self._steps.append(_Step(trade=trade, units=units))
        fee = terms.fee_fen(trade.turnover_fen)
        self.cover[buy.held_accounts[0]] -= trade.turnover_fen + fee
        self.cover[self.cash[sell.holder_id]] += trade.turnover_fen - fee
        for account, amount in units:
            self.cover[account] -= amount
        key = (buy.holder_id, trade.product.code)
        self.bought[key] = self.bought.get(key, 0) + trade.qty

    def _take_units(self, sell: Order, qty: int) -> tuple[tuple[int, int], ...]:
        left, units = qty, []
        for number, account in enumerate(sell.held_accounts):
            take = min(left, sell.held_amounts[number])
            if take:
                sell.held_amounts[number] -= take
                self.change_hold(account, -take)
                units.append((account, take))
                left -= take
        assert not left, "a sell order holds what it sells"
        return tuple(units)

    def write(self, memory: Memory, *, acting: Acting, at: datetime, cause: str = "") -> None:
        """Write the batch, settle it, and journal it; `cause` is the measure that asked for it."""
        self.row.trades, self.row.state_hash = len(self.trades), memory.state_hash()
        self.row.save(force_insert=True)
        memory.next_batch += 1
        for key, qty in self.bought.items():
            memory.bought_today[key] = memory.bought_today.get(key, 0) + qty
        known = {order.id for order in self.orders.values() if order.batch_id != self.row.pk}
        Order.objects.bulk_create(o for o in self.orders.values() if o.id not in known)
        write_changes([o for o in self.orders.values() if o.id in known])
        Trade.objects.bulk_create(self.trades)
        events, serials = self._events(memory.terms, acting, at)
        subject = f"batch/{self.row.number}"
        if events:
            post = settlement.release_all if cause else settlement.settle
            post(events, subject=subject, acting=acting, at=at)
        if serials:
            registry.move_serials(serials)
        journal.record(
            operation="trading.batch",
            subject=subject,
            acting=acting,
            at=at,
            article="CQETS-30" if cause else "CQETS-17",
            content={
                "orders": [[o.id, o.state, o.remaining] for o in self.orders.values()],
                "trades": [
                    [t.id, t.product.code, t.buy_id, t.sell_id, t.price_fen, t.qty]
                    for t in self.trades
                ],
                "state": self.row.state_hash,
            }
            | ({"cause": cause} if cause else {}),
        )

    def _events(
        self, terms: Mapping[str, Terms], acting: Acting, at: datetime
    ) -> tuple[list[settlement.Event], list[registry.Step]]:
        """What the ledger posts, and which deliveries of it have serials that must follow."""
        found = [p for many in self.positions.values() for p in many]
        lots = {p.ledger_account: p.lot_id for p in found}
        with_serials = {p.ledger_account for p in found if p.serial}
        ends = registry.receiving_positions(
            {
                (step.trade.buyer_id, lots[account])
                for step in self._steps
                if step.trade
                for account, _ in step.units
            },
            acting=acting,
            at=at,
        )
        events: list[settlement.Event] = []
        serials: list[registry.Step] = []
        for step in self._steps:
            if step.trade is None:
                change = settlement.hold if step.amount > 0 else settlement.release
                events.append(change(step.account, abs(step.amount)))
                continue
            trade = step.trade
            fee = Fen(terms[trade.product.code].fee_fen(trade.turnover_fen))
            delivery = settlement.Delivery(
                trade=str(trade.id),
                units=tuple(
                    settlement.UnitPart(account, ends[trade.buyer_id, lots[account]], amount)
                    for account, amount in step.units
                ),
                buyer_cash=self.cash[trade.buyer_id],
                seller_cash=self.cash[trade.seller_id],
                fees_cash=self.fees,
                turnover_fen=Fen(trade.turnover_fen),
                buyer_fee_fen=fee,
                seller_fee_fen=fee,
            )
            legs = settlement.events_of(delivery)
            events += legs
            if with_serials:
                serials += [
                    registry.Step(leg.key, lots[leg.debit], leg.debit, leg.credit, leg.amount or 0)
                    for leg in legs
                    if leg.debit in with_serials
                ]
        return events, serials
