from hypothesis import given, settings
from hypothesis import strategies as st

from openets.trading.book import (
    BUY_AT_ANY_PRICE,
    DAY,
    FOK,
    IOC,
    SELL_AT_ANY_PRICE,
    SPARSE,
    Book,
    Order,
)
from tests.trading.twin import Row, TwinBook

BUY, SELL = True, False


def book_of(*orders, **options):
    book = Book(**options)
    for order in orders:
        book.rest(order)
    return book


def rebuilt(book):
    """Rest the open orders of each level again, in priority, in a new book."""
    again = Book(prevent_own_trades=book.prevent_own_trades)
    for side in (book._bids, book._asks):
        for _, level in side.best_first():
            for o in level:
                again.rest(Order(o.id, o.buy, o.price, o.qty, owner=o.owner, tif=o.tif))
    return again


def any_price(buy):
    return BUY_AT_ANY_PRICE if buy else SELL_AT_ANY_PRICE


def test_the_better_price_trades_before_the_older_order():
    book = book_of(Order(1, SELL, 4010, 5), Order(2, SELL, 4000, 5))
    assert book.enter(Order(3, BUY, 4010, 7)) == [(2, 3, 4000, 5), (1, 3, 4010, 2)]
    assert (book.left(1), book.left(2), book.left(3)) == (3, 0, 0)


def test_at_one_price_the_older_order_trades_first_at_its_price():
    book = book_of(Order(1, BUY, 4000, 5), Order(2, BUY, 4000, 5))
    assert book.enter(Order(3, SELL, 3900, 6)) == [(1, 3, 4000, 5), (2, 3, 4000, 1)]


def test_a_price_one_unit_apart_does_not_trade_and_rests():
    book = book_of(Order(1, SELL, 4001, 5))
    assert book.enter(Order(2, BUY, 4000, 5)) == []
    assert book.depth() == ([(4000, 1, 5)], [(4001, 1, 5)])


def test_what_is_left_of_a_market_order_does_not_rest():
    book = book_of(Order(1, SELL, 4000, 5))
    order = Order(2, BUY, BUY_AT_ANY_PRICE, 8)
    assert book.enter(order) == [(1, 2, 4000, 5)]
    assert (order.qty, book.depth()) == (3, ([], []))


def test_what_is_left_of_an_immediate_order_does_not_rest():
    book = book_of(Order(1, SELL, 4000, 5))
    order = Order(2, BUY, 4000, 8, tif=IOC)
    assert book.enter(order) == [(1, 2, 4000, 5)]
    assert (order.qty, book.depth()) == (3, ([], []))


def test_fill_or_kill_trades_whole_at_exactly_the_quantity_within_reach():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4001, 5), Order(3, SELL, 4002, 5))
    assert len(book.enter(Order(4, BUY, 4001, 10, tif=FOK))) == 2


def test_fill_or_kill_one_tonne_beyond_reach_trades_nothing():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4001, 5), Order(3, SELL, 4002, 5))
    before = book.state_hash()
    order = Order(4, BUY, 4001, 11, tif=FOK)
    assert book.enter(order) == []
    assert (order.qty, book.state_hash()) == (11, before)


def test_a_withdrawn_order_returns_with_what_remained_and_never_trades():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4000, 5))
    book.enter(Order(3, BUY, 4000, 2))
    assert book.withdraw(1) == 3
    assert book.enter(Order(4, BUY, 4000, 9)) == [(2, 4, 4000, 5)]


def test_withdrawing_an_unknown_or_finished_order_changes_nothing():
    book = book_of(Order(1, SELL, 4000, 5))
    book.enter(Order(2, BUY, 4000, 5))
    assert book.withdraw(1) == 0
    assert book.withdraw(99) == 0


def test_less_at_the_same_price_keeps_its_place():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4000, 5))
    book.replace(1, 4000, 4)
    assert book.enter(Order(3, BUY, 4000, 5)) == [(1, 3, 4000, 4), (2, 3, 4000, 1)]


def test_the_same_quantity_at_the_same_price_goes_to_the_back():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4000, 5))
    book.replace(1, 4000, 5)
    assert book.enter(Order(3, BUY, 4000, 5)) == [(2, 3, 4000, 5)]


def test_more_at_the_same_price_goes_to_the_back():
    book = book_of(Order(1, SELL, 4000, 5), Order(2, SELL, 4000, 5))
    book.replace(1, 4000, 6)
    assert book.enter(Order(3, BUY, 4000, 5)) == [(2, 3, 4000, 5)]


def test_a_replaced_price_that_crosses_trades_at_the_resting_price():
    book = book_of(Order(1, SELL, 4010, 5), Order(2, BUY, 4000, 3))
    assert book.replace(1, 3990, 5) == [(2, 1, 4000, 3)]
    assert book.depth() == ([], [(3990, 1, 2)])


def test_replacing_an_unknown_order_says_so():
    assert Book().replace(1, 4000, 5) is None


