"""A report as a draft: saved, checked, signed and submitted, withdrawn, returned, compared."""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import WrongState
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import drafts, operations
from openets.mrv import report_queries as queries
from openets.mrv.accounting.factors import UnknownFactorSet, YearNotCovered
from openets.mrv.drafts import (
    DraftChanged,
    NothingDrafted,
    PlanNotFiled,
    ReportLocked,
    ReportNotReady,
)
from openets.mrv.models import ReportContent, ReportDraft
from openets.mrv.operations import StatementMissing, YearNotOver
from openets.mrv.procedures import REPORT
from openets.mrv.records import NotYourOwn
from openets.parties.queries import NotOnTheList
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, REPORTED, founded_market
from tests.mrv.reported import FACTORS, FUEL, LINE, POWER, content

pytestmark = pytest.mark.django_db

YEAR = 2022
SUBJECT = "report/E001/2022"
FIRST = content(summary={"responsible": "负责人", "note": "首次按活动数据核算"})
"""Content that explains why the total is not that of the inventory."""


@pytest.fixture
def market(db):
    return founded_market(entities=2)


def save(market, what=None, revision=0, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "factors": FACTORS,
        "content": content() if what is None else what,
        "revision": revision,
        "law": CQ,
        "acting": market.acts("E001"),
        "at": REPORTED,
    }
    return drafts.save_draft(**(given | otherwise))


def submit(market, revision=1, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "revision": revision,
        "statement": True,
        "synthetic": True,
        "law": CQ,
        "acting": market.acts("E001"),
        "at": REPORTED,
    }
    return drafts.submit_draft(**(given | otherwise))


def withdraw(market, **otherwise):
    given = {
        "organisation": market["E001"],
        "year": YEAR,
        "reasons": "数据有误",
        "acting": market.acts("E001"),
        "at": REPORTED,
    }
    drafts.withdraw_report(**(given | otherwise))


def state():
    return cases.case(REPORT, SUBJECT).state


class TestSaving:
    def test_a_draft_is_kept_right_or_wrong_and_opens_the_case(self, market):
        draft = save(market, content({**FUEL, "quantity": "多"}))
        assert (draft.revision, draft.saved_by, state()) == (1, "E001-1", "draft")
        found = queries.check_draft(
            market["E001"], YEAR, grid=queries.grid_of(draft), factors=FACTORS, law=CQ
        )
        assert [f.refusal.code for f in found.checked.faults][:1] == ["not_a_number"]

    def test_each_save_is_a_revision_and_the_same_again_is_none(self, market):
        save(market)
        assert save(market, revision=0).revision == 1, "sent twice"
        assert save(market, content(FUEL), revision=1).revision == 2

    def test_a_draft_that_somebody_saved_since_is_not_overwritten(self, market):
        save(market)
        save(market, content(FUEL), revision=1, acting=market.acts("E001", 2))
        with pytest.raises(DraftChanged, match="E001-2 saved revision 2"):
            save(market, content(POWER), revision=1)

    def test_only_the_entity_itself_saves(self, market):
        with pytest.raises(NotYourOwn):
            save(market, acting=market.acts("E002"))
        with pytest.raises(NotYourRole):
            save(market, acting=FOUNDER)

    def test_a_year_without_a_duty_and_a_set_of_another_year_are_refused(self, market):
        with pytest.raises(NotOnTheList):
            save(market, year=2020)
        with pytest.raises(YearNotCovered):
            save(market, factors="general-2021")
        with pytest.raises(UnknownFactorSet):
            save(market, factors="x")

    def test_what_is_submitted_is_locked(self, market):
        save(market)
        submit(market)
        with pytest.raises(ReportLocked):
            save(market, content(FUEL), revision=1)


