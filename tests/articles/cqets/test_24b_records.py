"""Article 24: what a report rests on is kept for at least five years from its submission."""

from datetime import date

import pytest

from openets.casework import documents, queries
from openets.casework.documents import MustBeKept
from openets.casework.storage import Store
from openets.kernel.clock import at
from openets.mrv import drafts, operations
from openets.mrv import report_queries as reports
from openets.mrv.evidence import NoSuchEvidence
from openets.mrv.procedures import REPORT
from tests.markets import CQ, FOUNDER, founded_market
from tests.mrv.reported import FACTORS, FUEL, POWER, content

pytestmark = pytest.mark.django_db

SUBMITTED = date(2023, 4, 28)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def market(db):
    founded = founded_market(entities=2)
    submit(founded, SUBMITTED)
    return founded


def submit(market, day):
    entity = market["E001"]
    operations.submit_report(
        organisation=entity,
        year=2022,
        figures=market.figures(entity, 2022),
        statement=True,
        synthetic=True,
        law=CQ,
        acting=market.acts("E001"),
        at=at(day),
    )


def attached(market, store):
    return documents.add_document(
        REPORT,
        "report/E001/2022",
        kind="supporting_record",
        name="燃料台账.csv",
        content="日期,用量\n2022-01-01,12.5\n".encode(),
        store=store,
        law=CQ,
        acting=market.acts("E001"),
        at=at(SUBMITTED, 10),
    )


def removed(market, document, store, day, rules=CQ):
    return documents.remove_document(
        REPORT, document.pk, store=store, law=rules, acting=market.acts("E001"), at=at(day)
    )


@pytest.mark.requirement("CQETS-24b", "AMB-56")
class TestEvidenceOfAReport:
    def test_it_is_kept_through_the_fifth_year_and_may_go_the_day_after(self, market, store):
        record = attached(market, store)
        with pytest.raises(MustBeKept) as no:
            removed(market, record, store, date(2028, 4, 28))
        assert no.value.article == "CQETS-24b"
        assert no.value.numbers["day"] == "2028-04-29"
        assert removed(market, record, store, date(2028, 4, 29)).removed_at

    def test_the_years_run_from_the_final_version_of_the_report(self, market, store):
        record = attached(market, store)
        operations.return_report(
            organisation=market["E001"],
            year=2022,
            reasons="缺少附件",
            acting=FOUNDER,
            at=at(date(2023, 5, 4)),
        )
        submit(market, date(2023, 5, 8))
        with pytest.raises(MustBeKept):
            removed(market, record, store, date(2028, 5, 8))
        removed(market, record, store, date(2028, 5, 9))

    def test_read_from_the_end_of_the_year_they_end_with_a_year(self, market, store):
        record = attached(market, store)
        by_year_end = CQ.instead({"mrv.retention_report_start": "year_end"})
        with pytest.raises(MustBeKept) as no:
            removed(market, record, store, date(2028, 12, 31), by_year_end)
        assert no.value.numbers["day"] == "2029-01-01"

    def test_it_is_not_overwritten_by_another_file_of_its_name(self, market, store):
        record = attached(market, store)
        other = documents.add_document(
            REPORT,
            "report/E001/2022",
            kind="supporting_record",
            name=record.name,
            content=b"other",
            store=store,
            law=CQ,
            acting=market.acts("E001"),
            at=at(SUBMITTED, 11),
        )
        read = documents.read_document(REPORT, record.pk, store=store, acting=market.acts("E001"))
        assert read[1].startswith("日期".encode())
        assert other.sha256 != record.sha256

    def test_the_entity_lists_what_it_must_still_keep(self, market, store):
        record = attached(market, store)

        def kept(code, day):
            return queries.kept_documents([REPORT], market[code], law=CQ, today=day)

        (one,) = kept("E001", date(2028, 4, 28))
        assert (one.document, one.removable_from) == (record, date(2028, 4, 29))
        assert kept("E001", date(2028, 4, 29)) == kept("E002", SUBMITTED) == []


