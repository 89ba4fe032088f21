"""The market floor: the one process that takes orders, matches them and settles every trade.

Books live in memory and are pure. Commands come in batches; one transaction writes a batch's
orders, what they hold, the trades and both legs of each; answers leave after the commit. After a
fault, or when a measure took orders out, the floor reads its memory anew from the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction

from openets.casework import operations as casework
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.registry import queries as holdings
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading import queries
from openets.trading.batch import Batch
from openets.trading.entry import METHOD, hold_what_it_needs
from openets.trading.limits import NotPositive
from openets.trading.memory import Memory, in_book, take_turn
from openets.trading.models import FloorBatch, Order, OrderState, Product, Trade
from openets.trading.orders import (
    AccountsMissing,
    Answer,
    DayClosed,
    MethodNotEnabled,
    NewOrder,
    NotAnOrder,
    NotEnoughCash,
    NotEnoughToSell,
    OrderKeyReused,
    OrderNotOpen,
    ProductNotListed,
    Withdrawal,
)
from openets.trading.procedures import MARKET_DAY
from openets.trading.sheets import expire_and_publish
from openets.trading.terms import Terms

__all__ = [
    "FLOOR_LOCK",
    "AccountsMissing",
    "Answer",
    "DayClosed",
    "EarlierDayOpen",
    "Floor",
    "FloorLost",
    "FloorTaken",
    "MethodNotEnabled",
    "NewOrder",
    "NotAnOrder",
    "NotEnoughCash",
    "NotEnoughToSell",
    "OrderKeyReused",
    "OrderNotOpen",
    "ProductNotListed",
    "Withdrawal",
]

FLOOR_LOCK = 0x0F100


class FloorTaken(Refusal):
    """Another process is the market's floor."""

    code = "floor_taken"
    article = "CQETS-5.3b"
    zh = "已有另一进程在运行本市场的撮合"
    en = "Another process runs this market's floor"
    remedy_zh = "请等待其退出；本进程可作为热备"
    remedy_en = "Wait until it ends; this one may stand by"


class EarlierDayOpen(Refusal):
    """Both institutions close a market day before the next one begins."""

    code = "earlier_day_open"
    article = "CQETS-23"
    zh = "市场日 {earlier} 尚未日结，{day} 不能开市"
    en = "The market day {earlier} is not closed; the market cannot open on {day}"
    remedy_zh = "请先完成对账，并由交易机构和注册登记机构日结"
    remedy_en = "Reconcile it and let the exchange and the registration agency close it"


class FloorLost(Exception):
    """The connection that held the market's lock is gone, and with it the right to write."""


