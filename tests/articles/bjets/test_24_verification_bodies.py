"""Articles 24 and 25: the conditions of a verification body, each by itself, and its statement."""

from dataclasses import replace
from datetime import date

import pytest

from openets.kernel.clock import at
from openets.mrv.operations import StatementMissing
from openets.rulebook.load import law
from openets.verification import operations as verification
from openets.verification.eligibility import (
    RULES,
    STANDING,
    Body,
    Interest,
    Qualified,
    check_body,
    failed,
)
from tests.markets import CQ, FOUNDER
from tests.verified import (
    ENTERED,
    INDUSTRY,
    YEAR,
    approve,
    begun_round,
    do_work,
    drawn_round,
    sign,
    submit,
)

BJ = law("bj")
TODAY = date(2025, 3, 3)
CEMENT = "水泥"
LEADER = Qualified("leader", CEMENT, date(2022, 3, 3), True, may_lead=True, may_review=True)
SECOND = Qualified("second", CEMENT, date(2024, 1, 1), True, may_lead=False, may_review=False)
FIT = Body(tuple(STANDING), tuple(RULES), reference_projects=1, people=(LEADER, SECOND))


def conditions(body=FIT, interests=(), on=TODAY):
    found = check_body(body, interests, industry=CEMENT, law=BJ, on=on)
    return {condition.name: condition for condition in found}


def is_met(name, body=FIT, **otherwise):
    return conditions(body, **otherwise)[name].met


def people(*, full_time, part_time=0, leader=LEADER):
    others = [replace(SECOND, person=f"p{n}", full_time=n < full_time - 1) for n in range(8)]
    return replace(FIT, people=(leader, *others[: full_time - 1 + part_time]))


@pytest.mark.requirement("BJETS-24")
def test_a_body_that_meets_all_is_eligible_each_condition_with_its_article():
    found = conditions()
    assert failed(list(found.values())) == []
    assert [c.article for c in found.values()] == [f"BJETS-24.i{n}" for n in range(1, 6)]


@pytest.mark.requirement("BJETS-24.i1")
@pytest.mark.parametrize("lacking", STANDING)
def test_a_body_registered_abroad_or_of_no_standing_is_not(lacking):
    body = replace(FIT, standing=[name for name in STANDING if name != lacking])
    condition = conditions(body)["i1"]
    assert condition.met is False
    assert STANDING[lacking][0] in condition.found_zh


@pytest.mark.requirement("BJETS-24.i2")
@pytest.mark.parametrize("lacking", RULES)
def test_with_five_of_the_six_rules_it_is_not_and_the_missing_one_is_named(lacking):
    body = replace(FIT, rules=[name for name in RULES if name != lacking])
    condition = conditions(body)["i2"]
    assert condition.met is False
    assert RULES[lacking][0] in condition.found_zh
    assert RULES[lacking][1] in condition.found


@pytest.mark.requirement("BJETS-24.i3")
def test_without_a_reference_project_somebody_decides():
    found = conditions(replace(FIT, reference_projects=0))
    assert found["i3"].met is None
    assert failed(list(found.values())) == []


@pytest.mark.requirement("BJETS-24.i4")
class TestThePeople:
    def test_two_full_time_and_a_leader_of_three_years_to_the_day(self):
        assert is_met("i4")
        assert is_met("i4", on=date(2025, 3, 2)) is False, "2.9 years"

    def test_one_verifier_is_too_few_also_beside_those_of_another_industry(self):
        other = replace(SECOND, industry="玻璃")
        assert is_met("i4", replace(FIT, people=(LEADER,))) is False
        assert is_met("i4", replace(FIT, people=(LEADER, other))) is False

    @pytest.mark.parametrize(("full", "part", "met"), [(3, 2, True), (2, 2, False), (2, 3, False)])
    def test_mainly_full_time(self, full, part, met):
        assert is_met("i4", people(full_time=full, part_time=part)) is met

    def test_years_without_the_appointment_do_not_lead(self):
        leader = replace(LEADER, may_lead=False)
        assert is_met("i4", people(full_time=2, leader=leader)) is False


@pytest.mark.requirement("BJETS-24.i5")
class TestTheInterest:
    SERVICE = Interest("碳管理服务", date(2023, 3, 1))

    @pytest.mark.parametrize(("day", "met"), [(date(2025, 3, 1), False), (date(2025, 3, 2), True)])
    def test_bars_for_two_years_after_its_end(self, day, met):
        leader = replace(LEADER, since_date=date(2020, 1, 1))
        body = replace(FIT, people=(leader, SECOND))
        assert is_met("i5", body, interests=[self.SERVICE], on=day) is met

    def test_that_goes_on_bars(self):
        condition = conditions(interests=[Interest("参股", None)])["i5"]
        assert condition.met is False
        assert "参股" in condition.found_zh

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("day", "saved"), [(date(2025, 3, 1), False), (date(2025, 3, 2), True)]
    )
    def test_refuses_an_assignment_when_it_is_saved(self, day, saved):
        made = drawn_round(1)
        work = made.work()
        verification.decline_work(
            work=work, reasons="回避", acting=made.acts(work.body.code), at=at(day)
        )
        verification.tell_interest(
            body=made.market["V2"],
            organisation=made.market["E001"],
            kind="碳管理服务",
            from_date=date(2022, 1, 1),
            until_date=date(2023, 3, 1),
            acting=made.acts("V2"),
            at=at(day),
        )

        def choose():
            return verification.choose_body(
                organisation=made.market["E001"],
                year=YEAR,
                body=made.market["V2"],
                reasons="指定",
                law=CQ,
                acting=FOUNDER,
                at=at(day),
            )

        if saved:
            assert choose().body.code == "V2"
            return
        with pytest.raises(verification.NotEligible) as no:
            choose()
        assert no.value.article == "BJETS-24.i5"


@pytest.mark.django_db
class TestTheReport:
    @pytest.fixture
    def reviewed(self, db):
        made = begun_round(1)
        work = made.work()
        do_work(made, work)
        submit(made, work)
        approve(made, work)
        return made, work

    @pytest.mark.requirement("BJETS-24")
    def test_of_a_body_that_fails_i4_is_refused_naming_it(self, reviewed):
        made, work = reviewed
        part_time = [
            verification.NewVerifier(
                f"{work.body.code}-{n}", INDUSTRY, date(2018, 1, 1), full_time=False, may_lead=True
            )
            for n in (1, 2, 3, 4)
        ]
        verification.register_verifiers(
            body=work.body, people=part_time, acting=FOUNDER, at=ENTERED
        )
        with pytest.raises(verification.NotEligible) as no:
            sign(made, work)
        assert no.value.article == "BJETS-24.i4"
        assert "i4" in no.value.message("zh")
        assert "i3" not in no.value.message("zh")

    @pytest.mark.requirement("BJETS-25")
    def test_without_the_statement_is_rejected(self, reviewed):
        made, work = reviewed
        with pytest.raises(StatementMissing) as no:
            sign(made, work, statement=False)
        assert no.value.article == "BJETS-25"
        sign(made, work)