@pytest.mark.requirement("CQETS-24b")
class TestEvidenceBesideAFigure:
    """A document of the report stands in the row of the figure it proves, by its number."""

    @pytest.fixture
    def market(self, db):
        return founded_market(entities=2)

    @pytest.fixture
    def files(self, market, store):
        def save(*attached, what=None, revision=0, code="E001", day=SUBMITTED):
            return drafts.save_draft(
                organisation=market[code],
                year=2022,
                factors=FACTORS,
                content=what or content(),
                revision=revision,
                law=CQ,
                acting=market.acts(code),
                at=at(day),
                attached=attached,
                store=store,
            )

        return save

    LEDGER = drafts.Attached("activity", 0, "燃料台账.csv", b"day,t\n2022-01-01,2.7\n")

    def faults(self, market, draft):
        found = reports.check_draft(
            market["E001"], 2022, grid=reports.grid_of(draft), factors=FACTORS, law=CQ
        )
        return [
            (f.sheet, f.row, f.column)
            for f in found.checked.faults
            if isinstance(f.refusal, NoSuchEvidence)
        ]

    def test_a_file_is_filed_with_its_hash_and_its_number_stands_in_its_row(self, market, files):
        draft = files(self.LEDGER)
        (number, document), *others = reports.evidence(market["E001"], 2022).items()
        assert not others
        assert (document.name, document.kind) == ("燃料台账.csv", "supporting_record")
        assert draft.content["activity"][0]["evidence"] == str(number)
        assert "evidence" not in draft.content["activity"][1]
        assert self.faults(market, draft) == []

    def test_the_same_file_proves_a_second_row_without_being_filed_again(self, market, files):
        first = files(self.LEDGER)
        also = drafts.Attached("lines", 0, "其他名称.csv", self.LEDGER.content)
        second = files(also, what=first.content, revision=1)
        (number,) = reports.evidence(market["E001"], 2022)
        assert second.content["lines"][0]["evidence"] == str(number)

    def test_the_same_form_sent_twice_is_done_once(self, market, files):
        assert files(self.LEDGER).revision == files(self.LEDGER).revision == 1
        assert len(reports.evidence(market["E001"], 2022)) == 1

    def test_a_refused_file_saves_nothing(self, market, files):
        with pytest.raises(documents.TypeNotTaken):
            files(drafts.Attached("activity", 0, "台账.exe", b"MZ"))
        with pytest.raises(drafts.DraftChanged):
            files(self.LEDGER, revision=3)
        assert reports.draft_of(market["E001"], 2022) is None
        assert reports.evidence(market["E001"], 2022) == {}

    @pytest.mark.parametrize("cell", ["999999", "台账.pdf", "0", "-1", "１", "1" * 30])
    def test_an_unknown_reference_is_an_error_of_its_row(self, market, files, cell):
        draft = files(what=content(FUEL, {**POWER, "evidence": cell}))
        assert self.faults(market, draft) == [("activity", 3, "N")]

    def test_a_document_of_another_report_is_unknown(self, market, files):
        files(self.LEDGER, code="E002")
        (number,) = reports.evidence(market["E002"], 2022)
        draft = files(what=content({**FUEL, "evidence": str(number)}))
        assert self.faults(market, draft) == [("activity", 2, "N")]

    def test_a_removed_document_is_an_error_of_its_row(self, market, files, store):
        draft = files(self.LEDGER)
        (number,) = reports.evidence(market["E001"], 2022)
        drafts.submit_draft(
            organisation=market["E001"],
            year=2022,
            revision=1,
            statement=True,
            synthetic=True,
            law=CQ,
            acting=market.acts("E001"),
            at=at(SUBMITTED),
        )
        with pytest.raises(MustBeKept):
            documents.remove_document(
                REPORT,
                number,
                store=store,
                law=CQ,
                acting=market.acts("E001"),
                at=at(date(2028, 4, 28)),
            )
        documents.remove_document(
            REPORT,
            number,
            store=store,
            law=CQ,
            acting=market.acts("E001"),
            at=at(date(2028, 4, 29)),
        )
        assert self.faults(market, draft) == [("activity", 2, "N")]
