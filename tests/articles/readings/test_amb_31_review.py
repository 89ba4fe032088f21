"""AMB-31: a review still open at the deadline; more time, another amount, and the excess back."""

from datetime import date, timedelta
from functools import partial

import pytest

from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.duty import Status
from openets.compliance.models import DutyEvent
from openets.compliance.obligation import (
    AboveObligation,
    ExtensionNotAllowed,
    ExtensionNotLater,
    NotNotified,
)
from openets.compliance.procedures import EXCESS
from openets.doors import checks, live
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from tests.concurrently import at_once
from tests.markets import (
    CQ,
    FOUNDER,
)
from tests.reviewed import DECIDED, decide, reviewed_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("AMB-31")]

DEADLINE = date(2023, 12, 31)


@pytest.fixture
def market():
    return reviewed_market()


def surrender(market, amount_t, day=DEADLINE, reference="s1", code="E001"):
    return compliance.surrender(
        organisation=market[code],
        year=2021,
        amount_t=amount_t,
        reference=reference,
        law=CQ,
        acting=market.acts(code),
        at=at(day, 15),
    )


def correct(market, person=1, code="bureau"):
    return compliance.correct_duty(
        organisation=market["E001"],
        year=2021,
        law=CQ,
        acting=market.acts(code, person),
        at=DECIDED,
    )


def give_back(market, person=2, code="bureau"):
    return compliance.return_excess(
        organisation=market["E001"],
        year=2021,
        law=CQ,
        acting=market.acts(code, person),
        at=DECIDED,
    )


def extend(market, to, *, moment=None, code="bureau", whose="E001", **otherwise):
    return compliance.extend_deadline(
        **{
            "organisation": market[whose],
            "year": 2021,
            "to": to,
            "reason": "复核未结",
            "law": CQ,
            "acting": market.acts(code),
            "at": moment or at(DEADLINE),
            **otherwise,
        }
    )


def standing(market, on, code="E001"):
    return duties.duty(market[code], 2021, CQ, on=on).standing


def held_t(market):
    return sum(
        h.total_t
        for h in holdings.holdings(market["E001"])
        if h.account_kind == AccountKind.REGISTRY and h.lot.vintage_year == 2022
    )


def verified():
    with live.database() as source:
        return [check(source) for check in (checks.check_registry, checks.check_compliance)]


class TestTheNotifiedAmount:
    def test_stays_due_while_the_review_is_open(self, market):
        assert standing(market, DEADLINE).open_t == 100_000
        surrender(market, 97_000)
        assert standing(market, DEADLINE).open_t == 3_000
        assert standing(market, date(2024, 1, 3)).status == Status.OVERDUE

    def test_is_replaced_by_the_decision_and_what_was_surrendered_is_on_time(self, market):
        surrender(market, 97_000)
        decide(market)
        assert correct(market).is_fulfilled
        counts = compliance.freeze_status(
            year=2021, law=CQ, acting=market.acts("clock"), at=DECIDED
        )
        assert counts == {"fulfilled": 1, "overdue": 1}
        assert cases.case(EXCESS, "E001/2021") is None
        verified()

    def test_is_corrected_once_and_by_the_bureau_only(self, market):
        with pytest.raises(compliance.ReviewStillOpen):
            correct(market)
        decide(market)
        with pytest.raises(NotYourRole):
            correct(market, code="registry")
        assert correct(market) == correct(market)
        assert DutyEvent.objects.filter(kind="corrected").count() == 1

    def test_stands_when_the_review_upholds_it(self, market):
        decide(market, None)
        assert correct(market).verified_t == 100_000
        assert not DutyEvent.objects.filter(kind="corrected").exists()

    def test_may_be_raised_which_opens_the_duty_again(self, market):
        surrender(market, 100_000)
        decide(market, 101_000)
        assert correct(market).open_t == 1_000
        assert standing(market, DECIDED.date()).status == Status.OVERDUE


