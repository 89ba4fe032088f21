"""Interventions on the market: halts, withdrawals of all orders, cancelled trades, price limits."""

from datetime import date
from decimal import Decimal

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.casework.queries import inbox
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry.kinds import AccountKind, UnitKind
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading import operations as trading
from openets.trading import queries
from openets.trading.causes import Cause
from openets.trading.floor import Withdrawal
from openets.trading.intervening import (
    AnnouncementMissing,
    InterventionExists,
    NotAPriceLimit,
    PriceLimitFromALaterDay,
)
from openets.trading.models import DailySheet, FloorBatch, Intervention, Order, Product, Trade
from tests.concurrently import at_once
from tests.exchange import (
    DAY,
    PRICE,
    PRODUCT,
    TEN,
    close_books,
    held_t,
    move,
    must_be_sound,
    must_hold_what_orders_hold,
    open_floor,
    order,
    pay_in,
    register_credits,
)
from tests.exchange import trading_market as build
from tests.markets import CQ

pytestmark = pytest.mark.django_db

NEXT_DAY = date(2023, 12, 5)
LATER = at(DAY, 11)
SAID = {
    "cause": Cause.TECHNICAL_FAULT,
    "reason": "撮合主机故障",
    "announcement": "因技术故障暂停交易",
}


@pytest.fixture
def market(db):
    return build(1)


def product(code=PRODUCT):
    return Product.objects.get(code=code)


def decide_halt(market, *, of=None, reference="H1", person=1, **other):
    given = {**SAID, **other}
    return trading.decide_halt(
        product=of, reference=reference, acting=market.acts("exchange", person), at=TEN, **given
    )


def halted(market, *, of=None, moment=TEN, **other):
    intervention = decide_halt(market, of=of, **other)
    second = market.acts("exchange", 2)
    trading.halt(intervention=intervention, law=CQ, acting=second, at=moment)
    return intervention


def withdrawn(market, *, of=None, holder=None, reference="W1"):
    intervention = trading.decide_withdrawal(
        product=of,
        holder=holder,
        reference=reference,
        acting=market.acts("exchange"),
        at=TEN,
        **SAID,
    )
    second = market.acts("exchange", 2)
    return trading.withdraw_all(intervention=intervention, law=CQ, acting=second, at=LATER)


def decide_cancellation(market, trade, *, reference="C1", **other):
    return trading.decide_cancellation(
        trade=trade,
        reference=reference,
        acting=market.acts("exchange"),
        at=LATER,
        **{**SAID, "cause": Cause.ERRONEOUS_TRADE, **other},
    )


def cancelled(market, trade, *, moment=LATER, **other):
    intervention = decide_cancellation(market, trade, **other)
    second = market.acts("exchange", 2)
    return trading.cancel_trade(intervention=intervention, law=CQ, acting=second, at=moment)


def traded(market, floor, qty=100, price_fen=PRICE, **keys):
    floor.submit(
        [
            order(market, "E001", "sell", qty, price_fen, **keys),
            order(market, "I1", "buy", qty, price_fen, **keys),
        ],
        at=TEN,
    )
    return Trade.objects.latest("id")


def refused(floor, *commands, moment=TEN):
    (answer,) = floor.submit(commands, at=moment)
    return answer.refusal.code if answer.refusal else answer.state


