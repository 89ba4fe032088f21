"""The close for participants: statements, objections, reports, the reserve, and the bank's books."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from openets.banking import operations as banking
from openets.casework import queries as cases
from openets.casework.operations import SamePerson, WrongState
from openets.clearing import operations as clearing
from openets.clearing import queries, reports, statement
from openets.clearing.models import ClearingStatement, MarketReport
from openets.clearing.reports import PeriodKind
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.parties.queries import OutsideYourScope
from openets.reconciliation import operations as reconciliation
from openets.reconciliation import queries as days
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading import operations as trading
from openets.trading.causes import Cause
from openets.trading.models import Trade
from tests.banking.bank import linked
from tests.exchange import (
    DAY,
    PRICE,
    TEN,
    close_books,
    exchange_market,
    move,
    must_be_sound,
    open_floor,
    order,
    pay_in,
)
from tests.markets import CQ

pytestmark = pytest.mark.django_db
CLOSE = at(DAY, 17)
NEXT = date(2023, 12, 5)
OPENING = at(NEXT, 9, 30)
TURNOVER = 1_000 * PRICE
FEE = int(CQ.on("trading.fee_ratio", DAY).number * TURNOVER)


def trade(market, day=DAY, qty=1_000):
    with open_floor(market, day=day) as floor:
        orders = [
            order(market, "E001", "sell", qty, PRICE, key=f"s{day}{qty}"),
            order(market, "I1", "buy", qty, PRICE, key=f"b{day}{qty}"),
        ]
        floor.submit(orders, at=at(day, 10))
        floor.close_day(at=at(day, 15, 5))


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        market = exchange_market(1)
        move(market, "E001", 50_000)
        pay_in(market, "I1", 1_000_000)
        trade(market)
        yield market
        transaction.set_rollback(True)


@pytest.fixture
def market(built):
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def serve(market, day=DAY, moment=CLOSE, by="clock"):
    return clearing.serve(day=day, law=CQ, acting=market.acts(by), at=moment)


def cancel(market, one):
    decided = trading.decide_cancellation(
        trade=one,
        cause=Cause.ERRONEOUS_TRADE,
        reason="错误成交",
        announcement="取消一笔成交",
        reference="C1",
        acting=market.acts("exchange"),
        at=at(NEXT, 18),
    )
    second = market.acts("exchange", 2)
    trading.cancel_trade(intervention=decided, law=CQ, acting=second, at=at(NEXT, 18))


def told(market, code, day=DAY):
    return queries.served_to(market[code], day).content


class TestStatements:
    def test_it_tells_both_legs_the_fee_and_both_balances(self, market):
        serve(market)
        buyer, seller = told(market, "I1"), told(market, "E001")
        assert buyer["money"]["opening_fen"] == 0
        assert buyer["money"]["closing_fen"] == 100_000_000 - TURNOVER - FEE
        assert statement.deposits_fen(buyer) == 100_000_000
        assert statement.withdrawals_fen(buyer) == 0
        (bought,) = buyer["trades"]
        assert (bought["side"], bought["units_t"], bought["turnover_fen"]) == (
            "buy",
            1_000,
            -TURNOVER,
        )
        assert (bought["fee_fen"], bought["net_fen"]) == (-FEE, -TURNOVER - FEE)
        (sold,) = seller["trades"]
        assert (sold["units_t"], sold["net_fen"]) == (-1_000, TURNOVER - FEE)
        (units,) = seller["units"]
        assert units == {
            "product": "CQEA-2021",
            "opening_t": 0,
            "bought_t": 0,
            "sold_t": -1_000,
            "moved_t": 50_000,
            "closing_t": 49_000,
        }

    def test_it_is_served_once_and_never_changes(self, market):
        first = serve(market)
        kept = told(market, "I1")
        pay_in(market, "I1", 5, "d2")
        assert serve(market, moment=CLOSE + timedelta(hours=1)) == first
        assert told(market, "I1") == kept
        served = queries.served_to(market["I1"], DAY)
        assert served.sha256 == statement.digest(served.content)

    def test_what_moves_after_the_serving_stands_in_the_next_one(self, market):
        serve(market)
        evening = at(DAY, 18)
        settlement.deposit(
            holder=market["I1"],
            amount_fen=7,
            reference="late",
            acting=market.acts("bank"),
            at=evening,
        )
        close_books(market.acts)
        trade(market, NEXT, 10)
        serve(market, NEXT, at(NEXT, 17))
        after = told(market, "I1", NEXT)
        assert after["money"]["opening_fen"] == told(market, "I1")["money"]["closing_fen"]
        assert [row["amount_fen"] for row in after["movements"]] == [7]

    @pytest.mark.requirement("BJETS-18b")
    @pytest.mark.parametrize("was_served", [True, False])
    def test_what_a_cancelled_trade_gave_back_leads_to_the_closing_balance(
        self, market, was_served
    ):
        close_books(market.acts)
        trade(market, NEXT, 10)
        if was_served:
            serve(market, NEXT, at(NEXT, 17))
        cancel(market, Trade.objects.latest("id"))
        day = NEXT
        if was_served:
            close_books(market.acts, NEXT, 19)
            day = date(2023, 12, 6)
            with open_floor(market, day=day) as floor:
                floor.close_day(at=at(day, 15, 5))
        serve(market, day, at(day, 20))
        for code in ("I1", "E001"):
            content = told(market, code, day)
            assert {row["kind"] for row in content["movements"]} == {"cancelled_trade"}
            moved = sum(row["amount_fen"] for row in content["movements"])
            assert (moved == 0) == (not was_served)
            balances = content["money"]
            assert balances["opening_fen"] + moved == balances["closing_fen"]
            assert content["trades"] == []

    def test_who_neither_traded_nor_paid_gets_none(self, market):
        serve(market)
        codes = ClearingStatement.objects.values_list("holder__code", flat=True)
        assert set(codes) == {"E001", "I1"}
        with pytest.raises(clearing.NoSuchStatement):
            queries.served_to(market["P1"], DAY)

    def test_not_before_the_close(self, market):
        with pytest.raises(clearing.NotClosedYet):
            serve(market, NEXT, OPENING)

    def test_days_are_cleared_in_order(self, market):
        close_books(market.acts)
        trade(market, NEXT, 10)
        serve(market, NEXT, at(NEXT, 17))
        with pytest.raises(clearing.LaterDayCleared):
            serve(market)

    @pytest.mark.parametrize("by", ["I1", "registry", "bank"])
    def test_not_by_others(self, market, by):
        with pytest.raises(NotYourRole):
            serve(market, by=by)


class TestObjections:
    @pytest.fixture(autouse=True)
    def served(self, market):
        serve(market)

    def object_to(self, market, moment=CLOSE, text="价格有误", by="I1"):
        return clearing.object_to(
            holder=market["I1"], day=DAY, text=text, acting=market.acts(by), at=moment
        )

    def decide(self, market, *, upheld=False, reasons="与成交记录一致", by="exchange"):
        return clearing.decide(
            holder=market["I1"],
            day=DAY,
            upheld=upheld,
            reasons=reasons,
            acting=market.acts(by),
            at=OPENING,
        )

    def stands(self, market, moment):
        return queries.stands(queries.served_to(market["I1"], DAY), moment)

    def test_without_one_it_is_accepted_at_the_next_opening(self, market):
        assert self.stands(market, OPENING - timedelta(seconds=1)) == "served"
        assert self.stands(market, OPENING) == "accepted"

    def test_once_and_decided_with_reasons(self, market):
        first = self.object_to(market)
        assert self.object_to(market) == first, "the same again is the same"
        with pytest.raises(clearing.ObjectedAlready):
            self.object_to(market, text="还有一点")
        assert self.stands(market, OPENING) == "filed"
        self.decide(market)
        assert self.stands(market, OPENING) == "rejected"
        (filed,) = queries.objections()
        assert filed.decision.note == "与成交记录一致"
        with pytest.raises(WrongState):
            self.decide(market, upheld=True)

    def test_until_the_second_before_the_next_opening(self, market):
        with pytest.raises(clearing.ObjectionOver):
            self.object_to(market, OPENING)
        self.object_to(market, OPENING - timedelta(seconds=1))

    def test_in_writing(self, market):
        with pytest.raises(clearing.ObjectionEmpty):
            self.object_to(market, text="  ")

    def test_against_ones_own_only(self, market):
        with pytest.raises(OutsideYourScope):
            self.object_to(market, by="E001")
        with pytest.raises(NotYourRole):
            self.object_to(market, by="exchange")

    def test_decided_by_the_exchange_only(self, market):
        self.object_to(market)
        with pytest.raises(NotYourRole):
            self.decide(market, by="registry")


class TestTheReserve:
    def test_a_share_of_the_fees_goes_to_it_once_a_day(self, market, capsys):
        cleared = serve(market)
        share = cleared.reserved_fen
        assert cleared.fees_fen == 2 * FEE
        assert share == 2 * FEE // 10 > 0
        serve(market)
        conserved = money.conservation()
        assert (conserved.reserve_fen, conserved.fees_fen) == (share, 2 * FEE - share)
        assert conserved.holds
        must_be_sound(capsys)

    def test_two_persons_use_it_and_it_is_recovered(self, market, capsys):
        share = serve(market).reserved_fen
        use = self.propose(market, share)
        with pytest.raises(SamePerson):
            clearing.approve(number=use.pk, acting=market.acts("exchange"), at=CLOSE)
        before = money.cash(market["E001"]).available_fen
        clearing.approve(number=use.pk, acting=market.acts("exchange", 2), at=CLOSE)
        assert money.cash(market["E001"]).available_fen == before + share
        assert money.conservation().reserve_fen == 0
        with pytest.raises(clearing.RecoveredInFull):
            self.recover(market, use, share + 1, "x")
        for reference in ("a", "a", "b"):
            self.recover(market, use, share // 2, reference)
        assert money.conservation().reserve_fen == 2 * (share // 2)
        must_be_sound(capsys)

    def test_not_more_than_there_is(self, market):
        use = self.propose(market, serve(market).reserved_fen + 1)
        with pytest.raises(settlement.NotEnoughMoney):
            clearing.approve(number=use.pk, acting=market.acts("exchange", 2), at=CLOSE)

    def test_not_by_others(self, market):
        with pytest.raises(NotYourRole):
            self.propose(market, 1, by="bureau")

    def propose(self, market, fen, by="exchange"):
        return clearing.propose(
            creditor=market["E001"],
            debtor=market["I1"],
            amount_fen=fen,
            reference="u1",
            acting=market.acts(by),
            at=CLOSE,
        )

    def recover(self, market, use, fen, reference):
        return clearing.recover(
            number=use.pk,
            amount_fen=fen,
            reference=reference,
            acting=market.acts("exchange"),
            at=CLOSE,
        )


@pytest.mark.requirement("CQVER-36.2")
class TestReports:
    AFTER = at(date(2024, 1, 2), 10)

    def publish(self, market, kind=PeriodKind.MONTH, moment=AFTER, by="exchange"):
        return clearing.publish(
            kind=kind, day=DAY, analysis="成交平稳", acting=market.acts(by), at=moment
        )

    def test_a_month_is_published_with_its_average_and_submitted_to_the_authorities(self, market):
        from openets.parties import operations as parties
        from openets.parties.operations import NewOrganisation
        from openets.parties.roles import Role
        from tests.markets import FOUNDER

        sector = next(iter(CQ.on("coverage.sectors", DAY).value))
        office = NewOrganisation(
            "sector", "合成行业主管部门", Role.SECTOR_DEPARTMENT, industry=sector
        )
        made = parties.register_organisations([office], law=CQ, acting=FOUNDER, at=TEN)
        close_books(market.acts)
        report = self.publish(market)
        (first, *_) = report.rows
        assert (first["product"], first["volume_t"], first["turnover_fen"]) == (
            "CQEA-2021",
            1_000,
            TURNOVER,
        )
        assert (first["average_fen"], first["participants"]) == (PRICE, 2)
        for recipient in (market["bureau"], made["sector"]):
            (letter,) = cases.inbox(recipient).filter(case__procedure="market_report")
            assert letter.case.subject == "month/2023-12-01"

    def test_once_a_period(self, market):
        close_books(market.acts)
        assert self.publish(market) == self.publish(market)

    def test_not_before_the_period_is_over_and_its_days_closed(self, market):
        with pytest.raises(clearing.PeriodNotOver):
            self.publish(market)
        close_books(market.acts)
        with pytest.raises(clearing.PeriodNotOver):
            self.publish(market, moment=at(date(2023, 12, 31), 10))
        self.publish(market)

    def test_a_missing_period_is_flagged(self, market):
        close_books(market.acts)
        today = date(2024, 2, 1)
        missing = [period.start for period in queries.missing(PeriodKind.MONTH, today)]
        assert missing == [date(2023, 12, 1), date(2024, 1, 1)]
        self.publish(market)
        assert [p.start for p in queries.missing(PeriodKind.MONTH, today)] == [date(2024, 1, 1)]

    def test_only_the_exchange_publishes(self, market):
        with pytest.raises(NotYourRole):
            self.publish(market, by="bureau")
        assert not MarketReport.objects.exists()


class TestTheBanksBooks:
    """The day closes when exchange, registry and bank agree, or two people explained why not."""

    @pytest.fixture
    def link(self, market, tmp_path):
        close_books(market.acts)
        link = linked(market, tmp_path)
        link.bank._books.ours_fen = money.conservation().paid_in_fen
        link.bank._books.day_opening_fen = link.bank.ours_fen
        return link

    def day(self, link, statement_too=True):
        """A day with a deposit and a withdrawal that the bank carried out."""
        link.pay_in("I1", 50_000)
        link.bank.work(at=at(NEXT, 9, 31))
        link.round(at(NEXT, 9, 32))
        link.ask(20_000, at=at(NEXT, 9, 40))
        link.rounds(2, at(NEXT, 9, 41))
        trade(link.market, NEXT, 10)
        if statement_too:
            link.bank.end_day(NEXT)
            link.round(at(NEXT, 16))

    def reconciled(self, link):
        moment = at(NEXT, 17)
        acting = link.market.acts("clock")
        reconciliation.reconcile(day=NEXT, acting=acting, at=moment)
        found = days.market_day(NEXT)
        return found, [(d.kind, d.subject, d.one_says, d.other_says) for d in found.differences]

    def test_a_day_at_the_bank_agrees(self, link):
        self.day(link)
        found, differences = self.reconciled(link)
        assert (found.case.state, differences) == ("reconciled", [])
        assert found.result.sums["bank"]["bank_fen"] == link.bank.ours_fen
        close_books(link.market.acts, NEXT, 18)

    def test_without_the_banks_statement_it_differs(self, link):
        self.day(link, statement_too=False)
        _, differences = self.reconciled(link)
        assert [kind for kind, *_ in differences] == ["bank_statement"]

    def test_money_the_bank_moved_and_did_not_tell_is_named(self, link):
        link.bank._move(777)
        self.day(link)
        _, differences = self.reconciled(link)
        paid_in = money.conservation().paid_in_fen
        assert differences == [
            ("bank_item", "B010000000001", 777, None),
            ("bank_balance", "bank", paid_in, paid_in + 777),
        ]

    def test_money_booked_that_the_bank_did_not_move_is_named(self, link):
        pay_in(link.market, "I1", 1, "beside the bank")
        self.day(link)
        _, differences = self.reconciled(link)
        assert ("bank_item", "deposit/I1/beside the bank", 100, None) in differences

    def test_differences_are_explained_deferred_and_closed_by_two(self, link):
        link.bank._move(777)
        self.day(link)
        found, _ = self.reconciled(link)
        acts, moment = link.market.acts, at(NEXT, 18)
        with pytest.raises(reconciliation.DifferencesUnsettled):
            reconciliation.confirm(day=NEXT, acting=acts("exchange"), at=moment)
        for row in found.differences:
            reconciliation.explain(
                day=NEXT, number=row.pk, note="在途", acting=acts("exchange"), at=moment
            )
            reconciliation.defer(
                day=NEXT, number=row.pk, reasons="次日补记", acting=acts("bureau"), at=moment
            )
        reconciliation.confirm(day=NEXT, acting=acts("exchange"), at=moment)
        reconciliation.close(day=NEXT, acting=acts("registry"), at=moment)
        assert days.market_day(NEXT).case.state == "closed"

    def test_an_open_withdrawal_is_no_difference(self, link, capsys):
        self.day(link)
        link.ask(1_000, reference="open", at=at(NEXT, 15))
        banking.prepare(acting=link.market.acts("clock"), at=at(NEXT, 15))
        assert self.reconciled(link)[1] == []
        must_be_sound(capsys)


def test_reports_add_up_by_product_method_and_in_all():
    def one(product, method, day, price, qty, buyer, seller):
        return reports.Traded(
            product, method, date(2024, 10, day), price, qty, price * qty, buyer, seller
        )

    rows = reports.report(
        [
            one("CQCER", "open_bidding", 1, 2_900, 2_500, 1, 2),
            one("CQCER", "negotiated_transfer", 2, 3_100, 2_500, 3, 1),
            one("CQEA", "open_bidding", 2, 4_000, 1, 1, 3),
        ]
    )
    assert [(row.product, row.method, row.volume_t) for row in rows] == [
        ("CQCER", "negotiated_transfer", 2_500),
        ("CQCER", "open_bidding", 2_500),
        ("CQCER", "all", 5_000),
        ("CQEA", "open_bidding", 1),
        ("CQEA", "all", 1),
        ("all", "all", 5_001),
    ]
    both = rows[2]
    assert (both.turnover_fen, both.average_fen) == (15_000_000, 3_000)
    assert (both.high_fen, both.low_fen, both.participants, both.days) == (3_100, 2_900, 3, 2)
    assert reports.report([]) == []


@pytest.mark.parametrize(
    ("kind", "day", "start", "end"),
    [
        ("week", date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 7)),
        ("week", date(2024, 1, 7), date(2024, 1, 1), date(2024, 1, 7)),
        ("month", date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2023, 12, 31), date(2023, 12, 1), date(2023, 12, 31)),
        ("year", date(2024, 2, 10), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_the_period_of_a_day(kind, day, start, end):
    period = reports.period_of(PeriodKind(kind), day)
    assert (period.start, period.end) == (start, end)


def test_the_csv_runs_no_formula():
    row = dict.fromkeys(reports.COLUMNS, 1) | {"product": "=1+1"}
    assert "'=1+1" in reports.as_csv([row])
