import random
import struct
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.trading.book import (
    BUY_AT_ANY_PRICE,
    DAY,
    FOK,
    IOC,
    SELL_AT_ANY_PRICE,
    SPARE,
    Book,
)
from tests.trading.twin import Row, TwinBook

BUY, SELL = True, False


def book_of(*orders, **options):
    book = Book(**options)
    for order in orders:
        book.rest(*order)
    return book


def rebuilt(book, placed):
    """Rest the open orders again, in the order in which they came, in a new book."""
    again = Book(prevent_own_trades=book.prevent_own_trades)
    for number, qty in book.left.items():
        buy, price, owner = placed[number]
        again.rest(number, buy, price, qty, owner)
    return again


def replace(book, number, buy, at, price, qty):
    return book.replace(number, buy=buy, at=at, price=price, qty=qty)


def any_price(buy):
    return BUY_AT_ANY_PRICE if buy else SELL_AT_ANY_PRICE


def test_the_better_price_trades_before_the_older_order():
    book = book_of((1, SELL, 4010, 5), (2, SELL, 4000, 5))
    assert book.enter(3, BUY, 4010, 7) == [(2, 3, 4000, 5), (1, 3, 4010, 2)]
    assert book.left == {1: 3}


def test_at_one_price_the_older_order_trades_first_at_its_price():
    book = book_of((1, BUY, 4000, 5), (2, BUY, 4000, 5))
    assert book.enter(3, SELL, 3900, 6) == [(1, 3, 4000, 5), (2, 3, 4000, 1)]


def test_a_price_one_unit_apart_does_not_trade_and_rests():
    book = book_of((1, SELL, 4001, 5))
    assert not book.enter(2, BUY, 4000, 5)
    assert book.depth() == ([(4000, 1, 5)], [(4001, 1, 5)])


def test_what_is_left_of_a_market_order_does_not_rest():
    book = book_of((1, SELL, 4000, 5))
    assert book.enter(2, BUY, BUY_AT_ANY_PRICE, 8, tif=IOC) == [(1, 2, 4000, 5)]
    assert book.depth() == ([], [])


def test_what_is_left_of_an_immediate_order_does_not_rest():
    book = book_of((1, SELL, 4000, 5))
    assert book.enter(2, BUY, 4000, 8, tif=IOC) == [(1, 2, 4000, 5)]
    assert book.depth() == ([], [])


def test_fill_or_kill_trades_whole_at_exactly_the_quantity_within_reach():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4001, 5), (3, SELL, 4002, 5))
    assert len(book.enter(4, BUY, 4001, 10, tif=FOK)) == 2


def test_fill_or_kill_one_tonne_beyond_reach_trades_nothing():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4001, 5), (3, SELL, 4002, 5))
    before = book.state_hash()
    assert not book.enter(4, BUY, 4001, 11, tif=FOK)
    assert (4 in book.left, book.state_hash()) == (False, before)


def test_a_withdrawn_order_returns_with_what_remained_and_never_trades():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4000, 5))
    book.enter(3, BUY, 4000, 2)
    assert book.withdraw(1) == 3
    assert book.enter(4, BUY, 4000, 9) == [(2, 4, 4000, 5)]


def test_withdrawing_an_unknown_or_finished_order_changes_nothing():
    book = book_of((1, SELL, 4000, 5))
    book.enter(2, BUY, 4000, 5)
    assert book.withdraw(1) == 0
    assert book.withdraw(99) == 0


def test_less_at_the_same_price_keeps_its_place():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4000, 5))
    replace(book, 1, SELL, 4000, 4000, 4)
    assert book.enter(3, BUY, 4000, 5) == [(1, 3, 4000, 4), (2, 3, 4000, 1)]


def test_the_same_quantity_at_the_same_price_goes_to_the_back():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4000, 5))
    replace(book, 1, SELL, 4000, 4000, 5)
    assert book.enter(3, BUY, 4000, 5) == [(2, 3, 4000, 5)]


