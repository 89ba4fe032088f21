"""The market floor: the one process that takes orders, matches them and settles every trade.

Books live in memory and are pure. Commands come in batches; one transaction writes a batch's
orders, what they hold, the trades and both legs of each; answers leave after the commit. After a
fault the floor forgets its memory and reads itself back from the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from django.db import connection, transaction
from django.db.models import Max, Sum

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.measures import Bar
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading import book as books
from openets.trading import queries
from openets.trading.changes import write_changes
from openets.trading.limits import NotPositive
from openets.trading.models import DailySheet, FloorBatch, Order, OrderState, Product, Trade
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
    must_be_an_order,
)
from openets.trading.procedures import MARKET_DAY
from openets.trading.session import phase_at
from openets.trading.sheets import expire_and_publish
from openets.trading.terms import Terms, read_terms

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

METHOD = "open_bidding"
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


@dataclass(slots=True)
class _Batch:
    """Everything one transaction will write."""

    row: FloorBatch
    cover: dict[int, int]
    positions: Mapping[tuple[int, str], Sequence[holdings.TradingPosition]]
    cash: Mapping[int, int]
    fees: int
    bars: Mapping[tuple[int, Bar], Refusal]
    """Who may not buy or not sell today, and why."""
    orders_before: dict[tuple[int, str], Order]
    """Orders of the same keys: the same request sent again."""
    steps: list["_Step"] = field(default_factory=list)
    orders: dict[int, Order] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    bought: dict[tuple[int, str], int] = field(default_factory=dict)
    """Tonnes bought in this batch, by holder and product; `cover` does not have them yet."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A change of holds (`amount` above or below 0), or a trade with the seller's units."""

    account: int = 0
    amount: int = 0
    trade: Trade | None = None
    units: tuple[tuple[int, int], ...] = ()


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
        self.calendar = cases.calendar(law.jurisdiction)
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

    def state_hash(self) -> str:
        """One hash of all books; equal before a crash and after the restart."""
        states = (f"{code} {self.books[code].state_hash()}" for code in sorted(self.books))
        return sha256("\n".join(states).encode()).hexdigest()

    def submit(self, commands: Sequence[NewOrder | Withdrawal], *, at: datetime) -> list[Answer]:
        """Take a batch of commands (申报与撤单): check, hold, match, settle, commit, answer.

        Each command is answered; a refused one carries its refusal. The same key sent again is
        answered by what became of its order. Source: CQETS-17, CQETS-18, CQETS-22.

        Raises:
            FloorLost: the market's lock is gone; begin a new floor.
        """
        assert market_date(at) == self.day, "the floor's day is opened first"
        with self._memory_kept(), transaction.atomic():
            batch = self._begin(commands, at)
            answers = [self._take(command, batch, at) for command in commands]
            self._write(batch, at)
        return answers

    def close_day(self, *, at: datetime) -> None:
        """Expire what rests, free what it holds, publish the day's sheets, open its reconciliation.

        Source: CQETS-20, CQETS-23.

        Raises:
            DayClosed: the sheets of the day are published already.
            FloorLost: the market's lock is gone; begin a new floor.
        """
        with self._memory_kept(), transaction.atomic():
            self._must_be_the_floor()
            if self.closed:
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
        for code, book in self.books.items():
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

    @contextmanager
    def _memory_kept(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._read()
            raise

    def _must_be_the_floor(self) -> None:
        """The lock lives as long as the session that took it; a new session does not have it."""
        connection.ensure_connection()
        if _database_session() != self._session:
            raise FloorLost

    def _read(self) -> None:
        self.products = {p.code: p for p in Product.objects.filter(listed_from__lte=self.day)}
        self.terms: dict[str, Terms] = read_terms(
            products=self.products.values(), law=self.law, day=self.day
        )
        self.books = {
            code: books.Book(prevent_own_trades=terms.prevent_own_trades)
            for code, terms in self.terms.items()
        }
        self.methods = self.law.on("trading.methods", self.day).items
        self.not_designated = _not_designated(self.day)
        self.closed = DailySheet.objects.filter(day=self.day).exists()
        self.resting: dict[int, Order] = {}
        found = Order.objects.filter(state=OrderState.RESTING).select_related("holder", "product")
        for order in found.order_by("id"):
            self.resting[order.id] = order
            self.books[order.product.code].rest(_in_book(order, order.remaining))
        self.next_order = (Order.objects.aggregate(last=Max("id"))["last"] or 0) + 1
        self.next_trade = (Trade.objects.aggregate(last=Max("id"))["last"] or 0) + 1
        self.next_batch = (FloorBatch.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        bought = Trade.objects.filter(day=self.day).values("buyer_id", "product__code")
        self.bought_today = {
            (row["buyer_id"], row["product__code"]): row["qty"]
            for row in bought.annotate(qty=Sum("qty"))
        }

    def _begin(self, commands: Sequence[NewOrder | Withdrawal], at: datetime) -> _Batch:
        """Lock, at once and in order, every account the batch may move, and read its cover."""
        self._must_be_the_floor()
        holders = {command.holder.pk for command in commands}
        holders |= {order.holder_id for order in self.resting.values()}
        cash = money.cash_accounts(holders)
        order = self.law.on("registry.lots_consumption", self.day).text
        positions = holdings.trading_positions(holders, self.products.values(), order=order)
        accounts = {p.ledger_account for many in positions.values() for p in many}
        fees = settlement.market_account_id(settlement.FEES)
        accounts |= {*cash.values(), fees}
        cover = settlement.lock_accounts(accounts)
        row = FloorBatch(number=self.next_batch, at=at, orders=len(commands), trades=0)
        keys = [command.key for command in commands if isinstance(command, NewOrder)]
        before = Order.objects.filter(holder__in=holders, key__in=keys).select_related("product")
        bars = holdings.trading_bars(holders, self.day)
        known = {(o.holder_id, o.key): o for o in before}
        return _Batch(row, cover, positions, cash, fees, bars, known)

    def _take(self, command: NewOrder | Withdrawal, batch: _Batch, at: datetime) -> Answer:
        if isinstance(command, Withdrawal):
            return self._withdraw(command, batch)
        before = batch.orders_before.get((command.holder.pk, command.key))
        if before is not None:
            return self._answer_again(command, before, batch)
        order = Order(
            id=self.next_order,
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
            self._check(order, command, batch, at)
        except Refusal as refusal:
            return self._refused(order, command, refusal, batch)
        self.next_order += 1
        batch.orders[order.id] = batch.orders_before[command.holder.pk, command.key] = order
        entering = _in_book(order, order.qty)
        trades = self.books[command.product].enter(entering)
        for maker_id, _, price_fen, qty in trades:
            maker = batch.orders.get(int(maker_id)) or self.resting[int(maker_id)]
            self._trade(maker, order, price_fen, qty, batch, at)
        if order.id in self.books[command.product].orders:
            self.resting[order.id] = order
        elif order.remaining:
            order.state = OrderState.EXPIRED
            self._free(order, batch)
        return Answer(order.id, order.state, order.qty - order.remaining)

    def _answer_again(self, command: NewOrder, before: Order, batch: _Batch) -> Answer:
        """What became of the order of this key, if it was the same order."""
        order = batch.orders.get(before.id) or self.resting.get(before.id) or before
        asked = (command.product, command.buy, command.qty, command.price_fen, command.tif)
        if asked != (order.product.code, order.buy, order.qty, order.price_fen, order.tif):
            refusal = OrderKeyReused(key=command.key, order=order.id)
            return Answer(0, OrderState.REFUSED, 0, refusal)
        return Answer(order.id, order.state, order.qty - order.remaining)

    def _check(self, order: Order, command: NewOrder, batch: _Batch, at: datetime) -> None:
        """Refuse by the first rule the order breaks, else set what it holds."""
        product = self.products.get(command.product)
        if product is None:
            raise ProductNotListed(product=command.product, listed=", ".join(self.products))
        order.product = product
        must_be_an_order(command)
        if self.not_designated:
            raise self.not_designated
        terms = self.terms[product.code]
        if self.closed:
            raise DayClosed(day=self.day)
        if METHOD not in self.methods:
            raise MethodNotEnabled(method=METHOD, enabled=", ".join(self.methods))
        phase_at(at=at, day_phases=terms.phases, calendar=self.calendar)
        terms.limits.check(command.price_fen, command.qty)
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
            self._hold_units(order, batch)
        for account, amount in zip(order.held_accounts, order.held_amounts, strict=True):
            self._change_hold(account, amount, batch)

    def _hold_units(self, order: Order, batch: _Batch) -> None:
        key = (order.holder_id, order.product.code)
        positions = batch.positions[key]
        bought = self.bought_today.get(key, 0) if self.terms[key[1]].turnaround else 0
        available = sum(batch.cover[p.ledger_account] for p in positions) - bought
        if available < order.qty:
            bought += batch.bought.get(key, 0)
            raise NotEnoughToSell(
                wanted=order.qty, available=max(0, available), bought_today=bought
            )
        left = order.qty
        order.held_accounts, order.held_amounts = [], []
        for position in positions:
            take = min(left, batch.cover[position.ledger_account])
            if take > 0:
                order.held_accounts.append(position.ledger_account)
                order.held_amounts.append(take)
                left -= take

    def _refused(self, order: Order, command: NewOrder, refusal: Refusal, batch: _Batch) -> Answer:
        """Keep the refused order with its reason, unless it cannot even be an order."""
        if isinstance(refusal, ProductNotListed | NotAnOrder | NotPositive):
            return Answer(0, OrderState.REFUSED, 0, refusal)
        order.state, order.refusal = OrderState.REFUSED, refusal.code
        order.held_accounts, order.held_amounts = [], []
        batch.orders[order.id] = batch.orders_before[command.holder.pk, command.key] = order
        self.next_order += 1
        return Answer(order.id, OrderState.REFUSED, 0, refusal)

    def _trade(
        self, maker: Order, taker: Order, price_fen: int, qty: int, batch: _Batch, at: datetime
    ) -> None:
        buy, sell = (taker, maker) if taker.buy else (maker, taker)
        trade = Trade(
            id=self.next_trade,
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
        self.next_trade += 1
        batch.trades.append(trade)
        terms = self.terms[taker.product.code]
        for order in (buy, sell):
            order.remaining -= qty
            if not order.remaining:
                order.state = OrderState.FILLED
                self.resting.pop(order.id, None)
            batch.orders[order.id] = order
        held = buy.held_amounts[0]
        buy.held_amounts[0] = terms.hold_fen(buy.price_fen, buy.remaining)
        self._change_hold(buy.held_accounts[0], buy.held_amounts[0] - held, batch)
        units = self._take_units(sell, qty, batch)
        batch.steps.append(_Step(trade=trade, units=units))
        fee = terms.fee_fen(trade.turnover_fen)
        batch.cover[buy.held_accounts[0]] -= trade.turnover_fen + fee
        batch.cover[batch.cash[sell.holder_id]] += trade.turnover_fen - fee
        for account, amount in units:
            batch.cover[account] -= amount
        key = (buy.holder_id, taker.product.code)
        batch.bought[key] = batch.bought.get(key, 0) + qty

    def _take_units(self, sell: Order, qty: int, batch: _Batch) -> tuple[tuple[int, int], ...]:
        left, units = qty, []
        for number, account in enumerate(sell.held_accounts):
            take = min(left, sell.held_amounts[number])
            if take:
                sell.held_amounts[number] -= take
                self._change_hold(account, -take, batch)
                units.append((account, take))
                left -= take
        assert not left, "a sell order holds what it sells"
        return tuple(units)

    def _withdraw(self, command: Withdrawal, batch: _Batch) -> Answer:
        order = self.resting.get(command.order)
        if order is None or order.holder_id != command.holder.pk:
            return Answer(command.order, OrderState.REFUSED, 0, OrderNotOpen(order=command.order))
        self.books[order.product.code].withdraw(order.id)
        order.state = OrderState.WITHDRAWN
        del self.resting[order.id]
        batch.orders[order.id] = order
        self._free(order, batch)
        return Answer(order.id, order.state, order.qty - order.remaining)

    def _free(self, order: Order, batch: _Batch) -> None:
        for number, account in enumerate(order.held_accounts):
            self._change_hold(account, -order.held_amounts[number], batch)
            order.held_amounts[number] = 0

    def _change_hold(self, account: int, amount: int, batch: _Batch) -> None:
        if amount:
            batch.cover[account] -= amount
            batch.steps.append(_Step(account=account, amount=amount))

    def _write(self, batch: _Batch, at: datetime) -> None:
        """Write the batch, settle it, and journal it."""
        batch.row.trades, batch.row.state_hash = len(batch.trades), self.state_hash()
        batch.row.save(force_insert=True)
        self.next_batch += 1
        for key, qty in batch.bought.items():
            self.bought_today[key] = self.bought_today.get(key, 0) + qty
        known = {order.id for order in batch.orders.values() if order.batch_id != batch.row.pk}
        Order.objects.bulk_create(o for o in batch.orders.values() if o.id not in known)
        write_changes([o for o in batch.orders.values() if o.id in known])
        Trade.objects.bulk_create(batch.trades)
        events, serials = self._events(batch, at)
        subject = f"batch/{batch.row.number}"
        if events:
            settlement.settle(events, subject=subject, acting=self.acting, at=at)
        if serials:
            registry.move_serials(serials)
        journal.record(
            operation="trading.batch",
            subject=subject,
            acting=self.acting,
            at=at,
            article="CQETS-17",
            content={
                "orders": [[o.id, o.state, o.remaining] for o in batch.orders.values()],
                "trades": [
                    [t.id, t.product.code, t.buy_id, t.sell_id, t.price_fen, t.qty]
                    for t in batch.trades
                ],
                "state": batch.row.state_hash,
            },
        )

    def _events(
        self, batch: _Batch, at: datetime
    ) -> tuple[list[settlement.Event], list[registry.Step]]:
        """What the ledger posts, and which deliveries of it have serials that must follow."""
        found = [p for many in batch.positions.values() for p in many]
        lots = {p.ledger_account: p.lot_id for p in found}
        with_serials = {p.ledger_account for p in found if p.serial}
        ends = registry.receiving_positions(
            {
                (step.trade.buyer_id, lots[account])
                for step in batch.steps
                if step.trade
                for account, _ in step.units
            },
            acting=self.acting,
            at=at,
        )
        events: list[settlement.Event] = []
        serials: list[registry.Step] = []
        for step in batch.steps:
            if step.trade is None:
                change = settlement.hold if step.amount > 0 else settlement.release
                events.append(change(step.account, abs(step.amount)))
                continue
            trade = step.trade
            fee = Fen(self.terms[trade.product.code].fee_fen(trade.turnover_fen))
            delivery = settlement.Delivery(
                trade=str(trade.id),
                units=tuple(
                    settlement.UnitPart(account, ends[trade.buyer_id, lots[account]], amount)
                    for account, amount in step.units
                ),
                buyer_cash=batch.cash[trade.buyer_id],
                seller_cash=batch.cash[trade.seller_id],
                fees_cash=batch.fees,
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


def _not_designated(day: date) -> Refusal | None:
    """Why nothing trades on a day on which nobody is designated as the exchange."""
    try:
        parties.must_be_designated(Role.EXCHANGE_OPERATOR, day)
    except parties.NotDesignated as refusal:
        return refusal
    return None


def _in_book(order: Order, qty: int) -> books.Order:
    at_any = books.BUY_AT_ANY_PRICE if order.buy else books.SELL_AT_ANY_PRICE
    return books.Order(
        order.id,
        order.buy,
        at_any if order.price_fen is None else order.price_fen,
        qty,
        owner=order.holder_id,
        tif=order.tif,
    )


def _must_follow_a_closed_day(law: Law, day: date) -> None:
    if law.on("trading.open_requires_closed_day", day).flag:
        earlier = queries.unclosed_day(before=day)
        if earlier is not None:
            raise EarlierDayOpen(earlier=earlier, day=day)


def _database_session() -> int:
    """Number of the session that this thread's connection has with the database."""
    return int(connection.connection.info.backend_pid)
