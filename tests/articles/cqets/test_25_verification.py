"""Article 25: verification, the result told, the objection in 7 and the decision in 10 days."""

from datetime import date

import pytest

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.casework import queries as cases
from openets.casework.objection import ObjectionTooLate, ReasonsMissing
from openets.casework.operations import WrongState
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.kernel.clock import at
from openets.mrv import operations, queries
from openets.mrv.operations import (
    NotYourOwn,
    StatementMissing,
)
from openets.mrv.procedures import VERIFICATION
from tests.markets import CQ, FOUNDER, VERIFIED, figures, plan_year, reported_market

pytestmark = pytest.mark.django_db

TUESDAY = date(2023, 11, 14)


@pytest.fixture
def market(db):
    return reported_market(entities=2, emissions=[(98_500,) * 5])


def enter(market, *, by="V1", statement=True, year=2022, tonnes=98_500):
    operations.enter_results(
        results={entity: figures(tonnes) for entity in market.entities},
        year=year,
        statement=statement,
        acting=market.acts(by),
        at=VERIFIED,
    )


def inform(market, day=TUESDAY, year=2022):
    return operations.notify_results(
        organisations=market.entities, year=year, law=CQ, acting=FOUNDER, at=at(day)
    )


def informed(market, day=TUESDAY):
    enter(market)
    return inform(market, day)


def object_to(market, moment, code="E001"):
    return operations.object_to_result(
        organisation=market[code],
        year=2022,
        grounds="排放因子有误",
        law=CQ,
        acting=market.acts(code),
        at=moment,
    )


def decide(market, corrected=None, reasons="经复核，予以更正"):
    operations.decide_objection(
        organisation=market["E001"],
        year=2022,
        corrected=corrected,
        reasons=reasons,
        law=CQ,
        acting=FOUNDER,
        at=at(date(2023, 12, 4)),
    )


def let_stand(market, day, year=2022):
    return operations.finalise_unopposed(year=year, acting=market.acts("clock"), at=at(day))


def verified(market, code="E001"):
    return queries.verified_emissions(2022).get(market[code].pk)


def owed(market):
    """What E001 owes for 2022, what of it is open, and the most it may offset."""
    duty = duties.obligation(market["E001"], 2022)
    cap_t = offset_cap_t(rules=OffsetRules.of(CQ, 2022), verified_t=duty.verified_t)
    return duty.verified_t, duty.open_t, cap_t


@pytest.mark.requirement("CQETS-25.3")
class TestTheBody:
    def test_only_the_assigned_body_enters_the_result(self, market):
        with pytest.raises(NotYourOwn) as no:
            enter(market, by="V2")
        assert no.value.article == "CQETS-25.3"
        enter(market)
        assert queries.verified_years(market["E001"])[0].body == market["V1"].name

    def test_without_its_statement_nothing_is_entered(self, market):
        with pytest.raises(StatementMissing) as no:
            enter(market, statement=False)
        assert no.value.article == "CQETS-25.3"
        assert queries.verified_years(market["E001"]) == []


@pytest.mark.requirement("CQETS-25")
class TestTelling:
    def test_the_entity_and_its_district_are_told_and_nobody_else(self, market):
        first, second = market.entities
        assert (first.district, second.district) == ("涪陵区", "长寿区")
        assert queries.results_told(first, 2022) == []
        informed(market)

        def told(code):
            results = queries.results_told(market[code], 2022)
            return [(r.organisation_id, r.verified_tco2e) for r in results]

        assert told("E001") == told("D-涪陵区") == [(first.pk, 98_500)]
        assert told("D-长寿区") == [(second.pk, 98_500)]
        assert told("bureau") == [(first.pk, 98_500), (second.pk, 98_500)]
        assert told("V1") == told("P1") == []

    def test_a_result_without_a_verified_figure_is_not_told(self, market):
        with pytest.raises(WrongState):
            inform(market)

    def test_the_day_of_receipt_is_kept(self, market):
        informed(market)
        assert queries.results_told(market["E001"], 2022)[0].notified_at == at(TUESDAY)

    def test_unopposed_results_become_final_when_the_window_has_ended(self, market):
        informed(market)
        assert let_stand(market, date(2023, 11, 23)) == 0
        assert verified(market) is None
        assert let_stand(market, date(2023, 11, 24)) == 2
        assert verified(market) == 98_500


