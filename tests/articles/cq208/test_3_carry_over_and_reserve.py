"""CQ208 section 3 and annex 1, sections 2 and 5.4: what is carried over, and the reserve's end."""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.operations import (
    Issue,
    LotOf,
    NoAccount,
    ReferenceReused,
    SaleNotDecided,
    UnpaidNotCarriedOver,
)
from tests.exchange import TEN, held_t, move
from tests.markets import CQ, ISSUED, YEARS, issued_market, open_unit_accounts, small_market

pytestmark = pytest.mark.django_db

CLOSED = at(date(2024, 4, 1), 0)


def lot(vintage, origin):
    return LotOf("cq", UnitKind.ALLOWANCE, vintage, origin)


@pytest.fixture
def market():
    market = small_market(1)
    open_unit_accounts(market, ISSUED)
    return market


def carry_over(market, tonnes=3_000, *, origin=Origin.PAID, by="registry", code="E001"):
    return registry.carry_over(
        holder=market[code],
        amount_t=tonnes,
        lot=lot(2019, origin),
        acting=market.acts(by),
        at=TEN,
    )


@pytest.mark.requirement("CQ208-3", "CQ208-A1.5.4")
class TestPaidUnits:
    def test_they_are_carried_over_once_in_equal_quantity(self, market):
        assert carry_over(market) == carry_over(market)
        assert held_t(market, "E001") == {2019: 3_000}
        (holding,) = holdings.holdings(market["E001"])
        assert (holding.lot.origin, holding.traded) == ("paid", True)

    def test_a_second_run_with_another_quantity_is_refused(self, market):
        carry_over(market)
        with pytest.raises(ReferenceReused):
            carry_over(market, 3_001)

    def test_without_an_account_nothing_is_carried_over(self):
        market = small_market(1)
        registry.open_system_accounts(
            operator=market["registry"], acting=market.acts("registry"), at=ISSUED
        )
        with pytest.raises(NoAccount):
            carry_over(market)

    def test_only_the_registry_operator_carries_over(self, market):
        with pytest.raises(NotYourRole):
            carry_over(market, by="bureau")

    def test_they_are_no_part_of_the_minimum_holding(self, market):
        carry_over(market)
        move(market, "E001", 3_000, vintage=2019)


@pytest.mark.requirement("CQ208-A1.5.4b")
def test_free_untraded_units_stay_behind_with_the_cause(market):
    """Of 5,000 t, 3,000 t were bought and 2,000 t came free and were never traded."""
    carry_over(market)
    with pytest.raises(UnpaidNotCarriedOver) as refused:
        carry_over(market, 2_000, origin=Origin.FREE)
    assert refused.value.numbers["amount"] == 2_000
    assert held_t(market, "E001") == {2019: 3_000}


@pytest.mark.requirement("CQETS-12")
def test_a_paid_issue_waits_for_a_decision_and_free_units_say_that_they_are_free(market):
    def issue(origin):
        registry.issue(
            items=[Issue(market["E001"], 100, "E001/2021")],
            lot=lot(2021, origin),
            acting=market.acts("registry"),
            at=TEN,
        )

    for origin in (Origin.PAID, Origin.RESERVED):
        with pytest.raises(SaleNotDecided):
            issue(origin)
    issue(Origin.FREE)
    (holding,) = holdings.holdings(market["E001"])
    assert (holding.lot.origin, holding.total_t) == ("free", 100)