def test_own_orders_trade_unless_prevented():
    own = Order(1, SELL, 4000, 5, owner="a")
    assert book_of(own).enter(Order(2, BUY, 4000, 5, owner="a")) == [(1, 2, 4000, 5)]


def test_a_prevented_order_stops_before_its_owners_and_its_rest_expires():
    book = book_of(
        Order(1, SELL, 4000, 5, owner="b"),
        Order(2, SELL, 4000, 5, owner="a"),
        prevent_own_trades=True,
    )
    order = Order(3, BUY, 4000, 8, owner="a")
    assert book.enter(order) == [(1, 3, 4000, 5)]
    assert (order.qty, book.left(3), book.left(2)) == (3, 0, 5)


def test_fill_or_kill_does_not_count_on_the_owners_own_orders():
    book = book_of(Order(1, SELL, 4000, 5, owner="a"), prevent_own_trades=True)
    order = Order(2, BUY, 4000, 5, owner="a", tif=FOK)
    assert book.enter(order) == []
    assert order.qty == 5


def test_depth_gives_the_first_levels_best_first():
    book = book_of(*(Order(n, BUY, 4000 - n, n) for n in range(1, 5)))
    assert book.depth(2) == ([(3999, 1, 1), (3998, 1, 2)], [])


def test_orders_at_any_price_stand_before_all_limits():
    book = book_of(Order(1, BUY, 4000, 5), Order(2, BUY, BUY_AT_ANY_PRICE, 3))
    assert book.depth() == ([(None, 1, 3), (4000, 1, 5)], [])
    book.rest(Order(3, SELL, 3900, 4))
    assert book.cross(3950, 4) == [(2, 3, 3950, 3), (1, 3, 3950, 1)]


def test_the_state_hash_of_a_known_book_stays_what_it_was():
    book = book_of(Order("a", BUY, 4000, 5, owner="x"), Order(2, SELL, 4001, 3))
    assert book.state_hash() == ("1e1c026be9d383be61c43aacc0aa131fdb7d6dc83ae44df8b8bdcc576958b836")


def test_the_state_hash_tells_order_of_entry_quantity_owner_and_kind_of_id_apart():
    orders = [
        [Order(1, BUY, 4000, 5), Order(2, BUY, 4000, 5)],
        [Order(2, BUY, 4000, 5), Order(1, BUY, 4000, 5)],
        [Order(1, BUY, 4000, 5), Order(2, BUY, 4000, 4)],
        [Order(1, BUY, 4000, 5), Order(2, BUY, 4001, 5)],
        [Order(1, BUY, 4000, 5), Order(2, SELL, 4000, 5)],
        [Order(1, BUY, 4000, 5), Order("2", BUY, 4000, 5)],
        [Order(1, BUY, 4000, 5), Order(2, BUY, 4000, 5, owner="x")],
        [Order(1, BUY, 4000, 5), Order(2, BUY, 4000, 5, tif=IOC)],
    ]
    assert len({book_of(*some).state_hash() for some in orders}) == len(orders)


def test_withdrawn_orders_do_not_pile_up_in_a_level():
    book = book_of(Order(0, BUY, 4000, 5))
    for n in range(1, 1000):
        book.rest(Order(n, BUY, 4000, 5))
        book.withdraw(n)
    assert len(book._bids.levels[-4000].queue) <= 2 + SPARSE


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


@settings(max_examples=400, deadline=None)
@given(
    commands=st.lists(COMMANDS, max_size=40),
    prevent=st.booleans(),
    matching=st.booleans(),
)
def test_random_commands_do_to_the_book_what_they_do_to_its_slow_twin(commands, prevent, matching):
    book, twin = Book(prevent_own_trades=prevent), TwinBook(prevent)
    for number, (kind, *given_) in enumerate(commands, start=1):
        if kind == "enter":
            buy, price, qty, owner, tif = given_
            own = any_price(buy) if price is None else price
            order = Order(number, buy, own, qty, owner=owner, tif=tif)
            row = Row(number, buy, price, qty, owner, tif)
            if matching:
                assert book.enter(order) == twin.enter(row)
                assert order.qty == row.qty
            else:
                book.rest(order)
                twin.rows.append(row)
        elif kind == "withdraw":
            gone, row = book.withdraw(given_[0]), twin.withdraw(given_[0])
            assert gone == (row.qty if row else 0)
        elif kind == "replace":
            assert book.replace(*given_, matching=matching) == twin.replace(
                *given_, matching=matching
            )
        elif not matching:
            most = min(sum(qty for _, _, qty in side) for side in twin.depth())
            assert book.cross(40, min(most, given_[0])) == twin.cross(40, min(most, given_[0]))
        assert book.depth() == twin.depth()
        assert {o.id: o.qty for o in book.orders.values()} == {r.id: r.qty for r in twin.rows}
        assert book.state_hash() == rebuilt(book).state_hash()