@pytest.mark.requirement("CQETS-25.2", "AMB-01")
class TestTheObjection:
    def test_the_last_day_is_the_seventh_working_day(self, market):
        assert informed(market) == date(2023, 11, 23)
        object_to(market, at(date(2023, 11, 23), 23, 59))

    def test_the_day_after_is_too_late(self, market):
        informed(market)
        with pytest.raises(ObjectionTooLate) as no:
            object_to(market, at(date(2023, 11, 24), 0, 0))
        assert no.value.article == "CQETS-25.2"
        assert no.value.numbers == {"last_day": "2023-11-23"}
        assert cases.counts(VERIFICATION, 2022)["notified"] == 2

    def test_the_national_day_holiday_does_not_count_but_its_make_up_days_do(self, market):
        assert informed(market, date(2023, 9, 27)) == date(2023, 10, 12)

    def test_nobody_objects_for_another_or_before_the_result_is_known(self, market):
        with pytest.raises(WrongState):
            object_to(market, at(TUESDAY))
        informed(market)
        with pytest.raises(NotYourOwn):
            operations.object_to_result(
                organisation=market["E001"],
                year=2022,
                grounds="",
                law=CQ,
                acting=market.acts("E002"),
                at=at(TUESDAY),
            )


@pytest.mark.requirement("CQETS-25.2b", "AMB-01")
class TestTheDecision:
    def test_it_is_due_on_the_tenth_working_day_and_overdue_the_day_after(self, market):
        informed(market)
        assert object_to(market, at(date(2023, 11, 20))) == date(2023, 12, 4)
        assert not cases.overdue(VERIFICATION, date(2023, 12, 4))
        (late,) = cases.overdue(VERIFICATION, date(2023, 12, 5))
        assert late.organisation == market["E001"]

    def test_while_it_is_pending_the_result_is_not_final(self, market):
        informed(market)
        object_to(market, at(date(2023, 11, 20)))
        assert let_stand(market, date(2023, 11, 24)) == 1
        assert (verified(market), verified(market, "E002")) == (None, 98_500)

    def test_a_correction_replaces_the_figure_and_the_first_one_stays_on_file(self, market):
        informed(market)
        object_to(market, at(date(2023, 11, 20)))
        decide(market, corrected=figures(97_000))
        assert verified(market) == 97_000
        (binding,) = queries.binding_figures([market["E001"]], [2022])[market["E001"].pk]
        assert [row.co2_t for _, row in binding.figures] == [97_000]
        verification = market["E001"].reports.get(year=2022).verification
        kept = verification.rows.order_by("version").values_list("version", "co2_t")
        assert list(kept) == [(1, 98_500), (2, 97_000)]

    def test_98500_t_corrected_to_97000_t_move_duty_open_amount_offset_cap_and_gap(self):
        market = reported_market(1, [(90_000, 90_000, 90_000, 90_000, 98_500)])
        enter(market, year=2021, tonnes=90_000)
        inform(market, year=2021)
        let_stand(market, date(2023, 11, 24), year=2021)
        informed(market)
        object_to(market, at(date(2023, 11, 20)))
        compliance.open_duties(year=2022, law=CQ, acting=FOUNDER, at=at(date(2023, 11, 24)))
        assert owed(market) == (98_500, 98_500, 7_880)
        decide(market, corrected=figures(97_000))
        assert owed(market) == (97_000, 97_000, 7_760)
        plan_year(2022)
        allocation.calculate(year=2022, law=CQ, acting=FOUNDER, at=at(date(2023, 12, 4)))
        assert allowances.determination(market["E001"], 2022).gap_t == 97_000 - 90_000

    def test_an_upheld_result_becomes_final_as_it_is(self, market):
        informed(market)
        object_to(market, at(date(2023, 11, 20)))
        decide(market)
        assert verified(market) == 98_500

    def test_a_decision_without_reasons_is_refused(self, market):
        informed(market)
        object_to(market, at(date(2023, 11, 20)))
        with pytest.raises(ReasonsMissing) as no:
            decide(market, reasons=" ")
        assert no.value.article == "CQETS-25.2b"
