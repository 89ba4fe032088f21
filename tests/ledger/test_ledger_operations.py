"""The ledger on the database: guards, repeated batches, two writers at once."""

import threading
from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from openets.journal.models import Entry
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import operations, queries, refusals, store
from openets.ledger.models import Transfer as TransferRow
from openets.ledger.operations import AccountSpec
from openets.ledger.posting import Kind, Transfer

NOON = at(date(2023, 12, 1), 12)
OPERATOR = Acting("operator", "registry_operator", "registry")
ASSET = "CQEA/2021/free"


def post(*transfers, when=NOON):
    return operations.post(transfers, acting=OPERATOR, at=when, article="CQETS-14", subject="test")


def post_all(*transfers, when=NOON):
    operations.post_all(transfers, acting=OPERATOR, at=when, article="CQETS-14", subject="test")


def results(*transfers, when=NOON):
    return [outcome.result.value for outcome in post(*transfers, when=when)]


def open_book(**amounts):
    """Accounts of these names holding these amounts, issued from an account that may go negative."""
    specs = [AccountSpec(name, ASSET) for name in amounts]
    issue = AccountSpec("issue", ASSET, may_go_negative=True)
    ids = operations.open_accounts([issue, *specs], acting=OPERATOR, at=NOON)
    funding = [
        Transfer(f"issue/{name}", ids["issue"], ids[name], amount)
        for name, amount in amounts.items()
        if amount
    ]
    post_all(*funding)
    return ids


def own(ids):
    return {name: queries.balances([number])[number].own for name, number in ids.items()}


def at_once(*tasks):
    """Run the tasks in threads of their own, started together; raise what any of them raised."""
    barrier, faults = threading.Barrier(len(tasks)), []

    def run(task):
        try:
            barrier.wait()
            task()
        except Exception as fault:  # noqa: BLE001 - raised again by the caller
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the writers wait for each other"
    if faults:
        raise faults[0]


@pytest.mark.django_db
class TestAccounts:
    def test_opening_again_gives_the_same_numbers_and_no_entry(self):
        first = open_book(a=0, b=0)
        entries = Entry.objects.count()
        specs = [AccountSpec("b", ASSET), AccountSpec("a", ASSET)]
        assert operations.open_accounts(specs, acting=OPERATOR, at=NOON) == {
            "a": first["a"],
            "b": first["b"],
        }
        assert Entry.objects.count() == entries
        assert queries.account_ids(["a", "nobody"]) == {"a": first["a"]}

    @pytest.mark.parametrize(
        "spec", [AccountSpec("a", "CNY"), AccountSpec("a", ASSET, may_go_negative=True)]
    )
    def test_a_code_of_another_account_is_refused(self, spec):
        open_book(a=0)
        with pytest.raises(operations.AccountDiffers):
            operations.open_accounts([spec], acting=OPERATOR, at=NOON)