def test_more_at_the_same_price_goes_to_the_back():
    book = book_of((1, SELL, 4000, 5), (2, SELL, 4000, 5))
    replace(book, 1, SELL, 4000, 4000, 6)
    assert book.enter(3, BUY, 4000, 5) == [(2, 3, 4000, 5)]


def test_a_replaced_price_that_crosses_trades_at_the_resting_price():
    book = book_of((1, SELL, 4010, 5), (2, BUY, 4000, 3))
    assert replace(book, 1, SELL, 4010, 3990, 5) == [(2, 1, 4000, 3)]
    assert book.depth() == ([], [(3990, 1, 2)])


def test_replacing_an_unknown_order_says_so():
    assert replace(Book(), 1, SELL, 4000, 4000, 5) is None


def test_own_orders_trade_unless_prevented():
    own = (1, SELL, 4000, 5, "a")
    assert book_of(own).enter(2, BUY, 4000, 5, "a") == [(1, 2, 4000, 5)]


def test_a_prevented_order_stops_before_its_owners_and_its_rest_expires():
    book = book_of(
        (1, SELL, 4000, 5, "b"),
        (2, SELL, 4000, 5, "a"),
        prevent_own_trades=True,
    )
    assert book.enter(3, BUY, 4000, 8, "a") == [(1, 3, 4000, 5)]
    assert book.left == {2: 5}


def test_fill_or_kill_does_not_count_on_the_owners_own_orders():
    book = book_of((1, SELL, 4000, 5, "a"), prevent_own_trades=True)
    assert not book.enter(2, BUY, 4000, 5, owner="a", tif=FOK)
    assert book.left == {1: 5}


def test_depth_gives_the_first_levels_best_first():
    book = book_of(*((n, BUY, 4000 - n, n) for n in range(1, 5)))
    assert book.depth(2) == ([(3999, 1, 1), (3998, 1, 2)], [])


def test_orders_at_any_price_stand_before_all_limits():
    book = book_of((1, BUY, 4000, 5), (2, BUY, BUY_AT_ANY_PRICE, 3))
    assert book.depth() == ([(None, 1, 3), (4000, 1, 5)], [])
    book.rest(3, SELL, 3900, 4)
    assert book.cross(3950, 4) == [(2, 3, 3950, 3), (1, 3, 3950, 1)]


def test_the_state_hash_of_a_known_book_stays_what_it_was():
    book = book_of((7, BUY, 4000, 5), (2, SELL, 4001, 3))
    assert book.state_hash() == sha256(struct.pack("<4q", 7, 2, 5, 3)).hexdigest()


def test_the_state_hash_tells_order_of_entry_quantity_and_number_apart():
    orders = [
        [(1, BUY, 4000, 5), (2, BUY, 4000, 5)],
        [(2, BUY, 4000, 5), (1, BUY, 4000, 5)],
        [(1, BUY, 4000, 5), (2, BUY, 4000, 4)],
        [(1, BUY, 4000, 5), (3, BUY, 4000, 5)],
        [(1, BUY, 4000, 5)],
    ]
    assert len({book_of(*some).state_hash() for some in orders}) == len(orders)


def test_withdrawn_orders_do_not_pile_up():
    book = book_of((0, BUY, 4000, 5))
    for n in range(1, 5 * SPARE):
        book.rest(n, BUY, 4000, 5)
        book.withdraw(n)
    assert len(book._bids[-4000]) <= 2 + SPARE


def test_a_sweep_keeps_every_open_order_in_its_place():
    book = book_of(*((n, BUY, 4000 + n % 3, 5, "a") for n in range(9)), prevent_own_trades=True)
    before = book.depth(), book.state_hash()
    for n in range(9, 9 + 2 * SPARE):
        book.rest(n, BUY, 4000 + n % 5, 5, "b")
        book.withdraw(n)
    assert (book.depth(), book.state_hash()) == before
    assert not book.enter(99, SELL, 4000, 5, "a")
    assert book.enter(100, SELL, 4002, 20, "c") == [(n, 100, 4002, 5) for n in (2, 5, 8)]