@pytest.mark.requirement("BJETS-18b", "CQETS-21")
class TestAHalt:
    def test_an_order_after_it_is_refused_and_told_since_when_and_why(self, market):
        with open_floor(market) as floor:
            halted(market, moment=at(DAY, 10))
            (answer,) = floor.submit(
                [order(market, "I1", "buy", 5, PRICE)], at=at(DAY, 10).replace(minute=6)
            )
        assert answer.refusal.code == "trading_halted"
        assert "2023-12-04 10:00:00" in answer.refusal.message()
        assert "技术故障" in answer.refusal.message()
        assert "technical fault" in answer.refusal.message("en")

    def test_one_of_a_product_leaves_the_others_trading(self, market):
        halted(market, of=product())
        with open_floor(market) as floor:
            assert refused(floor, order(market, "I1", "buy", 5, PRICE)) == "trading_halted"
            other = order(market, "I1", "buy", 5, PRICE, product="CQEA-2022", key="2")
            assert refused(floor, other) == "resting"

    def test_open_orders_stay_and_may_be_withdrawn_meanwhile(self, market):
        with open_floor(market) as floor:
            (resting,) = floor.submit([order(market, "I1", "buy", 5, PRICE)], at=TEN)
            halted(market)
            assert refused(floor, order(market, "E001", "sell", 5, PRICE)) == "trading_halted"
            assert Trade.objects.count() == 0
            assert refused(floor, Withdrawal(market["I1"], resting.order)) == "withdrawn"
        must_hold_what_orders_hold()

    def test_a_second_person_carries_it_out_and_nothing_is_halted_before(self, market):
        decided = decide_halt(market)
        with open_floor(market) as floor:
            assert refused(floor, order(market, "I1", "buy", 5, PRICE)) == "resting"
        with pytest.raises(SamePerson):
            trading.halt(intervention=decided, law=CQ, acting=market.acts("exchange"), at=TEN)
        assert FloorBatch.objects.count() == 1

    @pytest.mark.parametrize("code", ["bureau", "registry", "I1"])
    def test_only_the_exchange_decides_and_carries_out(self, market, code):
        with pytest.raises(NotYourRole):
            trading.decide_halt(
                product=None, reference="H1", acting=market.acts(code), at=TEN, **SAID
            )
        decided = decide_halt(market)
        with pytest.raises(NotYourRole):
            trading.halt(intervention=decided, law=CQ, acting=market.acts(code, 2), at=TEN)

    def test_it_is_carried_out_once(self, market):
        decided = halted(market)
        with pytest.raises(WrongState):
            trading.halt(intervention=decided, law=CQ, acting=market.acts("exchange", 3), at=TEN)

    def test_it_ends_when_a_second_person_resumes(self, market):
        decided, first, second = halted(market), *(market.acts("exchange", n) for n in (1, 2))
        trading.ask_resumption(intervention=decided, reasons="已恢复", acting=first, at=TEN)
        with pytest.raises(SamePerson):
            trading.resume(intervention=decided, law=CQ, acting=first, at=LATER)
        with open_floor(market) as floor:
            asked = order(market, "I1", "buy", 5, PRICE)
            assert refused(floor, asked) == "trading_halted"
            trading.resume(intervention=decided, law=CQ, acting=second, at=LATER)
            again = order(market, "I1", "buy", 5, PRICE, key="again")
            assert refused(floor, again, moment=LATER) == "resting"

    def test_it_may_be_kept_though_resumption_was_asked_for(self, market):
        decided, first = halted(market), market.acts("exchange")
        trading.ask_resumption(intervention=decided, reasons="已恢复", acting=first, at=TEN)
        trading.keep_halted(
            intervention=decided, reasons="尚未恢复", acting=market.acts("exchange", 2), at=TEN
        )
        with open_floor(market) as floor:
            assert refused(floor, order(market, "I1", "buy", 5, PRICE)) == "trading_halted"

    def test_a_declined_one_halts_nothing(self, market):
        decided = decide_halt(market)
        second = market.acts("exchange", 2)
        with pytest.raises(ReasonsMissing):
            trading.decline(intervention=decided, reasons=" ", acting=second, at=TEN)
        trading.decline(intervention=decided, reasons="已排除", acting=second, at=TEN)
        with open_floor(market) as floor:
            assert refused(floor, order(market, "I1", "buy", 5, PRICE)) == "resting"

    def test_it_has_a_reason_and_an_announcement(self, market):
        with pytest.raises(ReasonsMissing):
            decide_halt(market, reason=" ")
        with pytest.raises(AnnouncementMissing):
            decide_halt(market, announcement="")

    def test_the_same_decision_sent_again_is_the_earlier_and_another_is_refused(self, market):
        assert decide_halt(market) == decide_halt(market)
        assert Intervention.objects.count() == 1
        with pytest.raises(InterventionExists):
            decide_halt(market, of=product())

    def test_the_city_bureau_gets_a_notice_with_what_was_announced(self, market):
        halted(market)
        (notice,) = inbox(market["bureau"]).filter(case__procedure="trading_halt")
        assert SAID["announcement"] in notice.zh

    @pytest.mark.django_db(transaction=True)
    def test_orders_that_meet_it_are_taken_before_it_and_refused_after(self, capsys):
        market = build(1)
        decided = decide_halt(market)
        answers = []

        def trade():
            with open_floor(market) as floor:
                for n in range(10):
                    code, side = ("E001", "sell") if n % 2 else ("I1", "buy")
                    asked = order(market, code, side, 3, PRICE, key=str(n))
                    answers.append(floor.submit([asked], at=TEN)[0])

        def halt():
            second = market.acts("exchange", 2)
            trading.halt(intervention=decided, law=CQ, acting=second, at=TEN)

        assert at_once(trade, halt, jitter_seconds=0.05) == ["done", "done"]
        kept = [answer.refusal is not None for answer in answers]
        assert kept == sorted(kept), "none is taken after the first was refused"
        must_be_sound(capsys)


