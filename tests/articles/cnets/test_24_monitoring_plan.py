"""Articles 24 and 25: the monitoring plan is filed, changed with a reason, and compared with data."""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import plans
from openets.mrv import report_queries as queries
from openets.mrv.drafts import DraftChanged
from openets.mrv.plans import BeforeTheLast, NoPlanDrafted, PlanNotReady
from openets.mrv.procedures import MONITORING_PLAN
from openets.mrv.records import NotYourOwn
from openets.mrv.report_sheets import KINDS
from openets.mrv.sheets import cleaned
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, founded_market
from tests.mrv.reported import FACTORS, FUEL, content

pytestmark = pytest.mark.django_db

DAY = at(date(2022, 1, 5))
SOURCE = {
    "facility": "L1",
    "source": "fuel",
    "item": "烟煤",
    "meter": "M1",
    "heating_value": "measured",
    "carbon_content": "measured",
}
METER = {
    "code": "M1",
    "name": "皮带秤",
    "accuracy_class": "0.5",
    "calibrated_date": "2021-12-01",
    "calibration_due_date": "2022-12-01",
}
SAMPLE = {
    "facility": "L1",
    "item": "烟煤",
    "parameter": "碳含量",
    "frequency": "每日",
    "standard": "GB/T 476",
    "body": "合成检测机构",
    "body_number": "CMA-1",
}
PERSON = {"name": "合成人员", "duty": "数据审核"}


def plan(**otherwise):
    whole = {"sources": [SOURCE], "meters": [METER], "sampling": [SAMPLE], "people": [PERSON]}
    return whole | otherwise


@pytest.fixture
def market(db):
    return founded_market(entities=2)


def save(market, what=None, revision=0, **otherwise):
    given = {
        "organisation": market["E001"],
        "content": what or plan(),
        "revision": revision,
        "acting": market.acts("E001"),
        "at": DAY,
    }
    return plans.save_plan(**(given | otherwise))


def file(market, revision=1, day=date(2022, 1, 1), reasons="", **otherwise):
    given = {
        "organisation": market["E001"],
        "revision": revision,
        "from_date": day,
        "reasons": reasons,
        "acting": market.acts("E001"),
        "at": DAY,
    }
    return plans.file_plan(**(given | otherwise))


def state(version):
    return cases.case(MONITORING_PLAN, f"plan/E001/{version}").state


def codes(found):
    return [fault.refusal.code for fault in found]


def deviations(market, *rows):
    grid = cleaned(KINDS, content(*rows))
    found = queries.check_draft(market["E001"], 2022, grid=grid, factors=FACTORS, law=CQ)
    return [(fault.row, fault.refusal.numbers["meter"]) for fault in found.warnings]


@pytest.mark.requirement("CNETS-24")
class TestFiling:
    def test_a_filed_plan_gets_a_number_and_version_one(self, market):
        save(market)
        filed = file(market)
        assert (filed.version, filed.filing_number, filed.filed_by) == (1, "MP-E001-01", "E001-1")
        assert state(1) == "filed"

    def test_a_default_for_coal_without_a_reason_is_warned_of_and_filed(self, market):
        default = {**SOURCE, "heating_value": "default"}
        draft = save(market, plan(sources=[default]))
        found = plans.check_plan(queries.plan_grid(draft), today=DAY.date())
        assert (codes(found.warnings), found.faults) == (["default_without_reason"], ())
        assert file(market).version == 1
        told = cleaned(plans.KINDS, plan(sources=[{**default, "reason": "无采样条件"}]))
        assert plans.check_plan(told, today=DAY.date()).warnings == ()

    @pytest.mark.parametrize(
        ("what", "code"),
        [
            (plan(sources=[]), "names no emission source"),
            (plan(meters=[]), "M1 is not among"),
            (plan(sources=[{**SOURCE, "source": "x"}]), "There is no source"),
            (plan(sources=[{**SOURCE, "heating_value": "x"}]), "no way to get"),
            (plan(meters=[{**METER, "calibrated_date": "去年"}]), "is no date"),
            (plan(meters=[{**METER, "accuracy_class": ""}]), "Accuracy class is empty"),
        ],
    )
    def test_a_plan_with_faults_is_not_filed(self, market, what, code):
        save(market, what)
        with pytest.raises(PlanNotReady, match=code):
            file(market)
        assert state(1) == "draft"

    def test_a_calibration_that_ran_out_is_warned_of(self, market):
        grid = cleaned(plans.KINDS, plan())
        assert codes(plans.check_plan(grid, today=date(2022, 12, 1)).warnings) == []
        assert codes(plans.check_plan(grid, today=date(2022, 12, 2)).warnings) == [
            "calibration_over"
        ]

    @pytest.mark.requirement("BJETS-22c")
    def test_a_testing_body_without_a_qualification_counts_as_not_qualified(self, market):
        grid = cleaned(plans.KINDS, plan(sampling=[{**SAMPLE, "body_number": ""}]))
        assert codes(plans.check_plan(grid, today=DAY.date()).warnings) == ["not_qualified"]

    def test_only_the_entity_itself_files_what_it_has_drafted(self, market):
        with pytest.raises(NoPlanDrafted):
            file(market)
        save(market)
        with pytest.raises(NotYourOwn):
            file(market, acting=market.acts("E002"))
        with pytest.raises(NotYourRole):
            save(market, acting=FOUNDER)
        with pytest.raises(DraftChanged):
            file(market, revision=2)
        file(market)
        with pytest.raises(NoPlanDrafted):
            file(market)


@pytest.mark.requirement("CNETS-25", "BJETS-22b")
class TestChanging:
    @pytest.fixture
    def filed(self, market):
        save(market)
        file(market)
        save(market, plan(meters=[METER, {**METER, "code": "M2"}]))
        return market

    def test_a_change_is_a_new_version_with_its_reason(self, filed):
        with pytest.raises(ReasonsMissing):
            file(filed, day=date(2022, 6, 1))
        second = file(filed, day=date(2022, 6, 1), reasons="新增计量器具")
        assert (second.version, second.filing_number) == (2, "MP-E001-02")
        assert (state(1), state(2)) == ("superseded", "filed")
        first = queries.filed_plans(filed["E001"]).last()
        assert {d.row for d in queries.plan_differences(first, second)} == {"M2"}

    def test_a_version_begins_after_the_one_it_replaces(self, filed):
        with pytest.raises(BeforeTheLast):
            file(filed, day=date(2022, 1, 1), reasons="新增计量器具")
        assert file(filed, day=date(2022, 1, 2), reasons="新增计量器具").version == 2

    def test_data_of_a_meter_the_plan_lacks_are_flagged_until_it_is_reported(self, filed):
        early = {**FUEL, "meter": "M2"}
        late = {**early, "from_date": "2022-06-01"}
        assert deviations(filed, early, late) == [(2, "M2"), (3, "M2")]
        file(filed, day=date(2022, 6, 1), reasons="新增计量器具")
        assert deviations(filed, early, late) == [(2, "M2")]
        assert deviations(filed, {**late, "from_date": "2022-05-31"}) == [(2, "M2")]
        assert deviations(filed, FUEL) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_filings_one_counts(market):
    save(market)
    assert at_once(lambda: file(market), lambda: file(market)) == ["done", "no_plan_drafted"]
