"""Alerts, the book replayed, relations, large holders and the weekly report, on the database."""

import random
from datetime import date, timedelta

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.casework.queries import inbox
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.parties.operations import add_member
from openets.parties.queries import OutsideYourScope
from openets.registry import operations as registry
from openets.registry.measures import Bar, MeasureKind
from openets.registry.operations import DocumentMissing
from openets.surveillance import operations, queries
from openets.surveillance.models import Alert, LargeHolderReport, Relation, RiskReport
from openets.surveillance.procedures import ALERT, LARGE_HOLDER
from openets.trading import queries as trading
from openets.trading.floor import Withdrawal
from openets.trading.models import Product, Trade
from tests.concurrently import at_once
from tests.exchange import DAY, PRICE, PRODUCT, TEN, open_floor, order, pay_in
from tests.exchange import trading_market as build
from tests.markets import CQ, FOUNDED, FOUNDER

pytestmark = pytest.mark.django_db

EVENING = at(DAY, 17)
MONDAY = date(2023, 12, 4)
LIMIT = {
    "risk.position_limit": [
        {"participants": ["investor"], "limit_tco2e": 1_000, "own_allowance": False}
    ]
}


@pytest.fixture
def market(db):
    return build(1)


def deal(market, floor, qty=100, price_fen=PRICE, key="d"):
    floor.submit(
        [
            order(market, "E001", "sell", qty, price_fen, key=f"{key}s"),
            order(market, "I1", "buy", qty, price_fen, key=f"{key}b"),
        ],
        at=TEN,
    )


def surveyed(market, *, law=CQ, qty=2_000):
    """A day on which I1 bought all there was, surveyed: among others an alert of concentration."""
    with open_floor(market, law=law) as floor:
        deal(market, floor, qty)
        floor.close_day(at=at(DAY, 16))
    return operations.survey_day(day=DAY, law=law, acting=market.acts("clock"), at=EVENING)


def alert_of(market, pattern="concentration", party="I1"):
    surveyed(market)
    return Alert.objects.get(pattern=pattern, parties=[party])


def state(alert):
    return cases.states(ALERT, [alert.reference])[alert.reference]


@pytest.mark.requirement("CQETS-21")
class TestASurvey:
    def test_what_is_found_is_kept_with_its_evidence_as_a_case_of_the_exchange(self, market):
        alert = alert_of(market)
        assert alert.figures == {"qty_t": 2_000, "total_t": 2_000}
        assert (alert.orders, alert.trades) == ([1, 2], [1])
        case = cases.case(ALERT, alert.reference)
        assert (case.state, case.organisation) == ("new", market["exchange"])

    def test_the_parties_are_not_told(self, market):
        alert_of(market)
        for code in ("I1", "E001"):
            assert not inbox(market[code]).filter(case__procedure="market_alert").exists()

    def test_a_day_surveyed_again_gives_nothing_twice(self, market):
        before = len(surveyed(market))
        assert before
        again = operations.survey_day(day=DAY, law=CQ, acting=market.acts("exchange"), at=EVENING)
        assert (again, Alert.objects.count()) == ([], before)

    def test_a_day_is_surveyed_when_it_is_over_and_by_exchange_or_clock(self, market):
        with pytest.raises(operations.DayNotOver):
            operations.survey_day(day=DAY, law=CQ, acting=market.acts("exchange"), at=TEN)
        with pytest.raises(NotYourRole):
            operations.survey_day(day=DAY, law=CQ, acting=market.acts("I1"), at=EVENING)

    def test_what_nobody_has_set_is_journalled_as_not_configured(self, market):
        from openets.journal import queries as journal

        surveyed(market)
        (entry,) = journal.trail(f"survey/{DAY}")
        assert entry.content["not_configured"] == ["price_move"]

    def test_a_price_a_tenth_away_gives_none_and_a_fen_more_gives_one(self, market):
        law = CQ.instead({"surveillance.price_move_ratio": "0.10"})
        with open_floor(market, law=law) as floor:
            deal(market, floor, 10, PRICE + 360)
            deal(market, floor, 10, PRICE + 361, key="far")
            floor.close_day(at=at(DAY, 16))
        operations.survey_day(day=DAY, law=law, acting=market.acts("clock"), at=EVENING)
        assert Alert.objects.get(pattern="price_move").trades == [2]

    def test_a_cancelled_trade_is_no_evidence(self, market):
        with open_floor(market) as floor:
            deal(market, floor, 2_000)
            Trade.objects.update(cancelled_at=TEN)
            floor.close_day(at=at(DAY, 16))
        operations.survey_day(day=DAY, law=CQ, acting=market.acts("clock"), at=EVENING)
        assert not Alert.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_keep_each_alert_once(self):
        market = build(1)
        with open_floor(market) as floor:
            deal(market, floor, 2_000)
            floor.close_day(at=at(DAY, 16))

        def survey():
            operations.survey_day(day=DAY, law=CQ, acting=market.acts("clock"), at=EVENING)

        assert at_once(survey, survey) == ["done", "done"]
        assert Alert.objects.count() == len(set(Alert.objects.values_list("reference")))