class Floor:
    """The floor of one market."""

    def __init__(self, *, law: Law, day: date, acting: Acting) -> None:
        """Take the market's lock and read books, references and counters from the database.

        Raises:
            EarlierDayOpen: an earlier day is not closed, and the market asks for it.
            FloorTaken: another process has the lock.
        """
        _must_follow_a_closed_day(law, day)
        self.law, self.day, self.acting = law, day, acting
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", (FLOOR_LOCK,))
            if not cursor.fetchone()[0]:
                raise FloorTaken
        self._session = _database_session()
        self._read()

    def close(self) -> None:
        """Give the market's lock back."""
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", (FLOOR_LOCK,))

    @property
    def products(self) -> Mapping[str, Product]:
        """The products listed on the day, by code."""
        return self._memory.products

    @property
    def terms(self) -> Mapping[str, Terms]:
        """The terms of each product on the day, by its code."""
        return self._memory.terms

    @property
    def resting(self) -> Mapping[int, Order]:
        """The open orders as the floor remembers them, by number."""
        return self._memory.resting

    def state_hash(self) -> str:
        """One hash of all books; equal before a crash and after the restart."""
        return self._memory.state_hash()

    def submit(self, commands: Sequence[NewOrder | Withdrawal], *, at: datetime) -> list[Answer]:
        """Take a batch of commands (申报与撤单): check, hold, match, settle, commit, answer.

        Each command is answered; a refused one carries its refusal. The same key sent again is
        answered by what became of its order. Source: CQETS-17, CQETS-18, CQETS-22.

        Raises:
            FloorLost: the market's lock is gone; begin a new floor.
        """
        assert market_date(at) == self.day, "the floor's day is opened first"
        with self._turn():
            batch = self._begin(commands, at)
            answers = [self._take(command, batch, at) for command in commands]
            batch.write(self._memory, acting=self.acting, at=at)
        return answers

    def close_day(self, *, at: datetime) -> None:
        """Expire what rests, free what it holds, publish the day's sheets, open its reconciliation.

        Source: CQETS-20, CQETS-23.

        Raises:
            DayClosed: the sheets of the day are published already.
            FloorLost: the market's lock is gone; begin a new floor.
        """
        with self._turn():
            if self._memory.closed:
                raise DayClosed(day=self.day)
            events = [
                settlement.release(account, amount)
                for order in self.resting.values()
                for account, amount in zip(order.held_accounts, order.held_amounts, strict=True)
                if amount
            ]
            if events:
                settlement.settle(events, subject=f"close/{self.day}", acting=self.acting, at=at)
            expire_and_publish(
                resting=list(self.resting.values()),
                day=self.day,
                terms=self.terms,
                rule=self.law.on("trading.reference_price_rule", self.day).text,
                acting=self.acting,
                at=at,
            )
            casework.open_cases(
                MARKET_DAY,
                [self._day_to_reconcile()],
                acting=self.acting,
                at=at,
                article="CQETS-23",
            )
        self._read()

    def open_day(self, day: date) -> None:
        """Begin another trading day: yesterday's closes are today's references.

        Raises:
            EarlierDayOpen: an earlier day is not closed, and the market asks for it.
        """
        assert not self.resting, "a day is closed before another begins"
        _must_follow_a_closed_day(self.law, day)
        self.day = day
        self._read()

    def quotes(self) -> dict[str, tuple[int, int | None, int | None]]:
        """Reference, best bid and best ask of each product, in fen."""
        found = {}
        for code, book in self._memory.books.items():
            bids, asks = book.depth(1)
            found[code] = (
                self.terms[code].reference_fen,
                bids[0][0] if bids else None,
                asks[0][0] if asks else None,
            )
        return found

    def _day_to_reconcile(self) -> casework.NewCase:
        exchange = parties.organisation(self.acting.organisation)
        return casework.NewCase(self.day.isoformat(), exchange, self.day.year)

    def _read(self) -> None:
        self._memory = Memory(law=self.law, day=self.day)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A transaction in which nobody else changes the books, and memory is what they are.

        If it fails, what memory had of it is forgotten.
        """
        try:
            with transaction.atomic():
                self._must_be_the_floor()
                take_turn()
                if not self._memory.is_current():
                    self._read()
                yield
        except BaseException:
            self._read()
            raise

    def _must_be_the_floor(self) -> None:
        """The lock lives as long as the session that took it; a new session does not have it."""
        connection.ensure_connection()
        if _database_session() != self._session:
            raise FloorLost

    def _begin(self, commands: Sequence[NewOrder | Withdrawal], at: datetime) -> Batch:
        """Lock, at once and in order, every account the batch may move, and read its cover."""
        holders = {command.holder.pk for command in commands}
        holders |= {order.holder_id for order in self.resting.values()}
        cash = money.cash_accounts(holders)
        order = self.law.on("registry.lots_consumption", self.day).text
        positions = holdings.trading_positions(holders, self.products.values(), order=order)
        accounts = {p.ledger_account for many in positions.values() for p in many}
        fees = settlement.market_account_id(settlement.FEES)
        accounts |= {*cash.values(), fees}
        cover = settlement.lock_accounts(accounts)
        number = self._memory.next_batch
        row = FloorBatch(number=number, at=at, orders=len(commands), trades=0)
        keys = [command.key for command in commands if isinstance(command, NewOrder)]
        before = Order.objects.filter(holder__in=holders, key__in=keys).select_related("product")
        bars = holdings.trading_bars(holders, self.day)
        known = {(o.holder_id, o.key): o for o in before}
        return Batch(row, cover, positions, cash, fees, bars, known)

    def _take(self, command: NewOrder | Withdrawal, batch: Batch, at: datetime) -> Answer:
        if isinstance(command, Withdrawal):
            return self._withdraw(command, batch)
        before = batch.orders_before.get((command.holder.pk, command.key))
        if before is not None:
            return self._answer_again(command, before, batch)
        order = Order(
            id=self._memory.next_order,
            key=command.key,
            holder=command.holder,
            buy=command.buy,
            price_fen=command.price_fen,
            qty=command.qty,
            remaining=command.qty,
            tif=command.tif,
            state=OrderState.RESTING,
            entered_at=at,
            batch=batch.row,
        )
        try:
            hold_what_it_needs(order, command, memory=self._memory, batch=batch, at=at)
        except Refusal as refusal:
            return self._refused(order, refusal, batch)
        self._memory.next_order += 1
        batch.keep(order)
        book = self._memory.books[command.product]
        for maker, _, price_fen, qty in book.enter(*in_book(order, order.qty)):
            resting = batch.orders.get(maker) or self.resting[maker]
            self._trade(resting, order, price_fen, qty, batch, at)
        if order.id in book.left:
            self._memory.resting[order.id] = order
        elif order.remaining:
            order.state = OrderState.EXPIRED
            batch.free(order)
        return Answer(order.id, order.state, order.qty - order.remaining)

    def _answer_again(self, command: NewOrder, before: Order, batch: Batch) -> Answer:
        """What became of the order of this key, if it was the same order."""
        order = batch.orders.get(before.id) or self.resting.get(before.id) or before
        asked = (command.product, command.buy, command.qty, command.price_fen, command.tif)
        if asked != (order.product.code, order.buy, order.qty, order.price_fen, order.tif):
            refusal = OrderKeyReused(key=command.key, order=order.id)
            return Answer(0, OrderState.REFUSED, 0, refusal)
        return Answer(order.id, order.state, order.qty - order.remaining)

    def _refused(self, order: Order, refusal: Refusal, batch: Batch) -> Answer:
        """Keep the refused order with its reason, unless it cannot even be an order."""
        if isinstance(refusal, ProductNotListed | NotAnOrder | NotPositive):
            return Answer(0, OrderState.REFUSED, 0, refusal)
        order.state, order.refusal = OrderState.REFUSED, refusal.code
        order.held_accounts, order.held_amounts = [], []
        batch.keep(order)
        self._memory.next_order += 1
        return Answer(order.id, OrderState.REFUSED, 0, refusal)

    def _trade(
        self, maker: Order, taker: Order, price_fen: int, qty: int, batch: Batch, at: datetime
    ) -> None:
        buy, sell = (taker, maker) if taker.buy else (maker, taker)
        trade = Trade(
            id=self._memory.next_trade,
            product=taker.product,
            method=METHOD,
            buy=buy,
            sell=sell,
            buyer_id=buy.holder_id,
            seller_id=sell.holder_id,
            price_fen=price_fen,
            qty=qty,
            turnover_fen=price_fen * qty,
            at=at,
            day=self.day,
            batch=batch.row,
        )
        self._memory.next_trade += 1
        for order in (buy, sell):
            order.remaining -= qty
            if not order.remaining:
                order.state = OrderState.FILLED
                self._memory.resting.pop(order.id, None)
            batch.orders[order.id] = order
        batch.settle(trade, self.terms[taker.product.code])

    def _withdraw(self, command: Withdrawal, batch: Batch) -> Answer:
        order = self.resting.get(command.order)
        if order is None or order.holder_id != command.holder.pk:
            return Answer(command.order, OrderState.REFUSED, 0, OrderNotOpen(order=command.order))
        batch.withdraw(order, self._memory)
        return Answer(order.id, order.state, order.qty - order.remaining)


def _must_follow_a_closed_day(law: Law, day: date) -> None:
    if law.on("trading.open_requires_closed_day", day).flag:
        earlier = queries.unclosed_day(before=day)
        if earlier is not None:
            raise EarlierDayOpen(earlier=earlier, day=day)


def _database_session() -> int:
    """Number of the session that this thread's connection has with the database."""
    return int(connection.connection.info.backend_pid)
