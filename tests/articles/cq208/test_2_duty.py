"""CQ208 section 2: the verified emissions are told, and as much is handed in; not before."""

from datetime import date

import pytest

from openets.compliance import operations
from openets.compliance.obligation import AboveObligation, NotNotified
from openets.kernel.clock import at
from openets.registry import queries as units
from tests.markets import CQ, FOUNDER, issued_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQ208-2")]

DECEMBER = at(date(2023, 12, 18))


@pytest.fixture
def market(db):
    return issued_market(entities=1)


def surrender(market, amount_t):
    return operations.surrender(
        organisation=market["E001"],
        year=2021,
        amount_t=amount_t,
        reference=f"E001/2021/{amount_t}",
        law=CQ,
        acting=market.acts("E001"),
        at=DECEMBER,
    )


def tell():
    return operations.open_duties(year=2021, law=CQ, acting=FOUNDER, at=DECEMBER)


def held(market):
    return {h.lot.vintage_year: h.total_t for h in units.holdings(market["E001"])}


def test_before_the_emissions_are_told_nothing_can_be_surrendered(market):
    with pytest.raises(NotNotified):
        surrender(market, 100_000)
    assert held(market)[2021] == 100_000


def test_as_much_as_was_verified_fulfils_the_duty_and_leaves_the_account(market):
    assert tell() == 1
    assert surrender(market, 100_000).is_fulfilled
    assert 2021 not in held(market)


def test_one_tonne_less_leaves_one_open_and_one_more_is_too_much(market):
    tell()
    with pytest.raises(AboveObligation):
        surrender(market, 100_001)
    assert surrender(market, 99_999).open_t == 1
