"""Each pattern is found where it was planted, and an innocent look-alike is not."""

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from openets.kernel.clock import at
from openets.rulebook.load import law
from openets.surveillance.facts import Dealt, Entered, FormerDay, TradingDay
from openets.surveillance.patterns import PATTERNS, signals
from openets.surveillance.thresholds import KEYS, Thresholds

DAY = date(2023, 12, 4)
TEN, CLOSE = at(DAY, 10), at(DAY, 15)
LIMITS = Thresholds(
    {key: Fraction(law("bj").on(f"surveillance.{key}", date(2024, 6, 3)).number) for key in KEYS}
)


class Plot:
    """A day in the making: each call adds orders and a trade of them, a second later."""

    def __init__(self, reference_fen: int = 3_000) -> None:
        self.reference_fen = reference_fen
        self.orders: dict[int, Entered] = {}
        self.gone: dict[int, datetime] = {}
        self.trades: list[Dealt] = []
        self.now = TEN

    def order(self, holder, side, qty, price_fen=3_000, moment=None):
        number = len(self.orders) + 1
        when = moment or self.now
        self.orders[number] = Entered(number, when, holder, side == "buy", price_fen, qty)
        return number

    def deal(self, seller, buyer, qty, price_fen=3_000, *, apart=60, moment=None, whole=False):
        """A trade whose two orders came `apart` seconds from each other."""
        moment = moment or self.now
        early = moment - timedelta(seconds=apart)
        sell = self.order(seller, "sell", qty, price_fen, early)
        buy = self.order(buyer, "buy", qty if whole else qty + 1, price_fen, moment)
        number = len(self.trades) + 1
        self.trades.append(Dealt(number, moment, buy, sell, buyer, seller, price_fen, qty))
        self.now = max(self.now, moment) + timedelta(seconds=30)

    def found(self, **given):
        day = TradingDay(
            product="X",
            day=DAY,
            reference_fen=self.reference_fen,
            orders=self.orders,
            withdrawn_at=self.gone,
            trades=given.pop("trades", self.trades),
            closes_at=CLOSE,
            **given,
        )
        told, missing = signals(day, LIMITS)
        assert missing == []
        return {signal.pattern: signal for signal in told}


@pytest.mark.requirement("CQETS-21")
class TestAPriceMove:
    @pytest.mark.parametrize(("price_fen", "is_told"), [(3_300, False), (3_301, True)])
    def test_a_tenth_is_none_and_a_fen_more_is_one(self, price_fen, is_told):
        plot = Plot()
        plot.deal("A", "B", 10, price_fen)
        assert ("price_move" in plot.found()) == is_told

    def test_a_fall_counts_like_a_rise(self):
        plot = Plot()
        plot.deal("A", "B", 10, 2_699)
        signal = plot.found()["price_move"]
        assert signal.figures == {"reference_fen": 3_000, "price_fen": 2_699}

    def test_where_no_number_is_set_it_is_not_looked_for_and_that_is_told(self):
        plot = Plot()
        plot.deal("A", "B", 10, 9_000)
        day = TradingDay("X", DAY, 3_000, plot.orders, {}, plot.trades, closes_at=CLOSE)
        told, missing = signals(day, Thresholds.of(law("cq"), DAY))
        assert missing == ["price_move"]
        assert "price_move" not in {signal.pattern for signal in told}