@pytest.mark.requirement("CQETS-21", "CQETS-30")
class TestAnAlert:
    def test_it_is_reviewed_and_dismissed_with_reasons(self, market):
        alert, acting = alert_of(market), market.acts("exchange")
        operations.review(alert=alert, acting=acting, at=EVENING)
        with pytest.raises(ReasonsMissing):
            operations.dismiss(alert=alert, reasons="", acting=acting, at=EVENING)
        operations.dismiss(alert=alert, reasons="正常交易", acting=acting, at=EVENING)
        assert state(alert) == "dismissed"
        with pytest.raises(WrongState):
            operations.review(alert=alert, acting=acting, at=EVENING)

    def measure(self, market, holder):
        return registry.decide_measure(
            holder=market[holder],
            kind=MeasureKind.RESTRICTION,
            bars=[Bar.BUY],
            reason="异常交易",
            decision="决定1号",
            from_date=DAY,
            until_date=None,
            reference="M1",
            law=CQ,
            acting=market.acts("exchange"),
            at=EVENING,
        )

    def test_it_may_end_in_a_measure_on_a_party_by_a_second_person(self, market):
        alert, (first, second) = alert_of(market), (market.acts("exchange", n) for n in (1, 2))
        operations.review(alert=alert, acting=first, at=EVENING)
        operations.propose_measure(alert=alert, reasons="涉嫌操纵", acting=first, at=EVENING)
        measure = self.measure(market, "I1")
        with pytest.raises(SamePerson):
            operations.take_measure(alert=alert, measure=measure, acting=first, at=EVENING)
        operations.take_measure(alert=alert, measure=measure, acting=second, at=EVENING)
        assert (state(alert), alert.measure) == ("measured", measure)

    def test_a_measure_on_somebody_else_does_not_end_it(self, market):
        alert, first = alert_of(market), market.acts("exchange")
        operations.review(alert=alert, acting=first, at=EVENING)
        operations.propose_measure(alert=alert, reasons="涉嫌操纵", acting=first, at=EVENING)
        other = self.measure(market, "P1")
        with pytest.raises(operations.MeasureOfAnother):
            operations.take_measure(
                alert=alert, measure=other, acting=market.acts("exchange", 2), at=EVENING
            )

    def test_it_may_be_reported_to_the_authorities_who_are_told(self, market):
        alert, acting = alert_of(market), market.acts("exchange")
        operations.review(alert=alert, acting=acting, at=EVENING)
        operations.report_alert(alert=alert, reasons="涉嫌操纵市场", acting=acting, at=EVENING)
        (notice,) = inbox(market["bureau"]).filter(case__procedure="market_alert")
        assert "涉嫌操纵市场" in notice.zh

    @pytest.mark.parametrize("code", ["bureau", "registry", "I1"])
    def test_nobody_but_the_exchange_decides_on_it(self, market, code):
        alert = alert_of(market)
        with pytest.raises(NotYourRole):
            operations.review(alert=alert, acting=market.acts(code), at=EVENING)


