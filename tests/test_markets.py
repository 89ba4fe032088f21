"""The small market of the tests stands where it says."""

import pytest

from openets.mrv import queries as mrv
from openets.registry import queries as registry
from tests.markets import issued_market, small_market

pytestmark = pytest.mark.django_db


def test_a_small_market_has_final_figures_of_both_years():
    market = small_market(entities=4)
    for year, emitted in (
        (2021, [100_000, 70_000, 40_000, 100_000]),
        (2022, [100_000, 100_000, 40_000, 100_000]),
    ):
        verified = mrv.verified_emissions(year)
        assert [verified[entity.pk] for entity in market.entities] == emitted


def test_an_issued_market_holds_its_allowances_and_frozen_pre_allocations():
    market = issued_market()
    held = {
        entity.code: {h.lot.vintage_year: h.total_t for h in registry.holdings(entity)}
        for entity in market.entities
    }
    assert held == {
        "E001": {2021: 100_000, 2022: 100_000, 2023: 70_000},
        "E002": {2021: 70_000, 2022: 80_000, 2023: 56_000},
        "E003": {2021: 50_000, 2022: 46_667, 2023: 32_667},
    }
    assert all(lot.holds for lot in registry.conservation())
