"""Documents and comments: what is taken, from whom, how it lies, and how long it must."""

from datetime import date

import pytest

from openets.casework import documents, operations, queries
from openets.casework.documents import (
    DocumentDamaged,
    DocumentOnFile,
    Infected,
    KeepingNotBegun,
    MustBeKept,
    NoSuchDocument,
    NotThatSize,
    NotYourDocument,
    TypeNotTaken,
)
from openets.casework.operations import NoSuchCase, NothingSaid
from openets.casework.scope import NotYourCase
from openets.casework.storage import Scan, Store
from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.parties.roles import Role
from tests.casework.procedures import (
    CQ,
    ENTITY,
    RESULT,
    STRANGER,
    TUESDAY,
    everybody,
    found,
    moved,
)
from tests.concurrently import at_once

PDF = b"%PDF-1.7 meter readings"
DISTRICT = Acting("D1-1", Role.DISTRICT_BUREAU, "D1")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "documents")


@pytest.fixture
def firms(db):
    made = everybody()
    found(made["E1"], made["E2"])
    return made


def added(store, name="抄表记录.pdf", content=PDF, *, acting=ENTITY, kind="five", code="E1"):
    return documents.add_document(
        RESULT,
        f"result/{code}",
        kind=kind,
        name=name,
        content=content,
        store=store,
        law=CQ,
        acting=acting,
        at=TUESDAY,
    )


def removed(document, store, day, acting=ENTITY, rules=CQ):
    return documents.remove_document(
        RESULT, document.pk, store=store, law=rules, acting=acting, at=at(day)
    )


@pytest.mark.usefixtures("firms")
class TestAdding:
    def test_a_document_lies_under_its_hash_with_who_when_and_what_the_scanner_said(self, store):
        document = added(store)
        assert store.path(document.sha256).read_bytes() == PDF
        assert (document.size_bytes, document.media_type) == (len(PDF), "application/pdf")
        assert (document.person, document.added_at, document.scan) == (
            "E1-1",
            TUESDAY,
            "not_scanned",
        )
        entry = journal.trail("result/E1").last()
        assert entry.operation == "result.add_document"
        assert entry.content["sha256"] == document.sha256
        assert queries.documents(queries.case(RESULT, "result/E1")) == [document]

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("virus.exe", b"MZ"),
            ("picture.pdf", b"\x89PNG\r\n\x1a\n"),
            ("table.csv", b"\xff\xfe"),
            ("table.csv", b"a\0b"),
            ("nothing", PDF),
        ],
    )
    def test_a_file_of_another_type_or_under_a_false_name_is_refused(self, store, name, content):
        with pytest.raises(TypeNotTaken) as no:
            added(store, name, content)
        assert "pdf" in no.value.remedy("en")

    def test_a_file_is_neither_empty_nor_above_the_limit(self, store):
        for content in (b"", PDF.ljust(20_971_521)):
            with pytest.raises(NotThatSize):
                added(store, content=content)
        assert added(store, content=PDF.ljust(20_971_520)).size_bytes == 20_971_520

    def test_a_name_brings_no_folders(self, store):
        assert added(store, "../../etc/表.pdf").name == "表.pdf"

    def test_an_infected_file_is_refused_and_not_stored(self, store):
        with pytest.raises(Infected):
            added(Store(store.folder, scan=lambda _: Scan.INFECTED))
        assert not store.folder.exists()
        assert added(Store(store.folder, scan=lambda _: Scan.CLEAN)).scan == "clean"

    def test_the_same_content_is_filed_once_a_case_and_lies_once(self, store):
        added(store)
        with pytest.raises(DocumentOnFile):
            added(store, "copy.pdf")
        added(store, acting=STRANGER, code="E2")
        assert len([p for p in store.folder.rglob("*") if p.is_file()]) == 1

    def test_only_who_takes_part_files_and_reads(self, store):
        with pytest.raises(NotYourCase):
            added(store, acting=STRANGER)
        with pytest.raises(NoSuchCase):
            added(store, code="E3")
        document = added(store)
        with pytest.raises(NotYourCase):
            documents.read_document(RESULT, document.pk, store=store, acting=STRANGER)

    def test_a_changed_or_lost_file_is_not_handed_out(self, store):
        document = added(store)
        assert documents.read_document(RESULT, document.pk, store=store, acting=ENTITY)[1] == PDF
        store.path(document.sha256).write_bytes(b"other")
        with pytest.raises(DocumentDamaged):
            documents.read_document(RESULT, document.pk, store=store, acting=ENTITY)
        store.path(document.sha256).unlink()
        with pytest.raises(DocumentDamaged):
            documents.read_document(RESULT, document.pk, store=store, acting=ENTITY)


