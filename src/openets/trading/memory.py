"""What the floor keeps in memory of a trading day; the database says the same."""

from datetime import date
from hashlib import sha256

from django.db import connection
from django.db.models import Max, Sum

from openets.casework import queries as cases
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.trading import book as books
from openets.trading.halts import halted_products
from openets.trading.models import (
    ON_THE_BOOK,
    DailySheet,
    FloorBatch,
    Method,
    Order,
    OrderState,
    Product,
    Trade,
)
from openets.trading.risk import risk_rules
from openets.trading.terms import Terms, read_terms

_TURN = 0x0F101
"""The lock of whoever writes a batch, until the transaction ends."""


def take_turn() -> None:
    """Wait until nobody else writes a batch; nobody else does until the transaction ends.

    It is taken before any row is locked, so that nobody who holds a row waits for it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_TURN,))


class Memory:
    """Books, open orders, terms and counters of a day, read from the database."""

    def __init__(self, *, law: Law, day: date) -> None:
        """Read the day."""
        self.law, self.day = law, day
        self.calendar = cases.calendar(law.jurisdiction)
        self.products = {p.code: p for p in Product.objects.filter(listed_from__lte=day)}
        self.terms: dict[str, Terms] = read_terms(products=self.products.values(), law=law, day=day)
        self.books = {
            code: books.Book(prevent_own_trades=terms.prevent_own_trades)
            for code, terms in self.terms.items()
        }
        self.methods = law.on("trading.methods", day).items
        self.not_designated = _not_designated(day)
        self.risk = risk_rules(law, day)
        self.halts = halted_products(self.products.values())
        self.closed = DailySheet.objects.filter(day=day).exists()
        self.resting: dict[int, Order] = {}
        found = Order.objects.filter(state=OrderState.RESTING).select_related("holder", "product")
        # What an auction holds outlasts the day; what a deal holds ends with it, beside the books.
        for order in found.exclude(method=Method.ONE_WAY_AUCTION).order_by("id"):
            self.resting[order.id] = order
            if order.method in ON_THE_BOOK:
                self.books[order.product.code].rest(*in_book(order, order.remaining)[:-1])
        self.next_order = (Order.objects.aggregate(last=Max("id"))["last"] or 0) + 1
        self.next_trade = (Trade.objects.aggregate(last=Max("id"))["last"] or 0) + 1
        self.next_batch = _last_batch() + 1
        bought = Trade.objects.filter(day=day, cancelled_at=None).values(
            "buyer_id", "product__code"
        )
        self.bought_today = {
            (row["buyer_id"], row["product__code"]): row["qty"]
            for row in bought.annotate(qty=Sum("qty"))
        }

    def is_current(self) -> bool:
        """Whether nobody else has written a batch since it was read."""
        return _last_batch() + 1 == self.next_batch

    def state_hash(self) -> str:
        """One hash of all books; equal before a crash and after the restart."""
        states = (f"{code} {self.books[code].state_hash()}" for code in sorted(self.books))
        return sha256("\n".join(states).encode()).hexdigest()

    def take_out(self, order: Order) -> None:
        """Let an open order be withdrawn (撤单): it leaves the book, if it is in one."""
        if order.method in ON_THE_BOOK:
            self.books[order.product.code].withdraw(order.id)
        order.state = OrderState.WITHDRAWN
        self.resting.pop(order.id, None)


def in_book(order: Order, qty: int) -> tuple[int, bool, int, int, int, str]:
    """An order as the book takes it: number, side, price, tonnes, owner and how long it is good.

    A market order that is good for the day trades at once or not at all.
    """
    if order.price_fen is None:
        at_any = books.BUY_AT_ANY_PRICE if order.buy else books.SELL_AT_ANY_PRICE
        tif = books.IOC if order.tif == books.DAY else order.tif
        return order.id, order.buy, at_any, qty, order.holder_id, tif
    return order.id, order.buy, order.price_fen, qty, order.holder_id, order.tif


def _last_batch() -> int:
    return FloorBatch.objects.aggregate(last=Max("number"))["last"] or 0


def _not_designated(day: date) -> Refusal | None:
    """Why nothing trades on a day on which nobody is designated as the exchange."""
    try:
        parties.must_be_designated(Role.EXCHANGE_OPERATOR, day)
    except parties.NotDesignated as refusal:
        return refusal
    return None
