"""Who acts for whom, from which day until which."""

from datetime import date

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties import operations, queries
from openets.parties.capacity import Capacity
from openets.parties.models import Membership
from openets.parties.operations import (
    ActsOtherwise,
    EndsInThePast,
    NoMembership,
    NotDesignable,
    RepresentativeExists,
    SharedAccount,
)
from openets.parties.queries import NotDesignated
from openets.parties.roles import Role
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS

TODAY = FOUNDED.date()
LAST = date(2023, 12, 31)
AFTER = date(2024, 1, 1)


@pytest.fixture
def market(db):
    return operations.register_organisations(INSTITUTIONS, law=CQ, acting=FOUNDER, at=FOUNDED)


def add(organisation, username="x-1", display_name="经办人甲", acting=FOUNDER, **terms):
    return operations.add_member(
        username=username,
        display_name=display_name,
        organisation=organisation,
        acting=acting,
        at=FOUNDED,
        **terms,
    )


def hand_over(organisation, leaving, username, on_date, display_name="经办人乙", **terms):
    return operations.hand_over(
        leaving=leaving,
        username=username,
        display_name=display_name,
        organisation=organisation,
        on_date=on_date,
        acting=FOUNDER,
        at=FOUNDED,
        **terms,
    )


class TestTerm:
    def test_authority_begins_on_its_first_day(self, market):
        person = add(market["I1"], from_date=LAST)
        assert queries.acting_as(person, date(2023, 12, 30)) is None
        assert queries.acting_as(person, LAST) == Acting("x-1", "investor", "I1")

    def test_authority_ends_on_the_day_it_expires(self, market):
        person = add(market["I1"], until_date=AFTER)
        assert queries.acting_as(person, LAST) is not None
        assert queries.acting_as(person, AFTER) is None

    def test_authority_ended_today_ends_today_and_none_ends_in_the_past(self, market):
        person = add(market["I1"])
        end = {"person": person, "organisation": market["I1"], "acting": FOUNDER}
        with pytest.raises(EndsInThePast):
            operations.end_membership(until_date=TODAY, at=at(date(2023, 2, 21)), **end)
        operations.end_membership(until_date=TODAY, at=FOUNDED, **end)
        assert queries.acting_as(person, TODAY) is None
        with pytest.raises(NoMembership):
            operations.end_membership(until_date=TODAY, at=FOUNDED, **end)
        told = [e.operation for e in journal.trail("I1")]
        assert told == ["parties.register", "parties.add_member", "parties.end_membership"]

    def test_whoever_left_may_come_back(self, market):
        add(market["I1"], until_date=LAST)
        person = add(market["I1"], from_date=LAST)
        assert queries.acting_as(person, LAST) is not None
        assert Membership.objects.count() == 2

    def test_other_terms_for_the_same_time_are_refused(self, market):
        add(market["I1"])
        for terms in ({"capacity": Capacity.ALTERNATE}, {"until_date": LAST}):
            with pytest.raises(ActsOtherwise):
                add(market["I1"], **terms)
        assert Membership.objects.count() == 1


class TestAccounts:
    def test_an_account_is_not_shared_by_two_people(self, market):
        add(market["I1"])
        with pytest.raises(SharedAccount) as no:
            add(market["P1"], display_name="经办人乙")
        assert no.value.numbers == {"taken": "x-1", "owner": "经办人甲"}

    def test_a_person_does_not_get_a_second_account(self, market):
        add(market["I1"], mobile="13800000000")
        with pytest.raises(SharedAccount) as no:
            add(market["P1"], username="y-1", mobile="13800000000")
        assert no.value.numbers["owner"] == "x-1"

    def test_a_person_may_act_for_two_organisations_from_one_account(self, market):
        assert add(market["I1"]) == add(market["P1"])
        assert Membership.objects.count() == 2


