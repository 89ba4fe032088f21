"""The floor on the database: what it checks, holds, matches, settles and answers."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.journal import queries as journal
from openets.kernel.clock import at
from openets.parties.operations import NewOrganisation, register_organisations
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.registry.operations import NotEnoughUnits
from openets.settlement import queries as money
from openets.trading import queries as trading
from openets.trading.floor import DayClosed, NewOrder, Withdrawal
from openets.trading.limits import Limits
from openets.trading.models import FloorBatch, Order, Trade
from openets.trading.terms import Terms
from tests.exchange import (
    DAY,
    PRICE,
    PRODUCT,
    TEN,
    close_books,
    held_by_orders,
    held_t,
    move,
    must_hold_what_orders_hold,
    open_floor,
    order,
    pay_in,
)
from tests.exchange import trading_market as build
from tests.markets import CQ, FOUNDED, FOUNDER

NEXT_DAY = date(2023, 12, 5)
TERMS = Terms(
    reference_fen=PRICE,
    limits=Limits(),
    phases=(),
    fee_ratio=CQ.on("trading.fee_ratio", DAY).number,
    turnaround=True,
    prevent_own_trades=True,
)


@pytest.fixture
def market(db):
    return build(1)


@pytest.fixture
def floor(market):
    with open_floor(market) as floor:
        yield floor


@pytest.fixture
def submit(floor):
    def submit(*commands, moment=TEN):
        return floor.submit(commands, at=moment)

    return submit


def refusal_of(answer):
    assert answer.state == "refused"
    return answer.refusal.code


class TestATrade:
    def test_both_legs_and_both_fees_move_at_the_resting_price(self, market, submit):
        submit(order(market, "E001", "sell", 100, PRICE))
        (bought,) = submit(order(market, "I1", "buy", 100, PRICE + 50))
        assert (bought.state, bought.traded_t) == ("filled", 100)
        fee = 2_520  # 360,000 fen at 7 per mille
        assert money.cash(market["E001"]).available_fen == 100 * PRICE - fee
        assert money.cash(market["I1"]).available_fen == 10**9 - 100 * PRICE - fee
        assert held_t(market, "I1", AccountKind.TRADING) == {2021: 100}
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 49_900}
        must_hold_what_orders_hold()

    def test_bought_units_are_marked_as_traded(self, market, submit):
        submit(order(market, "E001", "sell", 100, PRICE), order(market, "I1", "buy", 100, PRICE))
        (bought,) = holdings.holdings(market["I1"])
        assert (bought.traded, bought.lot.origin, bought.total_t) == (True, "free", 100)

    def test_a_batch_is_journalled_with_orders_trades_and_state(self, market, floor, submit):
        submit(order(market, "E001", "sell", 100, PRICE), order(market, "I1", "buy", 60, PRICE))
        (entry,) = [e for e in journal.entry_rows() if e["operation"] == "trading.batch"]
        assert entry["content"] == {
            "orders": [[1, "resting", 40], [2, "filled", 0]],
            "trades": [[1, PRODUCT, 2, 1, PRICE, 60]],
            "state": floor.state_hash(),
        }
        assert (entry["role"], entry["article"]) == ("exchange_operator", "CQETS-17")
        assert FloorBatch.objects.get().state_hash == floor.state_hash()

    def test_better_prices_trade_first_and_equal_ones_in_order(self, market, submit):
        sells = [order(market, "E001", "sell", 10, PRICE + n, key=str(n)) for n in (2, 1, 1)]
        sells[2] = order(market, "E001", "sell", 10, PRICE + 1, key="later")
        submit(*sells)
        submit(order(market, "I1", "buy", 25, PRICE + 2))
        trades = Trade.objects.values_list("sell_id", "price_fen", "qty")
        assert list(trades) == [(2, PRICE + 1, 10), (3, PRICE + 1, 10), (1, PRICE + 2, 5)]

    def test_withdrawing_before_the_match_in_a_batch_wins_and_after_it_loses(self, market, submit):
        (first,) = submit(order(market, "E001", "sell", 10, PRICE))
        withdrawn, unmet = submit(
            Withdrawal(market["E001"], first.order), order(market, "I1", "buy", 10, PRICE)
        )
        assert (withdrawn.state, unmet.state) == ("withdrawn", "resting")
        sold, late = submit(
            order(market, "E001", "sell", 10, PRICE, key="again"),
            Withdrawal(market["I1"], unmet.order),
        )
        assert (sold.state, refusal_of(late)) == ("filled", "order_not_open")
        must_hold_what_orders_hold()


class TestHolds:
    def test_an_order_holds_price_and_fee_and_its_withdrawal_frees_them(self, market, submit):
        (placed,) = submit(order(market, "I1", "buy", 100, PRICE))
        assert money.cash(market["I1"]).reserved_fen == 100 * (PRICE + 26)  # 25.2 rounded up
        must_hold_what_orders_hold()
        submit(Withdrawal(market["I1"], placed.order))
        assert money.cash(market["I1"]).reserved_fen == 0
        must_hold_what_orders_hold()

    def test_a_better_price_frees_the_difference(self, market, submit):
        submit(order(market, "E001", "sell", 40, PRICE - 100))
        submit(order(market, "I1", "buy", 100, PRICE))
        assert money.cash(market["I1"]).reserved_fen == 60 * (PRICE + 26)
        must_hold_what_orders_hold()

    def test_a_sell_order_keeps_holding_what_is_left_of_it_lot_by_lot(self, market, submit):
        """E001 holds 49,900 t of its own and 100 t bought: two positions of one order."""
        submit(order(market, "E001", "sell", 100, PRICE), order(market, "I1", "buy", 100, PRICE))
        pay_in(market, "E001", 1_000_000)
        with open_floor(market, day=NEXT_DAY) as tomorrow:
            moment = at(NEXT_DAY, 10)
            tomorrow.submit(
                [
                    order(market, "I1", "sell", 100, PRICE),
                    order(market, "E001", "buy", 100, PRICE),
                ],
                at=moment,
            )
        day_after = date(2023, 12, 6)
        with open_floor(market, day=day_after) as later:
            moment = at(day_after, 10)
            (sold,) = later.submit(
                [order(market, "E001", "sell", 50_000, PRICE, key="all")], at=moment
            )
            assert Order.objects.get(id=sold.order).held_amounts == [49_900, 100]
            later.submit([order(market, "I1", "buy", 49_950, PRICE, key="most")], at=moment)
            assert Order.objects.get(id=sold.order).held_amounts == [0, 50]
            must_hold_what_orders_hold()
            later.submit([Withdrawal(market["E001"], sold.order)], at=moment)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 50}
        must_hold_what_orders_hold()

    def test_the_hold_suffices_to_the_last_fen_and_not_one_less(self, market, floor, submit):
        needed = floor.terms[PRODUCT].hold_fen(PRICE, 3)
        holder = market["E001"]
        pay_in(market, "E001", needed // 100)
        rest = needed - needed // 100 * 100
        assert rest, "the example needs some fen beyond whole yuan"
        (short,) = submit(order(market, "E001", "buy", 3, PRICE, key="short"))
        assert refusal_of(short) == "not_enough_cash"
        assert short.refusal.numbers == {"needed": needed, "available": needed - rest}
        pay_in(market, "E001", 1, reference="the rest")
        assert submit(order(market, "E001", "buy", 3, PRICE))[0].state == "resting"
        assert money.cash(holder).available_fen == 100 - rest

    @given(st.data())
    def test_the_sum_of_the_fees_never_exceeds_the_hold(self, data):
        """However an order is filled: at any prices up to its own, in any parts."""
        price, parts = data.draw(st.integers(1, 9_999)), data.draw(st.lists(st.integers(1, 500)))
        left, held = sum(parts), TERMS.hold_fen(price, sum(parts))
        for qty in parts:
            turnover = data.draw(st.integers(1, price)) * qty
            left -= qty
            held_after = TERMS.hold_fen(price, left)
            assert turnover + TERMS.fee_fen(turnover) <= held - held_after
            held = held_after
        assert held == 0

    def test_a_market_order_holds_at_the_upper_limit_and_what_is_left_expires(self, market, submit):
        submit(order(market, "E001", "sell", 10, PRICE))
        (bought,) = submit(order(market, "I1", "buy", 15, None))
        assert (bought.state, bought.traded_t) == ("expired", 10)
        assert money.cash(market["I1"]).reserved_fen == 0
        limit = PRICE * 12 // 10
        most = 10**9 // (limit + -(-limit * 7 // 1000))
        too_much, enough = submit(
            order(market, "I1", "buy", most + 1, None), order(market, "I1", "buy", most - 10, None)
        )
        assert (refusal_of(too_much), enough.state) == ("not_enough_cash", "expired")
        must_hold_what_orders_hold()


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"product": "CQEA-2019"}, "product_not_listed"),
            ({"price_fen": 0}, "not_positive"),
            ({"qty": 0}, "not_positive"),
            ({"qty": -1}, "not_positive"),
            ({"price_fen": PRICE * 12 // 10}, None),
            ({"price_fen": PRICE * 12 // 10 + 1}, "price_outside_limit"),
            ({"price_fen": PRICE * 8 // 10}, None),
            ({"price_fen": PRICE * 8 // 10 - 1}, "price_outside_limit"),
            ({"price_fen": 10**30}, "not_an_order"),
            ({"qty": 10**30}, "not_an_order"),
            ({"tif": "gtc"}, "not_an_order"),
            ({"key": "k" * 61}, "not_an_order"),
        ],
    )
    def test_an_order_is_refused_by_its_rule_and_the_others_of_the_batch_stand(
        self, market, submit, changed, code
    ):
        asked = {"qty": 1, "price_fen": PRICE} | changed
        wrong = order(market, "I1", "buy", **asked)
        answer, other = submit(wrong, order(market, "E001", "sell", 7, PRICE * 12 // 10))
        assert other.state in {"resting", "filled"}
        if code is None:
            assert answer.refusal is None
        else:
            assert refusal_of(answer) == code

    def test_tick_and_lot_are_the_rulebooks(self, market):
        law = CQ.instead({"trading.tick_fen": 10, "trading.lot_t": 100})
        with open_floor(market, law=law) as floor:
            answers = floor.submit(
                [
                    order(market, "I1", "buy", 100, PRICE + 5),
                    order(market, "I1", "buy", 150, PRICE + 10),
                    order(market, "I1", "buy", 200, PRICE + 10),
                ],
                at=TEN,
            )
        refusals = [answer.refusal and answer.refusal.code for answer in answers]
        assert refusals == ["price_off_tick", "quantity_off_lot", None]

    @pytest.mark.parametrize(
        ("hour", "minute", "second", "is_open"),
        [
            (9, 29, 59, False),
            (9, 30, 0, True),
            (11, 29, 59, True),
            (11, 30, 0, False),
            (12, 59, 59, False),
            (13, 0, 0, True),
            (14, 59, 59, True),
            (15, 0, 0, False),
        ],
    )
    def test_orders_come_in_during_the_sessions(
        self, market, submit, hour, minute, second, is_open
    ):
        moment = at(DAY, hour, minute, second)
        (answer,) = submit(order(market, "I1", "buy", 1, PRICE), moment=moment)
        assert is_open == (answer.refusal is None)
        if not is_open:
            assert refusal_of(answer) == "market_closed"

    @pytest.mark.parametrize("day", [date(2023, 12, 3), date(2024, 1, 1)])
    def test_nothing_trades_on_a_day_off(self, market, day):
        with open_floor(market, day=day) as floor:
            (answer,) = floor.submit([order(market, "I1", "buy", 1, PRICE)], at=at(day, 10))
        assert refusal_of(answer) == "market_closed"

    def test_a_holder_without_accounts_is_refused(self, submit):
        new = NewOrganisation("I9", "合成投资机构9", Role.INVESTOR, synthetic=True)
        made = register_organisations([new], law=CQ, acting=FOUNDER, at=FOUNDED)
        stranger = NewOrder("k", made["I9"], PRODUCT, True, 1, PRICE)
        assert refusal_of(submit(stranger)[0]) == "accounts_missing"

    def test_one_tonne_more_than_the_trading_account_holds_is_refused(self, market, submit):
        more, all_of_it = submit(
            order(market, "E001", "sell", 50_001, PRICE),
            order(market, "E001", "sell", 50_000, PRICE),
        )
        assert (refusal_of(more), all_of_it.state) == ("not_enough_to_sell", "resting")

    def test_refused_orders_keep_their_numbers_and_leave_nothing_held(self, market, submit):
        refused, unlisted, placed = submit(
            order(market, "I1", "buy", 1, PRICE * 2),
            order(market, "I1", "buy", 1, PRICE, product="none"),
            order(market, "I1", "buy", 1, PRICE),
        )
        assert [refused.order, unlisted.order, placed.order] == [1, 0, 2]
        assert Order.objects.get(id=1).refusal == "price_outside_limit"
        must_hold_what_orders_hold()

    def test_nobody_withdraws_anothers_order(self, market, submit):
        (placed,) = submit(order(market, "I1", "buy", 1, PRICE))
        (answer,) = submit(Withdrawal(market["E001"], placed.order))
        assert refusal_of(answer) == "order_not_open"
        assert Order.objects.get(id=placed.order).state == "resting"

    def test_an_order_is_withdrawn_once(self, market, submit):
        (placed,) = submit(order(market, "I1", "buy", 1, PRICE))
        once, twice = submit(*[Withdrawal(market["I1"], placed.order)] * 2)
        assert (once.state, refusal_of(twice)) == ("withdrawn", "order_not_open")


class TestTheSameOrderTwice:
    def test_it_is_answered_by_what_became_of_the_first(self, market, submit):
        sell = order(market, "E001", "sell", 10, PRICE)
        first, again = submit(sell, sell)
        assert (first, again.order) == (again, first.order)
        assert Order.objects.count() == 1
        submit(order(market, "I1", "buy", 4, PRICE))
        assert [(a.order, a.traded_t) for a in submit(sell)] == [(first.order, 4)]

    def test_it_is_answered_by_the_newest_even_within_a_batch(self, market, submit):
        sell = order(market, "E001", "sell", 10, PRICE)
        submit(sell)
        _, again = submit(order(market, "I1", "buy", 10, PRICE), sell)
        assert (again.state, again.traded_t) == ("filled", 10)

    def test_another_order_under_the_same_key_is_refused(self, market, submit):
        submit(order(market, "E001", "sell", 10, PRICE, key="k"))
        (other,) = submit(order(market, "E001", "sell", 11, PRICE, key="k"))
        assert (refusal_of(other), other.order) == ("order_key_reused", 0)

    def test_two_holders_may_use_the_same_key(self, market, submit):
        answers = submit(
            order(market, "E001", "sell", 10, PRICE + 9, key="k"),
            order(market, "I1", "buy", 10, PRICE, key="k"),
        )
        assert [answer.state for answer in answers] == ["resting", "resting"]


class TestTurnaround:
    def test_what_is_bought_today_is_sold_tomorrow(self, market, submit):
        submit(order(market, "E001", "sell", 100, PRICE), order(market, "I1", "buy", 100, PRICE))
        (today,) = submit(order(market, "I1", "sell", 1, PRICE))
        assert refusal_of(today) == "not_enough_to_sell"
        assert today.refusal.numbers["bought_today"] == 100
        with open_floor(market, day=NEXT_DAY) as tomorrow:
            moment = at(NEXT_DAY, 10)
            answers = tomorrow.submit([order(market, "I1", "sell", 100, PRICE)], at=moment)
        assert answers[0].state == "resting"

    def test_what_was_there_before_may_be_sold_beside_it(self, market, submit):
        pay_in(market, "E001", 1_000_000)
        submit(
            order(market, "E001", "sell", 100, PRICE),
            order(market, "I1", "buy", 100, PRICE),
        )
        with open_floor(market, day=NEXT_DAY) as tomorrow:
            moment = at(NEXT_DAY, 10)
            answers = tomorrow.submit(
                [
                    order(market, "E001", "buy", 30, PRICE),
                    order(market, "I1", "sell", 30, PRICE),
                    order(market, "E001", "sell", 49_901, PRICE + 1),
                    order(market, "E001", "sell", 49_900, PRICE + 1),
                ],
                at=moment,
            )
        assert [answer.state for answer in answers] == ["resting", "filled", "refused", "resting"]

    def test_a_market_without_the_rule_sells_at_once(self, market):
        law = CQ.instead({"trading.turnaround_trading_days": 0})
        with open_floor(market, law=law) as floor:
            floor.submit(
                [order(market, "E001", "sell", 9, PRICE), order(market, "I1", "buy", 9, PRICE)],
                at=TEN,
            )
            (sold,) = floor.submit([order(market, "I1", "sell", 9, PRICE)], at=TEN)
        assert sold.state == "resting"


class TestOwnTrades:
    def test_an_order_expires_before_it_meets_its_owners_own(self, market, submit):
        pay_in(market, "E001", 1_000_000)
        submit(order(market, "E001", "sell", 10, PRICE + 1, key="own"))
        submit(order(market, "E001", "sell", 5, PRICE, key="first"))
        (entering,) = submit(order(market, "E001", "buy", 3, PRICE + 1))
        assert (entering.state, entering.traded_t) == ("expired", 0)
        assert money.cash(market["E001"]).reserved_fen == 0
        must_hold_what_orders_hold()

    def test_where_the_market_allows_it_it_trades_with_itself(self, market):
        pay_in(market, "E001", 1_000_000)
        law = CQ.instead({"trading.own_trade_prevention": False})
        with open_floor(market, law=law) as floor:
            _, bought = floor.submit(
                [order(market, "E001", "sell", 5, PRICE), order(market, "E001", "buy", 3, PRICE)],
                at=TEN,
            )
        assert bought.state == "filled"
        must_hold_what_orders_hold()


class TestTheEndOfTheDay:
    def test_what_rests_expires_and_the_sheet_is_published_once(self, market, floor, submit):
        submit(order(market, "E001", "sell", 10, PRICE), order(market, "I1", "buy", 5, PRICE + 9))
        floor.close_day(at=at(DAY, 15, 5))
        must_hold_what_orders_hold()
        assert held_by_orders() == {}
        assert [o.state for o in Order.objects.order_by("id")] == ["expired", "filled"]
        assert len(trading.sheets(floor.products[PRODUCT])) == 1
        with pytest.raises(DayClosed):
            floor.close_day(at=at(DAY, 15, 6))

    def test_after_the_close_nothing_enters_any_more(self, market, floor, submit):
        floor.close_day(at=at(DAY, 14, 0))
        (late,) = submit(order(market, "I1", "buy", 1, PRICE), moment=at(DAY, 14, 1))
        assert refusal_of(late) == "day_closed"

    def test_the_close_is_tomorrows_reference(self, market, floor, submit):
        submit(
            order(market, "E001", "sell", 10, PRICE + 700),
            order(market, "I1", "buy", 10, PRICE + 700),
        )
        floor.close_day(at=at(DAY, 15, 5))
        close_books(market.acts)
        floor.open_day(NEXT_DAY)
        assert floor.terms[PRODUCT].reference_fen == PRICE + 700
        assert floor.terms["CQEA-2022"].reference_fen == PRICE

    def test_a_day_is_closed_before_another_begins(self, market, floor, submit):
        submit(order(market, "I1", "buy", 1, PRICE))
        with pytest.raises(AssertionError):
            floor.open_day(NEXT_DAY)


class TestTheOrderOfConsumption:
    @pytest.mark.parametrize(
        ("order_of_lots", "sold_is_traded"),
        [("fifo", False), ("free_first", False), ("paid_first", True)],
    )
    def test_a_sale_takes_the_lots_the_rule_names(self, market, order_of_lots, sold_is_traded):
        """E001 holds 49,990 t of its own and 10 t it bought back."""
        pay_in(market, "E001", 1_000_000)
        days = (DAY, NEXT_DAY, date(2023, 12, 6))
        pairs = (("E001", "I1"), ("I1", "E001"), ("E001", "I1"))
        law = CQ.instead({"registry.lots_consumption": order_of_lots})
        for day, (seller, buyer) in zip(days, pairs, strict=True):
            with open_floor(market, day=day, law=law) as floor:
                orders = [
                    order(market, seller, "sell", 10, PRICE, key=f"s{day}"),
                    order(market, buyer, "buy", 10, PRICE, key=f"b{day}"),
                ]
                floor.submit(orders, at=at(day, 10))
        left = {
            h.traded: h.total_t
            for h in holdings.holdings(market["E001"])
            if h.account_kind == AccountKind.TRADING
        }
        expected = {False: 49_990} if sold_is_traded else {False: 49_980, True: 10}
        assert left == expected


def test_units_of_an_order_cannot_be_moved_away(market, submit):
    submit(order(market, "E001", "sell", 49_999, PRICE))
    with pytest.raises(NotEnoughUnits):
        move(market, "E001", 2, to="registry", reference="back")
    move(market, "E001", 1, to="registry", reference="back")


def test_a_floor_belongs_to_its_day(market, floor):
    with pytest.raises(AssertionError):
        floor.submit([], at=at(NEXT_DAY, 10))


def test_a_random_session_holds_what_its_open_orders_hold_after_every_batch(market):
    draw = random.Random(7)
    pay_in(market, "E001", 40_000)
    states = set()
    with open_floor(market) as floor:
        for batch in range(25):
            orders = [
                order(
                    market,
                    draw.choice(["E001", "I1"]),
                    draw.choice(["buy", "sell"]),
                    draw.choice([0, 1, 40, 500, 20_000]),
                    draw.choice([None, PRICE - 2, PRICE, PRICE + 2, PRICE * 2]),
                    key=f"{batch}/{n}",
                    tif=draw.choice(["day", "day", "ioc", "fok"]),
                )
                for n in range(8)
            ]
            open_ones = draw.sample(sorted(floor.resting), min(2, len(floor.resting)))
            withdrawals = [Withdrawal(floor.resting[n].holder, n) for n in open_ones]
            answers = floor.submit([*orders, *withdrawals], at=TEN)
            states |= {answer.state for answer in answers}
            must_hold_what_orders_hold()
            assert floor.state_hash() == FloorBatch.objects.latest("number").state_hash
    assert states == {"resting", "filled", "withdrawn", "expired", "refused"}
    assert Trade.objects.count() > 10
