"""Rows by a statement written once: the same as the framework's own query finds."""

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from openets.casework.models import Case
from openets.parties.models import AccessToken, Membership, Organisation, Person
from openets.registry.models import Lot, Position, RegistryAccount, Transaction
from openets.select import Select

TOKENS = Select(
    AccessToken,
    "t.digest = any(%s) order by membership__person.username desc",
    along=["membership", "membership__person", "membership__organisation"],
)
CASES = Select(
    Case, "t.procedure = %s order by t.id for update of t", along=["organisation", "handler"]
)


@pytest.fixture
def firms(db):
    names = ("A", "B")
    return [Organisation.objects.create(code=n, name=n, role="key_emitting_entity") for n in names]


@pytest.fixture
def accounts(firms):
    now = timezone.now()
    return [
        RegistryAccount.objects.create(
            number=f"{f.code}-{kind}", kind=kind, holder=f, opened_at=now
        )
        for f in firms
        for kind in ("registry", "trading")
    ]


def as_told(one):
    """Every column of a row."""
    return {field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields}


def test_finds_what_the_framework_finds_and_follows_keys_as_it_does(
    firms, django_assert_num_queries
):
    for firm in firms:
        person = Person.objects.create(username=f"p-{firm.code}")
        membership = Membership.objects.create(
            person=person, organisation=firm, role=firm.role, from_date=date(2024, 1, 1)
        )
        AccessToken.objects.create(
            membership=membership,
            digest=firm.code,
            made_at=timezone.now(),
            until_date=date(2025, 1, 1),
        )
    twin = list(
        AccessToken.objects.order_by("-membership__person__username").select_related(
            "membership__person", "membership__organisation"
        )
    )
    with django_assert_num_queries(1):
        found = TOKENS.rows(["A", "B", "C"])
        people = [token.membership.person for token in found]
        holders = [token.membership.organisation for token in found]
    assert [person.username for person in people] == ["p-B", "p-A"]
    assert [as_told(token) for token in found] == [as_told(token) for token in twin]
    assert [as_told(person) for person in people] == [as_told(t.membership.person) for t in twin]
    assert [as_told(h) for h in holders] == [as_told(t.membership.organisation) for t in twin]


def test_an_empty_key_is_none_without_another_question(firms, django_assert_num_queries):
    now = timezone.now()
    common = {"procedure": "p", "year": 2021, "state": "s", "opened_at": now, "moved_at": now}
    Case.objects.create(subject="1", organisation=firms[0], handler=None, **common)
    Case.objects.create(subject="2", organisation=firms[1], handler=firms[0], **common)
    with transaction.atomic(), django_assert_num_queries(1):
        found = CASES.rows("p")
        assert [(c.organisation.code, c.handler and c.handler.code) for c in found] == [
            ("A", None),
            ("B", "A"),
        ]


def test_values_are_made_into_those_of_their_fields(accounts):
    parts = [["CQ/allowance/2021/free", True, 3]]
    twin = Transaction.objects.create(
        kind="move",
        reference="r",
        debit=accounts[0],
        credit=accounts[1],
        amount_t=3,
        parts=parts,
        at=timezone.now(),
    )
    twin.refresh_from_db()
    found = Select(Transaction, "kind = %s and reference = %s").first("move", "r")
    assert found == twin
    assert as_told(found) == as_told(twin)
    assert found.parts == parts


def test_a_row_found_is_the_framework_s_own_and_can_be_saved(accounts):
    found = Select(RegistryAccount, "holder_id = %s and kind = %s").first(
        accounts[2].holder_id, "trading"
    )
    found.measured = True
    found.save(update_fields=["measured"])
    assert RegistryAccount.objects.filter(measured=True).get() == accounts[3]


def test_nothing_found_is_no_rows_and_none(accounts):
    positions = Select(Position, "account_id = any(%s)", along=["lot"])
    assert positions.rows([account.pk for account in accounts]) == []
    assert positions.first([]) is None


def test_only_a_key_to_one_row_can_be_followed():
    with pytest.raises(AssertionError, match="code refers to one row"):
        Select(Lot, "true", along=["code"])
