"""Article 43: who does not correct the report by the limit is estimated, and the estimate binds."""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import CaseExists, SamePerson, WrongState
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import estimating, operations, queries
from openets.mrv import report_queries as filed
from openets.mrv.estimating import (
    DeductionDecided,
    DeductionNotEqual,
    Ground,
    LimitInThePast,
    LimitNotOver,
    NoEstimateHere,
    NoOrder,
    ReportIsIn,
    ReportNotDue,
)
from openets.mrv.figures import EmptyReport
from openets.mrv.models import Report
from openets.mrv.procedures import REPORT, REPORT_CORRECTION, VERIFICATION
from openets.mrv.records import NotYourOwn
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, REPORTED, figures, founded_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CNETS-43b")]

YEAR = 2022
ORDERED = at(date(2023, 5, 4))
LIMIT = date(2023, 5, 31)
AFTER = at(date(2023, 6, 1))


@pytest.fixture
def market(db):
    return founded_market(entities=1)


def order(market, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "ground": Ground.NOT_REPORTED,
        "reasons": "未提交年度排放报告",
        "due_date": LIMIT,
        "law": CQ,
        "acting": FOUNDER,
        "at": ORDERED,
    }
    return estimating.order_correction(**(given | otherwise))


def estimate(market, tonnes=120_000, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "figures": figures(tonnes),
        "basis": "按历史强度和用电量测算",
        "synthetic": True,
        "law": CQ,
        "acting": market.acts("bureau", 2),
        "at": AFTER,
    }
    return estimating.estimate_emissions(**(given | otherwise))


def deduct(market, tonnes, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "amount_t": tonnes,
        "reasons": "逾期未改正",
        "law": CQ,
        "acting": FOUNDER,
        "at": AFTER,
    }
    return estimating.decide_deduction(**(given | otherwise))


def report(market):
    operations.submit_report(
        organisation=market["E001"],
        year=YEAR,
        figures=figures(100_000),
        statement=True,
        synthetic=True,
        law=CQ,
        acting=market.acts("E001"),
        at=REPORTED,
    )


def under_verification(market):
    entity = market["E001"]
    operations.receive_paper(organisations=[entity], year=YEAR, acting=FOUNDER, at=REPORTED)
    operations.assign_verification(
        bodies={entity: market["V1"]}, year=YEAR, acting=FOUNDER, at=REPORTED
    )


class TestTheOrder:
    def test_nobody_is_late_before_the_due_day_has_passed(self, market):
        with pytest.raises(ReportNotDue):
            order(market, at=at(date(2023, 4, 30)))
        assert order(market, at=at(date(2023, 5, 1))).due_date == LIMIT

    def test_who_reported_is_only_told_of_a_false_report(self, market):
        report(market)
        with pytest.raises(ReportIsIn):
            order(market)
        assert order(market, ground=Ground.FALSE).ground == "false"

    def test_it_names_reasons_and_a_later_day_and_is_made_once_by_the_bureau(self, market):
        with pytest.raises(ReasonsMissing):
            order(market, reasons=" ")
        with pytest.raises(LimitInThePast):
            order(market, due_date=ORDERED.date())
        with pytest.raises(NotYourRole):
            order(market, acting=market.acts("E001"))
        order(market)
        with pytest.raises(CaseExists):
            order(market)


