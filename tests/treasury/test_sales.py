"""Paid issue of the reserve: applied for, organised or not, paid and issued together."""

from datetime import timedelta

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties.operations import NotOnTheList
from openets.registry import queries as holdings
from openets.registry.kinds import Origin
from openets.registry.models import Transaction
from openets.registry.parts import NotEnoughUnits
from openets.settlement import queries as money
from openets.settlement.operations import NotEnoughMoney
from openets.treasury import operations as treasury
from openets.treasury import queries
from openets.treasury.models import PaidApplication
from tests.concurrently import at_once
from tests.exchange import TEN, pay_in
from tests.markets import CQ, FOUNDER
from tests.treasury.offers import (
    LAST,
    PRICE,
    YEAR,
    applied,
    opened,
    pays,
    prepared,
    treasury_market,
)

pytestmark = pytest.mark.django_db
AFTER = at(LAST + timedelta(days=1))


@pytest.fixture
def market():
    return treasury_market()


def stands(*applications):
    rows = PaidApplication.objects.filter(pk__in=[a.pk for a in applications]).order_by("id")
    return list(queries.states(rows).values())


def paid_units(market, code):
    """What a holder has of paid origin, by year."""
    found = [h for h in holdings.holdings(market[code]) if h.lot.origin == Origin.PAID]
    return {h.lot.vintage_year: h.total_t for h in found}


class TestTheDecision:
    @pytest.mark.requirement("CQ208-4.4")
    def test_no_ends_every_application_of_the_year(self, market):
        rows = [applied(market, code, 2_000) for code in ("E001", "E002", "E003")]
        assert treasury.decline(year=YEAR, reasons="市场供需平衡", acting=FOUNDER, at=TEN) == 3
        assert stands(*rows) == ["declined"] * 3
        assert not queries.proceeds(), "without a decision to organise there is no event"

    @pytest.mark.requirement("CQ208-4.4", "CQ208-A1.4.2")
    def test_yes_opens_an_event_within_the_reserve(self, market):
        left = holdings.reserve_left(YEAR)
        first, second = applied(market, "E001", 4_000), applied(market, "E002", 2_000)
        awards = {first: Tonnes(3_000)}
        with pytest.raises(treasury.ReserveTooSmall) as refusal:
            prepared(market, awards, left + 1)
        assert refusal.value.numbers["most"] == left
        issue = opened(market, awards, left)
        assert queries.issue(issue.pk) == (issue, "open")
        assert stands(first, second) == ["awarded", "declined"]

    def test_what_one_event_promises_another_cannot(self, market):
        left = holdings.reserve_left(YEAR)
        first, second = applied(market, "E001"), applied(market, "E002")
        prepared(market, {first: Tonnes(1)}, left - 10)
        with pytest.raises(treasury.ReserveTooSmall) as refusal:
            prepared(market, {second: Tonnes(1)}, 11, reference="s2")
        assert (refusal.value.numbers["promised"], refusal.value.numbers["most"]) == (left - 10, 10)
        assert prepared(market, {second: Tonnes(1)}, 10, reference="s2").quantity_t == 10

    def test_a_dropped_event_gives_back_what_it_promised(self, market):
        row = applied(market)
        issue = prepared(market, {row: Tonnes(1)}, holdings.reserve_left(YEAR))
        treasury.withdraw_sale(issue=issue, reasons="另行组织", acting=FOUNDER, at=TEN)
        assert stands(row) == ["filed"]
        assert prepared(market, {row: Tonnes(2)}, 2, reference="s2").pk != issue.pk

    def test_another_person_opens_it(self, market):
        issue = prepared(market, {applied(market): Tonnes(1_000)})
        with pytest.raises(SamePerson):
            treasury.open_sale(issue=issue, acting=FOUNDER, at=TEN)

    @pytest.mark.parametrize(
        ("awards", "quantity", "refused"),
        [
            ({"E001": 3_001}, 5_000, treasury.AwardTooHigh),
            ({"E001": 3_000, "E002": 2_001}, 5_000, treasury.AwardTooHigh),
            ({"E001": 0}, 5_000, treasury.NotAnOffer),
            ({}, 5_000, treasury.NothingApplied),
            ({"E001": 1}, 0, treasury.NotAnOffer),
        ],
    )
    def test_awards_stay_within_applications_and_quantity(self, market, awards, quantity, refused):
        rows = {code: applied(market, code) for code in ("E001", "E002")}
        with pytest.raises(refused):
            prepared(market, {rows[code]: Tonnes(t) for code, t in awards.items()}, quantity)

    def test_an_event_needs_price_terms_and_a_day_that_lies_ahead(self, market):
        awards = {applied(market): Tonnes(1)}
        for wrong in ({"price_fen": 0}, {"terms": " "}, {"last_date": TEN.date() - timedelta(1)}):
            with pytest.raises(treasury.NotAnOffer):
                prepared(market, awards, **wrong)

    def test_only_the_city_bureau_decides(self, market):
        row = applied(market)
        for code in ("E002", "finance", "registry", "D-涪陵区"):
            with pytest.raises(NotYourRole):
                treasury.decline(year=YEAR, reasons="x", acting=market.acts(code), at=TEN)
            with pytest.raises(NotYourRole):
                prepared(market, {row: Tonnes(1)}, acting=market.acts(code))

    def test_a_no_gives_reasons_and_needs_applications(self, market):
        with pytest.raises(treasury.NothingApplied):
            treasury.decline(year=YEAR, reasons="x", acting=FOUNDER, at=TEN)
        applied(market)
        with pytest.raises(ReasonsMissing):
            treasury.decline(year=YEAR, reasons=" ", acting=FOUNDER, at=TEN)


