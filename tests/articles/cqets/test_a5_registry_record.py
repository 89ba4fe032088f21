"""CQETS art. 5: the record of holding and change is append-only, atomic and verifiable."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from openets.journal import chain
from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import conservation, operations, queries, refusals
from openets.ledger.operations import AccountSpec
from openets.ledger.posting import Transfer

NOON = at(date(2023, 12, 1), 12)
OPERATOR = Acting("operator", "registry_operator", "registry")
ALLOWANCE = "CQEA/2021/free"


@pytest.fixture
def ids(db):
    """Account A holds 1,000 t, account B nothing."""
    specs = [AccountSpec("A", ALLOWANCE), AccountSpec("B", ALLOWANCE)]
    issue = AccountSpec("issue", ALLOWANCE, may_go_negative=True)
    ids = operations.open_accounts([issue, *specs], acting=OPERATOR, at=NOON)
    post_all(Transfer("issue", ids["issue"], ids["A"], 1000))
    return ids


def post_all(*transfers):
    operations.post_all(
        transfers, acting=OPERATOR, at=NOON, article="CQETS-14", subject="allowances"
    )


def held(ids):
    balances = queries.balances(ids.values())
    return {name: balances[number].own for name, number in ids.items()}


@pytest.mark.requirement("CQETS-5.2b")
def test_a_transfer_of_300_t_is_one_debit_and_one_credit_of_300(ids):
    post_all(Transfer("t", ids["A"], ids["B"], 300))
    debit, credit = queries.statement([ids["A"]])[0], queries.statement([ids["B"]])[0]
    assert (debit.amount, credit.amount) == (-300, 300)
    assert (debit.key, debit.other_id, credit.other_id) == ("t", ids["B"], ids["A"])
    assert (debit.at, debit.article) == (NOON, "CQETS-14")
    assert held(ids)["A"] + held(ids)["B"] == 1000


@pytest.mark.requirement("CQETS-5.2b")
def test_the_record_names_its_operator(ids):
    post_all(Transfer("t", ids["A"], ids["B"], 300))
    entry = journal.trail("allowances").last()
    assert (entry.person, entry.role, entry.organisation) == (
        "operator",
        "registry_operator",
        "registry",
    )


@pytest.mark.requirement("CQETS-5.2b")
@pytest.mark.parametrize("change", ["delete from", "update"])
def test_an_entry_can_be_neither_deleted_nor_altered(ids, change):
    statement = {"update": "update ledger_transfer set amount = 1"}.get(
        change, f"{change} ledger_transfer"
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert [line.amount for line in queries.statement([ids["A"]])] == [1000]


@pytest.mark.requirement("CQETS-5.2b")
@pytest.mark.parametrize(("amount_t", "moves"), [(999, True), (1000, True), (1001, False)])
def test_one_tonne_more_than_held_is_refused_and_no_entry_is_written(ids, amount_t, moves):
    entries = journal.trail("allowances").count()
    transfer = Transfer("t", ids["A"], ids["B"], amount_t)
    if moves:
        post_all(transfer)
    else:
        with pytest.raises(refusals.InsufficientBalance):
            post_all(transfer)
    assert held(ids)["B"] == (amount_t if moves else 0)
    assert len(queries.statement([ids["A"]])) == 1 + moves
    assert journal.trail("allowances").count() == entries + moves


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.django_db(transaction=True)
def test_a_crash_between_debit_and_credit_leaves_neither(ids):
    """The server ends the session after the rows are written and before the balances are."""
    post_all(Transfer("before", ids["A"], ids["B"], 1))
    with connection.cursor() as cursor:
        cursor.execute(
            """create function crash() returns trigger language plpgsql as
            'begin perform pg_terminate_backend(pg_backend_pid()); return new; end'"""
        )
        cursor.execute(
            """create trigger crash before update on ledger_account
            for each row when (new.debits_posted = 301) execute function crash()"""
        )
    try:
        with pytest.raises(Exception, match="terminating connection"):
            post_all(Transfer("crash", ids["A"], ids["B"], 300))
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("drop trigger crash on ledger_account; drop function crash()")
    assert held(ids) == {"issue": -1000, "A": 999, "B": 1}
    assert [line.key for line in queries.statement([ids["A"]])] == ["before", "issue"]
    conservation.verify(queries.account_rows(), queries.transfer_rows(), journal.entry_rows())
    assert chain.verify(journal.batch_rows(), journal.entry_rows()).number == 0