@pytest.mark.django_db
class TestPosting:
    def test_a_transfer_is_one_debit_and_one_credit(self):
        ids = open_book(a=1000, b=0)
        assert results(Transfer("t", ids["a"], ids["b"], 300, reason="tab\there")) == ["created"]
        assert own(ids) == {"issue": -1000, "a": 700, "b": 300}
        lines = {name: queries.statement([ids[name]]) for name in "ab"}
        assert [(line.amount, line.balance) for line in lines["a"]] == [(-300, 700), (1000, 1000)]
        assert [(line.amount, line.balance) for line in lines["b"]] == [(300, 300)]
        assert lines["b"][0].reason == "tab\there"
        assert (lines["b"][0].at, lines["b"][0].article) == (NOON, "CQETS-14")
        older = queries.statement([ids["a"]], size=1, before=lines["a"][0].transfer_id)
        assert [line.amount for line in older] == [1000]

    def test_every_batch_leaves_one_journal_entry_with_its_digest(self):
        ids = open_book(a=1000, b=0)
        before = Entry.objects.count()
        post(Transfer("1", ids["a"], ids["b"], 300), Transfer("2", ids["a"], ids["b"], 40))
        entry = Entry.objects.order_by("-id")[0]
        assert Entry.objects.count() == before + 1
        assert (entry.operation, entry.person) == ("ledger.post", "operator")
        assert {k: entry.content["transfers"][k] for k in ("count", "total")} == {
            "count": 2,
            "total": 340,
        }
        assert len(entry.content["transfers"]["sha256"]) == 64

    @pytest.mark.parametrize("count", [2, 100])
    def test_a_repeated_batch_exists_and_writes_nothing(self, count):
        ids = open_book(a=1000, b=0)
        batch = [Transfer(f"{n}", ids["a"], ids["b"], 1) for n in range(count)]
        assert results(*batch) == ["created"] * count
        entries, rows = Entry.objects.count(), TransferRow.objects.count()
        assert results(*batch) == ["exists"] * count
        assert (Entry.objects.count(), TransferRow.objects.count()) == (entries, rows)
        assert own(ids)["b"] == count

    @pytest.mark.parametrize("count", [2, 100])
    def test_a_batch_with_one_used_key_posts_the_others(self, count):
        ids = open_book(a=1000, b=0)
        post(Transfer("1", ids["a"], ids["b"], 5))
        batch = [Transfer(f"{n}", ids["a"], ids["b"], 1) for n in range(count)]
        assert results(*batch) == ["created", "key_reused", *["created"] * (count - 2)]
        assert own(ids)["b"] == 5 + count - 1

    def test_a_refused_key_stays_refused(self):
        ids = open_book(a=10, b=0)
        assert results(Transfer("t", ids["a"], ids["b"], 11)) == ["insufficient"]
        post(Transfer("more", ids["issue"], ids["a"], 1))
        assert results(Transfer("t", ids["a"], ids["b"], 11)) == ["key_already_refused"]
        assert results(Transfer("t2", ids["a"], ids["b"], 11)) == ["created"]
        assert [line.key for line in queries.statement([ids["b"]])] == ["t2"]

    def test_a_reservation_made_while_we_wait_for_the_lock_is_not_there_yet(self, monkeypatch):
        ids = open_book(a=100, b=0)
        post(Transfer("h", ids["a"], ids["b"], 60, Kind.PENDING))
        answers = iter([{}, store.holds(["h"])])
        monkeypatch.setattr(store, "holds", lambda _keys: next(answers))
        resolution = Transfer("p", kind=Kind.POST, pending="h")
        assert results(resolution) == ["pending_not_found"]

    def test_a_reservation_lives_over_several_batches(self):
        ids = open_book(a=100, b=0)
        hold = Transfer("h", ids["a"], ids["b"], 60, Kind.PENDING)
        assert results(hold) == ["created"]
        assert own(ids)["a"] == 40
        assert queries.pending("h").resolved is None
        part = Transfer("p", kind=Kind.POST, pending="h", amount=25)
        assert results(part) == ["created"]
        assert results(part, hold) == ["exists", "exists"]
        assert queries.pending("h").resolved is Kind.POST
        assert results(Transfer("v", kind=Kind.VOID, pending="h")) == ["already_posted"]
        assert own(ids) == {"issue": -100, "a": 75, "b": 25}

    def test_only_overdue_reservations_expire(self):
        ids = open_book(a=100, b=0)
        post(
            Transfer("soon", ids["a"], ids["b"], 10, Kind.PENDING, timeout_seconds=60),
            Transfer("later", ids["a"], ids["b"], 20, Kind.PENDING, timeout_seconds=61),
            Transfer("never", ids["a"], ids["b"], 30, Kind.PENDING),
        )
        moments = [NOON + timedelta(seconds=s) for s in (59, 60, 60, 61)]
        voided = [operations.expire(acting=OPERATOR, at=moment) for moment in moments]
        assert voided == [0, 1, 0, 1]
        assert own(ids)["a"] == 70
        late = Transfer("p", kind=Kind.POST, pending="soon")
        assert results(late, when=moments[-1]) == ["expired"]

    def test_an_overdue_reservation_cannot_be_posted_before_it_is_voided(self):
        ids = open_book(a=100, b=0)
        post(Transfer("h", ids["a"], ids["b"], 10, Kind.PENDING, timeout_seconds=60))
        late = Transfer("p", kind=Kind.POST, pending="h")
        assert results(late, when=NOON + timedelta(seconds=60)) == ["expired"]


