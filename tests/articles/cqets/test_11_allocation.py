"""Article 11: the allowance determined and told; objections in 7, decisions in 10 working days."""

from datetime import date

import pytest

from openets.allocation import operations, queries
from openets.allocation.operations import NotYourOwn
from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as cases
from openets.casework.objection import ObjectionTooLate, ReasonsMissing
from openets.casework.operations import NoSuchCase, WrongState
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from tests.markets import (
    CALCULATED,
    CQ,
    DETERMINED,
    FOUNDER,
    NOTIFIED,
    list_silent_entity,
    notified_market,
    small_market,
)

pytestmark = pytest.mark.django_db

EVEN = [(108_570,) * 5]
DECIDED = at(date(2023, 12, 4))


@pytest.fixture
def market(db):
    return notified_market(entities=2, emissions=EVEN)


def object_to(market, moment, code="E001", *, by="E001"):
    return operations.object_to_result(
        organisation=market[code],
        year=2022,
        grounds="产品产量有误",
        law=CQ,
        acting=market.acts(by),
        at=moment,
    )


def decide(market, determined_t=None, reasons="经复核，予以更正"):
    operations.decide_objection(
        organisation=market["E001"],
        year=2022,
        determined_t=determined_t,
        reasons=reasons,
        law=CQ,
        acting=FOUNDER,
        at=DECIDED,
    )


def determined(market, code="E001"):
    return queries.determination(market[code], 2022)


@pytest.mark.requirement("CQETS-11b", "AMB-63")
class TestTheNotice:
    def test_the_result_its_working_and_the_day_of_receipt_are_kept(self, market):
        row = determined(market)
        assert (row.determined_t, row.notified_at) == (108_570, NOTIFIED)
        assert row.explanation
        assert [line.method for line in row.lines.all()] == ["historical_total"]

    def test_receipt_opens_the_window_for_an_objection(self, market):
        assert determined(market).objection_due_date == date(2023, 11, 23)
        assert object_to(market, NOTIFIED)

    def test_an_entity_without_a_determined_allowance_gets_no_notice(self):
        market = small_market(entities=1)
        silent = list_silent_entity()
        (undecided,) = operations.calculate(year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
        operations.determine(year=2022, law=CQ, acting=market.acts("bureau", 2), at=DETERMINED)
        operations.notify(year=2022, law=CQ, acting=FOUNDER, at=NOTIFIED)
        assert undecided.organisation == silent
        assert cases.counts(DETERMINATION, 2022)["notified"] == 1
        assert queries.determination(silent, 2022) is None


@pytest.mark.requirement("CQETS-11.2", "CQ208-1b", "AMB-01")
class TestTheObjection:
    def test_it_is_accepted_until_the_end_of_the_seventh_working_day(self, market):
        object_to(market, at(date(2023, 11, 23), 23, 59))

    def test_it_is_late_from_the_first_minute_of_the_day_after(self, market):
        with pytest.raises(ObjectionTooLate) as no:
            object_to(market, at(date(2023, 11, 24), 0, 0))
        assert no.value.article == "CQETS-11.2"
        assert no.value.numbers == {"last_day": "2023-11-23"}

    def test_a_second_one_for_the_same_notice_is_rejected(self, market):
        object_to(market, NOTIFIED)
        with pytest.raises(WrongState):
            object_to(market, NOTIFIED)
        decide(market)
        with pytest.raises(WrongState):
            object_to(market, NOTIFIED)

    def test_one_of_another_entity_or_without_a_result_is_rejected(self, market):
        with pytest.raises(NotYourOwn):
            object_to(market, NOTIFIED, by="E002")
        with pytest.raises(NoSuchCase):
            operations.object_to_result(
                organisation=market["E001"],
                year=2020,
                grounds="",
                law=CQ,
                acting=market.acts("E001"),
                at=NOTIFIED,
            )


@pytest.mark.requirement("CQETS-11.2", "AMB-01")
def test_the_national_day_holiday_does_not_count_but_its_make_up_days_do():
    market = small_market(entities=1)
    operations.calculate(year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
    operations.determine(year=2022, law=CQ, acting=market.acts("bureau", 2), at=DETERMINED)
    before_the_holiday = at(date(2023, 9, 27))
    last_day = operations.notify(year=2022, law=CQ, acting=FOUNDER, at=before_the_holiday)
    assert last_day == date(2023, 10, 12)


@pytest.mark.requirement("CQETS-11.2b", "AMB-01")
class TestTheDecision:
    def test_it_is_due_on_the_tenth_working_day_and_overdue_the_day_after(self, market):
        assert object_to(market, at(date(2023, 11, 20))) == date(2023, 12, 4)
        assert not cases.overdue(DETERMINATION, date(2023, 12, 4))
        (late,) = cases.overdue(DETERMINATION, date(2023, 12, 5))
        assert late.subject == "E001/2022"

    def test_without_reasons_it_is_refused(self, market):
        object_to(market, NOTIFIED)
        with pytest.raises(ReasonsMissing) as no:
            decide(market, reasons="  ")
        assert no.value.article == "CQETS-11.2b"

    def test_an_upheld_allowance_stays(self, market):
        object_to(market, NOTIFIED)
        decide(market, reasons="计算无误，予以维持")
        assert determined(market).determined_t == 108_570
        assert cases.case(DETERMINATION, "E001/2022").state == "accepted"
        assert cases.trail(market["E001"])[0].note == "计算无误，予以维持"

    def test_a_corrected_allowance_is_kept_with_the_reasons_in_its_working(self, market):
        object_to(market, NOTIFIED)
        decide(market, Tonnes(109_000), reasons="产量更正")
        row = determined(market)
        assert row.determined_t == 109_000
        (step,) = [s for s in row.explanation if s["title"] == "Review decision"]
        assert (step["result"], step["note"]) == ("109000", "产量更正")
