"""Invitations, tokens and the three names of a person: who may, once, and two at once."""

from datetime import date, timedelta

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations, queries
from openets.parties.models import AccessToken, Invitation
from openets.parties.operations import (
    InvitationOver,
    NoSuchToken,
    NotYourMembership,
    SharedAccount,
    TokenMade,
    TokenTooLong,
    WeakPassword,
)
from openets.parties.roles import Role
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS

TODAY = FOUNDED.date()
PASSWORD = "correct horse battery"
INVESTOR = Acting("x-1", Role.INVESTOR, "I1")


def founded():
    made = operations.register_organisations(INSTITUTIONS, law=CQ, acting=FOUNDER, at=FOUNDED)
    person = add(made["I1"])
    return made, person


@pytest.fixture
def market(db):
    return founded()


def add(organisation, username="x-1", **more):
    return operations.add_member(
        username=username,
        display_name=f"经办 {username}",
        organisation=organisation,
        acting=FOUNDER,
        at=FOUNDED,
        **more,
    )


def invite(person, acting=FOUNDER, at=FOUNDED):
    return operations.invite(person=person, law=CQ, acting=acting, at=at)


def accept(secret, at=FOUNDED, password=PASSWORD):
    return operations.accept_invitation(secret=secret, password=password, at=at)


class TestNames:
    @pytest.mark.parametrize(
        "names",
        [
            {"username": "13800000001"},
            {"username": "one@example.org"},
            {"username": "y-1", "mobile": "x-1"},
            {"username": "y-1", "email": "ONE@example.org"},
        ],
    )
    def test_none_of_a_persons_names_is_anothers(self, market, names):
        made, _ = market
        add(made["I1"], mobile="13800000001", email="one@example.org")
        with pytest.raises(SharedAccount):
            add(made["P1"], **names)

    def test_a_contact_that_lacks_is_filled_in_and_another_one_refused(self, market):
        made, person = market
        add(made["P1"], mobile="13800000001")
        assert queries.person_called("13800000001") == person
        with pytest.raises(SharedAccount):
            add(made["P1"], mobile="13800000002")
        assert queries.person_called("") is None


class TestInvitations:
    def test_only_the_city_bureau_invites(self, market):
        _, person = market
        for acting in (INVESTOR, Acting("r", Role.REGISTRY_OPERATOR, "registry")):
            with pytest.raises(NotYourRole):
                invite(person, acting)
        assert not Invitation.objects.exists()

    def test_a_link_works_until_its_last_moment_and_once(self, market):
        _, person = market
        secret = invite(person)
        end = FOUNDED + timedelta(days=7)
        for late in (end, end + timedelta(days=1)):
            with pytest.raises(InvitationOver):
                accept(secret, late)
        assert accept(secret, end - timedelta(seconds=1)).check_password(PASSWORD)
        with pytest.raises(InvitationOver):
            accept(secret)
        told = [e.operation for e in journal.trail("person/x-1")]
        assert told == ["parties.invite", "parties.accept_invitation"]

    def test_a_weak_password_leaves_the_link_good(self, market):
        _, person = market
        secret = invite(person)
        with pytest.raises(WeakPassword):
            accept(secret, password="12345678901")
        assert queries.invited(secret, FOUNDED) == person
        assert accept(secret) == person

    def test_neither_link_nor_password_is_kept_or_journalled(self, market):
        _, person = market
        secret = invite(person)
        accept(secret)
        kept = str(
            [*Invitation.objects.values(), *(e.content for e in journal.trail("person/x-1"))]
        )
        assert secret not in kept
        assert PASSWORD not in kept

    def test_whose_account_is_closed_accepts_nothing(self, market):
        _, person = market
        secret = invite(person)
        person.is_active = False
        person.save()
        with pytest.raises(InvitationOver):
            accept(secret)
        assert queries.invited(secret, FOUNDED) is None


@pytest.mark.django_db(transaction=True)
def test_a_link_used_by_two_at_once_is_used_by_one():
    _, person = founded()
    secret = invite(person)
    outcome = at_once(lambda: accept(secret), lambda: accept(secret))
    assert sorted(outcome) == ["done", "invitation_over"]


class TestTokens:
    def make(self, person, acting=INVESTOR, until=TODAY + timedelta(days=30), reference="r1"):
        return operations.make_token(
            membership=person.memberships.get(),
            purpose="报送",
            reference=reference,
            until_date=until,
            law=CQ,
            acting=acting,
            at=FOUNDED,
        )

    def test_a_token_is_its_makers_membership_until_its_day(self, market):
        _, person = market
        token = self.make(person)
        last = TODAY + timedelta(days=29)
        assert queries.token_holder(token, last).person == person
        assert queries.token_holder(token, last + timedelta(days=1)) is None
        assert queries.token_holder(token[:-1], TODAY) is None

    def test_nobody_makes_one_for_another_or_for_what_they_do_not_act_in(self, market):
        _, person = market
        for acting in (FOUNDER, Acting("x-1", Role.INVESTOR, "P1"), Acting("y", "investor", "I1")):
            with pytest.raises(NotYourMembership):
                self.make(person, acting)
        person.memberships.update(until_date=TODAY)
        with pytest.raises(NotYourMembership):
            self.make(person)

    @pytest.mark.parametrize(
        ("days", "is_refused"), [(0, True), (1, False), (366, False), (367, True)]
    )
    def test_its_term_has_bounds(self, market, days, is_refused):
        _, person = market
        until = TODAY + timedelta(days=days)
        if is_refused:
            with pytest.raises(TokenTooLong):
                self.make(person, until=until)
        else:
            assert self.make(person, until=until).startswith("oets_")

    def test_the_same_request_makes_one(self, market):
        _, person = market
        self.make(person)
        with pytest.raises(TokenMade):
            self.make(person)
        assert AccessToken.objects.count() == 1
        assert self.make(person, reference="r2")

    def test_a_revoked_one_opens_nothing_and_is_not_revoked_twice_or_by_another(self, market):
        _, person = market
        token = self.make(person)
        number = AccessToken.objects.get().pk
        with pytest.raises(NoSuchToken):
            operations.revoke_token(number=number, acting=FOUNDER, at=FOUNDED)
        operations.revoke_token(number=number, acting=INVESTOR, at=FOUNDED)
        assert queries.token_holder(token, TODAY) is None
        with pytest.raises(NoSuchToken):
            operations.revoke_token(number=number, acting=INVESTOR, at=FOUNDED)
        told = [e.operation for e in journal.trail(f"token/{number}")]
        assert told == ["parties.make_token", "parties.revoke_token"]


@pytest.mark.parametrize(
    ("today", "is_told"),
    [
        (date(2023, 11, 30), False),
        (date(2023, 12, 1), True),
        (date(2023, 12, 30), True),
        (date(2023, 12, 31), False),
    ],
)
def test_an_authority_that_ends_is_told_in_its_last_month_only(market, today, is_told):
    from openets.kernel.clock import at

    _, person = market
    person.memberships.update(until_date=date(2023, 12, 31))
    clock = Acting("clock", Role.MARKET_CLOCK, "clock")
    told = operations.remind_of_endings(law=CQ, acting=clock, at=at(today))
    assert [m.person for m in told] == ([person] if is_told else [])
    assert operations.remind_of_endings(law=CQ, acting=clock, at=at(today)) == []
    with pytest.raises(NotYourRole):
        operations.remind_of_endings(law=CQ, acting=INVESTOR, at=at(today))
