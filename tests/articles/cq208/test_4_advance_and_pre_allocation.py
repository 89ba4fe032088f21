"""CQ208 section 4: the frozen pre-allocation, its advance use, its release and its withdrawal.

E002 emitted 100,000 t in 2022 and got 80,000 t after relief: 10,000 t may be advanced out of the
56,000 t frozen for 2023.
"""

from datetime import date

import pytest

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.casework.operations import CaseExists, SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.compliance.advance import AboveAdvanceLimit
from openets.compliance.models import AdvanceApplication
from openets.compliance.operations import NotYourDuty
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.operations import LotOf, NotEnoughUnits, NothingLocked, ReferenceReused
from tests.concurrently import at_once
from tests.exchange import DAY, PRICE, exchange_market, held_t, move, open_floor, order
from tests.markets import CQ, YEARS

DECEMBER = at(date(2023, 12, 11), 10)
APRIL = at(date(2024, 4, 2), 10)


@pytest.fixture
def market(db):
    return exchange_market(2)


def apply_for(market, tonnes=10_000, *, year=2022, by="E002"):
    return compliance.apply_for_advance(
        organisation=market["E002"],
        year=year,
        amount_t=tonnes,
        acting=market.acts(by),
        at=DECEMBER,
    )


def grant(market, application, by="bureau"):
    compliance.grant_advance(application=application, acting=market.acts(by), at=DECEMBER)


def surrender_advance(market, tonnes, *, year=2022, reference="advance", by="E002"):
    return compliance.surrender_advance(
        organisation=market["E002"],
        year=year,
        amount_t=tonnes,
        reference=reference,
        law=CQ,
        acting=market.acts(by),
        at=DECEMBER,
    )


def surrender(market, code, year, tonnes, *, reference="s", moment=DECEMBER):
    return compliance.surrender(
        organisation=market[code],
        year=year,
        amount_t=tonnes,
        reference=reference,
        law=CQ,
        acting=market.acts(code),
        at=moment,
    )


def release(market, by="bureau"):
    return compliance.release_pre_allocation(years=YEARS, law=CQ, acting=market.acts(by), at=APRIL)


def locked(market, cause=LockCause.PRE_ALLOCATION, code="E002"):
    return holdings.locked_t(market[code], cause)


@pytest.mark.requirement("CQ208-4.2", "AMB-32")
class TestFrozen:
    def test_frozen_units_are_neither_moved_nor_surrendered(self, market):
        assert locked(market) == 56_000
        with pytest.raises(NotEnoughUnits):
            move(market, "E002", 1, vintage=2023)
        surrender(market, "E002", 2021, 70_000)
        with pytest.raises(NotEnoughUnits):
            surrender(market, "E002", 2022, 80_001)  # 80,000 t are free of locks.

    def test_frozen_units_are_not_sold(self, market):
        with open_floor(market) as floor:
            sale = order(market, "E002", "sell", 1, PRICE, product="CQEA-2023")
            (answer,) = floor.submit([sale], at=at(DAY, 10))
        assert (answer.state, answer.refusal.code) == ("refused", "not_enough_to_sell")

    def test_with_only_2021_fulfilled_they_stay_frozen(self, market):
        surrender(market, "E001", 2021, 100_000)
        assert release(market) == 0
        assert locked(market, code="E001") == 70_000

    def test_after_both_years_they_are_available_and_others_stay_frozen(self, market):
        surrender(market, "E001", 2021, 100_000)
        surrender(market, "E001", 2022, 99_999)
        assert release(market) == 0
        surrender(market, "E001", 2022, 1, reference="last")
        assert release(market) == 70_000
        assert held_t(market, "E001") == {2023: 70_000}
        assert locked(market) == 56_000
        assert release(market) == 0

    @pytest.mark.parametrize("by", ["E001", "registry", "exchange", "D-涪陵区"])
    def test_only_the_bureau_and_the_clock_release(self, market, by):
        with pytest.raises(NotYourRole):
            release(market, by)


