"""The risk rules before the book: largest order, position limit, the close of a day."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.registry import queries as holdings
from openets.rulebook.load import law
from openets.trading.floor import Withdrawal
from openets.trading.risk import (
    LAST_TRADE,
    WEIGHTED_AVERAGE,
    LimitOf,
    OrderTooLarge,
    Position,
    PositionOverLimit,
    closing_price,
    risk_rules,
)
from tests.exchange import DAY, PRICE, TEN, open_floor, order, pay_in
from tests.exchange import trading_market as build
from tests.markets import CQ

NOW = date(2024, 6, 3)
TRADES = st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 500)), max_size=8)


def limits(tonnes, *, own_allowance=False, participants=("investor", "key_emitting_entity")):
    row = {
        "participants": list(participants),
        "limit_tco2e": tonnes,
        "own_allowance": own_allowance,
    }
    return {"risk.position_limit": [row]}


@pytest.mark.requirement("CQETS-17.2")
class TestTheCards:
    def test_chongqing_sets_no_limit_and_says_which_rules_are_not_set(self):
        rules = risk_rules(CQ, DAY)
        assert (rules.largest_below_t, rules.limits) == (None, {})
        assert rules.not_set == ("risk.largest_order_t", "risk.position_limit")

    def test_the_national_market_takes_no_order_of_the_size_of_a_block(self):
        rules = risk_rules(law("cn"), NOW)
        rules.must_not_be_too_large(99_999)
        with pytest.raises(OrderTooLarge):
            rules.must_not_be_too_large(100_000)

    def test_beijing_adds_the_annual_allowance_for_entities_only(self):
        rules = risk_rules(law("bj"), NOW)
        entity, investor = rules.limits["key_emitting_entity"], rules.limits["investor"]
        assert (entity.limit_t(250_000), investor.limit_t(250_000)) == (1_250_000, 1_000_000)
        share = rules.report_share
        assert (entity.report_t(250_000, share), investor.report_t(0, share)) == (750_000, 500_000)

    def test_before_their_first_day_they_are_not_set(self):
        assert risk_rules(law("bj"), date(2024, 4, 30)).limits == {}


def test_a_report_is_due_from_a_share_of_the_base_rounded_up():
    assert LimitOf(1_001, own_allowance=False).report_t(500, Decimal("0.8")) == 801
    assert LimitOf(1_001, own_allowance=True).report_t(500, Decimal("0.8")) == 1_301


@pytest.mark.requirement("CQETS-17.2")
def test_a_position_has_room_up_to_its_limit_and_not_a_tonne_more():
    position = Position(held_t=9_000, buying_t=400, limit_t=10_000)
    position.must_have_room_for(600)
    with pytest.raises(PositionOverLimit) as caught:
        position.must_have_room_for(601)
    assert caught.value.numbers["left"] == 600


class TestTheClose:
    def test_it_is_the_weighted_average_half_up_to_the_tick(self):
        trades = [(100, 1), (101, 1)]
        rule = WEIGHTED_AVERAGE
        assert closing_price(trades, rule=rule, tick=1, previous=7) == 101
        assert closing_price([(104, 1)], rule=rule, tick=10, previous=7) == 100
        assert closing_price([(105, 1)], rule=rule, tick=10, previous=7) == 110

    def test_it_may_be_the_last_trade(self):
        trades = [(100, 9), (104, 1)]
        assert closing_price(trades, rule=LAST_TRADE, tick=1, previous=7) == 104

    @pytest.mark.parametrize("rule", [WEIGHTED_AVERAGE, LAST_TRADE])
    def test_without_trades_the_previous_close_stays(self, rule):
        assert closing_price([], rule=rule, tick=1, previous=7) == 7

    @given(trades=TRADES.filter(bool), tick=st.sampled_from([1, 10]))
    def test_the_average_is_the_nearest_tick_to_the_mean_of_single_tonnes(self, trades, tick):
        found = closing_price(trades, rule=WEIGHTED_AVERAGE, tick=tick, previous=7)
        tonnes = [price for price, qty in trades for _ in range(qty)]
        distance = Fraction(sum(tonnes), len(tonnes)) - found
        assert found % tick == 0
        assert -Fraction(tick, 2) <= distance < Fraction(tick, 2)


@pytest.mark.django_db
class TestOnTheFloor:
    def answers(self, market, rules, *commands):
        with open_floor(market, law=rules) as floor:
            return [
                answer.refusal.code if answer.refusal else answer.state
                for answer in floor.submit(commands, at=TEN)
            ]

    @pytest.mark.requirement("CQETS-17.2")
    def test_a_buy_to_the_limit_is_taken_and_one_tonne_more_refused(self):
        market = build(1)
        rules = CQ.instead(limits(10_000))
        assert self.answers(
            market,
            rules,
            order(market, "I1", "buy", 6_000, PRICE),
            order(market, "I1", "buy", 4_001, PRICE),
            order(market, "I1", "buy", 4_000, PRICE, product="CQEA-2022"),
        ) == ["resting", "position_over_limit", "resting"]

    def test_without_a_limit_nothing_is_checked(self):
        market = build(1)
        assert self.answers(market, CQ, order(market, "I1", "buy", 100_000, PRICE)) == ["resting"]

    def test_registry_and_trading_account_and_own_allowance_count(self):
        market = build(1)
        pay_in(market, "E001", 1_000_000)
        held = sum(holding.total_t for holding in holdings.holdings(market["E001"]))
        own = holdings.exposures([market["E001"].pk])[market["E001"].pk]
        assert (own.held_t, own.allowance_t > 0) == (held, True)
        rules = CQ.instead(limits(held - own.allowance_t + 5, own_allowance=True))
        assert self.answers(
            market,
            rules,
            order(market, "E001", "buy", 6, PRICE),
            order(market, "E001", "buy", 5, PRICE),
        ) == ["position_over_limit", "resting"]

    def test_a_withdrawal_in_the_same_batch_makes_room(self):
        market = build(1)
        rules = CQ.instead(limits(10))
        with open_floor(market, law=rules) as floor:
            (first,) = floor.submit([order(market, "I1", "buy", 10, PRICE)], at=TEN)
            _, again = floor.submit(
                [
                    Withdrawal(market["I1"], first.order),
                    order(market, "I1", "buy", 10, PRICE, key="again"),
                ],
                at=TEN,
            )
        assert again.state == "resting"

    def test_what_was_bought_counts_whether_in_the_same_batch_or_before(self):
        market = build(1)
        rules = CQ.instead(limits(10, participants=["investor"]))
        sell = [order(market, "E001", "sell", 5, PRICE, key=f"s{n}") for n in range(2)]
        buy = [order(market, "I1", "buy", 5, PRICE, key=f"b{n}") for n in range(3)]
        together = self.answers(market, rules, *sell, *buy)
        assert together[2:] == ["filled", "filled", "position_over_limit"]
        late = order(market, "I1", "buy", 1, PRICE, key="late")
        assert self.answers(market, rules, late) == ["position_over_limit"]

    def test_reductions_and_sells_have_no_limit(self):
        market = build(1)
        rules = CQ.instead(limits(1))
        assert self.answers(
            market,
            rules,
            order(market, "I1", "buy", 50, PRICE, product="CQCER"),
            order(market, "E001", "sell", 50, PRICE),
        ) == ["resting", "resting"]

    def test_the_largest_order_is_one_below_the_number_of_the_card(self):
        market = build(1)
        rules = CQ.instead({"risk.largest_order_t": 1_000})
        assert self.answers(
            market,
            rules,
            order(market, "I1", "buy", 999, PRICE),
            order(market, "I1", "buy", 1_000, PRICE),
            order(market, "E001", "sell", 1_000, PRICE),
        ) == ["resting", "order_too_large", "order_too_large"]
