"""Staff of authorities and operators take no part in trading."""

from datetime import date, timedelta

import pytest

from openets.kernel.clock import market_date
from openets.parties import operations, queries
from openets.parties.queries import StaffMustNotTrade
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQVER-37", "CNETS-12.2")]

TODAY = market_date(FOUNDED)


@pytest.fixture
def parties(db):
    return operations.register_organisations(INSTITUTIONS, law=CQ, acting=FOUNDER, at=FOUNDED)


def join(organisation, username="wang", **span):
    return operations.add_member(
        username=username,
        display_name="王",
        organisation=organisation,
        acting=FOUNDER,
        at=FOUNDED,
        **span,
    )


@pytest.mark.parametrize("code", ["exchange", "registry", "platform", "bureau"])
def test_who_works_there_cannot_come_to_act_for_a_participant(parties, code):
    join(parties[code])
    with pytest.raises(StaffMustNotTrade) as no:
        join(parties["I1"])
    assert no.value.numbers["organisation"] == parties[code].name


def test_nor_by_a_handover(parties):
    join(parties["exchange"])
    leaving = join(parties["I1"], "li")
    with pytest.raises(StaffMustNotTrade):
        operations.hand_over(
            leaving=leaving,
            organisation=parties["I1"],
            username="wang",
            display_name="王",
            basis="授权书",
            on_date=TODAY,
            acting=FOUNDER,
            at=FOUNDED,
        )


def test_who_comes_to_work_there_while_acting_for_a_participant_is_barred_from_that_day(parties):
    join(parties["I1"])
    join(parties["exchange"], from_date=TODAY + timedelta(days=3))
    queries.must_not_be_staff("wang", TODAY + timedelta(days=2))
    with pytest.raises(StaffMustNotTrade):
        queries.must_not_be_staff("wang", TODAY + timedelta(days=3))


def test_from_the_day_it_ends_they_may(parties):
    ends = TODAY + timedelta(days=3)
    join(parties["exchange"], until_date=ends)
    join(parties["I1"], from_date=ends)
    queries.must_not_be_staff("wang", ends)


def test_people_of_a_bank_or_a_verification_body_are_not_meant(parties):
    join(parties["V1"])
    join(parties["I1"])
    queries.must_not_be_staff("wang", date(2023, 12, 4))
