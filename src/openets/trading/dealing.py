"""Orders and trades beside the floor's books: deals, auctions, and picks out of a book.

Whoever agrees on a trade outside the floor's process writes it here and nowhere else: alone with
the books, in one transaction, as one batch of the floor; a running floor then reads its memory
anew.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, yuan
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading.batch import Batch
from openets.trading.entry import hold_what_it_needs
from openets.trading.memory import Memory, in_book, take_turn
from openets.trading.models import FloorBatch, Method, Order, OrderState, Trade
from openets.trading.orders import (
    DayClosed,
    NewOrder,
    OrderKeyReused,
    OrderNotOpen,
    ProductNotListed,
)
from openets.trading.queries import DEPTH_LEVELS
from openets.trading.terms import Terms

SYSTEM = "trading-system"
"""Who writes for the exchange what its participants agreed on."""


class NotAmongTheBest(Refusal):
    """A pick names one of the best five prices of the other side."""

    code = "not_among_the_best"
    article = "CQETS-17"
    zh = "{price} 元不是对手方最优 {levels} 档价格之一（{best}）"
    en = "{price} yuan is none of the best {levels} prices of the other side ({best})"
    remedy_zh = "请从对手方最优 {levels} 档中点选"
    remedy_en = "Pick one of the best {levels} levels of the other side"


@contextmanager
def trade_agreed(
    *, law: Law, holders: Collection[Organisation], at: datetime
) -> Iterator["Dealing"]:
    """Be alone with the books and write one batch (成交), all or nothing, at the end.

    `holders` are all whose units or money it may move beside those with open orders; their accounts
    are locked. Take it before any row is locked. Source: CQETS-17, CQETS-22, AMB-39.

    Raises:
        NotDesignated: nobody is designated as the exchange that day.
    """
    day = market_date(at)
    with transaction.atomic():
        take_turn()
        exchange = parties.must_be_designated(Role.EXCHANGE_OPERATOR, day)
        memory = Memory(law=law, day=day)
        found = {holder.pk for holder in holders}
        open_orders = Order.objects.filter(state=OrderState.RESTING)
        found |= set(open_orders.values_list("holder_id", flat=True).distinct())
        dealing = Dealing(memory, _begin(memory, found, law, at), at)
        yield dealing
        if not dealing.batch.orders:
            return
        acting = Acting(SYSTEM, Role.EXCHANGE_OPERATOR, exchange.code)
        dealing.batch.write(memory, acting=acting, at=at)


class Dealing:
    """What may be done to orders and trades while one is alone with the books."""

    def __init__(self, memory: Memory, batch: Batch, at: datetime) -> None:
        """Begin with nothing done."""
        self.memory, self.batch, self.at = memory, batch, at
        self._book_terms = dict(memory.terms)

    def book_terms(self, product: str) -> Terms:
        """The terms of a product's book today.

        Raises:
            ProductNotListed.
        """
        if product not in self._book_terms:
            raise ProductNotListed(product=product, listed=", ".join(self._book_terms))
        return self._book_terms[product]

    def enter(self, command: NewOrder, *, method: Method, terms: Terms | None = None) -> Order:
        """Let an order hold what it needs, by the terms of its method; the book's without any.

        Raises:
            OrderKeyReused, and what `hold_what_it_needs` refuses.
        """
        self.memory.terms[command.product] = terms or self.book_terms(command.product)
        before = Order.objects.filter(holder=command.holder, key=command.key).first()
        if before:
            raise OrderKeyReused(key=command.key, order=before.id)
        order = Order(
            id=self.memory.next_order,
            key=command.key,
            holder=command.holder,
            buy=command.buy,
            price_fen=command.price_fen,
            qty=command.qty,
            remaining=command.qty,
            tif=command.tif,
            method=method,
            state=OrderState.RESTING,
            entered_at=self.at,
            batch=self.batch.row,
        )
        hold_what_it_needs(order, command, memory=self.memory, batch=self.batch, at=self.at)
        self.memory.next_order += 1
        self.batch.row.orders += 1
        self.batch.keep(order)
        return order

    def pick(self, command: NewOrder) -> Order:
        """Take what rests at one of the best five prices or better, at its prices (挂牌点选).

        Price first, then time; what is not there expires. Source: CQETS-17.

        Raises:
            NotAmongTheBest, and what `hold_what_it_needs` refuses.
        """
        order = self.enter(command, method=Method.LISTED_PRICE)
        book = self.memory.books[command.product]
        bids, asks = book.depth(DEPTH_LEVELS)
        best = [level[0] for level in (asks if command.buy else bids)]
        if command.price_fen is None or command.price_fen not in best:
            raise NotAmongTheBest(
                field="price",
                price=yuan(Fen(command.price_fen or 0)),
                levels=DEPTH_LEVELS,
                best=", ".join(str(yuan(Fen(price))) for price in best if price) or "—",
            )
        for maker_id, _, price_fen, qty in book.enter(*in_book(order, order.qty)):
            maker = self.memory.resting[int(maker_id)]
            buy, sell = (order, maker) if order.buy else (maker, order)
            self.trade(buy, sell, price_fen=price_fen, qty=qty, method=Method.LISTED_PRICE)
        if order.remaining:
            self.end(order, OrderState.EXPIRED)
        return order

    def open_order(self, number: int) -> Order:
        """An order beside the books that still holds what it needs.

        Raises:
            OrderNotOpen.
        """
        found = Order.objects.select_related("holder", "product").filter(pk=number)
        order = self.batch.orders.get(number) or found.first()
        if order is None or order.state != OrderState.RESTING:
            raise OrderNotOpen(order=number)
        return order

    def end(self, order: Order, state: OrderState) -> None:
        """Take an open order back, or let what remains of it expire; what it holds is free."""
        order.state = state
        self.memory.resting.pop(order.id, None)
        self.batch.orders[order.id] = order
        self.batch.free(order)

    def trade(self, buy: Order, sell: Order, *, price_fen: int, qty: int, method: Method) -> Trade:
        """Let two orders trade; units, money and both fees move when the batch is written.

        Raises:
            DayClosed: the day's sheets are published.
        """
        if self.memory.closed:
            raise DayClosed(day=self.memory.day)
        trade = Trade(
            id=self.memory.next_trade,
            product=sell.product,
            method=method,
            buy=buy,
            sell=sell,
            buyer_id=buy.holder_id,
            seller_id=sell.holder_id,
            price_fen=price_fen,
            qty=qty,
            turnover_fen=price_fen * qty,
            at=self.at,
            day=self.memory.day,
            batch=self.batch.row,
        )
        self.memory.next_trade += 1
        for order in (buy, sell):
            order.remaining -= qty
            if not order.remaining:
                order.state = OrderState.FILLED
                self.memory.resting.pop(order.id, None)
            self.batch.orders[order.id] = order
        self.batch.settle(trade, self.memory.terms[trade.product.code])
        return trade


def _begin(memory: Memory, holders: Collection[int], law: Law, at: datetime) -> Batch:
    """Lock, at once and in order, every account the batch may move, and read its cover."""
    cash = money.cash_accounts(holders)
    order = law.on("registry.lots_consumption", memory.day).text
    positions = holdings.trading_positions(holders, memory.products.values(), order=order)
    fees = settlement.market_account_id(settlement.FEES)
    accounts = {p.ledger_account for many in positions.values() for p in many}
    cover = settlement.lock_accounts({*accounts, *cash.values(), fees})
    row = FloorBatch(number=memory.next_batch, at=at, orders=0, trades=0)
    bars = holdings.trading_bars(holders, memory.day)
    return Batch(row, cover, positions, cash, fees, bars)
