"""Lines, inventory, reports and verifications: who, when, twice, two at once, the journal."""

from datetime import date

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import NoSuchCase, SamePerson, WrongState
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.mrv import operations, queries
from openets.mrv.figures import BadFigure
from openets.mrv.models import Report
from openets.mrv.operations import (
    LineExists,
    NewLine,
    NotABody,
    NotYourOwn,
    YearNotOver,
    YearOnFile,
)
from openets.mrv.procedures import REPORT
from openets.parties.operations import NotOnTheList
from openets.parties.roles import Role
from tests.concurrently import at_once
from tests.markets import (
    CQ,
    FINAL,
    FOUNDED,
    FOUNDER,
    INFORMED,
    REPORTED,
    VERIFIED,
    figures,
    founded_market,
    informed_market,
    reported_market,
    small_market,
)

SUBJECT = "report/E001/2022"


def submit(market, code="E001", **otherwise):
    facts = {
        "organisation": market[code],
        "year": 2022,
        "figures": figures(100_000),
        "statement": True,
        "synthetic": True,
        "law": CQ,
        "acting": market.acts(code),
        "at": REPORTED,
    }
    return operations.submit_report(**facts | otherwise)


def send_back(market, reasons="缺少明细", acting=FOUNDER):
    operations.return_report(
        organisation=market["E001"], year=2022, reasons=reasons, acting=acting, at=REPORTED
    )


def receive(market, acting=FOUNDER):
    operations.receive_paper(organisations=[market["E001"]], year=2022, acting=acting, at=REPORTED)


def assign(market, body="V1", acting=FOUNDER):
    operations.assign_verification(
        bodies={market["E001"]: market[body]}, year=2022, acting=acting, at=REPORTED
    )


def enter(market, rows=None):
    operations.enter_results(
        results={market["E001"]: rows or figures(100_000)},
        year=2022,
        statement=True,
        acting=market.acts("V1"),
        at=VERIFIED,
    )


def object_to(market, **otherwise):
    facts = {
        "organisation": market["E001"],
        "year": 2022,
        "grounds": "排放因子有误",
        "law": CQ,
        "acting": market.acts("E001"),
        "at": INFORMED,
    }
    return operations.object_to_result(**facts | otherwise)


def decide(market, acting=FOUNDER, corrected=None):
    operations.decide_objection(
        organisation=market["E001"],
        year=2022,
        corrected=corrected,
        reasons="经复核",
        law=CQ,
        acting=acting,
        at=FINAL,
    )


def entries(operation):
    return list(journal.trail(SUBJECT).filter(operation=operation))


def state(market):
    return cases.case(REPORT, SUBJECT).state


@pytest.fixture
def founded(db):
    return founded_market(entities=2)


class TestLinesAndInventory:
    LINE = NewLine(
        "L2",
        "生产线2",
        "clinker",
        homogeneous=True,
        clear_boundary=True,
        comparable=True,
        commissioned_date=date(2020, 1, 1),
    )

    def test_a_line_is_registered_once_and_journalled(self, founded):
        entity = founded["E001"]
        operations.register_lines({entity: [self.LINE]}, acting=FOUNDER, at=FOUNDED)
        assert [line.code for line in entity.lines.all()] == ["L1", "L2"]
        entry = journal.trail("E001").last()
        assert entry.content == {"lines": [["L2", "clinker"]]}
        with pytest.raises(LineExists):
            operations.register_lines({entity: [self.LINE]}, acting=FOUNDER, at=FOUNDED)

    def test_a_line_named_twice_in_one_request_is_refused(self, founded):
        with pytest.raises(LineExists):
            operations.register_lines(
                {founded["E001"]: [self.LINE, self.LINE]}, acting=FOUNDER, at=FOUNDED
            )

    def test_an_entity_registers_no_lines_and_imports_no_inventory(self, founded):
        acting = founded.acts("E001")
        with pytest.raises(NotYourRole):
            operations.register_lines({founded["E001"]: [self.LINE]}, acting=acting, at=FOUNDED)
        with pytest.raises(NotYourRole):
            operations.import_inventory(
                {founded["E001"]: figures(1)}, year=2017, synthetic=True, acting=acting, at=FOUNDED
            )

    def test_an_inventory_year_binds_and_is_taken_over_once(self, founded):
        entity = founded["E001"]
        (binding,) = queries.binding_figures([entity], [2020])[entity.pk]
        assert binding.origin == "inventory"
        totals = {row.year: row.total_tco2e for row in queries.reported_years(entity)}
        assert totals == dict.fromkeys((2018, 2019, 2020), 100_000)
        (entry,) = journal.trail("report/E001/2020")
        assert entry.operation == "mrv.import_inventory"
        assert entry.content["total_tco2e"] == 100_000
        with pytest.raises(YearOnFile):
            operations.import_inventory(
                {entity: figures(1)}, year=2020, synthetic=True, acting=FOUNDER, at=FOUNDED
            )

    def test_a_year_comes_from_the_inventory_or_from_a_report_never_from_both(self, founded):
        submit(founded)
        with pytest.raises(YearOnFile) as no:
            operations.import_inventory(
                {founded["E001"]: figures(1)},
                year=2022,
                synthetic=True,
                acting=FOUNDER,
                at=FOUNDED,
            )
        assert "排放报告" in no.value.message("zh")
        operations.import_inventory(
            {founded["E001"]: figures(1)}, year=2021, synthetic=True, acting=FOUNDER, at=FOUNDED
        )
        with pytest.raises(YearOnFile) as no:
            submit(founded, year=2021)
        assert "the inventory" in no.value.message("en")


