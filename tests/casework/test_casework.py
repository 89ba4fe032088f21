"""The case engine, on a procedure of its own: states, roles, second eyes, due days, races."""

from dataclasses import replace
from datetime import date

import pytest

from openets.casework import operations, queries
from openets.casework.models import Case
from openets.casework.operations import CaseExists, NewCase, NoSuchCase, SamePerson, WrongState
from openets.casework.procedure import Move, Procedure, State
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDED, FOUNDER

ENTITY, CITY = (Role.KEY_EMITTING_ENTITY,), (Role.CITY_BUREAU,)
LEAVE = Procedure(
    name="leave",
    zh="请假",
    en="Leave",
    states={
        "asked": State("已申请", "Asked"),
        "checked": State("已审核", "Checked"),
        "granted": State("已批准", "Granted", window=True),
        "ended": State("已结束", "Ended", final=True),
    },
    moves={
        "check": Move(("asked",), "checked", CITY, "CQETS-4", "审核", "Check", second_eyes="open"),
        "grant": Move(
            ("checked",), "granted", CITY, "CQETS-4", "批准", "Grant", second_eyes="check"
        ),
        "end": Move(("asked", "granted"), "ended", ENTITY, "CQETS-4", "结束", "End"),
    },
)
NOON = at(date(2023, 11, 14), 12)
SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")


@pytest.fixture
def firms(db):
    return everybody()


def everybody():
    bureau = NewOrganisation("bureau", "市生态环境局", Role.CITY_BUREAU)
    new = [
        NewOrganisation(f"E{n}", f"合成单位{n}", Role.KEY_EMITTING_ENTITY, district, number=n)
        for n, district in ((1, "涪陵区"), (2, "长寿区"))
    ]
    district = NewOrganisation("D1", "涪陵区生态环境局", Role.DISTRICT_BUREAU, "涪陵区")
    new += [district, bureau]
    made = parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)
    return [made["E1"], made["E2"]]


def opened(*firms, acting=FOUNDER, due_date=None):
    cases = [NewCase(f"leave/{firm.code}", firm, 2022, due_date) for firm in firms]
    return operations.open_cases(LEAVE, cases, acting=acting, at=NOON, article="CQETS-4")


def moved(move, *firms, acting=SECOND, **also):
    subjects = [f"leave/{firm.code}" for firm in firms]
    return operations.move_cases(LEAVE, move, subjects, acting=acting, at=NOON, **also)


def waiting(procedure, role, organisation, person=""):
    return [case.subject for case in queries.to_do([procedure], role, organisation, person)]


class TestOpening:
    def test_a_case_begins_in_the_first_state_with_its_trail_and_journal_entry(self, firms):
        (case,) = opened(firms[0])
        assert (case.state, case.opened_at, case.year) == ("asked", NOON, 2022)
        assert queries.case(LEAVE, "leave/E1") == case
        (line,) = queries.trail(firms[0])
        assert (line.move, line.source, line.target, line.person) == (
            "open",
            "",
            "asked",
            "bureau-1",
        )
        (entry,) = journal.trail("leave/E1")
        assert (entry.operation, entry.article) == ("leave.open", "CQETS-4")
        assert entry.content == {"from": "", "to": "asked", "note": ""}

    def test_a_subject_has_one_case_and_all_or_none_are_opened(self, firms):
        opened(firms[0])
        with pytest.raises(CaseExists) as no:
            opened(*firms)
        assert no.value.article == "CQETS-4"
        assert queries.case(LEAVE, "leave/E2") is None


