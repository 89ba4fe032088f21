"""CQ208 annex 1, sections 4 and 5.1: determined once, told, and issued as determined."""

from datetime import date

import pytest

from openets.allocation import operations, queries
from openets.allocation.operations import AlreadyCalculated, NothingWaiting
from openets.casework.operations import NoSuchCase
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as units
from openets.registry.kinds import LockCause, Origin, UnitKind
from openets.registry.movement import ReferenceReused
from tests.markets import CALCULATED, CQ, FOUNDER, ISSUED, NOTIFIED, notified_market

pytestmark = pytest.mark.django_db

EVEN = [(108_570,) * 5]


@pytest.fixture
def market(db):
    return notified_market(entities=2, emissions=EVEN)


def accept_unopposed(market, day):
    return operations.accept_unopposed(year=2022, acting=market.acts("clock"), at=at(day))


def issue(market, moment=ISSUED, acting=None, year=2022):
    acting = acting or market.acts("registry")
    operations.request_issue(year=year, law=CQ, acting=acting, at=moment)
    second = market.acts("registry", 2)
    return operations.issue(year=year, law=CQ, acting=second, at=moment)


def held(market, code="E001"):
    return {h.lot.vintage_year: h.total_t for h in units.holdings(market[code])}


@pytest.mark.requirement("CQ208-A1.4")
class TestDeterminedOnce:
    def test_without_objection_issue_is_possible_the_day_after_the_window(self, market):
        assert accept_unopposed(market, date(2023, 11, 23)) == 0
        with pytest.raises(NothingWaiting):
            issue(market, at(date(2023, 11, 23)))
        assert accept_unopposed(market, date(2023, 11, 24)) == 2
        assert issue(market) == 2 * 108_570

    def test_an_entity_that_accepts_is_issued_to_earlier(self, market):
        operations.accept(
            organisation=market["E001"], year=2022, acting=market.acts("E001"), at=NOTIFIED
        )
        assert issue(market, NOTIFIED) == 108_570
        assert (held(market)[2022], held(market, "E002")) == (108_570, {})

    def test_nothing_is_issued_to_an_entity_under_review(self, market):
        operations.object_to_result(
            organisation=market["E001"],
            year=2022,
            grounds="产量有误",
            law=CQ,
            acting=market.acts("E001"),
            at=NOTIFIED,
        )
        assert accept_unopposed(market, date(2023, 11, 24)) == 1
        assert issue(market) == 108_570
        assert held(market) == {}

    def test_a_second_issue_is_rejected(self, market):
        accept_unopposed(market, date(2023, 11, 24))
        issue(market)
        with pytest.raises(NothingWaiting) as no:
            issue(market)
        assert no.value.article == "CQ208-A1.5.1"
        assert held(market) == {2022: 108_570, 2023: 75_999}

    @pytest.mark.usefixtures("market")
    def test_a_second_determination_is_rejected(self):
        with pytest.raises(AlreadyCalculated) as no:
            operations.calculate(year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
        assert no.value.article == "CQ208-A1.4"


@pytest.mark.requirement("CQ208-A1.4b", "AMB-23")
@pytest.mark.parametrize(("emitted", "ahead"), [(100_001, 70_001), (108_570, 75_999)])
def test_the_pre_allocation_of_2023_is_issued_with_2022_rounded_half_up(emitted, ahead):
    market = notified_market(entities=1, emissions=[(emitted,) * 5])
    accept_unopposed(market, date(2023, 11, 24))
    issue(market)
    assert held(market) == {2022: emitted, 2023: ahead}


@pytest.mark.requirement("CQ208-A1.4b", "AMB-23")
def test_a_review_decision_on_2022_changes_the_pre_allocation(market):
    operations.object_to_result(
        organisation=market["E001"],
        year=2022,
        grounds="产量有误",
        law=CQ,
        acting=market.acts("E001"),
        at=NOTIFIED,
    )
    operations.decide_objection(
        organisation=market["E001"],
        year=2022,
        determined_t=Tonnes(110_000),
        reasons="产量更正",
        law=CQ,
        acting=FOUNDER,
        at=ISSUED,
    )
    issue(market)
    assert held(market) == {2022: 110_000, 2023: 77_000}


@pytest.mark.requirement("CQ208-A1.4b", "CQ208-4.2c")
class TestARiskKnownBeforeTheIssue:
    def report(self, market, year=2023):
        operations.report_risk(
            organisation=market["E001"],
            year=year,
            grounds="涉诉",
            acting=market.acts("D-涪陵区"),
            at=NOTIFIED,
        )

    def cancel(self, market):
        return operations.cancel_pre_allocation(
            organisation=market["E001"],
            year=2023,
            reasons="经核实涉诉",
            law=CQ,
            acting=FOUNDER,
            operator=market.acts("registry"),
            at=NOTIFIED,
        )

    def test_a_cancelled_pre_allocation_is_not_issued_and_nothing_is_claimed(self, market):
        self.report(market)
        assert self.cancel(market) == 0
        accept_unopposed(market, date(2023, 11, 24))
        assert issue(market) == 2 * 108_570
        assert held(market) == {2022: 108_570}
        assert held(market, "E002") == {2022: 108_570, 2023: 75_999}
        assert not queries.claims(market["E001"])

    def test_one_that_is_only_reported_is_issued_frozen_and_may_be_cancelled_then(self, market):
        self.report(market)
        accept_unopposed(market, date(2023, 11, 24))
        issue(market)
        assert held(market) == {2022: 108_570, 2023: 75_999}
        assert self.cancel(market) == 75_999
        assert held(market) == {2022: 108_570}
        assert not queries.claims(market["E001"])

    def test_one_that_was_dismissed_is_issued_frozen(self, market):
        self.report(market)
        operations.dismiss_risk(
            organisation=market["E001"],
            year=2023,
            reasons="不影响履约",
            acting=FOUNDER,
            at=NOTIFIED,
        )
        accept_unopposed(market, date(2023, 11, 24))
        issue(market)
        assert units.locked_t(market["E001"], LockCause.PRE_ALLOCATION) == 75_999

    def test_where_nothing_is_allocated_ahead_there_is_nothing_to_report(self, market):
        with pytest.raises(NoSuchCase):
            self.report(market, year=2022)


@pytest.mark.requirement("CQ208-A1.5.1")
class TestIssuedAsDetermined:
    @pytest.fixture
    def issued(self, market):
        accept_unopposed(market, date(2023, 11, 24))
        issue(market)
        return market

    def test_units_carry_vintage_origin_and_the_number_of_the_determination(self, issued):
        own, _ = units.holdings(issued["E001"])
        assert (own.lot.vintage_year, own.lot.origin, own.total_t) == (2022, "free", 108_570)
        assert "issue/E001/2022" in [t.key for t in units.transactions(issued["E001"])]

    def test_one_tonne_more_under_that_number_is_rejected(self, issued):
        lot = registry.LotOf("cq", UnitKind.ALLOWANCE, 2022, Origin.FREE)
        more = registry.Issue(issued["E001"], Tonnes(108_571), "E001/2022")
        with pytest.raises(ReferenceReused):
            registry.issue(items=[more], lot=lot, acting=issued.acts("registry"), at=ISSUED)
        assert held(issued)[2022] == 108_570

    def test_only_the_registry_operator_issues(self, market):
        accept_unopposed(market, date(2023, 11, 24))
        with pytest.raises(NotYourRole) as no:
            issue(market, acting=FOUNDER)
        assert no.value.article == "CQ208-A1.5.1"
        assert queries.of_year(2022)
        assert held(market) == {}
