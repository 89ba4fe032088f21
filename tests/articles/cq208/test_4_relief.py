"""CQ208 section 4: the gap's upper limit, and the pre-allocation that waits frozen."""

from datetime import date

import pytest

from openets.allocation import operations, queries
from openets.allocation.operations import NotYourOwn
from openets.casework.operations import WrongState
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as units
from openets.registry.kinds import LockCause, UnitKind
from openets.registry.parts import NotEnoughUnits
from tests.markets import CQ, FOUNDER, issued_market, notified_market

pytestmark = pytest.mark.django_db

JANUARY = at(date(2024, 1, 10))
FROZEN_T = 75_999


@pytest.mark.requirement("CQ208-4.1")
@pytest.mark.parametrize(
    ("calculated_t", "told_t", "note"),
    [
        (70_000, 80_000, "exemption +10000 t, relief: share"),
        (80_000, 80_000, "exemption +0 t, relief: none"),
    ],
)
def test_the_result_told_contains_the_exemption(calculated_t, told_t, note):
    market = notified_market(entities=1, emissions=[(calculated_t,) * 4 + (100_000,)])
    row = queries.determination(market["E001"], 2022)
    assert (row.verified_t, row.allowance_t, row.determined_t) == (100_000, calculated_t, told_t)
    assert row.notified_at
    (step,) = [step for step in row.explanation if step["title"] == "Gap exemption"]
    assert step["note"] == note
    assert queries.relieved(2022) == told_t - calculated_t


@pytest.fixture
def market(db):
    return issued_market(entities=2, emissions=[(108_570,) * 5])


def move_out(market, amount_t=FROZEN_T):
    return registry.move_between_own(
        holder=market["E001"],
        kind="move_to_trading",
        amount_t=Tonnes(amount_t),
        unit=UnitKind.ALLOWANCE,
        vintage_year=2023,
        reference="E001/out",
        law=CQ,
        acting=market.acts("E001"),
        at=JANUARY,
    )


def frozen(market, code="E001"):
    return units.locked_t(market[code], LockCause.PRE_ALLOCATION)


def release(market):
    return operations.release_pre_allocation(
        organisations=[market["E001"]], year=2023, acting=market.acts("clock"), at=JANUARY
    )


def report_risk(market, by="D-涪陵区"):
    operations.report_risk(
        organisation=market["E001"],
        year=2023,
        grounds="涉诉",
        acting=market.acts(by),
        at=JANUARY,
    )


def cancel(market, by="bureau"):
    return operations.cancel_pre_allocation(
        organisation=market["E001"],
        year=2023,
        reasons="经核实涉诉",
        law=CQ,
        acting=market.acts(by),
        operator=market.acts("registry"),
        at=JANUARY,
    )


@pytest.mark.requirement("CQ208-4.2")
class TestFrozen:
    def test_the_pre_allocation_is_issued_and_cannot_be_moved(self, market):
        assert frozen(market) == FROZEN_T
        with pytest.raises(NotEnoughUnits) as no:
            move_out(market, amount_t=1)
        assert no.value.numbers["available"] == 0

    def test_nor_surrendered(self, market):
        with pytest.raises(NotEnoughUnits) as no:
            registry.surrender(
                holder=market["E001"],
                year=2022,
                amount_t=Tonnes(2 * 108_570 + 1),
                reference="E001/2022/1",
                fits=lambda *_: True,
                law=CQ.instead({"registry.surrender_vintage": "any"}),
                acting=market.acts("E001"),
                at=JANUARY,
            )
        assert no.value.numbers["available"] == 2 * 108_570

    def test_released_it_is_available_and_the_others_stay_frozen(self, market):
        assert release(market) == FROZEN_T
        (holding,) = [h for h in units.holdings(market["E001"]) if h.lot.vintage_year == 2023]
        assert (holding.available_t, holding.locks) == (FROZEN_T, ())
        assert frozen(market, "E002") == FROZEN_T

    def test_it_is_released_once(self, market):
        release(market)
        assert release(market) == 0


@pytest.mark.requirement("CQ208-4.2c")
class TestRisk:
    def test_after_the_districts_report_the_bureau_cancels_what_is_frozen(self, market):
        report_risk(market)
        assert cancel(market) == FROZEN_T
        assert frozen(market) == 0
        assert [h.lot.vintage_year for h in units.holdings(market["E001"])] == [2021, 2022]
        assert frozen(market, "E002") == FROZEN_T
        assert all(lot.holds for lot in units.conservation())

    def test_neither_the_district_alone_nor_the_bureau_alone_cancels(self, market):
        with pytest.raises(WrongState):
            cancel(market)
        report_risk(market)
        with pytest.raises(NotYourRole):
            cancel(market, by="D-涪陵区")
        assert frozen(market) == FROZEN_T

    def test_a_district_reports_on_its_own_area_only(self, market):
        with pytest.raises(NotYourOwn):
            report_risk(market, by="D-长寿区")

    def test_a_reported_risk_holds_the_release_until_it_is_dismissed(self, market):
        report_risk(market)
        assert release(market) == 0
        operations.dismiss_risk(
            organisation=market["E001"],
            year=2023,
            reasons="经核实不影响履约",
            acting=FOUNDER,
            at=JANUARY,
        )
        assert release(market) == FROZEN_T

    @pytest.mark.requirement("AMB-62")
    def test_what_was_already_advanced_is_not_touched(self, market):
        registry.change_lock(
            holder=market["E001"],
            amount_t=Tonnes(10_000),
            cause=LockCause.PRE_ALLOCATION,
            to=LockCause.ADVANCE,
            reference="E001/advance",
            article="CQ208-4.2b",
            acting=FOUNDER,
            at=JANUARY,
        )
        report_risk(market)
        assert cancel(market) == FROZEN_T - 10_000
        assert units.locked_t(market["E001"], LockCause.ADVANCE) == 10_000
