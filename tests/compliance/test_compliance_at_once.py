"""Two at once on one duty: decided, frozen, opened and cancelled once."""

from datetime import date
from functools import partial

import pytest

from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import DutyEvent, FrozenStatus
from openets.journal import queries as journal
from openets.kernel.clock import at
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause
from tests.concurrently import at_once
from tests.exchange import TEN, exchange_market, register_credits
from tests.markets import CQ, YEARS, issued_market

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_application_is_confirmed_or_rejected():
    market = exchange_market(1)
    application = compliance.file_offset(
        organisation=market["E001"],
        year=2021,
        offered={register_credits(market, "E001", 5_000): 5_000},
        reference="o1",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    compliance.forward_offset(application=application, acting=market.acts("platform"), at=TEN)
    decide = partial(
        compliance.decide_offset,
        application=application,
        reasons="符合规定",
        law=CQ,
        acting=market.acts("bureau"),
        at=TEN,
    )
    answers = at_once(partial(decide, confirm=True), partial(decide, confirm=False))
    assert answers == ["done", "wrong_state"]
    assert duties.obligation(market["E001"], 2021).open_t in {95_000, 100_000}
    assert holdings.locked_t(market["E001"], LockCause.OFFSET) == 0


def test_the_same_application_filed_by_two_is_one():
    market = exchange_market(1)
    lot = register_credits(market, "E001", 5_000)
    file = partial(
        compliance.file_offset,
        organisation=market["E001"],
        year=2021,
        offered={lot: 4_000},
        reference="o1",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    assert at_once(file, file) == ["done", "done"]
    assert holdings.locked_t(market["E001"], LockCause.OFFSET) == 4_000


def test_duties_opened_by_two_are_opened_once():
    market = issued_market(3)
    tell = partial(compliance.open_duties, year=2021, law=CQ, acting=market.acts("bureau"), at=TEN)
    assert at_once(tell, tell) == ["done", "done"]
    assert DutyEvent.objects.count() == 3
    assert len(duties.standings(2021, CQ, on=TEN.date())) == 3


def test_a_status_frozen_by_two_is_frozen_once():
    market = exchange_market(2)
    freeze = partial(
        compliance.freeze_status,
        year=2021,
        law=CQ,
        acting=market.acts("clock"),
        at=at(date(2024, 1, 1), 0, 10),
    )
    assert at_once(freeze, freeze) == ["done", "done"]
    assert FrozenStatus.objects.count() == 2
    told = [e for e in journal.entry_rows() if e["operation"] == "compliance.freeze_status"]
    assert len(told) == 1


def test_a_reserve_cancelled_by_two_is_cancelled_once():
    market = issued_market(1)
    left = sum(holdings.reserve_left(year) for year in YEARS)
    cancel = partial(
        compliance.cancel_unused_reserve,
        years=YEARS,
        law=CQ,
        acting=market.acts("registry"),
        at=at(date(2024, 4, 1)),
    )
    assert at_once(cancel, cancel) == ["done", "done"]
    assert sum(lot.cancelled_t for lot in holdings.conservation()) == left


def test_a_pre_allocation_released_by_two_is_released_once():
    market = exchange_market(1)
    for year in YEARS:
        compliance.surrender(
            organisation=market["E001"],
            year=year,
            amount_t=100_000,
            reference="all",
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
    release = partial(
        compliance.release_pre_allocation,
        years=YEARS,
        law=CQ,
        acting=market.acts("bureau"),
        at=at(date(2024, 4, 2)),
    )
    answers = at_once(release, release)
    assert answers[0] == "done"
    assert answers[1] in {"done", "wrong_state"}
    assert holdings.locked_t(market["E001"], LockCause.PRE_ALLOCATION) == 0
