"""Article 12: allocation is free of charge; what is sold is decided by itself, and says so."""

import pytest

from openets.allocation import plans
from openets.allocation.plans import PaidShareNotFree
from openets.casework.operations import WrongState
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.issuing import SaleNotDecided
from openets.registry.kinds import Origin, UnitKind
from openets.treasury.operations import ReserveTooSmall
from tests.exchange import TEN, pay_in
from tests.markets import CALCULATED, CQ, FOUNDER, small_market
from tests.treasury.offers import YEAR, applied, opened, pays, prepared, treasury_market
from tests.web.people import browser, goes_to, text

pytestmark = pytest.mark.django_db


def origins(market, code):
    found = {}
    for holding in holdings.holdings(market[code]):
        if holding.lot.vintage_year == YEAR:
            found[holding.lot.origin] = found.get(holding.lot.origin, 0) + holding.total_t
    return found


@pytest.mark.requirement("CQETS-12")
def test_under_a_paid_share_of_nothing_a_paid_issue_waits_for_a_decision_to_sell():
    market = treasury_market()
    plan = plans.binding(YEAR)
    assert [v["value"] for v in plan.law_values if v["key"] == "alloc.paid_share"] == ["0"]
    paid = registry.LotOf(CQ.jurisdiction, UnitKind.ALLOWANCE, YEAR, Origin.PAID)
    with pytest.raises(SaleNotDecided):
        registry.issue(
            items=[registry.Issue(market["E001"], Tonnes(100), "E001/paid")],
            lot=paid,
            acting=market.acts("registry"),
            at=TEN,
        )
    row = applied(market, "E001", 1_000)
    prepared(market, {row: Tonnes(1_000)}, 1_000)
    pay_in(market, "E001", 5_000_000)
    with pytest.raises(WrongState):
        pays(market, row)


@pytest.mark.requirement("CQETS-12")
def test_free_units_say_free_and_sold_units_say_paid():
    market = treasury_market()
    row = applied(market, "E001", 1_000)
    opened(market, {row: Tonnes(1_000)}, 1_000)
    pay_in(market, "E001", 5_000_000)
    free_t = origins(market, "E001")[Origin.FREE]
    pays(market, row)
    assert origins(market, "E001") == {Origin.FREE: free_t, Origin.PAID: 1_000}


@pytest.mark.requirement("CQETS-12")
def test_another_paid_share_is_no_plan_as_entities_are_allocated_free_of_charge():
    small_market()
    with pytest.raises(PaidShareNotFree):
        plans.draft_plan(
            year=2022,
            basis="控制要求",
            factors={},
            supersedes=False,
            law=CQ.instead({"alloc.paid_share": "0.1"}),
            acting=FOUNDER,
            at=CALCULATED,
        )


@pytest.mark.requirement("CQETS-13")
def test_the_reserve_shows_what_is_left_and_what_it_was_used_for():
    market = treasury_market()
    before_t = holdings.reserve_left(YEAR)
    row = applied(market, "E001", before_t + 1)
    with pytest.raises(ReserveTooSmall):
        prepared(market, {row: Tonnes(before_t + 1)}, before_t + 1)
    assert holdings.reserve_uses() == []
    opened(market, {row: Tonnes(1_000)}, 1_000)
    pay_in(market, "E001", 5_000_000)
    pays(market, row)
    (use,) = holdings.reserve_uses()
    assert (use.year, use.kind, use.amount_t) == (YEAR, "sell_reserve", 1_000)
    assert holdings.reserve_left(YEAR) == before_t - 1_000
    goes_to(TEN)
    page = text(browser("registry").get("/registry/government-accounts"))
    assert f"{YEAR} 有偿分配 1,000 {before_t - 1_000:,}" in page
    board = text(browser("bureau").get(f"/allocation/{YEAR}"))
    assert f"有偿分配 1,000 · 余 {before_t - 1_000:,}" in board