@pytest.mark.requirement("CQETS-24.2", "CNETS-26.2")
class TestSubmitting:
    def test_the_version_keeps_its_grid_its_accounting_and_the_set_it_used(self, market):
        draft = save(market)
        report = submit(market)
        kept = ReportContent.objects.get(report=report)
        assert (kept.grid, kept.factors, len(kept.factors_digest)) == (draft.content, FACTORS, 64)
        assert [row["row"] for row in kept.accounted] == [2, 3]
        assert all(row["explanation"] for row in kept.accounted)
        (row,) = report.rows.all()
        assert (row.line.code, row.output) == ("L1", 1000)
        assert abs(row.co2_t - report.total_tco2e) <= 1
        assert state() == "submitted"

    def test_without_the_statement_nothing_is_submitted(self, market):
        save(market)
        with pytest.raises(StatementMissing):
            submit(market, statement=False)
        assert state() == "draft"

    def test_the_statement_is_about_the_revision_that_was_read(self, market):
        save(market)
        save(market, content(FUEL), revision=1, acting=market.acts("E001", 2))
        with pytest.raises(DraftChanged):
            submit(market, revision=1)
        assert submit(market, revision=2).statement_by == "E001-1"

    def test_a_changed_figure_is_another_version_with_another_digest(self, market):
        save(market)
        first = submit(market).content.digest
        withdraw(market)
        save(market, content({**FUEL, "quantity": "1001"}, POWER), revision=1)
        with pytest.raises(StatementMissing):
            submit(market, revision=2, statement=False)
        second = submit(market, revision=2)
        assert (second.version, second.content.digest == first) == (2, False)

    def test_a_report_with_faults_is_refused_with_their_number_and_the_first(self, market):
        save(market, content({**FUEL, "quantity": "多"}))
        with pytest.raises(ReportNotReady) as refused:
            submit(market)
        assert refused.value.numbers["faults"] == 2
        assert "多" in refused.value.message("zh")

    def test_a_change_of_a_fifth_must_be_explained_first(self, market):
        save(market, FIRST, year=2021, factors="general-2021")
        submit(market, year=2021)
        save(market, content({**FUEL, "quantity": "1300"}, POWER))
        with pytest.raises(ReportNotReady, match="0 faults and 2 unexplained"):
            submit(market)
        told = content(
            {**FUEL, "quantity": "1300", "note": "扩产"},
            POWER,
            summary={"responsible": "负责人", "note": "扩产"},
        )
        save(market, told, revision=1)
        assert submit(market, revision=2).version == 1

    def test_there_must_be_a_draft_and_the_year_must_be_over(self, market):
        with pytest.raises(NothingDrafted):
            submit(market)
        save(market)
        with pytest.raises(YearNotOver):
            submit(market, at=at(date(2022, 12, 31)))

    def test_only_the_entity_itself_submits(self, market):
        save(market)
        with pytest.raises(NotYourOwn):
            submit(market, acting=market.acts("E002"))
        with pytest.raises(NotYourRole):
            submit(market, acting=FOUNDER)

    @pytest.mark.requirement("CNETS-26")
    def test_where_the_law_asks_for_a_plan_there_must_be_one(self, market):
        save(market)
        with pytest.raises(PlanNotFiled):
            submit(market, law=CQ.instead({"mrv.plan_required": "required"}))

    def test_twice_is_refused(self, market):
        save(market)
        submit(market)
        with pytest.raises(WrongState):
            submit(market)


class TestTakingBack:
    def test_before_it_is_accepted_the_entity_withdraws_with_a_reason(self, market):
        save(market)
        submit(market)
        with pytest.raises(ReasonsMissing):
            withdraw(market, reasons=" ")
        with pytest.raises(NotYourOwn):
            withdraw(market, acting=market.acts("E002"))
        withdraw(market)
        assert state() == "draft"
        with pytest.raises(WrongState):
            withdraw(market)

    def test_once_the_written_copy_is_in_only_the_bureau_returns_it(self, market):
        save(market)
        submit(market)
        operations.receive_paper(
            organisations=[market["E001"]], year=YEAR, acting=FOUNDER, at=REPORTED
        )
        with pytest.raises(WrongState):
            withdraw(market)
        operations.return_report(
            organisation=market["E001"], year=YEAR, reasons="产量有误", acting=FOUNDER, at=REPORTED
        )
        assert state() == "draft"
        assert save(market, content(FUEL), revision=1).revision == 2

    def test_versions_are_compared_cell_by_cell(self, market):
        save(market)
        first = submit(market).content
        withdraw(market)
        save(market, content({**FUEL, "quantity": "1100"}, POWER), revision=1)
        (found,) = queries.compared(first, queries.draft_of(market["E001"], YEAR))
        assert (found.column, found.before, found.after) == ("quantity", "1000", "1100")
        second = submit(market, revision=2).content
        assert queries.compared(first, second) == [found]
        assert [v.version for v in queries.versions(market["E001"], YEAR)] == [1, 2]

    def test_last_year_stands_beside_this_one(self, market):
        save(market, FIRST, year=2021, factors="general-2021")
        submit(market, year=2021)
        last = queries.last_year(market["E001"], YEAR)
        assert last.quantities["L1", "fuel", "烟煤"] == 1000
        assert last.outputs["L1", "产品"] == 1000
        assert queries.last_year(market["E001"], 2021).total_tco2e == 100_000
        assert queries.last_year(market["E001"], 2018).total_tco2e is None


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_of_two_saves_from_one_revision_the_second_is_refused(self, market):
        save(market)
        found = at_once(
            lambda: save(market, content(FUEL), revision=1),
            lambda: save(market, content({**FUEL, "quantity": "2"}), revision=1),
        )
        assert found == ["done", "draft_changed"]
        assert ReportDraft.objects.get().revision == 2

    def test_of_two_submissions_one_counts(self, market):
        save(market)
        found = at_once(lambda: submit(market), lambda: submit(market))
        assert found == ["done", "wrong_state"]

    def test_the_first_two_saves_make_one_draft(self, market):
        found = at_once(lambda: save(market), lambda: save(market, content(FUEL, lines=[LINE])))
        assert found == ["done", "draft_changed"]