@pytest.mark.requirement("BJETS-18b")
class TestWithdrawingAll:
    def rest(self, market, floor):
        floor.submit(
            [
                order(market, "E001", "sell", 10, PRICE + 10),
                order(market, "I1", "buy", 7, PRICE),
                order(market, "I1", "buy", 6, PRICE, product="CQEA-2022"),
            ],
            at=TEN,
        )

    @pytest.mark.parametrize(
        ("of", "holder", "left"),
        [
            (None, None, []),
            (PRODUCT, None, [3]),
            (None, "I1", [1]),
            (PRODUCT, "I1", [1, 3]),
        ],
    )
    def test_orders_of_a_product_of_a_holder_or_all_leave_the_book(
        self, market, of, holder, left, capsys
    ):
        with open_floor(market) as floor:
            self.rest(market, floor)
            withdrawn(market, of=of and product(of), holder=holder and market[holder])
            floor.submit([order(market, "I1", "buy", 1, PRICE, product="CCER")], at=LATER)
            assert [n for n in floor.resting if n < 4] == left
        open_ones = Order.objects.filter(state="resting", id__lt=4).values_list("id", flat=True)
        assert list(open_ones) == left
        must_be_sound(capsys)

    def test_the_holder_is_told_which(self, market):
        with open_floor(market) as floor:
            self.rest(market, floor)
        assert withdrawn(market, holder=market["I1"]) == [2, 3]
        (notice,) = inbox(market["I1"]).filter(case__procedure="market_intervention")
        assert "2, 3" in notice.zh

    @pytest.mark.django_db(transaction=True)
    def test_a_match_at_the_same_moment_happens_before_or_not_at_all(self, capsys):
        market = build(1)
        with open_floor(market) as floor:
            floor.submit([order(market, "E001", "sell", 10, PRICE)], at=TEN)
        decided = trading.decide_withdrawal(
            product=None,
            holder=None,
            reference="W1",
            acting=market.acts("exchange"),
            at=TEN,
            **SAID,
        )

        def match():
            with open_floor(market) as floor:
                floor.submit([order(market, "I1", "buy", 10, PRICE)], at=TEN)

        def withdraw():
            second = market.acts("exchange", 2)
            trading.withdraw_all(intervention=decided, law=CQ, acting=second, at=TEN)

        assert at_once(match, withdraw, jitter_seconds=0.03) == ["done", "done"]
        sold = Order.objects.get(pk=1)
        assert (sold.state, Trade.objects.count()) in {("filled", 1), ("withdrawn", 0)}
        must_be_sound(capsys)


