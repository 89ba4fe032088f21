"""A small market in which a review is open when the duties are opened (AMB-31)."""

from datetime import date, timedelta

from openets.allocation import operations as allocation
from openets.compliance import operations as compliance
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.mrv import operations as mrv
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from tests.markets import (
    CALCULATED,
    CQ,
    DETERMINED,
    FINAL,
    FOUNDER,
    INFORMED,
    ISSUED,
    NOTIFIED,
    YEARS,
    figures,
    informed_market,
    issue_year,
    open_unit_accounts,
    plan_year,
)

DECIDED = at(date(2024, 1, 4), 10)


def reviewed_market():
    """E001 asked for review of its 100,000 t of 2021; everything else is issued and notified."""
    market = informed_market(2)
    mrv.object_to_result(
        organisation=market["E001"],
        year=2021,
        grounds="活动数据有误",
        law=CQ,
        acting=market.acts("E001"),
        at=INFORMED + timedelta(days=1),
    )
    for year in YEARS:
        mrv.finalise_unopposed(year=year, acting=market.acts("clock"), at=FINAL)
    open_unit_accounts(market, FINAL)
    for year in YEARS:
        plan_year(year)
        allocation.calculate(year=year, law=CQ, acting=FOUNDER, at=CALCULATED)
        allocation.determine(year=year, law=CQ, acting=market.acts("bureau", 2), at=DETERMINED)
        allocation.notify(year=year, law=CQ, acting=FOUNDER, at=NOTIFIED)
        allocation.accept_unopposed(year=year, acting=market.acts("clock"), at=ISSUED)
        issue_year(year, ISSUED)
        compliance.open_duties(year=year, law=CQ, acting=FOUNDER, at=ISSUED)
    # Its own allowance waits for the review; these stand for what it bought.
    registry.issue(
        items=[registry.Issue(market["E001"], Tonnes(110_000), "E001/bought")],
        lot=registry.LotOf("cq", UnitKind.ALLOWANCE, 2022, Origin.FREE),
        acting=market.acts("registry"),
        at=ISSUED,
    )
    return market


def decide(market, tonnes=97_000):
    mrv.decide_objection(
        organisation=market["E001"],
        year=2021,
        corrected=figures(tonnes) if tonnes else None,
        reasons="经复核",
        law=CQ,
        acting=market.acts("bureau"),
        at=DECIDED,
    )
