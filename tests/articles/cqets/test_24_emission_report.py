"""Article 24: the emission report, by its day, in both ways, with a statement."""

from datetime import date, datetime

import pytest

from openets.kernel.clock import at
from openets.mrv import operations, queries
from openets.mrv.figures import EmptyReport
from openets.mrv.models import Report
from openets.mrv.operations import StatementMissing
from tests.markets import CQ, FOUNDER, REPORTED, figures, founded_market

pytestmark = pytest.mark.django_db

LAST = date(2023, 4, 30)
SUNDAY_AND_HOLIDAY = at(LAST, 23, 59)
NEXT = at(date(2023, 5, 1), 0, 0)


@pytest.fixture
def market(db):
    return founded_market(entities=1)


def submit(market, moment=REPORTED, *, year=2022, statement=True, rows=None):
    (entity,) = market.entities
    return operations.submit_report(
        organisation=entity,
        year=year,
        figures=figures(100_000) if rows is None else rows,
        statement=statement,
        synthetic=True,
        law=CQ,
        acting=market.acts("E001"),
        at=moment,
    )


def receive(market, moment: datetime, *, year=2022):
    operations.receive_paper(organisations=market.entities, year=year, acting=FOUNDER, at=moment)


def standing(market, today=date(2023, 6, 1), *, year=2022, law=CQ):
    return queries.report_standing(market["E001"], year, law=law, today=today)


@pytest.mark.requirement("CQETS-24", "AMB-57")
class TestTheDueDay:
    def test_in_both_ways_on_the_last_day_is_on_time(self, market):
        submit(market, SUNDAY_AND_HOLIDAY)
        receive(market, SUNDAY_AND_HOLIDAY)
        found = standing(market)
        assert (found.due_date, found.late, found.is_paper_missing) == (LAST, (), False)

    @pytest.mark.requirement("AMB-02")
    def test_on_the_first_of_may_it_is_late_though_both_days_are_days_off(self, market):
        submit(market, NEXT)
        receive(market, NEXT)
        assert standing(market).late == ("electronic", "written")

    def test_the_written_copy_alone_makes_it_late(self, market):
        submit(market, at(date(2023, 4, 29)))
        receive(market, at(date(2023, 5, 4)))
        assert standing(market).late == ("written",)

    def test_without_the_written_copy_that_copy_is_missing_and_late_from_the_next_day(self, market):
        submit(market, at(date(2023, 4, 29)))
        assert standing(market).is_paper_missing
        assert standing(market, LAST).late == ()
        assert standing(market, NEXT.date()).late == ("written",)

    @pytest.mark.parametrize(("basis", "late"), [("electronic", ()), ("written", ("written",))])
    def test_another_reading_looks_at_one_way(self, market, basis, late):
        submit(market, at(date(2023, 4, 29)))
        receive(market, at(date(2023, 5, 4)))
        reading = CQ.instead({"mrv.report_deadline_basis": basis})
        assert standing(market, law=reading).late == late

    @pytest.mark.requirement("AMB-05")
    def test_the_report_of_2021_had_no_due_day_in_force(self, market):
        submit(market, year=2021)
        receive(market, REPORTED, year=2021)
        found = standing(market, year=2021)
        assert (found.due_date, found.late) == (None, ())

    def test_an_entity_without_a_report_stands_nowhere(self, market):
        assert standing(market) is None
        assert standing(market, year=2020) is None, "an inventory is no report"


@pytest.mark.requirement("CQETS-24")
def test_a_report_without_total_emissions_is_rejected(market):
    with pytest.raises(EmptyReport) as no:
        submit(market, rows=[])
    assert no.value.article == "CQETS-24"


@pytest.mark.requirement("CQETS-24.2")
class TestTheStatement:
    def test_without_it_nothing_is_submitted(self, market):
        with pytest.raises(StatementMissing) as no:
            submit(market, statement=False)
        assert no.value.article == "CQETS-24.2"
        assert not Report.objects.filter(year=2022).exists()

    def test_it_is_kept_with_the_person_and_the_digest_of_what_was_submitted(self, market):
        first = submit(market)
        assert first.statement_by == "E001-1"
        assert len(first.digest) == 64

    def test_a_change_is_a_new_version_with_a_digest_and_a_statement_of_its_own(self, market):
        first = submit(market)
        operations.return_report(
            organisation=market["E001"], year=2022, reasons="缺少明细", acting=FOUNDER, at=REPORTED
        )
        with pytest.raises(StatementMissing):
            submit(market, statement=False)
        second = submit(market, rows=figures(100_001))
        assert (first.version, second.version) == (1, 2)
        assert first.digest != second.digest
        assert list(Report.objects.filter(year=2022).values_list("total_tco2e", flat=True)) == [
            100_000,
            100_001,
        ]
