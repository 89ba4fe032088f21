"""Article 2: what the national market manages is neither allocated nor claimed here."""

from datetime import date

import pytest

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.allocation import runs
from openets.allocation.models import RunRow
from openets.allocation.runs import ManagedNationally
from openets.casework.objection import ReasonsMissing
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.journal.models import Entry
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import drafts, operations, queries
from openets.mrv.national import record_national
from tests.markets import (
    CALCULATED,
    CQ,
    FINAL,
    FOUNDER,
    INFORMED,
    REPORTED,
    VERIFIED,
    founded_market,
    small_market,
)
from tests.mrv.reported import FACTORS, content

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-2.2")]

YEAR = 2022
OPENED = at(date(2023, 11, 24))


def record(market, code="E001", **otherwise):
    given = {
        "organisation": market[code],
        "year": YEAR,
        "whole": True,
        "basis": "纳入2022年度全国碳市场重点排放单位名录",
        "acting": FOUNDER,
        "at": FINAL,
    }
    return record_national(**(given | otherwise))


class TestAnEntityOfTheNationalMarket:
    @pytest.fixture
    def market(self, db):
        return small_market(2)

    def test_its_calculation_is_refused_and_the_others_are_not(self, market):
        record(market)
        (no,) = allocation.calculate(year=YEAR, law=CQ, acting=FOUNDER, at=CALCULATED)
        assert no.organisation == market["E001"]
        assert isinstance(no.refusal, ManagedNationally)
        assert "managed by the national market" in no.refusal.message("en")
        assert no.refusal.article == "CQETS-2.2"
        assert allowances.determination(market["E001"], YEAR) is None
        assert allowances.determination(market["E002"], YEAR) is not None

    def test_a_trial_run_says_so_too_and_another_year_is_not_touched(self, market):
        record(market)
        run = runs.whole_run(
            reference="r", name="试算", year=YEAR, law=CQ, acting=FOUNDER, at=CALCULATED
        )
        row = RunRow.objects.get(run=run, organisation=market["E001"])
        assert row.refusal["code"] == "managed_nationally"
        assert allocation.calculate(year=2021, law=CQ, acting=FOUNDER, at=CALCULATED) == []

    def test_no_surrender_is_claimed_for_its_year(self, market):
        record(market)
        assert set(queries.told_emissions(YEAR)) == {market["E002"].pk}
        assert compliance.open_duties(year=YEAR, law=CQ, acting=FOUNDER, at=OPENED) == 1
        assert compliance.open_duties(year=2021, law=CQ, acting=FOUNDER, at=OPENED) == 2

    def test_a_mistaken_record_is_taken_back(self, market):
        record(market)
        record(market, whole=False, basis="名录更正")
        assert allocation.calculate(year=YEAR, law=CQ, acting=FOUNDER, at=CALCULATED) == []

    def test_the_bureau_records_it_once_with_its_basis(self, market):
        assert record(market).pk == record(market).pk
        assert Entry.objects.filter(operation="mrv.record_national").count() == 1
        with pytest.raises(ReasonsMissing):
            record(market, basis=" ")
        with pytest.raises(NotYourRole):
            record(market, acting=market.acts("E001"))


CARBONATE = {"facility": "L1", "source": "process", "item": "other", "unit": "t", "factor": "1"}


@pytest.mark.requirement("CQ208-A1.1.1b")
class TestACaptivePowerPlant:
    """Of 110,000 t its captive power plant emitted 80,000 t; or of 113,000 t 100,000 t."""

    @pytest.fixture(params=[(80_000, 30_000), (100_000, 13_000)])
    def parts(self, request):
        return request.param

    @pytest.fixture
    def market(self, db, parts):
        captive_t, rest_t = parts
        market = founded_market(1)
        entity, signed = market["E001"], {"acting": market.acts("E001"), "at": REPORTED}
        row = {
            **CARBONATE,
            "quantity": str(captive_t + rest_t),
            "captive_quantity": str(captive_t),
        }
        filled = content(row, summary={"responsible": "负责人", "note": "自备电厂单列"})
        of = {"organisation": entity, "year": YEAR, "law": CQ}
        drafts.save_draft(**of, factors=FACTORS, content=filled, revision=0, **signed)
        drafts.submit_draft(**of, revision=1, statement=True, synthetic=True, **signed)
        return market

    def test_the_national_part_is_recorded_by_entity_and_year(self, market, parts):
        captive_t, rest_t = parts
        part = queries.national_part(market["E001"], YEAR)
        assert (part.organisation, part.year, part.captive_tco2e) == (
            market["E001"],
            YEAR,
            captive_t,
        )
        assert not part.whole
        assert queries.national_part(market["E001"], 2021) is None
        assert queries.reported_years(market["E001"])[-1].total_tco2e == rest_t

    def test_only_the_rest_enters_the_duty(self, market, parts):
        entity = market["E001"]
        operations.receive_paper(organisations=[entity], year=YEAR, acting=FOUNDER, at=REPORTED)
        operations.assign_verification(
            bodies={entity: market["V1"]}, year=YEAR, acting=FOUNDER, at=REPORTED
        )
        operations.enter_results(
            results={entity: queries.reported_figures(entity, YEAR)},
            year=YEAR,
            statement=True,
            acting=market.acts("V1"),
            at=VERIFIED,
        )
        operations.notify_results(
            organisations=[entity], year=YEAR, law=CQ, acting=FOUNDER, at=INFORMED
        )
        operations.finalise_unopposed(year=YEAR, acting=market.acts("clock"), at=FINAL)
        compliance.open_duties(year=YEAR, law=CQ, acting=FOUNDER, at=OPENED)
        assert duties.obligation(entity, YEAR).verified_t == parts[1]