@pytest.mark.requirement("CQ208-4.2b", "CQ208-A1.5.3b")
class TestAdvance:
    def test_granted_units_are_surrendered_and_nothing_else(self, market):
        grant(market, apply_for(market))
        assert (locked(market), locked(market, LockCause.ADVANCE)) == (46_000, 10_000)
        with pytest.raises(NotEnoughUnits):
            move(market, "E002", 1, vintage=2023)
        before = held_t(market, "E002")
        assert surrender_advance(market, 10_000).open_t == 90_000
        assert held_t(market, "E002") == before
        assert locked(market, LockCause.ADVANCE) == 0

    def test_no_more_than_granted_and_for_no_other_year(self, market):
        grant(market, apply_for(market))
        with pytest.raises(NothingLocked):
            surrender_advance(market, 10_001)
        with pytest.raises(NothingLocked):
            surrender_advance(market, 1, year=2021)

    def test_without_a_written_application_nothing_is_unfrozen(self, market):
        with pytest.raises(NothingLocked):
            surrender_advance(market, 1)

    @pytest.mark.parametrize(("tonnes", "passes"), [(10_000, True), (10_001, False)])
    def test_the_part_of_the_gap_above_ten_percent_is_the_most(self, market, tonnes, passes):
        if passes:
            assert apply_for(market, tonnes).requested_t == tonnes
            return
        with pytest.raises(AboveAdvanceLimit):
            apply_for(market, tonnes)

    def test_a_year_without_a_gap_has_nothing_to_advance(self, market):
        with pytest.raises(AboveAdvanceLimit):
            apply_for(market, 1, year=2021)

    def test_an_application_is_the_entitys_own_and_made_once(self, market):
        with pytest.raises(NotYourDuty):
            apply_for(market, by="E001")
        with pytest.raises(NotYourRole):
            apply_for(market, by="bureau")
        apply_for(market)
        with pytest.raises(CaseExists):
            apply_for(market)

    def test_the_bureau_grants_once(self, market):
        application = apply_for(market)
        for by in ("E002", "registry", "D-长寿区"):
            with pytest.raises(NotYourRole):
                grant(market, application, by)
        grant(market, application)
        with pytest.raises(WrongState):
            grant(market, application)
        assert locked(market, LockCause.ADVANCE) == 10_000

    def test_the_same_advance_surrendered_twice_counts_once(self, market):
        grant(market, apply_for(market))
        assert surrender_advance(market, 6_000) == surrender_advance(market, 6_000)
        with pytest.raises(ReferenceReused):
            surrender_advance(market, 4_000)
        assert locked(market, LockCause.ADVANCE) == 4_000

    def test_what_was_granted_and_not_needed_comes_free_with_the_rest(self, market):
        registry.carry_over(
            holder=market["E002"],
            amount_t=20_000,
            lot=LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID),
            acting=market.acts("registry"),
            at=DECEMBER,
        )
        grant(market, apply_for(market))
        surrender_advance(market, 4_000)
        surrender(market, "E002", 2021, 70_000)
        surrender(market, "E002", 2022, 96_000)
        assert release(market) == 46_000 + 6_000
        assert held_t(market, "E002") == {2022: 4_000, 2023: 52_000}

    def test_the_journal_has_application_grant_and_surrender(self, market):
        grant(market, apply_for(market))
        surrender_advance(market, 1)
        told = {(e["operation"], e["person"]) for e in journal.entry_rows()}
        assert told >= {
            ("advance.open", "E002-1"),
            ("advance.grant", "bureau-1"),
            ("registry.surrender", "E002-1"),
        }


@pytest.mark.django_db(transaction=True)
def test_of_two_applications_and_two_grants_at_once_one_each_succeeds():
    market = exchange_market(2)
    assert at_once(*[lambda: apply_for(market)] * 2) == ["case_exists", "done"]
    (application,) = AdvanceApplication.objects.all()
    assert at_once(*[lambda: grant(market, application)] * 2) == ["done", "wrong_state"]
    assert locked(market, LockCause.ADVANCE) == 10_000


@pytest.mark.requirement("CQ208-4.2c", "AMB-62")
class TestRisk:
    def report(self, market, by="D-长寿区"):
        allocation.report_risk(
            organisation=market["E002"],
            year=2023,
            grounds="涉诉",
            acting=market.acts(by),
            at=DECEMBER,
        )

    def cancel(self, market, by="bureau", law=CQ):
        return allocation.cancel_pre_allocation(
            organisation=market["E002"],
            year=2023,
            reasons="经核实",
            law=law,
            acting=market.acts(by),
            operator=market.acts("registry"),
            at=DECEMBER,
        )

    def test_what_is_frozen_is_withdrawn_and_an_advance_stays(self, market):
        grant(market, apply_for(market))
        surrender_advance(market, 4_000)
        self.report(market)
        assert self.cancel(market) == 46_000
        assert (locked(market), locked(market, LockCause.ADVANCE)) == (0, 6_000)
        assert held_t(market, "E002")[2023] == 0
        assert all(lot.holds for lot in holdings.conservation())

    def test_what_was_used_in_advance_is_claimed_from_a_later_allocation(self, market):
        grant(market, apply_for(market))
        surrender_advance(market, 10_000)
        self.report(market)
        assert self.cancel(market) == 46_000
        (claim,) = allowances.claims(market["E002"])
        assert (claim.year, claim.amount_t) == (2023, 10_000)
        (entry,) = journal.trail("E002/2023").filter(operation="allocation.claim_advanced")
        assert entry.content == {"amount_t": 10_000, "withdrawn_t": 46_000}

    def test_nothing_is_claimed_where_nothing_was_advanced(self, market):
        self.report(market)
        self.cancel(market)
        assert not allowances.claims(market["E002"])

    def test_by_the_other_reading_nothing_is_claimed(self, market):
        grant(market, apply_for(market))
        self.report(market)
        never = CQ.instead({"registry.prealloc_cancel_claim_advanced": False})
        assert self.cancel(market, law=never) == 46_000
        assert not allowances.claims(market["E002"])

    def test_the_district_alone_cannot_cancel_and_the_bureau_not_unasked(self, market):
        with pytest.raises(WrongState):
            self.cancel(market)
        self.report(market)
        with pytest.raises(NotYourRole):
            self.cancel(market, by="D-长寿区")
        assert locked(market) == 56_000

    def test_a_cancelled_pre_allocation_is_not_released(self, market):
        self.report(market)
        self.cancel(market)
        assert release(market) == 0
        assert held_t(market, "E002", AccountKind.REGISTRY).get(2023, 0) == 0


def test_who_applied_does_not_grant(market):
    application = apply_for(market)
    both = Acting("E002-1", Role.CITY_BUREAU, "bureau")
    with pytest.raises(SamePerson):
        compliance.grant_advance(application=application, acting=both, at=DECEMBER)