class TestTheReserve:
    def reserved(self, year):
        return holdings.reserve_left(year)

    def historical(self):
        found = {account.kind: on.held_t for account, on in holdings.market_accounts()}
        return found[AccountKind.HISTORICAL_RESERVE]

    def cancel(self, market, moment=CLOSED, by="registry"):
        return compliance.cancel_unused_reserve(
            years=YEARS, law=CQ, acting=market.acts(by), at=moment
        )

    def carry_over(self, market, tonnes=400_000):
        return registry.carry_over_reserve(
            amount_t=tonnes,
            lot=lot(2020, Origin.RESERVED),
            acting=market.acts("registry"),
            at=TEN,
        )

    @pytest.mark.requirement("CQ208-A1.5.4")
    def test_its_historical_surplus_is_carried_over_once(self, market):
        assert self.carry_over(market) == self.carry_over(market)
        assert self.historical() == 400_000

    @pytest.mark.requirement("CQ208-A1.2b", "AMB-25")
    def test_what_is_unused_is_cancelled_when_the_period_has_closed(self):
        market = issued_market(3)
        self.carry_over(market)
        left = {year: self.reserved(year) for year in YEARS}
        assert min(left.values()) > 0
        with pytest.raises(compliance.ReservePeriodOpen):
            self.cancel(market, at(date(2024, 3, 31), 23, 59, 59))
        assert self.cancel(market) == sum(left.values())
        assert [self.historical(), *map(self.reserved, YEARS)] == [400_000, 0, 0]
        assert self.cancel(market) == 0
        assert all(each.holds for each in holdings.conservation())
        told = [e for e in journal.entry_rows() if e["operation"] == "registry.cancel_reserve"]
        assert [(e["subject"], e["article"]) for e in told] == [
            ("cancel_reserve/unused/2021", "CQ208-A1.2b"),
            ("cancel_reserve/unused/2022", "CQ208-A1.2b"),
        ]

    @pytest.mark.requirement("CQ208-A1.2b")
    def test_only_the_registry_operator_cancels(self):
        market = issued_market(1)
        with pytest.raises(NotYourRole):
            self.cancel(market, by="E001")

    @pytest.mark.requirement("CQ208-A1.2")
    def test_each_year_has_an_account_of_the_government_apart_from_the_entities(self):
        market = issued_market(1)
        found = [h for h in holdings.holdings(market["bureau"]) if h.total_t]
        assert {(h.account, h.lot.vintage_year) for h in found} == {
            ("reserve-bureau-2021", 2021),
            ("reserve-bureau-2022", 2022),
        }
        assert {h.lot.origin for h in found} == {"reserved"}
        kinds = {account.kind for account, _ in holdings.market_accounts()}
        assert {AccountKind.HISTORICAL_RESERVE, AccountKind.BUY_BACK} < kinds


@pytest.mark.requirement("CQ208-A4.2.6")
def test_units_move_out_of_the_registry_into_trading_and_back_with_totals_unchanged(market):
    carry_over(market)
    before = holdings.conservation()
    move(market, "E001", 100, vintage=2019)
    assert held_t(market, "E001", AccountKind.TRADING) == {2019: 100}
    assert held_t(market, "E001") == {2019: 2_900}
    move(market, "E001", 100, vintage=2019, to="registry", reference="back")
    assert held_t(market, "E001") == {2019: 3_000}
    assert [c.held_t for c in holdings.conservation()] == [c.held_t for c in before]


@pytest.mark.requirement("CQ208-A4.2.6")
def test_without_a_trading_account_or_on_anothers_nothing_moves():
    market = small_market(1)
    registrar = market.acts("registry")
    registry.open_system_accounts(operator=market["registry"], acting=registrar, at=ISSUED)
    registry.open_accounts(
        holders=market.entities, kind=AccountKind.REGISTRY, acting=registrar, at=ISSUED
    )
    carry_over(market)
    with pytest.raises(NoAccount):
        move(market, "E001", 100, vintage=2019)
    with pytest.raises(registry.NotYourAccount):
        registry.move_between_own(
            holder=market["E001"],
            kind="move_to_trading",
            amount_t=100,
            unit=UnitKind.ALLOWANCE,
            vintage_year=2019,
            reference="m",
            law=CQ,
            acting=market.acts("I1"),
            at=TEN,
        )


@pytest.mark.requirement("AMB-30")
@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("fifo", {False: 1_000, True: 3_000}),
        ("paid_first", {False: 2_000, True: 2_000}),
        ("free_first", {False: 1_000, True: 3_000}),
    ],
)
def test_which_lots_1_000_t_take_is_a_reading(market, order, left):
    """Free 2,000 t of 2018, paid 3,000 t of 2019, and 1,000 t leave the account."""
    registry.issue(
        items=[Issue(market["E001"], 2_000, "E001/2018")],
        lot=lot(2018, Origin.FREE),
        acting=market.acts("registry"),
        at=TEN,
    )
    carry_over(market)
    law = CQ.instead({"registry.lots_consumption": order})
    move(market, "E001", 1_000, vintage=None, law=law)
    kept = {
        h.traded: h.total_t
        for h in holdings.holdings(market["E001"])
        if h.account_kind == AccountKind.REGISTRY
    }
    assert kept == left