@pytest.mark.usefixtures("firms")
class TestKeeping:
    def ended(self):
        moved("notify")
        moved("let_stand", moment=at(date(2023, 11, 24)))

    @pytest.mark.parametrize(
        ("kind", "last_day", "first_day", "years"),
        [
            ("five", date(2028, 11, 24), date(2028, 11, 25), 5),
            ("ten", date(2033, 11, 24), date(2033, 11, 25), 10),
            ("twenty", date(2043, 11, 24), date(2043, 11, 25), 20),
        ],
    )
    def test_nothing_is_removed_before_its_years_are_over(
        self, store, kind, last_day, first_day, years, django_capture_on_commit_callbacks
    ):
        document = added(store, kind=kind)
        self.ended()
        with pytest.raises(MustBeKept) as no:
            removed(document, store, last_day)
        assert no.value.numbers["day"] == first_day.isoformat()
        assert no.value.numbers["years"] == years
        with django_capture_on_commit_callbacks(execute=True):
            removed(document, store, first_day)
        assert not store.path(document.sha256).exists()
        assert journal.trail("result/E1").last().operation == "result.remove_document"

    def test_while_the_case_goes_on_its_years_have_not_begun(self, store):
        document = added(store)
        with pytest.raises(KeepingNotBegun):
            removed(document, store, date(2050, 1, 1))

    def test_only_who_filed_it_removes_it_and_once(self, store):
        document = added(store)
        self.ended()
        with pytest.raises(NotYourDocument):
            removed(document, store, date(2030, 1, 1), DISTRICT)
        removed(document, store, date(2030, 1, 1))
        with pytest.raises(NoSuchDocument):
            removed(document, store, date(2030, 1, 1))

    def test_content_another_case_still_has_stays(self, store, django_capture_on_commit_callbacks):
        document = added(store)
        added(store, acting=STRANGER, code="E2")
        self.ended()
        with django_capture_on_commit_callbacks(execute=True):
            removed(document, store, date(2030, 1, 1))
        assert store.path(document.sha256).exists()

    def test_what_must_still_be_kept_is_listed_with_its_first_possible_day(self, firms, store):
        added(store)
        added(store, "b.pdf", b"%PDF- b", kind="ten")

        def kept(day):
            found = queries.kept_documents([RESULT], firms["E1"], law=CQ, today=day)
            return [(k.document.name, k.removable_from) for k in found]

        assert kept(date(2023, 11, 15)) == [("抄表记录.pdf", None), ("b.pdf", None)]
        self.ended()
        assert len(kept(date(2028, 11, 24))) == 2
        assert kept(date(2028, 11, 25)) == [("b.pdf", date(2033, 11, 25))]
        assert queries.kept_documents([RESULT], firms["E2"], law=CQ, today=date(2024, 1, 1)) == []


@pytest.mark.usefixtures("firms")
class TestComments:
    def say(self, text="请补充附件", acting=DISTRICT):
        return operations.comment(RESULT, "result/E1", text=text, acting=acting, at=TUESDAY)

    def test_the_entity_and_the_authority_comment_and_it_is_journalled(self):
        city = Acting("bureau-1", Role.CITY_BUREAU, "bureau")
        for acting in (ENTITY, city):
            self.say(acting=acting)
        said = queries.case(RESULT, "result/E1").comments.all()
        assert [(c.person, c.text) for c in said] == [
            ("E1-1", "请补充附件"),
            ("bureau-1", "请补充附件"),
        ]
        assert journal.trail("result/E1").last().operation == "result.comment"

    def test_others_do_not_and_nobody_says_nothing(self):
        for stranger in (STRANGER, DISTRICT, Acting("x", Role.BANK, "bank")):
            with pytest.raises(NotYourCase):
                self.say(acting=stranger)
        with pytest.raises(NothingSaid):
            self.say(" ")


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_same_content_added_twice_at_once_is_filed_once(self, tmp_path):
        found(everybody()["E1"])
        store = Store(tmp_path)
        done = at_once(lambda: added(store), lambda: added(store, "copy.pdf"))
        assert done == ["document_on_file", "done"]

    def test_a_document_is_removed_once(self, tmp_path):
        found(everybody()["E1"])
        store = Store(tmp_path)
        document = added(store)
        moved("notify")
        moved("let_stand", moment=at(date(2023, 11, 24)))

        def remove():
            removed(document, store, date(2030, 1, 1))

        assert at_once(remove, remove) == ["done", "no_such_document"]
        assert not store.path(document.sha256).exists()