@pytest.mark.requirement("CQVER-25.2")
class TestRelations:
    def relate(self, market, one="E001", other="I1", code="exchange", basis="工商登记"):
        return operations.relate(
            one=market[one], other=market[other], basis=basis, acting=market.acts(code), at=TEN
        )

    def test_two_of_one_controller_who_trade_with_each_other_are_an_alert(self, market):
        self.relate(market)
        surveyed(market)
        alert = Alert.objects.get(pattern="related_accounts")
        assert alert.parties == ["E001", "I1"]

    def test_two_who_are_strangers_are_none(self, market):
        surveyed(market)
        assert not Alert.objects.filter(pattern="related_accounts").exists()

    def test_a_person_who_acts_for_both_relates_them(self, market):
        for code in ("E001", "I1"):
            add_member(
                username="both",
                display_name="两处任职",
                organisation=market[code],
                acting=FOUNDER,
                at=FOUNDED,
            )
        assert queries.related_on(DAY) == {frozenset(("E001", "I1"))}

    def test_they_are_recorded_once_in_whatever_order_and_never_with_oneself(self, market):
        self.relate(market)
        for one, other in (("I1", "E001"), ("I1", "I1")):
            with pytest.raises(operations.AlreadyRelated):
                self.relate(market, one, other)

    def test_it_rests_on_a_document_and_belongs_to_exchange_and_bureau(self, market):
        with pytest.raises(DocumentMissing):
            self.relate(market, basis=" ")
        with pytest.raises(NotYourRole):
            self.relate(market, code="I1")

    def test_it_ends_once_and_from_that_day_they_are_strangers(self, market):
        relation, acting = self.relate(market), market.acts("exchange")
        operations.end_relation(relation=relation, acting=acting, at=at(date(2023, 12, 6)))
        assert queries.related_on(date(2023, 12, 5))
        assert not queries.related_on(date(2023, 12, 6))
        with pytest.raises(operations.NotRelated):
            operations.end_relation(relation=Relation.objects.get(), acting=acting, at=EVENING)


@pytest.mark.requirement("CQETS-21")
class TestTheBookReplayed:
    def test_after_every_batch_it_is_the_book_as_it_stood(self, market):
        luck, seen = random.Random(5), []
        pay_in(market, "E001", 5_000_000)
        product = Product.objects.get(code=PRODUCT)
        with open_floor(market) as floor:
            for n in range(40):
                commands = []
                own = [o for o in floor.resting.values() if o.product == product]
                if own and luck.random() < 0.3:
                    gone = luck.choice(own)
                    commands.append(Withdrawal(gone.holder, gone.id))
                code, side = luck.choice([("E001", "sell"), ("I1", "buy"), ("E001", "buy")])
                price = PRICE + luck.randint(-5, 5)
                qty = luck.randint(1, 60)
                commands.append(order(market, code, side, qty, price, key=str(n)))
                floor.submit(commands, at=TEN + timedelta(seconds=n))
                seen.append(trading.depth(product))
        for step, (bids, asks) in enumerate(seen, 1):
            frame = queries.replay(product, DAY, step=step).frame
            for levels, found in ((bids, frame.bids), (asks, frame.asks)):
                wanted = [(level.price_fen, level.qty, level.orders) for level in levels]
                assert list(found[: len(wanted)]) == wanted
                assert len(found) == len(wanted) or len(wanted) == trading.DEPTH_LEVELS
        told = [
            t.id for s in range(1, 41) for t in queries.replay(product, DAY, step=s).frame.trades
        ]
        assert told == list(Trade.objects.order_by("id").values_list("id", flat=True))

    def test_a_step_out_of_range_is_the_nearest_and_an_empty_day_has_none(self, market):
        product = Product.objects.get(code=PRODUCT)
        assert queries.replay(product, DAY, step=1).frame is None
        with open_floor(market) as floor:
            deal(market, floor)
        assert queries.replay(product, DAY, step=99).step == 1
        assert queries.replay(product, DAY, step=-3).step == 1