class TestApplying:
    def test_an_entity_applies_for_itself_on_its_list_for_whole_tonnes(self, market):
        with pytest.raises(treasury.NotYourApplication):
            treasury.apply(
                organisation=market["E001"],
                year=YEAR,
                amount_t=Tonnes(1),
                reasons="x",
                reference="a",
                acting=market.acts("E002"),
                at=TEN,
            )
        with pytest.raises(NotYourRole):
            applied(market, "I1")
        with pytest.raises(NotOnTheList):
            applied(market, year=2019)
        with pytest.raises(treasury.NotAnOffer):
            applied(market, amount_t=0)

    def test_the_same_twice_is_one_application_and_other_words_are_refused(self, market):
        assert applied(market) == applied(market)
        with pytest.raises(treasury.ReferenceUsed):
            applied(market, amount_t=3_001)

    def test_a_waiting_application_may_be_taken_back(self, market):
        row = applied(market)
        with pytest.raises(treasury.NotYourApplication):
            treasury.withdraw_application(application=row, acting=market.acts("E001"), at=TEN)
        treasury.withdraw_application(application=row, acting=market.acts("E002"), at=TEN)
        assert stands(row) == ["withdrawn"]


class TestPaying:
    @pytest.mark.requirement("CQETS-12", "CQETS-13")
    def test_the_reserve_shrinks_and_the_buyer_holds_paid_units(self, market):
        left = holdings.reserve_left(YEAR)
        row = applied(market, amount_t=2_000)
        opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 70_000)
        pays(market, row)
        assert holdings.reserve_left(YEAR) == left - 2_000
        assert paid_units(market, "E002") == {YEAR: 2_000}
        sold = Transaction.objects.get(kind="sell_reserve")
        assert (sold.amount_t, sold.debit.year) == (2_000, YEAR)
        assert all(lot.holds for lot in holdings.conservation())

    @pytest.mark.requirement("CQETS-19")
    def test_a_sale_is_owed_to_the_treasury_in_full(self, market):
        row = applied(market, amount_t=2_000)
        issue = opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 100_000)
        pays(market, row)
        ((proceeds, _),) = queries.proceeds()
        assert (proceeds.income_fen, proceeds.owed_fen) == (7_000_000, 7_000_000)
        assert money.cash(market["E002"]).available_fen == 3_000_000
        held = money.conservation()
        assert (held.proceeds_fen, held.fees_fen, held.holds) == (7_000_000, 0, True)
        with pytest.raises(treasury.NotPaidInFull) as refusal:
            treasury.pay_over(
                issue=issue,
                amount_fen=6_500_000,
                receipt="K1",
                acting=market.acts("finance"),
                at=TEN,
            )
        assert refusal.value.numbers["missing"] == 500_000
        given = {"amount_fen": 7_000_000, "receipt": "K1", "acting": market.acts("finance")}
        paid = treasury.pay_over(issue=issue, **given, at=TEN)
        assert treasury.pay_over(issue=issue, **given, at=TEN) == paid
        ((proceeds, _),) = queries.proceeds()
        assert (proceeds.owed_fen, money.conservation().proceeds_fen) == (0, 0)
        assert money.conservation().holds

    def test_without_the_money_nothing_moves(self, market):
        row = applied(market, amount_t=2_000)
        opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 69_999)
        before = journal.head()
        with pytest.raises(NotEnoughMoney):
            pays(market, row)
        assert (stands(row), paid_units(market, "E002"), journal.head()) == (
            ["awarded"],
            {},
            before,
        )

    def test_without_the_units_no_money_moves(self, market):
        row = applied(market, amount_t=2_000)
        opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 70_000)
        holdings_of_year = holdings.reserve_left(YEAR)
        PaidApplication.objects.filter(pk=row.pk).update(
            amount_t=holdings_of_year + 1, awarded_t=holdings_of_year + 1
        )
        pay_in(market, "E002", holdings_of_year * 35, "d2")
        before = money.cash(market["E002"]).available_fen
        with pytest.raises(NotEnoughUnits):
            pays(market, row)
        assert money.cash(market["E002"]).available_fen == before

    def test_the_same_payment_twice_is_one(self, market):
        row = applied(market, amount_t=2_000)
        opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 200_000)
        assert pays(market, row).bought_at == pays(market, row).bought_at
        assert paid_units(market, "E002") == {YEAR: 2_000}

    def test_nobody_else_pays_and_nobody_pays_what_was_not_awarded(self, market):
        row = applied(market)
        with pytest.raises(WrongState):
            pays(market, row)
        opened(market, {row: Tonnes(1)}, 1)
        with pytest.raises(treasury.NotYourApplication):
            pays(market, row, acting=market.acts("E001"))

    def test_the_last_day_is_the_last(self, market):
        row, other = applied(market, "E002", 10), applied(market, "E001", 10)
        issue = opened(market, {row: Tonnes(10), other: Tonnes(10)}, 20)
        for code in ("E001", "E002"):
            pay_in(market, code, 350)
        pays(market, row, moment=at(LAST, 23))
        with pytest.raises(treasury.SaleStillOpen):
            treasury.close_sale(issue=issue, acting=FOUNDER, at=at(LAST, 23))
        with pytest.raises(treasury.PaymentTooLate):
            pays(market, other, moment=AFTER)
        assert treasury.close_sale(issue=issue, acting=market.acts("clock"), at=AFTER) == 1
        assert stands(row, other) == ["bought", "lapsed"]
        assert queries.promised_t(YEAR) == 0

    @pytest.mark.django_db(transaction=True)
    def test_of_many_payments_at_once_one_moves_units_and_money(self, transactional_db):
        market = treasury_market(2)
        row = applied(market, amount_t=2_000)
        opened(market, {row: Tonnes(2_000)}, 2_000)
        pay_in(market, "E002", 700_000)
        assert at_once(*[lambda: pays(market, row)] * 4) == ["done"] * 4
        assert paid_units(market, "E002") == {YEAR: 2_000}
        assert money.conservation().proceeds_fen == 2_000 * PRICE


@pytest.mark.django_db(transaction=True)
def test_two_events_at_once_cannot_promise_the_same_reserve(transactional_db):
    market = treasury_market(2)
    left = holdings.reserve_left(YEAR)
    first, second = applied(market, "E001"), applied(market, "E002")
    assert at_once(
        lambda: prepared(market, {first: Tonnes(1)}, left, reference="s1"),
        lambda: prepared(market, {second: Tonnes(1)}, left, reference="s2"),
    ) == ["done", "reserve_too_small"]


@pytest.mark.requirement("CQETS-4.2")
def test_the_finance_bureau_sees_the_money_and_moves_no_units(market):
    row = applied(market, amount_t=2_000)
    opened(market, {row: Tonnes(2_000)}, 2_000, price_fen=60_000)
    pay_in(market, "E002", 1_200_000)
    pays(market, row)
    ((proceeds, _),) = queries.proceeds()
    assert proceeds.income_fen == 120_000_000
    with pytest.raises(NotYourRole):
        treasury.buy(application=row, law=CQ, acting=market.acts("finance"), at=TEN)
    with pytest.raises(NotYourRole):
        prepared(market, {row: Tonnes(1)}, acting=market.acts("finance"))