class TestMoving:
    def test_a_move_is_remembered_with_its_note_and_next_due_day(self, firms):
        opened(firms[0])
        due = date(2023, 11, 28)
        (case,) = moved("check", firms[0], note="齐全", due_date=due)
        assert (case.state, case.moved_at, case.due_date) == ("checked", NOON, due)
        line = queries.trail(firms[0])[0]
        assert (line.move, line.source, line.target, line.note) == (
            "check",
            "asked",
            "checked",
            "齐全",
        )
        entry = journal.trail("leave/E1").last()
        assert entry.operation == "leave.check"
        assert entry.content == {"from": "asked", "to": "checked", "note": "齐全"}

    def test_another_role_is_refused_with_the_article_of_the_move(self, firms):
        opened(firms[0])
        with pytest.raises(NotYourRole) as no:
            moved("check", firms[0], acting=Acting("x", Role.REGISTRY_OPERATOR, "registry"))
        assert no.value.article == "CQETS-4"

    def test_a_move_twice_is_refused_and_says_what_is_possible(self, firms):
        opened(firms[0])
        moved("check", firms[0])
        with pytest.raises(WrongState) as no:
            moved("check", firms[0])
        assert "Checked" in no.value.message("en")
        assert no.value.remedy("en") == "Possible now: Grant"
        assert no.value.remedy("zh") == "当前可办理：批准"

    def test_from_the_last_state_nothing_is_possible(self, firms):
        opened(firms[0])
        acting = Acting("E1-1", Role.KEY_EMITTING_ENTITY, "E1")
        moved("end", firms[0], acting=acting)
        with pytest.raises(WrongState) as no:
            moved("end", firms[0], acting=acting)
        assert no.value.remedy("zh") == "当前可办理：无"

    def test_one_case_that_cannot_move_holds_all_back(self, firms):
        opened(*firms)
        moved("check", firms[0])
        with pytest.raises(WrongState):
            moved("check", *firms)
        assert queries.case(LEAVE, "leave/E2").state == "asked"
        assert journal.trail("leave/E2").count() == 1

    def test_a_subject_without_a_case_is_named(self, firms):
        with pytest.raises(NoSuchCase) as no:
            moved("check", firms[0])
        assert no.value.numbers["subject"] == "leave/E1"


class TestSecondEyes:
    def test_who_opened_a_case_does_not_check_it(self, firms):
        opened(firms[0])
        with pytest.raises(SamePerson) as no:
            moved("check", firms[0], acting=FOUNDER)
        assert "Leave" in no.value.message("en")

    def test_who_checked_a_case_does_not_grant_it_but_who_opened_it_may(self, firms):
        opened(firms[0])
        moved("check", firms[0])
        with pytest.raises(SamePerson) as no:
            moved("grant", firms[0])
        assert "审核" in no.value.message("zh")
        assert moved("grant", firms[0], acting=FOUNDER)[0].state == "granted"

    def test_the_eyes_are_counted_for_each_case_apart(self, firms):
        opened(firms[0])
        opened(firms[1], acting=SECOND)
        moved("check", firms[0])
        with pytest.raises(SamePerson):
            moved("check", firms[1])
        assert moved("check", firms[1], acting=FOUNDER)