class TestTheEstimate:
    def test_it_stands_as_the_final_figure_and_is_marked(self, market):
        order(market)
        found = estimate(market)
        entity = market["E001"]
        assert found.report.estimated
        assert queries.final_tco2e(entity, YEAR) == 120_000
        assert queries.verified_emissions(YEAR) == {entity.pk: 120_000}
        (binding,) = queries.binding_figures([entity], [YEAR])[entity.pk]
        assert binding.figures[0][1].co2_t == 120_000
        assert cases.case(REPORT, "report/E001/2022").state == "estimated"
        assert cases.case(REPORT_CORRECTION, "correction/E001/2022").state == "estimated"

    def test_before_the_limit_ends_it_is_refused(self, market):
        order(market)
        with pytest.raises(LimitNotOver):
            estimate(market, at=at(LIMIT, 23, 59))
        assert estimate(market, at=AFTER).report.total_tco2e == 120_000

    def test_without_an_order_it_is_refused(self, market):
        with pytest.raises(NoOrder):
            estimate(market)

    def test_what_was_corrected_is_not_estimated(self, market):
        order(market)
        estimating.accept_correction(
            organisation=market["E001"], year=YEAR, acting=FOUNDER, at=AFTER
        )
        with pytest.raises(WrongState):
            estimate(market)

    def test_a_false_report_stays_on_file_beside_it(self, market):
        report(market)
        order(market, ground=Ground.FALSE)
        found = estimate(market)
        assert (found.report.version, found.reported_tco2e) == (2, 100_000)
        assert [r.total_tco2e for r in Report.objects.filter(year=YEAR)] == [100_000, 120_000]

    def test_a_report_under_verification_that_proves_false_is_estimated(self, market):
        report(market)
        under_verification(market)
        order(market, ground=Ground.FALSE)
        assert estimate(market).report.total_tco2e == 120_000
        assert queries.final_tco2e(market["E001"], YEAR) == 120_000
        assert cases.case(REPORT, "report/E001/2022").state == "estimated"
        assert cases.case(VERIFICATION, "report/E001/2022").state == "stopped"
        with pytest.raises(NotYourOwn):
            operations.enter_results(
                results={market["E001"]: figures(100_000)},
                year=YEAR,
                statement=True,
                acting=market.acts("V1"),
                at=AFTER,
            )

    def test_once_the_result_is_told_it_is_corrected_and_not_estimated(self, market):
        report(market)
        under_verification(market)
        operations.enter_results(
            results={market["E001"]: figures(100_000)},
            year=YEAR,
            statement=True,
            acting=market.acts("V1"),
            at=ORDERED,
        )
        operations.notify_results(
            organisations=[market["E001"]], year=YEAR, law=CQ, acting=FOUNDER, at=ORDERED
        )
        order(market, ground=Ground.FALSE)
        with pytest.raises(WrongState):
            estimate(market)

    def test_it_needs_figures_grounds_and_another_person_of_the_bureau(self, market):
        order(market)
        with pytest.raises(EmptyReport):
            estimate(market, figures=[])
        with pytest.raises(ReasonsMissing):
            estimate(market, basis=" ")
        with pytest.raises(SamePerson):
            estimate(market, acting=FOUNDER)
        with pytest.raises(NotYourRole):
            estimate(market, acting=market.acts("E001"))
        assert filed.estimate_of(market["E001"], YEAR) is None

    def test_where_the_rules_give_no_such_power_it_is_refused(self, market):
        order(market)
        with pytest.raises(NoEstimateHere):
            estimate(market, law=CQ.instead({"mrv.authority_estimate": False}))

    def test_twice_is_refused(self, market):
        order(market)
        estimate(market)
        with pytest.raises(WrongState):
            estimate(market)


@pytest.mark.requirement("AMB-58")
class TestTheDeduction:
    @pytest.fixture
    def estimated(self, market):
        report(market)
        order(market, ground=Ground.FALSE)
        estimate(market)
        return market

    @pytest.mark.parametrize("tonnes", [0, 120_000])
    def test_nothing_or_the_equal_amount_is_deducted(self, estimated, tonnes):
        assert deduct(estimated, tonnes).deduction_tco2e == tonnes
        decided = [filed.Deduction(estimated["E001"].pk, YEAR, tonnes)] if tonnes else []
        assert filed.deductions_decided(before=YEAR + 1) == decided
        assert filed.deductions_decided(before=YEAR) == []
        with pytest.raises(DeductionDecided):
            deduct(estimated, tonnes)

    @pytest.mark.parametrize("tonnes", [60_000, 119_999, 120_001, -1])
    def test_a_part_is_refused(self, estimated, tonnes):
        with pytest.raises(DeductionNotEqual):
            deduct(estimated, tonnes)

    def test_by_the_other_reading_it_is_what_was_not_reported(self, estimated):
        reading = CQ.instead({"penalty.estimate_deduction": "difference"})
        with pytest.raises(DeductionNotEqual):
            deduct(estimated, 120_000, law=reading)
        assert deduct(estimated, 20_000, law=reading).deduction_tco2e == 20_000

    def test_it_has_reasons_and_is_the_bureaus_and_follows_an_estimate(self, estimated):
        with pytest.raises(ReasonsMissing):
            deduct(estimated, 0, reasons="")
        with pytest.raises(NotYourRole):
            deduct(estimated, 0, acting=estimated.acts("E001"))
        with pytest.raises(NoOrder):
            deduct(estimated, 0, year=2021)


@pytest.mark.django_db(transaction=True)
def test_of_two_estimates_one_counts(market):
    order(market)
    assert at_once(lambda: estimate(market), lambda: estimate(market)) == ["done", "wrong_state"]
