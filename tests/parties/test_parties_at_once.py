"""Two at once on organisations, people and their authority."""

from datetime import date
from functools import partial

import pytest

from openets.journal import queries as journal
from openets.parties import operations, queries
from openets.parties.capacity import Capacity
from openets.parties.models import Designation, Invitation, Membership, Organisation, Person
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS
from tests.parties.test_people import add, hand_over
from tests.parties.test_sign_in_rights import invite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-4")]

LAST = date(2023, 12, 31)


def founded():
    return operations.register_organisations(INSTITUTIONS, law=CQ, acting=FOUNDER, at=FOUNDED)


def test_organisations_registered_by_two_are_registered_once():
    assert at_once(*[founded] * 4) == ["done"] * 4
    assert Organisation.objects.count() == len(INSTITUTIONS)
    assert journal.trail("I1").count() == 1


def test_a_day_has_one_designated_exchange():
    made = founded()
    designated = partial(
        operations.designate,
        organisation=made["exchange"],
        from_date=LAST,
        acting=FOUNDER,
        at=FOUNDED,
    )
    assert at_once(*[designated] * 4) == ["done"] * 4
    assert Designation.objects.count() == 1


def test_of_two_invitations_one_is_valid():
    person = add(founded()["I1"])
    assert at_once(*[partial(invite, person)] * 4) == ["done"] * 4
    assert Invitation.objects.filter(used_at=None, expires_at__gt=FOUNDED).count() == 1


def test_a_person_added_by_two_is_added_once():
    firm = founded()["I1"]
    assert at_once(*[partial(add, firm)] * 4) == ["done"] * 4
    assert (Person.objects.count(), Membership.objects.count()) == (1, 1)


def test_a_person_added_to_two_organisations_has_one_account():
    made = founded()
    added = [partial(add, made[code], mobile="13800000001") for code in ("I1", "P1") * 2]
    assert at_once(*added) == ["done"] * 4
    assert (Person.objects.count(), Membership.objects.count()) == (1, 2)


def test_a_mobile_number_is_one_person_s():
    made = founded()
    added = [
        partial(add, made[code], username, mobile="13800000001")
        for code, username in (("I1", "x-1"), ("P1", "x-2"))
    ]
    assert at_once(*added) == ["done", "shared_account"]
    assert Person.objects.count() == 1


def test_an_authority_ended_by_two_ends_on_a_day_that_one_of_them_named():
    firm = founded()["I1"]
    person = add(firm)
    days = (LAST, date(2023, 12, 30))
    ended = [
        partial(
            operations.end_membership,
            person=person,
            organisation=firm,
            until_date=day,
            acting=FOUNDER,
            at=FOUNDED,
        )
        for day in days
    ]
    answers = at_once(*ended)
    assert answers in (["done", "done"], ["done", "no_membership"])
    assert Membership.objects.get().until_date in days


def test_a_representative_hands_over_to_one_of_two():
    firm = founded()["I1"]
    leaving = add(firm, capacity=Capacity.REPRESENTATIVE)
    asked = [partial(hand_over, firm, leaving, name, LAST) for name in ("x-2", "x-3")]
    answers = at_once(*asked)
    assert answers.count("done") == 1, answers
    assert set(answers) <= {"done", "no_membership", "representative_exists"}
    assert queries.representative(firm, LAST).username in {"x-2", "x-3"}