@pytest.mark.requirement("BJETS-18b")
class TestCancellingATrade:
    def test_units_price_and_both_fees_go_back_and_the_record_stays(self, market, capsys):
        before = [money.cash(market[code]) for code in ("E001", "I1")]
        with open_floor(market) as floor:
            trade = traded(market, floor)
        cancelled(market, trade)
        assert [money.cash(market[code]) for code in ("E001", "I1")] == before
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 50_000}
        assert held_t(market, "I1", AccountKind.TRADING).get(2021, 0) == 0
        trade.refresh_from_db()
        assert trade.cancelled_at == LATER
        assert queries.turnover().trades == 0
        must_be_sound(capsys)

    def test_serials_go_back_too(self, market, capsys):
        register_credits(market, "P1", 500)
        move(market, "P1", 500, unit=UnitKind.CQCER, vintage=None)
        with open_floor(market) as floor:
            floor.submit(
                [
                    order(market, "P1", "sell", 200, PRICE, product="CQCER"),
                    order(market, "I1", "buy", 200, PRICE, product="CQCER"),
                ],
                at=TEN,
            )
        cancelled(market, Trade.objects.get())
        must_be_sound(capsys)

    def test_the_day_is_published_without_it_and_reconciles(self, market, capsys):
        with open_floor(market) as floor:
            traded(market, floor, 100, PRICE)
            wrong = traded(market, floor, 50, PRICE + 500)
            cancelled(market, wrong)
            floor.close_day(at=at(DAY, 16))
        sheet = DailySheet.objects.get(product__code=PRODUCT)
        assert (sheet.high_fen, sheet.close_fen, sheet.volume_t) == (PRICE, PRICE, 100)
        close_books(market.acts)
        must_be_sound(capsys)

    def test_after_the_close_the_sheet_is_made_anew_until_both_have_closed_the_day(
        self, market, capsys
    ):
        with open_floor(market) as floor:
            traded(market, floor, 100, PRICE)
            wrong = traded(market, floor, 50, PRICE + 500)
            floor.close_day(at=at(DAY, 16))
        cancelled(market, wrong, moment=at(DAY, 16))
        sheet = DailySheet.objects.get(product__code=PRODUCT)
        assert (sheet.close_fen, sheet.volume_t, sheet.trades) == (PRICE, 100, 1)
        close_books(market.acts)
        must_be_sound(capsys)
        with pytest.raises(trading.TradeDayClosed):
            decide_cancellation(market, Trade.objects.get(pk=1), reference="C2")

    def test_open_orders_that_hold_what_goes_back_give_way_the_latest_first(self, market, capsys):
        with open_floor(market) as floor:
            trade = traded(market, floor, 100)
            rich = money.cash(market["E001"]).available_fen
            for n, qty in enumerate((30, 40)):
                floor.submit([order(market, "E001", "buy", qty, PRICE - 9, key=f"b{n}")], at=TEN)
            assert money.cash(market["E001"]).available_fen < rich
            assert cancelled(market, trade) == [4, 3]
        must_be_sound(capsys)

    def test_it_is_refused_where_the_money_moved_on_and_nothing_changes(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
        settlement.withdraw(
            holder=market["E001"],
            amount_fen=1,
            reference="out",
            acting=market.acts("bank"),
            at=TEN,
        )
        with pytest.raises(trading.MoneyMovedOn) as caught:
            cancelled(market, trade)
        assert caught.value.numbers["needed"] - caught.value.numbers["available"] == 1
        trade.refresh_from_db()
        assert trade.cancelled_at is None
        pay_in(market, "E001", 1)
        decided = Intervention.objects.get(reference="C1")
        second = market.acts("exchange", 2)
        trading.cancel_trade(intervention=decided, law=CQ, acting=second, at=LATER)

    def test_it_is_refused_where_the_units_moved_on(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
        move(market, "I1", 1, to="registry", reference="away")
        with pytest.raises(trading.UnitsMovedOn):
            cancelled(market, trade)

    def test_it_takes_two_people_of_the_exchange(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
        decided = decide_cancellation(market, trade)
        for acting, refusal in (
            (market.acts("exchange"), SamePerson),
            (market.acts("bureau"), NotYourRole),
            (market.acts("I1"), NotYourRole),
        ):
            with pytest.raises(refusal):
                trading.cancel_trade(intervention=decided, law=CQ, acting=acting, at=LATER)

    def test_it_is_done_once(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
        other = decide_cancellation(market, trade, reference="C2")
        cancelled(market, trade)
        second = market.acts("exchange", 2)
        with pytest.raises(trading.TradeCancelled):
            trading.cancel_trade(intervention=other, law=CQ, acting=second, at=LATER)

    def test_both_sides_and_the_bureau_are_told(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
        cancelled(market, trade)
        for code in ("E001", "I1", "bureau"):
            assert inbox(market[code]).filter(case__procedure="market_intervention").exists()

    def test_units_of_a_cancelled_purchase_are_not_bought_today(self, market):
        with open_floor(market) as floor:
            trade = traded(market, floor)
            cancelled(market, trade)
            (answer,) = floor.submit([order(market, "I1", "sell", 1, PRICE)], at=LATER)
        assert answer.refusal.code == "not_enough_to_sell"
        assert answer.refusal.numbers["bought_today"] == 0

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_cancel_it_once(self, capsys):
        market = build(1)
        with open_floor(market) as floor:
            trade = traded(market, floor)
        decisions = [decide_cancellation(market, trade, reference=f"C{n}") for n in (1, 2)]

        def cancel(decided):
            second = market.acts("exchange", 2)
            trading.cancel_trade(intervention=decided, law=CQ, acting=second, at=LATER)

        outcome = at_once(*(lambda d=decided: cancel(d) for decided in decisions))
        assert outcome == ["done", "trade_cancelled"]
        must_be_sound(capsys)


@pytest.mark.requirement("CQETS-17.2")
class TestAChangedPriceLimit:
    def decide(self, market, ratio="0.10", *, from_date=NEXT_DAY, until=None, of=None):
        return trading.decide_price_limit(
            product=of,
            ratio=Decimal(ratio),
            from_date=from_date,
            until_date=until,
            reference="L1",
            acting=market.acts("exchange"),
            at=TEN,
            **SAID,
        )

    def carry_out(self, market, decided, moment=TEN):
        second = market.acts("exchange", 2)
        trading.change_price_limit(intervention=decided, law=CQ, acting=second, at=moment)

    def band(self, day, code=PRODUCT):
        limits = queries.terms(product(code), law=CQ, day=day).limits
        return limits.band.low, limits.band.high

    def test_it_holds_from_its_day_to_its_last_day(self, market):
        self.carry_out(market, self.decide(market, until=date(2023, 12, 6)))
        tenth, fifth = (3_240, 3_960), (2_880, 4_320)
        assert self.band(DAY) == fifth
        assert self.band(NEXT_DAY) == self.band(date(2023, 12, 6)) == tenth
        assert self.band(date(2023, 12, 7)) == fifth

    def test_one_of_a_product_leaves_the_others(self, market):
        self.carry_out(market, self.decide(market, of=product()))
        assert self.band(NEXT_DAY) != self.band(NEXT_DAY, "CQCER")

    def test_nothing_changes_before_a_second_person_carries_it_out(self, market):
        decided = self.decide(market)
        assert self.band(NEXT_DAY) == (2_880, 4_320)
        with pytest.raises(SamePerson):
            trading.change_price_limit(
                intervention=decided, law=CQ, acting=market.acts("exchange"), at=TEN
            )

    @pytest.mark.parametrize("ratio", ["0", "1", "-0.1", "0.10001"])
    def test_a_ratio_out_of_range_is_refused(self, market, ratio):
        with pytest.raises(NotAPriceLimit):
            self.decide(market, ratio)

    def test_it_begins_on_a_later_day_when_decided_and_when_carried_out(self, market):
        with pytest.raises(PriceLimitFromALaterDay):
            self.decide(market, from_date=DAY)
        with pytest.raises(PriceLimitFromALaterDay):
            self.decide(market, until=DAY)
        with pytest.raises(PriceLimitFromALaterDay):
            self.carry_out(market, self.decide(market), moment=at(NEXT_DAY, 9))