class TestRepresentatives:
    def test_an_organisation_has_one_primary_representative_and_many_alternates(self, market):
        first = add(market["I1"], capacity=Capacity.REPRESENTATIVE)
        for n in (2, 3):
            add(market["I1"], f"x-{n}", capacity=Capacity.ALTERNATE)
        with pytest.raises(RepresentativeExists):
            add(market["I1"], "x-4", capacity=Capacity.REPRESENTATIVE)
        assert queries.representative(market["I1"], TODAY) == first

    def test_a_representative_may_follow_on_the_day_the_other_ends(self, market):
        add(market["I1"], capacity=Capacity.REPRESENTATIVE, until_date=LAST)
        day_before = date(2023, 12, 30)
        with pytest.raises(RepresentativeExists):
            add(market["I1"], "x-2", capacity=Capacity.REPRESENTATIVE, from_date=day_before)
        second = add(market["I1"], "x-2", capacity=Capacity.REPRESENTATIVE, from_date=LAST)
        assert queries.representative(market["I1"], LAST) == second

    def test_the_alternate_stands_in_when_the_representative_is_gone(self, market):
        add(market["I1"], capacity=Capacity.REPRESENTATIVE, until_date=LAST)
        assert queries.representative(market["P1"], TODAY) is None
        alternate = add(market["I1"], "x-2", capacity=Capacity.ALTERNATE)
        add(market["I1"], "x-3")
        assert queries.representative(market["I1"], LAST) == alternate

    def test_a_hand_over_leaves_no_day_without_and_no_day_with_two(self, market):
        firm = market["I1"]
        leaving = add(firm, capacity=Capacity.REPRESENTATIVE)
        coming = hand_over(firm, leaving, "x-2", LAST, basis="授权书〔2023〕1号")
        before = date(2023, 12, 30)
        assert queries.representative(firm, before) == leaving
        assert queries.acting_as(coming, before) is None
        assert queries.representative(firm, LAST) == coming
        assert queries.acting_as(leaving, LAST) is None
        (entry,) = [e for e in journal.trail("I1") if e.operation == "parties.hand_over"]
        assert entry.content == {"leaving": "x-1", "person": "x-2", "on": "2023-12-31"}

    def test_an_alternate_may_take_over(self, market):
        leaving = add(market["I1"], capacity=Capacity.REPRESENTATIVE)
        alternate = add(market["I1"], "x-2", "经办人乙", capacity=Capacity.ALTERNATE)
        hand_over(market["I1"], leaving, "x-2", LAST)
        standing = queries.memberships(LAST).get(person=alternate)
        assert standing.capacity == Capacity.REPRESENTATIVE

    def test_whoever_does_not_act_has_nothing_to_hand_over(self, market):
        person = add(market["I1"], until_date=LAST)
        with pytest.raises(NoMembership):
            hand_over(market["I1"], person, "x-2", LAST)
        with pytest.raises(NoMembership):
            hand_over(market["P1"], person, "x-2", TODAY)


@pytest.mark.django_db(transaction=True)
def test_two_representatives_named_at_once_are_one():
    firm = operations.register_organisations(INSTITUTIONS, law=CQ, acting=FOUNDER, at=FOUNDED)["I1"]

    def named(username):
        return lambda: add(firm, username, capacity=Capacity.REPRESENTATIVE)

    assert at_once(named("x-1"), named("x-2")) == ["done", "representative_exists"]


class TestDesignation:
    @pytest.mark.requirement("CQETS-5")
    def test_an_exchange_is_designated_from_its_day_on(self, market):
        operations.designate(
            organisation=market["exchange"], from_date=TODAY, acting=FOUNDER, at=FOUNDED
        )
        assert queries.must_be_designated(Role.EXCHANGE_OPERATOR, TODAY) == market["exchange"]
        for role, day in (
            (Role.EXCHANGE_OPERATOR, date(2023, 2, 19)),
            (Role.REGISTRY_OPERATOR, TODAY),
        ):
            with pytest.raises(NotDesignated):
                queries.must_be_designated(role, day)

    @pytest.mark.requirement("CQETS-5")
    def test_only_the_city_bureau_designates_and_assigns_an_operators_people(self, market):
        exchange = Acting("e-1", Role.EXCHANGE_OPERATOR, "exchange")
        with pytest.raises(NotYourRole):
            add(market["exchange"], acting=exchange)
        with pytest.raises(NotYourRole):
            operations.designate(
                organisation=market["exchange"], from_date=TODAY, acting=exchange, at=FOUNDED
            )

    def test_a_bank_is_not_designated(self, market):
        with pytest.raises(NotDesignable):
            operations.designate(
                organisation=market["bank"], from_date=TODAY, acting=FOUNDER, at=FOUNDED
            )