@pytest.mark.django_db
class TestPostingAll:
    def test_nothing_is_written_when_one_is_refused(self):
        ids = open_book(a=100, b=0)
        before = Entry.objects.count()
        batch = (
            Transfer("1", ids["a"], ids["b"], 60),
            Transfer("2", ids["a"], ids["b"], 41),
        )
        with pytest.raises(refusals.InsufficientBalance) as refusal:
            post_all(*batch)
        numbers = refusal.value.numbers
        assert {k: numbers[k] for k in ("position", "key", "account", "available", "amount")} == {
            "position": 2,
            "key": "2",
            "account": "a",
            "available": 40,
            "amount": 41,
        }
        assert refusal.value.code == "insufficient"
        assert own(ids)["a"] == 100
        assert Entry.objects.count() == before

    def test_a_refused_batch_may_be_sent_again(self):
        ids = open_book(a=100, b=0)
        with pytest.raises(refusals.InsufficientBalance):
            post_all(Transfer("1", ids["a"], ids["b"], 101))
        post_all(Transfer("more", ids["issue"], ids["a"], 1))
        post_all(Transfer("1", ids["a"], ids["b"], 101))
        post_all(Transfer("1", ids["a"], ids["b"], 101))
        assert own(ids)["b"] == 101

    @pytest.mark.parametrize(
        ("transfer", "refusal"),
        [
            (Transfer("x", kind=Kind.POST, pending="done"), refusals.ReservationClosed),
            (Transfer("x", kind=Kind.POST, pending="open", amount=3), refusals.ExceedsReservation),
            (Transfer("done", 1, 2, 3), refusals.KeyReused),
            (Transfer("x", 1, 1, 3), refusals.TransferRefused),
        ],
    )
    def test_each_refusal_says_what_is_wrong_and_what_to_do(self, transfer, refusal):
        ids = open_book(a=100, b=0)
        for key in ("open", "done"):
            post(Transfer(key, ids["a"], ids["b"], 2, Kind.PENDING))
        post(Transfer("p", kind=Kind.POST, pending="done"))
        with pytest.raises(refusals.TransferRefused) as refused:
            post_all(transfer)
        assert type(refused.value) is refusal
        for language in ("zh", "en"):
            assert refused.value.message(language)
            assert refused.value.remedy(language)

    def test_of_a_failed_chain_the_failing_event_is_named(self):
        ids = open_book(a=100, b=0)
        with pytest.raises(refusals.InsufficientBalance) as refused:
            post_all(
                Transfer("1", ids["a"], ids["b"], 1, linked=True),
                Transfer("2", ids["a"], ids["b"], 200, linked=True),
                Transfer("3", ids["a"], ids["b"], 1),
            )
        assert refused.value.numbers["position"] == 2