class TestSubmitting:
    def test_a_report_leaves_its_digest_in_the_journal(self, founded):
        report = submit(founded)
        (entry,) = entries("emission_report.submit")
        assert (entry.article, entry.person) == ("CQETS-24", "E001-1")
        assert entry.content == {"from": "draft", "to": "submitted", "note": report.digest}
        assert report.total_tco2e == 100_000

    def test_nobody_reports_for_another(self, founded):
        with pytest.raises(NotYourOwn):
            submit(founded, acting=founded.acts("E002"))
        with pytest.raises(NotYourRole):
            submit(founded, acting=Acting("x", Role.INVESTOR, "E001"))
        assert cases.case(REPORT, SUBJECT) is None

    def test_an_entity_not_on_the_list_reports_nothing(self, founded):
        with pytest.raises(NotOnTheList):
            submit(founded, year=2023, at=at(date(2024, 4, 1)))

    def test_a_year_is_reported_when_it_is_over(self, founded):
        with pytest.raises(YearNotOver) as no:
            submit(founded, at=at(date(2022, 12, 31), 23, 59))
        assert no.value.article == "CQETS-24"
        assert submit(founded, at=at(date(2023, 1, 1), 0, 0))

    def test_a_figure_that_cannot_be_is_refused_with_the_line(self, founded):
        with pytest.raises(BadFigure) as no:
            submit(founded, figures=figures(-1))
        assert no.value.numbers["line"] == "L1"
        assert not Report.objects.filter(year=2022).exists()

    def test_a_submitted_report_is_not_submitted_again_unless_returned(self, founded):
        submit(founded)
        with pytest.raises(WrongState):
            submit(founded)
        assert Report.objects.filter(year=2022).count() == 1


class TestReturning:
    def test_a_returned_report_needs_its_written_copy_anew(self, founded):
        submit(founded)
        receive(founded)
        send_back(founded)
        assert state(founded) == "draft"
        submit(founded)
        assert queries.report_standing(
            founded["E001"], 2022, law=CQ, today=REPORTED.date()
        ).is_paper_missing
        (entry,) = entries("emission_report.return")
        assert entry.content["note"] == "缺少明细"

    def test_the_entity_is_told_why(self, founded):
        submit(founded)
        with pytest.raises(ReasonsMissing) as no:
            send_back(founded, reasons="\n")
        assert no.value.article == "CQETS-24"

    def test_only_the_city_bureau_returns_and_not_once_it_is_being_verified(self, founded):
        submit(founded)
        with pytest.raises(NotYourRole):
            send_back(founded, acting=founded.acts("D-涪陵区"))
        receive(founded)
        assign(founded)
        with pytest.raises(WrongState):
            send_back(founded)

    def test_the_latest_version_is_verified(self, founded):
        submit(founded)
        send_back(founded)
        second = submit(founded, figures=figures(90_000))
        receive(founded)
        assign(founded)
        assert Report.objects.get(verification__isnull=False) == second


class TestPaper:
    def test_a_district_bureau_receives_the_copies_of_its_own_district(self, founded):
        submit(founded)
        with pytest.raises(NotYourOwn) as no:
            receive(founded, acting=founded.acts("D-长寿区"))
        assert no.value.article == "CQETS-24"
        receive(founded, acting=founded.acts("D-涪陵区"))
        assert state(founded) == "complete"
        assert entries("emission_report.receive_paper")[0].organisation == "D-涪陵区"

    def test_an_entity_does_not_receive_its_own_copy_and_none_comes_before_the_report(
        self, founded
    ):
        with pytest.raises(NoSuchCase):
            receive(founded)
        submit(founded)
        with pytest.raises(NotYourRole):
            receive(founded, acting=founded.acts("E001"))