class TestVolume:
    BEFORE = [FormerDay(3_000, 200)] * 10

    def volume(self, qty):
        plot = Plot()
        plot.deal("A", "B", qty // 2)
        plot.deal("C", "D", qty - qty // 2)
        return plot.found(former=self.BEFORE)

    def test_five_times_the_mean_is_none_and_a_tonne_more_is_one(self):
        assert "volume" not in self.volume(1_000)
        assert self.volume(1_001)["volume"].figures == {
            "volume_t": 1_001,
            "mean_t": 200,
            "days": 10,
        }

    def test_little_is_never_unusual(self):
        plot = Plot()
        plot.deal("A", "B", 999)
        assert "volume" not in plot.found(former=[FormerDay(3_000, 1)] * 10)

    def test_a_first_day_is_compared_with_nothing(self):
        plot = Plot()
        plot.deal("A", "B", 5_000)
        assert "volume" not in plot.found()


@pytest.mark.requirement("CQVER-25.2")
class TestACircle:
    def test_about_the_same_units_that_come_back_through_two_others_are_one(self):
        plot = Plot()
        plot.deal("A", "B", 1_000)
        plot.deal("B", "C", 950)
        plot.deal("C", "A", 900)
        signal = plot.found()["circle"]
        assert signal.parties == ("A", "B", "C")
        assert signal.trades == (1, 2, 3)

    def test_a_circle_that_began_days_before_is_found_on_the_day_it_closes(self):
        plot = Plot()
        plot.deal("A", "B", 1_000, moment=TEN - timedelta(days=3))
        plot.deal("B", "C", 1_000, moment=TEN - timedelta(days=1))
        plot.deal("C", "A", 1_000, moment=TEN)
        before, today = plot.trades[:2], plot.trades[2:]
        assert "circle" in plot.found(trades=today, trades_before=before)
        assert "circle" not in plot.found(trades=(), trades_before=plot.trades)

    def test_one_that_took_longer_than_the_window_is_none(self):
        plot = Plot()
        plot.deal("A", "B", 1_000, moment=TEN - timedelta(days=5, seconds=1))
        plot.deal("B", "C", 1_000)
        plot.deal("C", "A", 1_000)
        assert "circle" not in plot.found()

    def test_a_dealer_between_others_in_unequal_quantities_is_none(self):
        plot = Plot()
        plot.deal("A", "B", 1_000)
        plot.deal("B", "C", 700)
        plot.deal("C", "A", 650)
        assert "circle" not in plot.found()

    def test_a_chain_that_does_not_come_back_or_runs_the_other_way_in_time_is_none(self):
        plot = Plot()
        plot.deal("B", "C", 1_000)
        plot.deal("A", "B", 1_000)
        plot.deal("C", "A", 1_000)
        plot.deal("C", "D", 1_000)
        assert "circle" not in plot.found()


class TestArrangedPairs:
    def test_equal_orders_within_seconds_twice_a_day_are_one(self):
        plot = Plot()
        for _ in range(2):
            plot.deal("A", "B", 500, apart=5, whole=True)
        assert plot.found()["arranged_pairs"].figures == {"times": 2, "qty_t": 1_000}

    def test_once_or_a_second_later_or_of_other_sizes_is_none(self):
        plot = Plot()
        plot.deal("A", "B", 500, apart=5, whole=True)
        plot.deal("A", "B", 500, apart=6, whole=True)
        plot.deal("A", "B", 500, apart=1, whole=False)
        plot.deal("A", "C", 500, apart=5, whole=True)
        assert "arranged_pairs" not in plot.found()


@pytest.mark.requirement("CQVER-25.2")
class TestRelatedAccounts:
    def test_a_trade_between_two_of_one_controller_is_one(self):
        plot = Plot()
        plot.deal("A", "B", 1)
        signal = plot.found(related={frozenset("AB")})["related_accounts"]
        assert signal.parties == ("A", "B")

    def test_trades_of_each_with_others_are_none(self):
        plot = Plot()
        plot.deal("A", "C", 10)
        plot.deal("C", "B", 10)
        assert "related_accounts" not in plot.found(related={frozenset("AB")})


class TestSpoofing:
    def plot(self, *, qty=5_000, gone_after=60, side="buy"):
        plot = Plot()
        for _ in range(20):
            plot.deal("C", "D", 100)
        plot.large = plot.order("A", side, qty)
        plot.deal("A", "B", 50)
        traded_at = plot.trades[-1].at
        plot.gone[plot.large] = traded_at + timedelta(seconds=gone_after)
        return plot

    def test_a_large_order_withdrawn_a_minute_after_a_trade_on_the_other_side_is_one(self):
        plot = self.plot()
        signal = plot.found()["spoofing"]
        assert (signal.parties, signal.orders) == (("A",), (plot.large,))
        assert signal.figures == {"orders": 1, "withdrawn_t": 5_000, "traded_t": 50}

    def test_layers_of_one_holder_are_one_signal(self):
        plot = self.plot()
        second = plot.order("A", "buy", 5_000, 2_990, moment=plot.orders[plot.large].at)
        plot.gone[second] = plot.gone[plot.large]
        assert plot.found()["spoofing"].figures["orders"] == 2

    def test_one_withdrawn_later_or_small_or_on_the_same_side_is_none(self):
        assert "spoofing" not in self.plot(gone_after=61).found()
        assert "spoofing" not in self.plot(qty=300).found()
        assert "spoofing" not in self.plot(side="sell").found()

    def test_a_large_order_that_traded_is_none(self):
        plot = self.plot()
        last = plot.trades[-1]
        plot.trades.append(Dealt(99, last.at, plot.large, last.sell, "A", "E", 3_000, 1))
        assert "spoofing" not in plot.found()


class TestOrdersForTrades:
    def plot(self, orders):
        plot = Plot()
        plot.deal("A", "B", 10)
        plot.deal("A", "B", 10)
        for _ in range(orders - 2):
            plot.order("A", "sell", 10)
        return plot.found()

    def test_more_than_twenty_for_a_trade_are_one(self):
        assert self.plot(41)["order_ratio"].figures == {"orders": 41, "trades": 2}

    def test_exactly_twenty_or_few_orders_are_none(self):
        assert "order_ratio" not in self.plot(40)
        plot = Plot()
        for _ in range(39):
            plot.order("A", "sell", 10)
        assert "order_ratio" not in plot.found()


class TestMarkingTheClose:
    def plot(self, *, last_fen=3_091, moment=CLOSE - timedelta(minutes=10), others=50):
        plot = Plot()
        plot.deal("C", "D", 500, 3_000, moment=TEN)
        plot.deal("E", "F", others, 3_000, moment=moment)
        plot.deal("G", "A", 50, last_fen, moment=moment + timedelta(seconds=1))
        return plot.found()

    def test_half_of_the_last_minutes_and_a_price_that_moved_are_one(self):
        signal = self.plot()["marking_the_close"]
        assert signal.parties == ("A",)
        assert signal.figures["before_fen"] == 3_000

    def test_a_smaller_move_or_share_or_an_earlier_minute_is_none(self):
        assert "marking_the_close" not in self.plot(last_fen=3_090)
        assert "marking_the_close" not in self.plot(others=51)
        assert "marking_the_close" not in self.plot(moment=CLOSE - timedelta(minutes=10, seconds=2))

    def test_who_sold_is_told_of_a_fall(self):
        assert self.plot(last_fen=2_900)["marking_the_close"].parties == ("G",)


class TestConcentration:
    def plot(self, qty):
        plot = Plot()
        plot.deal("C", "A", qty)
        for n in range(10):
            plot.deal(f"S{n}", f"B{n}", (10_000 - qty) // 10)
        return plot.found()

    def test_more_than_six_tenths_of_a_side_are_one(self):
        assert self.plot(6_010)["concentration"].figures == {"qty_t": 6_010, "total_t": 10_000}

    def test_exactly_six_tenths_or_a_small_day_are_none(self):
        assert "concentration" not in self.plot(6_000)
        plot = Plot()
        plot.deal("C", "A", 999)
        assert "concentration" not in plot.found()


def test_an_ordinary_day_of_many_gives_no_signal():
    plot = Plot()
    people = [f"P{n}" for n in range(12)]
    for n in range(60):
        seller, buyer = people[n % 12], people[(n * 5 + 1) % 12]
        if seller != buyer:
            plot.deal(seller, buyer, 40 + 17 * (n % 9), 3_000 + n % 7)
    assert set(plot.found(former=[FormerDay(3_000, 4_000)] * 10)) == set()


def test_a_day_without_orders_gives_no_signal():
    assert Plot().found() == {}


def test_every_pattern_has_a_name_in_both_languages():
    assert all(zh and en.isascii() and not zh.isascii() for zh, en, _ in PATTERNS.values())
