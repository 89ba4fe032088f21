"""A market day is reconciled, explained, confirmed and closed in order, by the right people."""

from datetime import date

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.casework.queries import inbox
from openets.journal.models import Entry
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.reconciliation import operations, queries
from openets.reconciliation.models import Closing, Difference
from openets.reconciliation.operations import (
    DifferencesUnsettled,
    EarlierDayNotClosed,
    LaterDayReconciled,
    NoSuchCorrection,
    NoSuchDifference,
    NotExplainable,
    NothingExplained,
)
from openets.reconciliation.queries import NoSuchDay
from openets.trading.floor import EarlierDayOpen
from tests.exchange import DAY, close_books, open_floor, pay_in, trading_market
from tests.markets import CQ
from tests.reconciliation.days import SECOND_DAY, differences, forge, reconcile, trade

SIX = at(DAY, 18)
LENIENT = CQ.instead({"trading.open_requires_closed_day": False})
"""A market that lets the next session open over an open day."""
WRONG_CASH = "update ledger_account set credits_posted = credits_posted + 1 where code = 'cash/P1'"
RIGHT_CASH = WRONG_CASH.replace("+ 1", "- 1")


@pytest.fixture
def market(db):
    market = trading_market()
    trade(market)
    return market


@pytest.fixture
def differing(market):
    """Its cash account and the sum of all money are one fen off."""
    forge(WRONG_CASH)
    reconcile(market)
    return market


def state(day: date = DAY) -> str:
    return queries.market_day(day).case.state


def confirm(market, day=DAY):
    operations.confirm(day=day, acting=market.acts("exchange"), at=at(day, 18))


def close(market, day=DAY):
    operations.close(day=day, acting=market.acts("registry"), at=at(day, 18))


def reopen(market, day=DAY, reasons="复核"):
    operations.reopen(day=day, reasons=reasons, acting=market.acts("bureau"), at=at(day, 20))


def explain(market, row, note="手工录入", correction="", code="registry"):
    return operations.explain(
        day=DAY,
        number=row.pk,
        note=note,
        correction=correction,
        acting=market.acts(code),
        at=SIX,
    )


def defer(market, row, reasons="待银行回单", code="bureau"):
    return operations.defer(
        day=DAY, number=row.pk, reasons=reasons, acting=market.acts(code), at=SIX
    )


class TestTheOrdinaryDay:
    @pytest.mark.requirement("CQETS-23")
    def test_it_is_opened_by_the_close_of_trading_and_closed_by_both_institutions(self, market):
        assert state() == "open"
        reconcile(market)
        assert state() == "reconciled"
        confirm(market)
        assert state() == "confirmed"
        close(market)
        assert state() == "closed"
        trail = queries.market_day(DAY).case.trail.order_by("id")
        assert [(line.move, line.organisation) for line in trail] == [
            ("open", "exchange"),
            ("agree", "registry"),
            ("confirm", "exchange"),
            ("close", "registry"),
        ]
        told = Entry.objects.filter(subject=f"day/{DAY}", operation="reconciliation.reconcile")
        assert told.get().content["differences"] == []

    def test_the_markets_clock_may_reconcile(self, market):
        operations.reconcile(day=DAY, acting=market.acts("clock"), at=SIX)
        assert state() == "reconciled"

    @pytest.mark.parametrize("code", ["exchange", "bureau", "bank", "E001", "I1"])
    def test_nobody_else_reconciles(self, market, code):
        with pytest.raises(NotYourRole):
            operations.reconcile(day=DAY, acting=market.acts(code), at=SIX)

    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (operations.confirm, "registry"),
            (operations.confirm, "bureau"),
            (operations.close, "exchange"),
            (operations.close, "clock"),
        ],
    )
    def test_neither_institution_acts_for_the_other(self, market, act, code):
        reconcile(market)
        if act == operations.close:
            confirm(market)
        before = state()
        with pytest.raises(NotYourRole):
            act(day=DAY, acting=market.acts(code), at=SIX)
        assert state() == before

    def test_one_person_of_both_institutions_is_not_two(self, market):
        reconcile(market)
        both = [Acting("ming", r, o) for r, o in (
            (Role.EXCHANGE_OPERATOR, "exchange"),
            (Role.REGISTRY_OPERATOR, "registry"),
        )]  # fmt: skip
        operations.confirm(day=DAY, acting=both[0], at=SIX)
        with pytest.raises(SamePerson):
            operations.close(day=DAY, acting=both[1], at=SIX)
        assert state() == "confirmed"

    def test_each_step_is_made_once_and_in_its_order(self, market):
        with pytest.raises(WrongState):
            confirm(market)
        reconcile(market)
        with pytest.raises(WrongState):
            close(market)
        confirm(market)
        with pytest.raises(WrongState):
            confirm(market)
        close(market)
        for act in (confirm, close, reconcile):
            with pytest.raises(WrongState):
                act(market)

    def test_a_day_that_did_not_trade_is_no_market_day(self, market):
        for act in (reconcile, confirm, close, reopen):
            with pytest.raises(NoSuchDay):
                act(market, day=SECOND_DAY)

    def test_reconciling_again_takes_in_what_came_since_and_doubles_nothing(self, market):
        first = reconcile(market)
        pay_in(market, "E002", 3, "late")
        again = reconcile(market, hour=18)
        assert again.head_number > first.head_number
        assert again.sums["cash"]["payments"] == first.sums["cash"]["payments"] + 1
        assert differences() == []
        assert Closing.objects.filter(until=None).count() == Closing.objects.count()