class TestVerifying:
    def test_verification_waits_for_the_written_copy(self, founded):
        submit(founded)
        with pytest.raises(WrongState):
            assign(founded)

    @pytest.mark.parametrize("other", ["E002", "I1", "D-涪陵区"])
    def test_only_a_verification_body_is_commissioned(self, founded, other):
        submit(founded)
        receive(founded)
        with pytest.raises(NotABody):
            assign(founded, body=other)
        with pytest.raises(NotYourRole):
            assign(founded, acting=founded.acts("V1"))

    @pytest.mark.django_db
    def test_the_verified_figure_is_journalled_and_entered_once(self):
        market = reported_market(entities=1)
        enter(market, figures(98_500))
        (entry,) = entries("mrv.enter_result")
        assert entry.content == {"version": 1, "verified_tco2e": 98_500}
        assert entry.organisation == "V1"
        with pytest.raises(WrongState):
            enter(market, figures(98_400))
        assert queries.verified_years(market["E001"])[0].verified_tco2e == 98_500

    def test_a_result_for_an_unassigned_entity_is_refused(self, founded):
        with pytest.raises(NoSuchCase):
            enter(founded)

    @pytest.mark.django_db
    def test_results_are_told_once_by_the_bureau(self):
        market = informed_market(entities=1)
        told = {"organisations": market.entities, "year": 2022, "law": CQ}
        with pytest.raises(WrongState):
            operations.notify_results(**told, acting=FOUNDER, at=FINAL)
        assert queries.results_told(market["E001"], 2022)[0].notified_at == INFORMED
        with pytest.raises(NotYourRole):
            operations.notify_results(**told, acting=market.acts("V1"), at=INFORMED)

    @pytest.mark.django_db
    def test_a_final_result_closes_the_report(self):
        market = small_market(entities=1)
        assert state(market) == "confirmed"
        assert queries.verified_years(market["E001"])[1].final_at == FINAL
        assert operations.finalise_unopposed(year=2022, acting=FOUNDER, at=FINAL) == 0


@pytest.fixture
def market(db):
    return informed_market(entities=1)


class TestReviewing:
    def test_an_objection_is_journalled_and_made_once(self, market):
        object_to(market)
        (entry,) = entries("verification.object")
        assert (entry.article, entry.content["note"]) == ("CQETS-25.2", "排放因子有误")
        with pytest.raises(WrongState):
            object_to(market)

    def test_there_is_nothing_to_object_to_without_a_report(self, market):
        with pytest.raises(NoSuchCase):
            object_to(market, year=2020)

    def test_a_final_result_is_not_objected_to(self, market):
        operations.finalise_unopposed(year=2022, acting=FOUNDER, at=FINAL)
        with pytest.raises(WrongState):
            object_to(market, at=FINAL)

    def test_the_decision_and_the_corrected_figure_are_journalled(self, market):
        object_to(market)
        decide(market, corrected=figures(97_000))
        (entry,) = entries("mrv.correct_result")
        assert entry.article == "CQETS-25.2b"
        assert entry.content == {"version": 2, "verified_tco2e": 97_000}
        assert entries("verification.decide")[0].content["note"] == "经复核"

    def test_there_is_nothing_to_decide_without_an_objection_and_one_decision_each(self, market):
        with pytest.raises(WrongState):
            decide(market, corrected=figures(97_000))
        object_to(market)
        decide(market)
        with pytest.raises(WrongState):
            decide(market, corrected=figures(97_000))
        assert queries.verified_emissions(2022)[market["E001"].pk] == 100_000

    def test_neither_another_role_nor_the_person_who_objected_decides(self, market):
        object_to(market)
        with pytest.raises(NotYourRole):
            decide(market, acting=market.acts("V1"))
        with pytest.raises(SamePerson):
            decide(market, acting=Acting("E001-1", Role.CITY_BUREAU, "bureau"))

    def test_a_correction_that_cannot_be_leaves_the_review_open(self, market):
        object_to(market)
        with pytest.raises(BadFigure):
            decide(market, corrected=figures(-1))
        assert queries.verified_emissions(2022) == {}
        decide(market)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_of_two_reports_is_refused(self):
        market = founded_market(entities=1)
        done = at_once(lambda: submit(market), lambda: submit(market))
        assert done in (["case_exists", "done"], ["done", "wrong_state"])
        assert Report.objects.filter(year=2022).count() == 1
        assert len(entries("emission_report.submit")) == 1

    def test_one_of_two_inventories_is_refused(self):
        market = founded_market(entities=1)

        def take_over():
            operations.import_inventory(
                {market["E001"]: figures(1)}, year=2017, synthetic=True, acting=FOUNDER, at=FOUNDED
            )

        assert at_once(take_over, take_over) == ["done", "year_on_file"]

    def test_of_two_decisions_one_binds_whole(self):
        market = informed_market(entities=1)
        object_to(market)
        done = at_once(
            lambda: decide(market, corrected=figures(97_000)),
            lambda: decide(market, acting=market.acts("bureau", 2)),
        )
        assert done == ["done", "wrong_state"]
        corrected = len(entries("mrv.correct_result"))
        bound = queries.verified_emissions(2022)[market["E001"].pk]
        assert bound == (97_000 if corrected else 100_000)
