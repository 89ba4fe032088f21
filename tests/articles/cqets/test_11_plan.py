"""Article 11: the plan of a year, its state, its frozen parameters, and what stands under it."""

from datetime import date

import pytest

from openets.allocation import operations, plans
from openets.allocation.models import AllocationPlan
from openets.allocation.plans import (
    BasisMissing,
    NoApprovedPlan,
    NoSuchPlan,
    NotToSupersede,
    PlanBinds,
    PlanDiffers,
)
from openets.allocation.procedures import PLAN
from openets.casework import documents
from openets.casework import queries as cases
from openets.casework.operations import SamePerson, WrongState
from openets.casework.storage import Store
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.registry import queries as units
from tests.concurrently import at_once
from tests.markets import (
    CALCULATED,
    CQ,
    DETERMINED,
    FOUNDER,
    ISSUED,
    NOTIFIED,
    PLANNED,
    founded_market,
    issue_year,
    notified_market,
    plan_year,
    small_market,
)

SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")
OTHER_LAW = CQ.instead({"alloc.intensity_coefficient": "0.9"})


def draft(year=2022, *, supersedes=False, law=CQ, acting=FOUNDER, basis="控制要求"):
    return plans.draft_plan(
        year=year,
        basis=basis,
        factors={"growth": "经济增长", "air": " "},
        supersedes=supersedes,
        law=law,
        acting=acting,
        at=PLANNED,
    )


def approve(version=1, *, law=CQ, acting=SECOND):
    return plans.approve_plan(year=2022, version=version, law=law, acting=acting, at=PLANNED)


def calculate(law=CQ):
    return operations.calculate(year=2022, law=law, acting=FOUNDER, at=CALCULATED)


@pytest.fixture
def founded(db):
    return founded_market(entities=2)


@pytest.mark.requirement("CQETS-11")
@pytest.mark.usefixtures("founded")
class TestThePlan:
    def test_it_holds_the_years_methods_parameters_factors_state_and_documents(self, tmp_path):
        plan = draft()
        assert plan.factors == {"growth": "经济增长"}
        values = {value["key"]: value for value in plan.law_values}
        coefficient = values["alloc.intensity_coefficient"]
        assert (coefficient["value"], coefficient["source"]) == ("0.9450", "CQ208-A1.M.2.3")
        assert values["alloc.preallocation_share"]["year"] == 2023
        assert values["alloc.gap_exempt_mode"]["assumed"], "a reading says why it is read so"
        assert plans.state_of(plan) == "draft"
        documents.add_document(
            PLAN,
            plan.subject,
            kind="plan",
            name="方案.pdf",
            content=b"%PDF-1.4 plan",
            store=Store(tmp_path),
            acting=FOUNDER,
            law=CQ,
            at=PLANNED,
        )
        case = cases.case(PLAN, plan.subject)
        assert [document.name for document in cases.documents(case)] == ["方案.pdf"]
        assert [e.operation for e in journal.trail(plan.subject)][:2] == [
            "allocation.draft_plan",
            "allocation_plan.open",
        ]

    def test_only_the_bureau_drafts_one_and_it_says_on_what_it_rests(self, founded):
        with pytest.raises(NotYourRole):
            draft(acting=founded.acts("registry"))
        with pytest.raises(BasisMissing):
            draft(basis="  ")
        with pytest.raises(NoSuchPlan):
            approve()
        assert not AllocationPlan.objects.exists()

    def test_a_second_person_approves_it_once(self):
        draft()
        with pytest.raises(SamePerson):
            approve(acting=FOUNDER)
        assert plans.binding(2022) is None
        assert approve().approved_at == PLANNED
        with pytest.raises(WrongState):
            approve()

    def test_a_second_approved_plan_is_rejected_unless_it_supersedes_the_first(self):
        first = draft()
        approve()
        draft()
        with pytest.raises(PlanBinds) as no:
            approve(2)
        assert no.value.numbers == {"year": 2022, "version": 1}
        draft(supersedes=True)
        approve(3)
        assert plans.binding(2022).version == 3
        assert plans.state_of(first) == "superseded"

    def test_one_that_supersedes_what_was_superseded_itself_is_rejected(self):
        draft()
        approve()
        draft(supersedes=True)
        draft(supersedes=True)
        approve(2)
        with pytest.raises(PlanBinds):
            approve(3)

    def test_there_must_be_one_to_supersede(self):
        draft()
        with pytest.raises(NotToSupersede):
            draft(supersedes=True)

    def test_a_draft_is_not_approved_when_the_law_changed_meanwhile(self):
        draft()
        with pytest.raises(PlanDiffers):
            approve(law=OTHER_LAW)

    @pytest.mark.requirement("CQETS-29")
    def test_it_is_published_once_it_is_approved_and_a_draft_is_not_visible(self):
        draft()
        with pytest.raises(WrongState):
            plans.publish_plan(year=2022, version=1, acting=FOUNDER, at=PLANNED)
        approve()
        assert (plans.published(2022), plans.published_years()) == (None, [])
        plans.publish_plan(year=2022, version=1, acting=FOUNDER, at=PLANNED)
        assert plans.published(2022).version == 1
        draft(supersedes=True)
        assert plans.published(2022).version == 1
        assert plans.published_years() == [2022]


@pytest.mark.requirement("CQETS-11")
@pytest.mark.django_db
class TestUnderThePlan:
    def test_a_draft_lets_nobody_calculate_and_an_approved_one_does(self):
        founded_market(entities=2)
        draft()
        with pytest.raises(NoApprovedPlan) as no:
            calculate()
        assert no.value.article == "CQETS-11"
        approve()
        assert len(calculate()) == 2, "refused for their missing figures, no longer for the plan"

    def test_without_an_approved_plan_nothing_is_issued(self):
        market = notified_market(entities=1)
        operations.accept_unopposed(year=2022, acting=market.acts("clock"), at=ISSUED)
        AllocationPlan.objects.filter(year=2022).update(approved_at=None)
        with pytest.raises(NoApprovedPlan):
            issue_year(2022, ISSUED)
        AllocationPlan.objects.filter(year=2022).update(approved_at=PLANNED)
        issue_year(2022, ISSUED)
        assert units.holdings(market["E001"])

    def test_its_parameters_are_frozen_at_every_step(self):
        market = small_market(entities=1)
        with pytest.raises(PlanDiffers) as no:
            calculate(OTHER_LAW)
        assert no.value.numbers["key"] == "alloc.intensity_coefficient"
        calculate()
        with pytest.raises(PlanDiffers):
            operations.determine(year=2022, law=OTHER_LAW, acting=SECOND, at=DETERMINED)
        operations.determine(year=2022, law=CQ, acting=SECOND, at=DETERMINED)
        operations.notify(year=2022, law=CQ, acting=FOUNDER, at=NOTIFIED)
        operations.accept_unopposed(year=2022, acting=market.acts("clock"), at=ISSUED)
        with pytest.raises(PlanDiffers):
            issue_year(2022, ISSUED, OTHER_LAW)

    def test_a_plan_that_supersedes_it_brings_the_new_values(self):
        small_market(entities=1)
        plan_year(2022, OTHER_LAW, supersedes=True)
        assert calculate(OTHER_LAW) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_approved_at_once_one_binds():
    founded_market(entities=1)
    draft()
    draft()
    assert at_once(lambda: approve(1), lambda: approve(2)) == ["done", "plan_binds"]
    assert AllocationPlan.objects.filter(approved_at=at(date(2023, 9, 20))).count() == 1