class TestTheExcess:
    def test_returns_to_the_registry_account(self, market):
        before = held_t(market)
        surrender(market, 100_000)
        decide(market)
        assert correct(market).excess_t == duties.excess_t(market["E001"], 2021) == 3_000
        assert give_back(market) == 3_000
        assert held_t(market) == before - 97_000
        assert standing(market, DECIDED.date()).counted_t == 97_000
        assert standing(market, DECIDED.date()).status == Status.FULFILLED
        (event,) = DutyEvent.objects.filter(kind="reversed")
        assert (event.of, event.amount_t) == ("E001/2021/s1", 3_000)
        assert all(lot.holds for lot in holdings.conservation())
        verified()

    def test_comes_from_the_last_surrenders_first(self, market):
        for number, amount_t in enumerate((96_000, 1_500, 2_500)):
            surrender(market, amount_t, reference=f"s{number}")
        decide(market)
        correct(market)
        give_back(market)
        back = DutyEvent.objects.filter(kind="reversed").order_by("id")
        assert [(e.of, e.amount_t) for e in back] == [
            ("E001/2021/s2", 2_500),
            ("E001/2021/s1", 500),
        ]
        verified()

    def test_returns_by_a_second_person_of_the_bureau_and_once(self, market):
        surrender(market, 100_000)
        with pytest.raises(compliance.NothingInExcess):
            give_back(market)
        decide(market)
        with pytest.raises(SamePerson):
            give_back(market, person=1)
        with pytest.raises(NotYourRole):
            give_back(market, code="registry")
        give_back(market)
        with pytest.raises(compliance.NothingInExcess):
            give_back(market)
        with pytest.raises(AboveObligation):
            surrender(market, 1, day=DECIDED.date(), reference="s2")


@pytest.mark.django_db(transaction=True)
def test_an_excess_returned_by_two_returns_once():
    market = reviewed_market()
    surrender(market, 100_000)
    decide(market)
    assert at_once(*[partial(correct, market)] * 2) == ["done", "done"]
    answers = at_once(*[partial(give_back, market)] * 2)
    assert answers in (["done", "nothing_in_excess"], ["done", WrongState.code])
    assert standing(market, DECIDED.date()).counted_t == 97_000


class TestAnExtension:
    def test_moves_the_deadline_of_one_entity(self, market):
        later = date(2024, 1, 31)
        assert extend(market, later) == later
        assert duties.duty(market["E001"], 2021, CQ, on=DEADLINE).deadline == later
        assert standing(market, later).status == Status.OPEN
        assert standing(market, later, "E002").status == Status.OVERDUE
        assert standing(market, later + timedelta(days=1)).status == Status.OVERDUE
        sums = duties.progress([2021], CQ, today=later)[2021].counts
        assert sums == {Status.OPEN: 1, Status.OVERDUE: 1}
        verified()

    def test_is_frozen_and_handed_over_when_it_has_passed(self, market):
        extend(market, date(2024, 1, 31))
        freeze = partial(compliance.freeze_status, year=2021, law=CQ, acting=market.acts("clock"))
        assert freeze(at=at(date(2024, 1, 1))) == {"overdue": 1}
        surrender(market, 100_000, day=date(2024, 1, 31))
        export = partial(compliance.export_credit, year=2021, law=CQ, acting=FOUNDER)
        assert len(export(at=at(date(2024, 1, 30)))) == 1
        assert freeze(at=at(date(2024, 1, 31))) == {"overdue": 1}
        assert duties.is_frozen(2021, date(2024, 1, 31))
        assert not duties.is_frozen(2021, date(2024, 2, 1))
        assert freeze(at=at(date(2024, 2, 1))) == {"overdue": 1, "fulfilled": 1}
        assert freeze(at=at(date(2024, 2, 2))) == {"overdue": 1, "fulfilled": 1}
        assert duties.frozen(2021)[market["E001"].pk].deadline_date == date(2024, 1, 31)
        assert {row.status for row in export(at=at(date(2024, 2, 1)))} == {
            "fulfilled",
            "not_fulfilled",
        }

    def test_is_recorded_until_the_present_deadline_has_passed(self, market):
        with pytest.raises(compliance.DeadlineOver):
            extend(market, date(2024, 1, 31), moment=at(date(2024, 1, 1), 0))
        extend(market, date(2024, 1, 10), moment=at(DEADLINE, 23, 59))
        assert extend(market, date(2024, 1, 31), moment=at(date(2024, 1, 10))) > DEADLINE

    def test_gives_more_time_never_less_and_the_same_day_again_changes_nothing(self, market):
        with pytest.raises(ExtensionNotLater):
            extend(market, DEADLINE)
        for _ in range(2):
            extend(market, date(2024, 1, 31))
        with pytest.raises(ExtensionNotLater):
            extend(market, date(2024, 1, 30))
        assert DutyEvent.objects.filter(kind="extended").count() == 1

    def test_needs_the_bureau_reasons_a_duty_and_a_rule_that_allows_it(self, market):
        later = date(2024, 1, 31)
        with pytest.raises(NotYourRole):
            extend(market, later, code="registry")
        with pytest.raises(ReasonsMissing):
            extend(market, later, reason=" ")
        with pytest.raises(NotNotified):
            extend(market, later, whose="I1")
        with pytest.raises(ExtensionNotAllowed):
            extend(market, later, law=CQ.instead({"surrender.extension_allowed": False}))
        assert not DutyEvent.objects.filter(kind="extended").exists()