class TestTheOrderOfDays:
    @pytest.mark.requirement("CQETS-23")
    def test_the_next_session_opens_only_after_the_day_is_closed(self, market):
        with pytest.raises(EarlierDayOpen) as no, open_floor(market, day=SECOND_DAY):
            pass
        assert no.value.article == "CQETS-23"
        with open_floor(market) as floor, pytest.raises(EarlierDayOpen):
            floor.open_day(SECOND_DAY)
        close_books(market.acts)
        with open_floor(market, day=SECOND_DAY) as floor:
            assert floor.day == SECOND_DAY

    def test_a_market_may_let_the_next_session_open_and_still_closes_in_order(self, market):
        with open_floor(market, day=SECOND_DAY, law=LENIENT) as floor:
            floor.close_day(at=at(SECOND_DAY, 15, 5))
        with pytest.raises(EarlierDayNotClosed):
            reconcile(market, SECOND_DAY)
        close_books(market.acts)
        close_books(market.acts, SECOND_DAY)
        assert state(SECOND_DAY) == "closed"

    def test_the_bureau_reopens_the_last_day_with_reasons(self, market):
        close_books(market.acts)
        with pytest.raises(ReasonsMissing):
            reopen(market, reasons=" ")
        with pytest.raises(NotYourRole):
            operations.reopen(day=DAY, reasons="x", acting=market.acts("registry"), at=SIX)
        reopen(market)
        assert state() == "open"
        assert inbox(market["registry"]).filter(case__subject=DAY.isoformat()).exists()
        with pytest.raises(EarlierDayOpen), open_floor(market, day=SECOND_DAY):
            pass
        close_books(market.acts, hour=21)
        assert state() == "closed"

    def test_a_day_that_a_later_one_rests_on_stays_closed(self, market):
        close_books(market.acts)
        trade(market, SECOND_DAY)
        reconcile(market, SECOND_DAY)
        with pytest.raises(LaterDayReconciled):
            reopen(market)
        assert state() == "closed"


class TestDifferences:
    @pytest.mark.requirement("CQETS-5.2c")
    def test_they_are_told_to_both_institutions_and_the_bureau(self, differing):
        assert state() == "differences"
        assert {row.kind for row in differences()} == {"balance", "money"}
        for code in ("exchange", "registry", "bureau"):
            assert inbox(differing[code]).filter(case__subject=DAY.isoformat()).count() == 1

    @pytest.mark.requirement("CQETS-5.2c")
    def test_a_day_with_differences_is_confirmed_only_when_each_is_settled(self, differing):
        one, two = differences()
        with pytest.raises(DifferencesUnsettled) as no:
            confirm(differing)
        assert no.value.numbers["count"] == 2
        explain(differing, one, correction="deposit/I1/d1")
        with pytest.raises(DifferencesUnsettled):
            confirm(differing)
        explain(differing, two)
        with pytest.raises(DifferencesUnsettled):
            confirm(differing)
        defer(differing, two)
        confirm(differing)
        close(differing)
        assert state() == "closed"
        one.refresh_from_db()
        assert (one.note, one.explained_by) == ("手工录入", "registry-1")

    def test_what_is_put_right_is_gone_when_the_day_is_reconciled_again(self, differing):
        numbers = {row.pk for row in differences()}
        forge(RIGHT_CASH)
        reconcile(differing, hour=18)
        assert (state(), differences()) == ("reconciled", [])
        assert {row.pk for row in Difference.objects.exclude(gone_at=None)} == numbers
        close_books(differing.acts, hour=19)

    def test_an_explanation_outlives_another_comparison(self, differing):
        explain(differing, differences()[0])
        reconcile(differing, hour=18)
        assert [row.note for row in differences()] == ["手工录入", ""]

    def test_what_was_deferred_is_found_again_the_next_day(self, differing):
        for row in differences():
            explain(differing, row)
            defer(differing, row)
        confirm(differing)
        close(differing)
        trade(differing, SECOND_DAY)
        reconcile(differing, SECOND_DAY)
        assert [(row.kind, row.note) for row in differences(SECOND_DAY)] == [
            ("balance", ""),
            ("money", ""),
        ]

    def test_an_explanation_says_something_and_names_what_was_done(self, differing):
        row = differences()[0]
        with pytest.raises(NothingExplained):
            explain(differing, row, note="  ")
        with pytest.raises(NoSuchCorrection):
            explain(differing, row, correction="deposit/nowhere")
        with pytest.raises(NoSuchDifference):
            operations.explain(
                day=SECOND_DAY,
                number=row.pk,
                note="x",
                acting=differing.acts("registry"),
                at=SIX,
            )

    def test_the_same_explanation_twice_is_one(self, differing):
        for _ in range(2):
            explain(differing, differences()[0])
        assert Entry.objects.filter(operation="reconciliation.explain").count() == 1

    def test_institutions_explain_and_the_bureau_defers_what_is_explained(self, differing):
        row = differences()[0]
        for code in ("bureau", "bank", "E001"):
            with pytest.raises(NotYourRole):
                explain(differing, row, code=code)
        for code in ("exchange", "registry"):
            with pytest.raises(NotYourRole):
                defer(differing, row, code=code)
        with pytest.raises(NothingExplained):
            defer(differing, row)
        explain(differing, row, code="exchange")
        with pytest.raises(NothingExplained):
            defer(differing, row, reasons="")
        for _ in range(2):
            defer(differing, row)
        assert Entry.objects.filter(operation="reconciliation.defer").count() == 1

    def test_nothing_is_explained_on_a_day_that_was_put_right_or_confirmed(self, differing):
        row = differences()[0]
        forge(RIGHT_CASH)
        reconcile(differing, hour=18)
        with pytest.raises(NotExplainable):
            explain(differing, row)