IDS = st.integers(1, 12)
PRICES = st.integers(38, 42)
QTYS = st.integers(1, 9)
COMMANDS = st.one_of(
    st.tuples(
        st.just("enter"),
        st.booleans(),
        st.one_of(PRICES, PRICES, PRICES, st.none()),
        QTYS,
        st.sampled_from(["", "a", "b"]),
        st.sampled_from([DAY, DAY, DAY, IOC, FOK]),
    ),
    st.tuples(st.just("withdraw"), IDS),
    st.tuples(st.just("replace"), IDS, PRICES, QTYS),
    st.tuples(st.just("cross"), QTYS),
)


class Pair:
    """A book and its twin that are given the same commands and must stay the same."""

    def __init__(self, *, prevent, matching):
        self.book, self.twin = Book(prevent_own_trades=prevent), TwinBook(prevent)
        self.matching = matching
        self.placed = {}

    def do(self, kind, *given_):
        getattr(self, kind)(*given_)

    def enter(self, buy, price, qty, owner, tif):
        number = len(self.placed) + 1
        own = any_price(buy) if price is None else price
        self.placed[number] = buy, own, owner
        row = Row(number, buy, price, qty, owner, tif)
        if not self.matching:
            self.book.rest(number, buy, own, qty, owner)
            self.twin.rows.append(row)
            return
        if price is None and tif == DAY:
            tif = row.tif = IOC
        trades = self.book.enter(number, buy, own, qty, owner, tif)
        assert list(trades) == self.twin.enter(row)

    def withdraw(self, number):
        row = self.twin.withdraw(number)
        assert self.book.withdraw(number) == (row.qty if row else 0)

    def replace(self, number, price, qty):
        buy, at, owner = self.placed.get(number, (BUY, 1, ""))
        open_ = number in self.book.left
        trades = self.book.replace(
            number, buy=buy, at=at, price=price, qty=qty, owner=owner, matching=self.matching
        )
        assert (None if trades is None else list(trades)) == self.twin.replace(
            number, price, qty, matching=self.matching
        )
        if open_:
            self.placed[number] = buy, price, owner

    def cross(self, qty):
        if not self.matching:
            most = min(sum(qty for _, _, qty in side) for side in self.twin.depth())
            volume = min(most, qty)
            assert self.book.cross(40, volume) == self.twin.cross(40, volume)

    def must_agree(self):
        assert self.book.depth() == self.twin.depth()
        assert self.book.left == {row.id: row.qty for row in self.twin.rows}
        assert self.book.state_hash() == rebuilt(self.book, self.placed).state_hash()
        again = rebuilt(self.book, self.placed)
        assert again.depth() == self.book.depth()


@settings(max_examples=400, deadline=None)
@given(
    commands=st.lists(COMMANDS, max_size=40),
    prevent=st.booleans(),
    matching=st.booleans(),
)
def test_random_commands_do_to_the_book_what_they_do_to_its_slow_twin(commands, prevent, matching):
    pair = Pair(prevent=prevent, matching=matching)
    for command in commands:
        pair.do(*command)
        pair.must_agree()


@pytest.mark.parametrize("prevent", [False, True])
def test_a_hundred_thousand_random_commands_trade_as_the_slow_twin_does(prevent):
    draw, pair = random.Random(20211231), Pair(prevent=prevent, matching=True)
    for step in range(50_000):
        newest = len(pair.placed)
        kind = draw.choices(("enter", "withdraw", "replace"), (60, 30, 10))[0]
        one = draw.randint(max(1, newest - 30), newest + 1)
        if kind == "enter":
            price = draw.choice((None, *range(30, 51), *range(38, 43)))
            owner, tif = draw.choice(("", "a", "b", "c")), draw.choice((DAY, DAY, DAY, IOC, FOK))
            pair.do("enter", draw.random() < 0.5, price, draw.randint(1, 40), owner, tif)
        elif kind == "withdraw":
            pair.do("withdraw", one)
        else:
            pair.do("replace", one, draw.randint(30, 50), draw.randint(1, 40))
        if not step % 500:
            pair.must_agree()
    pair.must_agree()