GUARDED = [
    "update {} set id = id",
    "delete from {}",
    "truncate {} cascade",
]


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-5.2b")
class TestGuards:
    @pytest.mark.parametrize("table", ["ledger_transfer", "ledger_account"])
    @pytest.mark.parametrize("statement", GUARDED)
    def test_rows_are_neither_changed_nor_removed(self, table, statement):
        open_book(a=100)
        connection.cursor().execute("set constraints all immediate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement.format(table))

    @pytest.mark.parametrize("column", ["code", "asset", "may_go_negative", "batch_id"])
    def test_what_an_account_is_never_changes(self, column):
        open_book(a=100)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(f"update ledger_account set {column} = {column}")

    @pytest.mark.parametrize(
        "change", ["debits_posted = 101", "debits_pending = 101", "credits_pending = -1"]
    )
    def test_the_database_itself_refuses_an_overdraft(self, change):
        open_book(a=100)
        statement = f"update ledger_account set {change} where code = 'a'"
        with pytest.raises(DatabaseError, match="ledger_account"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_the_database_itself_resolves_a_reservation_once(self):
        ids = open_book(a=100, b=0)
        post(Transfer("h", ids["a"], ids["b"], 60, Kind.PENDING))
        post(Transfer("p", kind=Kind.POST, pending="h"))
        again = """insert into ledger_transfer (batch_id, debit_id, credit_id, key, kind, amount,
            debit_after, credit_after, debit_before, credit_before, timeout_seconds,
            pending, reason)
            select batch_id, debit_id, credit_id, 'q', kind, amount, debit_after, credit_after, 0, 0, 0,
            pending, '' from ledger_transfer where key = 'p'"""
        with pytest.raises(DatabaseError, match="resolved"), transaction.atomic():
            connection.cursor().execute(again)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("CQETS-5.4b")
class TestTwoWritersAtOnce:
    def test_opposing_transfers_end_right(self):
        ids = open_book(a=1000, b=1000)

        def move(source, target, rounds=40):
            for n in range(rounds):
                key = f"{source}{n}"
                post(*(Transfer(f"{key}/{m}", ids[source], ids[target], 1) for m in range(3)))

        at_once(lambda: move("a", "b"), lambda: move("b", "a", rounds=30))
        assert own(ids) == {"issue": -2000, "a": 1000 - 120 + 90, "b": 1000 + 120 - 90}

    def test_of_n_clients_who_each_move_most_of_it_exactly_one_succeeds(self):
        ids = open_book(a=51_000, **{f"buyer{n}": 0 for n in range(6)})
        outcomes = []

        def buy(n):
            transfer = Transfer(f"buy{n}", ids["a"], ids[f"buyer{n}"], 40_000)
            outcomes.extend(results(transfer))

        at_once(*(lambda n=n: buy(n) for n in range(6)))
        assert sorted(outcomes) == ["created", *["insufficient"] * 5]
        assert own(ids)["a"] == 11_000

    @pytest.mark.parametrize("size", [1, 80])
    def test_the_same_batch_from_two_clients_is_posted_once(self, size):
        ids = open_book(a=1000, b=0)
        outcomes = []
        batch = [Transfer(f"t{n}", ids["a"], ids["b"], 1) for n in range(size)]
        at_once(*[lambda: outcomes.append(results(*batch))] * 3)
        assert sorted(outcomes) == [["created"] * size, ["exists"] * size, ["exists"] * size]
        assert own(ids)["b"] == size

    def test_a_reservation_posted_and_voided_at_once_is_resolved_once(self):
        ids = open_book(a=1000, b=0)
        post(*(Transfer(f"h{n}", ids["a"], ids["b"], 1, Kind.PENDING) for n in range(20)))
        created = []

        def resolve(kind):
            for n in range(20):
                resolution = Transfer(f"{kind.name}{n}", kind=kind, pending=f"h{n}")
                created.extend(n for result in results(resolution) if result == "created")

        at_once(lambda: resolve(Kind.POST), lambda: resolve(Kind.VOID))
        assert sorted(created) == list(range(20))

    def test_the_same_account_opened_by_two_is_opened_once(self):
        numbers = []
        specs = [AccountSpec(f"x{n}", ASSET) for n in range(50)]

        def open_all():
            numbers.append(operations.open_accounts(specs, acting=OPERATOR, at=NOON))

        at_once(open_all, open_all, open_all)
        assert numbers[0] == numbers[1] == numbers[2]

    def test_a_failure_between_the_rows_and_the_balances_leaves_neither(self, monkeypatch):
        ids = open_book(a=1000, b=0)
        rows = TransferRow.objects.count()
        monkeypatch.setattr("openets.ledger.store._UPDATE", "select 1 / 0" + ", %s::text" * 7)
        with pytest.raises(psycopg.errors.DivisionByZero):
            post(Transfer("t", ids["a"], ids["b"], 300))
        assert TransferRow.objects.count() == rows
        assert own(ids) == {"issue": -1000, "a": 1000, "b": 0}
