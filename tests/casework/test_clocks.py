"""Clocks as data: the objection of every room, its two periods, and where the calendar ends."""

from datetime import date

import pytest

from openets.casework import queries
from openets.casework.clocks import last_day
from openets.casework.objection import ObjectionTooLate, ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.casework.procedure import Due, Move, Procedure, State
from openets.kernel.acting import NotYourRole
from openets.kernel.calendar import UnknownYear
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.rulebook.load import calendar
from tests.casework.procedures import (
    CQ,
    ENTITY,
    RESULT,
    SECOND,
    TUESDAY,
    everybody,
    found,
    moved,
)
from tests.concurrently import at_once

MONDAY = at(date(2023, 11, 20))
WEEK = Due("mrv.objection_days", "CQETS-25.2")


@pytest.fixture
def firms(db):
    made = everybody()
    found(made["E1"])
    return made


@pytest.mark.requirement("AMB-01")
@pytest.mark.parametrize(
    ("first_day", "expected"),
    [("next_day", date(2023, 11, 23)), ("same_day", date(2023, 11, 22))],
)
def test_the_day_a_period_starts_counts_as_the_card_says(first_day, expected):
    rules = CQ.instead({"calendar.count_start": first_day})
    known = calendar("cq")
    assert last_day(WEEK, start=date(2023, 11, 14), law=rules, calendar=known) == expected


@pytest.mark.usefixtures("firms")
class TestTheObjection:
    def test_the_window_and_the_review_run_by_the_table(self):
        assert moved("notify").due_date == date(2023, 11, 23)
        assert moved("object", acting=ENTITY, moment=MONDAY).due_date == date(2023, 12, 4)
        assert moved("decide", note="维持", moment=MONDAY).due_date is None

    def test_it_is_in_time_on_the_last_day_and_late_the_day_after(self):
        moved("notify")
        with pytest.raises(ObjectionTooLate) as no:
            moved("object", acting=ENTITY, moment=at(date(2023, 11, 24), 0))
        assert (no.value.article, no.value.numbers) == ("CQETS-25.2", {"last_day": "2023-11-23"})
        moved("object", acting=ENTITY, moment=at(date(2023, 11, 23), 23, 59))

    def test_it_is_made_once(self):
        moved("notify")
        moved("object", acting=ENTITY)
        with pytest.raises(WrongState):
            moved("object", acting=ENTITY)

    def test_a_decision_needs_reasons(self):
        moved("notify")
        moved("object", acting=ENTITY)
        with pytest.raises(ReasonsMissing) as no:
            moved("decide", note=" \n")
        assert no.value.article == "CQETS-25.2b"
        assert queries.case(RESULT, "result/E1").state == "under_review"

    def test_who_filed_may_not_decide_whatever_role_they_take_on(self):
        moved("notify")
        moved("object", acting=ENTITY)
        turncoat = type(ENTITY)("E1-1", Role.CITY_BUREAU, "bureau")
        with pytest.raises(SamePerson):
            moved("decide", acting=turncoat, note="维持")
        with pytest.raises(NotYourRole):
            moved("decide", acting=ENTITY, note="维持")

    def test_beyond_the_known_calendar_nothing_moves(self, firms):
        with pytest.raises(UnknownYear) as no:
            moved("notify", moment=at(date(2026, 12, 28)))
        assert no.value.numbers == {"year": 2027}
        assert queries.case(RESULT, "result/E1").state == "found"
        assert not queries.inbox(firms["E1"]).exists()


@pytest.mark.django_db(transaction=True)
def test_of_an_objection_and_the_end_of_the_window_at_once_one_is_refused():
    found(everybody()["E1"])
    moved("notify")
    done = at_once(
        lambda: moved("object", acting=ENTITY), lambda: moved("let_stand", acting=SECOND)
    )
    assert done == ["done", "wrong_state"]


@pytest.mark.requirement("CQETS-11.2b", "CQETS-25.2b")
@pytest.mark.usefixtures("firms")
class TestLate:
    def test_a_case_is_due_soon_from_three_working_days_before_to_its_due_day(self):
        moved("notify")
        moved("object", acting=ENTITY, moment=MONDAY)
        soon = [
            day
            for day in range(27, 31)
            if queries.due_soon(RESULT, date(2023, 11, day), CQ).exists()
        ]
        assert soon == [29, 30]
        assert queries.due_soon(RESULT, date(2023, 12, 4), CQ).exists()
        assert not queries.due_soon(RESULT, date(2023, 12, 5), CQ).exists()

    def test_it_is_overdue_the_day_after_and_escalated_a_working_day_after(self):
        moved("notify")
        moved("object", acting=ENTITY, moment=at(date(2023, 11, 17)))
        due = date(2023, 12, 1)
        assert queries.case(RESULT, "result/E1").due_date == due
        assert queries.overdue(RESULT, date(2023, 12, 2)).exists()
        assert queries.escalated(RESULT, date(2023, 12, 3), CQ) == []
        (case,) = queries.escalated(RESULT, date(2023, 12, 4), CQ)
        assert case.due_date == due


@pytest.mark.usefixtures("firms")
class TestTheTrail:
    def test_each_step_tells_the_time_it_took(self):
        moved("notify")
        moved("object", acting=ENTITY, moment=at(date(2023, 11, 20), 12))
        opened, told, opposed = queries.steps(queries.case(RESULT, "result/E1"), "cq")
        assert (opened.line.move, opened.waited.days, opened.working_days) == ("open", 0, 0)
        assert (told.line.move, told.waited.days, told.working_days) == ("notify", 0, 0)
        assert (opposed.waited.days, opposed.working_days) == (6, 4)

    def test_in_a_year_nobody_knows_working_days_are_not_guessed(self):
        moved("notify")
        moved("let_stand", acting=SECOND, moment=at(date(2027, 1, 4), 12))
        last = queries.steps(queries.case(RESULT, "result/E1"), "cq")[-1]
        assert (last.waited.days, last.working_days) == (1147, None)


def test_a_move_in_time_for_no_window_is_our_own_fault():
    states = {"a": State("", ""), "b": State("", "", final=True)}
    moves = {"go": Move(("a",), "b", (Role.CITY_BUREAU,), "", "", "", in_time=True)}
    with pytest.raises(AssertionError, match="no window"):
        Procedure("p", "", "", states, moves)


def test_a_clock_of_the_table_needs_the_law(firms):
    with pytest.raises(AssertionError, match="by the law"):
        moved("notify", rules=None)


def test_a_case_moves_at_the_market_s_own_time(firms):
    assert moved("notify").moved_at == TUESDAY