class TestAsking:
    def test_cases_are_counted_by_state(self, firms):
        opened(*firms)
        moved("check", firms[1])
        assert queries.counts(LEAVE, 2022) == {"asked": 1, "checked": 1, "granted": 0, "ended": 0}
        assert [c.organisation.code for c in queries.in_state(LEAVE, 2022, "asked")] == ["E1"]
        assert not queries.in_state(LEAVE, 2021, "asked")

    def test_a_case_is_overdue_from_the_day_after_its_due_day(self, firms):
        opened(firms[0], due_date=date(2023, 12, 4))
        assert not queries.overdue(LEAVE, date(2023, 12, 4))
        assert [c.subject for c in queries.overdue(LEAVE, date(2023, 12, 5))] == ["leave/E1"]

    def test_a_right_that_ended_unused_is_not_overdue(self, firms):
        opened(firms[0])
        moved("check", firms[0])
        moved("grant", firms[0], acting=FOUNDER, due_date=date(2023, 12, 4))
        assert not queries.overdue(LEAVE, date(2024, 1, 1))

    def test_everybody_sees_what_waits_for_them(self, firms):
        opened(*firms)
        moved("check", firms[1])

        assert waiting(LEAVE, Role.CITY_BUREAU, "bureau") == ["leave/E1", "leave/E2"]
        assert waiting(LEAVE, Role.KEY_EMITTING_ENTITY, "E1") == ["leave/E1"]
        assert waiting(LEAVE, Role.KEY_EMITTING_ENTITY, "E2") == []
        assert waiting(LEAVE, Role.BANK, "D1") == []

    def test_a_case_at_rest_waits_for_nobody_and_still_has_a_way_out(self, firms):
        states = {**LEAVE.states, "granted": State("已批准", "Granted", rests=True)}
        resting = replace(LEAVE, states=states)
        opened(*firms)
        moved("check", firms[0])
        moved("grant", firms[0], acting=FOUNDER)
        assert waiting(resting, Role.KEY_EMITTING_ENTITY, "E1") == []
        assert waiting(LEAVE, Role.KEY_EMITTING_ENTITY, "E1") == ["leave/E1"]
        acting = Acting("E1-1", Role.KEY_EMITTING_ENTITY, "E1")
        (case,) = operations.move_cases(resting, "end", ["leave/E1"], acting=acting, at=NOON)
        assert case.state == "ended"

    def test_a_person_does_not_see_what_another_pair_of_eyes_must_do(self, firms):
        opened(*firms)
        moved("check", firms[1])
        assert waiting(LEAVE, Role.CITY_BUREAU, "bureau", "bureau-1") == ["leave/E2"]
        assert waiting(LEAVE, Role.CITY_BUREAU, "bureau", "bureau-2") == ["leave/E1"]

    def test_a_body_sees_the_cases_it_handles(self, firms):
        bodies = [NewOrganisation(f"V{n}", f"机构{n}", Role.VERIFICATION_BODY) for n in (1, 2)]
        made = parties.register_organisations(bodies, law=CQ, acting=FOUNDER, at=FOUNDED)
        look = Procedure(
            name="look",
            zh="查看",
            en="Look",
            states={"new": State("新", "New"), "done": State("完成", "Done", final=True)},
            moves={
                "do": Move(("new",), "done", (Role.VERIFICATION_BODY,), "CQETS-25.3", "看", "Look")
            },
        )
        operations.open_cases(
            look,
            [NewCase("look/E1", firms[0], 2022, handler=made["V1"])],
            acting=FOUNDER,
            at=NOON,
            article="CQETS-25.3",
        )
        assert waiting(look, Role.VERIFICATION_BODY, "V1") == ["look/E1"]
        assert waiting(look, Role.VERIFICATION_BODY, "V2") == []

    def test_a_district_bureau_sees_its_own_district(self, firms):
        visit = Procedure(
            name="visit",
            zh="走访",
            en="Visit",
            states={"planned": State("拟定", "Planned"), "done": State("完成", "Done", final=True)},
            moves={
                "do": Move(
                    ("planned",), "done", (Role.DISTRICT_BUREAU,), "CQETS-4", "走访", "Visit"
                )
            },
        )
        cases = [NewCase(firm.code, firm, 2022) for firm in firms]
        operations.open_cases(visit, cases, acting=FOUNDER, at=NOON, article="CQETS-4")
        assert waiting(visit, Role.DISTRICT_BUREAU, "D1") == ["E1"]


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_of_two_openings_is_refused(self):
        firm, _ = everybody()
        assert at_once(lambda: opened(firm), lambda: opened(firm)) == ["case_exists", "done"]
        assert Case.objects.count() == 1

    def test_one_of_two_decisions_is_refused(self):
        firm, _ = everybody()
        opened(firm, acting=Acting("E1-1", Role.KEY_EMITTING_ENTITY, "E1"))
        done = at_once(lambda: moved("check", firm), lambda: moved("check", firm, acting=FOUNDER))
        assert done == ["done", "wrong_state"]
        assert journal.trail("leave/E1").filter(operation="leave.check").count() == 1


class TestTables:
    def test_a_state_nobody_reaches_is_our_own_fault(self):
        with pytest.raises(AssertionError, match="nobody reaches"):
            Procedure("p", "", "", {"a": State("", ""), "b": State("", "")}, {})

    def test_a_way_out_of_a_final_state_is_our_own_fault(self):
        states = {"a": State("", ""), "b": State("", "", final=True)}
        moves = {
            "there": Move(("a",), "b", CITY, "", "", ""),
            "back": Move(("b",), "a", CITY, "", "", ""),
        }
        with pytest.raises(AssertionError, match="leaves a final"):
            Procedure("p", "", "", states, moves)
