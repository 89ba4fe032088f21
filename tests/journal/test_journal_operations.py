"""The journal on the database: append-only, sealed without holding anyone up."""

import threading
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from openets.journal import chain, operations, queries
from openets.journal.models import Batch, Entry
from openets.kernel.acting import Acting
from openets.kernel.clock import at

NOON = at(date(2023, 12, 1), 12)
CLERK = Acting("clerk", "city_bureau", "bureau")


def record(subject="entity/1", **content):
    return operations.record(
        operation="test.record",
        subject=subject,
        acting=CLERK,
        at=NOON,
        article="CQETS-5.2b",
        content=content,
    )


def verified():
    return chain.verify(queries.batch_rows(), queries.entry_rows())


@pytest.mark.django_db
class TestRecording:
    def test_an_entry_tells_who_did_what_when_and_why(self):
        record(tonnes=300)
        entry = queries.trail("entity/1")[0]
        assert (entry.person, entry.role, entry.organisation) == ("clerk", "city_bureau", "bureau")
        assert (entry.at, entry.article, entry.content) == (NOON, "CQETS-5.2b", {"tonnes": 300})

    def test_many_entries_keep_their_order(self):
        operations.record_many(
            [operations.Record("test", "entity/2", CLERK, NOON, "", {"n": n}) for n in range(20)]
        )
        assert [entry.content["n"] for entry in queries.trail("entity/2")] == list(range(20))

    @pytest.mark.parametrize("value", [1.0, [1, {"x": 0.5}], float("nan")])
    def test_a_float_is_our_own_fault(self, value):
        with pytest.raises(AssertionError, match="floats"):
            record(value=value)


@pytest.mark.django_db
class TestSealing:
    def test_all_open_entries_are_chained_and_verify(self):
        assert operations.seal(at=NOON) is None
        assert queries.head() == (0, "0" * 64)
        record(n=1)
        record(n=2)
        assert queries.unsealed_count() == 2
        first = operations.seal(at=NOON)
        record(n=3)
        second = operations.seal(at=NOON)
        assert (first.number, first.entries, second.number, second.entries) == (1, 2, 2, 1)
        assert second.previous == first.digest
        assert queries.head() == verified() == (2, second.digest)
        assert queries.unsealed_count() == 0

    def test_the_same_play_gives_the_same_head(self):
        heads = []
        for gap in (0, 5):
            undo = transaction.savepoint()
            record(name="重庆", numbers=[1, 10**20])
            connection.cursor().execute(
                "select nextval('journal_entry_id_seq') from generate_series(1, %s)", (gap,)
            )
            record(n=2)
            operations.seal(at=NOON)
            heads.append(verified())
            transaction.savepoint_rollback(undo)
        assert heads[0] == heads[1] != (0, "0" * 64)


BATCH_CHANGES = [
    "update journal_batch set digest = digest",
    "delete from journal_batch",
    "truncate journal_batch cascade",
    "update journal_entry set batch_id = 2",
]
CHANGES = [
    "delete from journal_entry",
    "truncate journal_entry cascade",
    "update journal_entry set batch_id = null",
    *(f"update journal_entry set {name} = {name} || '!'" for name in ("operation", "article")),
    *(f"update journal_entry set {name} = {name} || '!'" for name in ("subject", "person")),
    *(f"update journal_entry set {name} = {name} || '!'" for name in ("role", "organisation")),
    """update journal_entry set content = '{"n": 2}'""",
    "update journal_entry set at = at + interval '1 microsecond'",
    "update journal_entry set id = id + 1",
]


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-5.2b")
class TestGuards:
    @pytest.mark.parametrize(
        ("statement", "is_sealed"),
        [(statement, True) for statement in (*BATCH_CHANGES, *CHANGES)]
        + [(statement, False) for statement in CHANGES],
    )
    def test_the_database_refuses_every_change(self, statement, is_sealed):
        record(n=1)
        if is_sealed:
            operations.seal(at=NOON)
        connection.cursor().execute("set constraints all immediate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_sealers_do_not_fork_the_chain_and_writers_do_not_wait(self):
        def work(task):
            for _ in range(25):
                task()
            connection.close()

        tasks = [record, lambda: operations.seal(at=NOON), lambda: operations.seal(at=NOON)]
        threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        operations.seal(at=NOON)
        assert Entry.objects.count() == 25
        assert verified().number == Batch.objects.count()

    def test_an_entry_not_committed_yet_falls_into_a_later_batch(self):
        written, committed = threading.Event(), threading.Event()

        def write_slowly():
            with transaction.atomic():
                record(n=1)
                written.set()
                committed.wait(60)
            connection.close()

        writer = threading.Thread(target=write_slowly)
        writer.start()
        written.wait(60)
        record(n=2)
        first = operations.seal(at=NOON)
        committed.set()
        writer.join(60)
        second = operations.seal(at=NOON)
        assert (first.entries, second.entries) == (1, 1)
        assert verified() == (2, second.digest)
