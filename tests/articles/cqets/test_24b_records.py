"""Article 24: what a report rests on is kept for at least five years from its submission."""

from datetime import date

import pytest

from openets.casework import documents, queries
from openets.casework.documents import MustBeKept
from openets.casework.storage import Store
from openets.kernel.clock import at
from openets.mrv import operations
from openets.mrv.procedures import REPORT
from tests.markets import CQ, FOUNDER, founded_market

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
