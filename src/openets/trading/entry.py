"""Taking an order in: the rules it must meet, and the money or units it holds."""

from datetime import datetime

from openets.registry.measures import Bar
from openets.trading.batch import Batch
from openets.trading.exposure import must_meet_risk_rules
from openets.trading.memory import Memory
from openets.trading.models import Order
from openets.trading.orders import (
    AccountsMissing,
    DayClosed,
    MethodNotEnabled,
    NewOrder,
    NotEnoughCash,
    NotEnoughToSell,
    ProductNotListed,
    must_be_an_order,
)
from openets.trading.session import phase_at

METHOD = "open_bidding"


def hold_what_it_needs(
    order: Order, command: NewOrder, *, memory: Memory, batch: Batch, at: datetime
) -> None:
    """Refuse an order by the first rule it breaks, else let it hold what it needs.

    Source: CQETS-17, CQETS-17.2, CQETS-30.

    Raises:
        ProductNotListed, NotAnOrder, NotDesignated, DayClosed, MethodNotEnabled, MarketClosed,
        TradingHalted, OrderTooLarge, PositionOverLimit.
        AccountsMissing, AccountRestricted, NotEnoughCash, NotEnoughToSell.
        What the limits refuse.
    """
    product = memory.products.get(command.product)
    if product is None:
        raise ProductNotListed(product=command.product, listed=", ".join(memory.products))
    order.product = product
    must_be_an_order(command)
    if memory.not_designated:
        raise memory.not_designated
    terms = memory.terms[product.code]
    if memory.closed:
        raise DayClosed(day=memory.day)
    if order.method not in memory.methods:
        raise MethodNotEnabled(method=order.method, enabled=", ".join(memory.methods))
    phase_at(at=at, day_phases=terms.phases, calendar=memory.calendar)
    terms.limits.check(command.price_fen, command.qty)
    must_meet_risk_rules(command, memory=memory, batch=batch)
    holder = command.holder.pk
    if holder not in batch.cash or (holder, product.code) not in batch.positions:
        raise AccountsMissing
    barred = batch.bars.get((holder, Bar.BUY if command.buy else Bar.SELL))
    if barred:
        raise barred
    if command.buy:
        account, amount = batch.cash[holder], terms.hold_fen(command.price_fen, command.qty)
        if batch.cover[account] < amount:
            raise NotEnoughCash(needed=amount, available=batch.cover[account])
        order.held_accounts, order.held_amounts = [account], [amount]
    else:
        _choose_units(order, memory, batch)
    for account, amount in zip(order.held_accounts, order.held_amounts, strict=True):
        batch.change_hold(account, amount)


def _choose_units(order: Order, memory: Memory, batch: Batch) -> None:
    key = (order.holder_id, order.product.code)
    positions = batch.positions[key]
    bought = memory.bought_today.get(key, 0) if memory.terms[key[1]].turnaround else 0
    available = sum(batch.cover[p.ledger_account] for p in positions) - bought
    if available < order.qty:
        bought += batch.bought.get(key, 0)
        raise NotEnoughToSell(wanted=order.qty, available=max(0, available), bought_today=bought)
    left = order.qty
    order.held_accounts, order.held_amounts = [], []
    for position in positions:
        take = min(left, batch.cover[position.ledger_account])
        if take > 0:
            order.held_accounts.append(position.ledger_account)
            order.held_amounts.append(take)
            left -= take