@pytest.mark.requirement("CQETS-21", "CQETS-17.2")
class TestLargeHolders:
    def holds(self, market, qty):
        with open_floor(market) as floor:
            deal(market, floor, qty)
            floor.close_day(at=at(DAY, 16))

    def ask(self, market, *, law=None, moment=EVENING, day=DAY, code="clock"):
        law = law or CQ.instead(LIMIT)
        acting = market.acts(code)
        return operations.ask_large_holders(day=day, law=law, acting=acting, at=moment)

    @pytest.mark.parametrize(("qty", "asked"), [(799, 0), (800, 1)])
    def test_eight_tenths_of_the_limit_are_reported_and_a_tonne_less_is_not(
        self, market, qty, asked
    ):
        self.holds(market, qty)
        assert len(self.ask(market)) == asked

    def test_it_is_due_on_the_next_working_day_and_once(self, market):
        self.holds(market, 900)
        (report,) = self.ask(market)
        case = cases.case(LARGE_HOLDER, report.reference)
        assert (case.organisation, case.due_date) == (market["I1"], date(2023, 12, 5))
        assert self.ask(market) == []

    def test_without_a_limit_nobody_is_asked(self, market):
        self.holds(market, 40_000)
        assert self.ask(market, law=CQ) == []
        assert queries.standings(law=CQ, day=DAY) == []

    def file(self, market, report, code="I1", **given):
        texts = {"purpose": "自营", "funds": "自有资金", "intentions": "持有至履约", **given}
        operations.file_large_holder(
            report=report, acting=market.acts(code), at=at(date(2023, 12, 5), 10), **texts
        )

    def test_the_holder_files_it_and_exchange_and_bureau_are_told(self, market):
        self.holds(market, 900)
        (report,) = self.ask(market)
        self.file(market, report)
        for code in ("exchange", "bureau"):
            assert inbox(market[code]).filter(case__procedure="large_holder_report").exists()
        operations.read_large_holder(report=report, acting=market.acts("exchange"), at=EVENING)
        assert LargeHolderReport.objects.get().funds == "自有资金"

    def test_it_is_refused_incomplete_twice_or_by_another(self, market):
        self.holds(market, 900)
        (report,) = self.ask(market)
        with pytest.raises(operations.ReportIncomplete):
            self.file(market, report, funds=" ")
        with pytest.raises(OutsideYourScope):
            self.file(market, report, code="P1")
        with pytest.raises(NotYourRole):
            self.ask(market, code="I1")
        self.file(market, report)
        with pytest.raises(WrongState):
            self.file(market, report)


@pytest.mark.requirement("CQETS-21", "BJETS-18d")
class TestTheWeeklyReport:
    def report(self, market, *, start=MONDAY, code="exchange", moment=None):
        return operations.report_week(
            start=start,
            remarks="",
            law=CQ,
            acting=market.acts(code),
            at=moment or at(date(2023, 12, 11)),
        )

    def test_it_says_what_the_week_brought_and_which_rules_are_not_set(self, market):
        surveyed(market)
        figures = self.report(market).figures
        assert figures["products"][PRODUCT] == {
            "first_fen": PRICE,
            "last_fen": PRICE,
            "volume_t": 2_000,
            "turnover_fen": 2_000 * PRICE,
        }
        assert figures["alerts"]["concentration"] == 2
        assert figures["alert_states"] == {"new": sum(figures["alerts"].values())}
        assert "risk.position_limit" in figures["not_configured"]

    def test_the_authorities_are_told(self, market):
        self.report(market)
        assert inbox(market["bureau"]).filter(case__procedure="risk_report").exists()

    def test_it_is_of_a_week_that_is_over_once_and_by_the_exchange(self, market):
        with pytest.raises(operations.NotAWeek):
            self.report(market, start=date(2023, 12, 5))
        with pytest.raises(operations.WeekNotOver):
            self.report(market, moment=at(date(2023, 12, 10), 23))
        with pytest.raises(NotYourRole):
            self.report(market, code="bureau")
        self.report(market)
        with pytest.raises(operations.WeekReported):
            self.report(market)
        assert RiskReport.objects.count() == 1
