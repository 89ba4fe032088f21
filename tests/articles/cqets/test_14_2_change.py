"""CQETS article 14, paragraph 2: rename, merger and division, in three steps, conserved."""

from dataclasses import replace
from datetime import datetime

import pytest

from openets.casework.operations import WrongState
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.quantity import Tonnes
from openets.parties import operations as parties
from openets.parties import queries
from openets.parties.models import FormerName
from openets.parties.queries import OutsideYourScope
from openets.parties.roles import Role
from openets.registry import operations as units
from openets.registry import queries as registry
from openets.registry.kinds import UnitKind
from openets.registry.models import FreeAllocation
from openets.roster import operations
from openets.roster.models import Change
from openets.roster.operations import NotAsConfirmed
from openets.roster.plan import (
    ChangeKind,
    NotConserved,
    Plan,
    PlanDoesNotFit,
    Share,
    check_conserved,
    check_plan,
)
from tests.markets import CQ, FOUNDER, ISSUED, Market, issued_market, list_silent_entity
from tests.registry.checked import must_verify

NOW: datetime = ISSUED
UNITS = ("allowance", 2022)
DIVISION = Plan(
    ChangeKind.DIVISION,
    predecessors=("A",),
    successors=("B", "C"),
    takes_duties="B",
    shares=(
        Share("A", "B", *UNITS, Tonnes(600)),
        Share("A", "C", *UNITS, Tonnes(400)),
    ),
)
MERGER = Plan(
    ChangeKind.MERGER,
    predecessors=("A", "B"),
    successors=("C",),
    takes_duties="C",
    shares=(Share("A", "C", *UNITS, Tonnes(1000)), Share("B", "C", *UNITS, Tonnes(1))),
)
RENAME = Plan(ChangeKind.RENAME, predecessors=("A",), name="新名称")


@pytest.mark.parametrize("plan", [DIVISION, MERGER, RENAME])
def test_a_plan_is_kept_and_read_back(plan: Plan) -> None:
    check_plan(plan)
    assert Plan.from_json(plan.as_json()) == plan


@pytest.mark.parametrize(
    "plan",
    [
        replace(RENAME, name=" "),
        replace(RENAME, predecessors=("A", "B")),
        replace(DIVISION, successors=("B",), shares=DIVISION.shares[:1]),
        replace(DIVISION, takes_duties="D"),
        replace(DIVISION, shares=(Share("A", "D", *UNITS, Tonnes(1000)),)),
        replace(DIVISION, shares=(Share("A", "B", *UNITS, Tonnes(0)),)),
        replace(MERGER, successors=("C", "D")),
        replace(MERGER, predecessors=("A", "C"), shares=MERGER.shares[:1]),
    ],
)
def test_a_plan_that_is_not_one_of_its_kind_is_refused(plan: Plan) -> None:
    with pytest.raises(PlanDoesNotFit):
        check_plan(plan)


@pytest.mark.requirement("CQETS-14.2")
@pytest.mark.parametrize("to_b", [599, 601, 700])
def test_shares_that_are_not_what_is_held_are_refused(to_b: int) -> None:
    shares = (Share("A", "B", *UNITS, Tonnes(to_b)), DIVISION.shares[1])
    held = {"A": {UNITS: Tonnes(1000)}}
    check_conserved(DIVISION, held)
    with pytest.raises(NotConserved) as no:
        check_conserved(replace(DIVISION, shares=shares), held)
    assert no.value.numbers["shared"] == to_b + 400


@pytest.mark.requirement("CQETS-14.2")
@pytest.mark.parametrize("code", ["A", "B"])
def test_of_several_that_merge_each_hands_over_all_it_holds(code: str) -> None:
    held = {"A": {UNITS: Tonnes(1000)}, "B": {UNITS: Tonnes(1)}}
    check_conserved(MERGER, held)
    held[code] = {UNITS: Tonnes(held[code][UNITS] + 1)}
    with pytest.raises(NotConserved) as no:
        check_conserved(MERGER, held)
    assert no.value.numbers["predecessor"] == code


@pytest.mark.requirement("CQETS-14.2")
def test_units_of_another_vintage_do_not_make_up_for_what_is_missing() -> None:
    with pytest.raises(NotConserved):
        check_conserved(DIVISION, {"A": {("allowance", 2021): Tonnes(1000)}})
    with pytest.raises(NotConserved):
        check_conserved(DIVISION, {"A": {UNITS: Tonnes(1000), ("cqcer", 2022): Tonnes(1)}})


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-14.2")
def test_the_duties_of_an_entity_are_taken_once_and_the_refusal_names_the_article() -> None:
    market = issued_market()

    def followed_by(code: str) -> None:
        parties.record_succession(
            predecessor=market["E001"],
            successors=[market[code]],
            takes_duties=market[code],
            acting=market.acts("registry"),
            at=NOW,
        )

    followed_by("E002")
    for code in ("E002", "E003"):
        with pytest.raises(parties.FollowedAlready) as no:
            followed_by(code)
        assert (no.value.code, no.value.article) == ("followed_already", "CQETS-14.2")
        assert no.value.numbers["successor"] == market["E002"].name


def test_what_stays_with_an_entity_that_goes_on_is_a_share_to_itself() -> None:
    plan = replace(
        DIVISION,
        successors=("A", "B"),
        shares=(Share("A", "A", *UNITS, Tonnes(900)), Share("A", "B", *UNITS, Tonnes(100))),
    )
    check_plan(plan)
    check_conserved(plan, {"A": {UNITS: Tonnes(1000)}})


@pytest.fixture
def market(db) -> Market:
    return issued_market(3)


def shares_of(market: Market, code: str, *successors: str) -> tuple[Share, ...]:
    """All an entity holds, one tonne of each class to all but the last successor."""
    shares = []
    for holding in registry.holdings(market[code]):
        units = holding.lot.kind, holding.lot.vintage_year
        left = holding.total_t
        for successor in successors[:-1]:
            shares.append(Share(code, successor, *units, Tonnes(1)))
            left = Tonnes(left - 1)
        shares.append(Share(code, successors[-1], *units, left))
    return tuple(shares)


def total_t(market: Market, *codes: str) -> int:
    return sum(h.total_t for code in codes for h in registry.holdings(market[code]))


def division(market: Market) -> Plan:
    return Plan(
        ChangeKind.DIVISION,
        ("E001",),
        ("E002", "E003"),
        "E003",
        shares_of(market, "E001", "E002", "E003"),
    )


def report(market: Market, plan: Plan, code: str = "E001") -> Change:
    return operations.report_change(
        organisation=market["E001"], plan=plan, reason="分立", acting=market.acts(code), at=NOW
    )


def confirm_and_notify(change: Change) -> None:
    operations.confirm_change(change=change, acting=FOUNDER, at=NOW)
    operations.send_notice(change=change, acting=FOUNDER, at=NOW)


def register(market: Market, change: Change, plan: Plan) -> None:
    operations.register_change(change=change, applied=plan, acting=market.acts("registry"), at=NOW)


class TestSteps:
    @pytest.mark.requirement("CQETS-14.2")
    def test_a_rename_goes_from_report_to_notice_to_registration(self, market):
        plan = Plan(ChangeKind.RENAME, ("E001",), name="合成新名称")
        change = report(market, plan)
        confirm_and_notify(change)
        former = market["E001"].name
        register(market, change, plan)
        assert queries.organisation("E001").name == "合成新名称"
        assert FormerName.objects.get().name == former

    @pytest.mark.requirement("CQETS-14.2")
    def test_without_the_copy_notice_nothing_is_registered(self, market):
        plan = Plan(ChangeKind.RENAME, ("E001",), name="合成新名称")
        change = report(market, plan)
        with pytest.raises(WrongState):
            register(market, change, plan)
        operations.confirm_change(change=change, acting=FOUNDER, at=NOW)
        with pytest.raises(WrongState):
            register(market, change, plan)
        assert queries.organisation("E001").name == market["E001"].name

    @pytest.mark.requirement("CQETS-14.2")
    def test_another_plan_than_the_confirmed_one_is_not_registered(self, market):
        plan = division(market)
        change = report(market, plan)
        confirm_and_notify(change)
        one, *rest = plan.shares
        more = replace(one, amount_t=Tonnes(one.amount_t + 100))
        with pytest.raises(NotAsConfirmed):
            register(market, change, replace(plan, shares=(more, *rest)))

    @pytest.mark.requirement("CQETS-14.2")
    def test_shares_are_held_against_the_registry_when_reported_and_when_confirmed(self, market):
        plan = division(market)
        with pytest.raises(NotConserved):
            report(market, replace(plan, shares=plan.shares[1:]))
        change = report(market, plan)
        Change.objects.filter(pk=change.pk).update(plan=replace(plan, shares=()).as_json())
        change.refresh_from_db()
        with pytest.raises(NotConserved):
            operations.confirm_change(change=change, acting=FOUNDER, at=NOW)
        with pytest.raises(WrongState):
            operations.send_notice(change=change, acting=FOUNDER, at=NOW)

    @pytest.mark.requirement("CQETS-14.2")
    def test_registering_a_division_moves_exactly_the_confirmed_shares(self, market):
        before = total_t(market, "E001", "E002", "E003")
        of_third = total_t(market, "E003")
        plan = division(market)
        change = report(market, plan)
        confirm_and_notify(change)
        register(market, change, plan)
        assert total_t(market, "E001") == 0
        assert total_t(market, "E001", "E002", "E003") == before
        to_third = sum(s.amount_t for s in plan.shares if s.successor == "E003")
        assert total_t(market, "E003") == of_third + to_third
        assert {s.successor.code for s in queries.successors(market["E001"])} == {"E002", "E003"}
        must_verify()

    @pytest.mark.requirement("CQETS-14.2")
    def test_registering_a_merger_of_two_moves_all_that_both_held(self, market):
        before = total_t(market, "E001", "E002", "E003")
        shares = (*shares_of(market, "E001", "E003"), *shares_of(market, "E002", "E003"))
        plan = Plan(ChangeKind.MERGER, ("E001", "E002"), ("E003",), "E003", shares)
        change = report(market, plan)
        confirm_and_notify(change)
        register(market, change, plan)
        assert total_t(market, "E001", "E002") == 0
        assert total_t(market, "E003") == before
        must_verify()

    @pytest.mark.requirement("CQETS-14.2")
    def test_what_is_held_at_the_registration_must_be_what_was_confirmed(self, market):
        plan = division(market)
        change = report(market, plan)
        confirm_and_notify(change)
        units.cancel_voluntarily(
            holder=market["E001"],
            amount_t=Tonnes(1),
            unit=UnitKind.ALLOWANCE,
            vintage_year=2021,
            beneficiary="",
            reason="",
            code=units.new_code(),
            reference="c1",
            law=CQ,
            acting=market.acts("E001"),
            at=NOW,
        )
        with pytest.raises(NotConserved):
            register(market, change, plan)

    def test_of_an_entity_without_units_the_successors_and_the_duties_are_remembered(self, market):
        gone = list_silent_entity("E900")
        plan = Plan(ChangeKind.MERGER, ("E900",), ("E001",), "E001")
        change = operations.report_change(
            organisation=gone,
            plan=plan,
            reason="合并",
            acting=Acting("E900-1", Role.KEY_EMITTING_ENTITY, "E900"),
            at=NOW,
        )
        confirm_and_notify(change)
        register(market, change, plan)
        (succession,) = queries.successors(gone)
        assert (succession.successor.code, succession.takes_duties) == ("E001", True)

    @pytest.mark.requirement("CQETS-14.2")
    def test_the_entity_reports_the_bureau_confirms_the_agency_registers(self, market):
        plan = Plan(ChangeKind.RENAME, ("E001",), name="合成新名称")
        with pytest.raises(OutsideYourScope):
            report(market, plan, "E002")
        with pytest.raises(NotYourRole):
            report(market, plan, "registry")
        change = report(market, plan)
        with pytest.raises(NotYourRole):
            operations.confirm_change(change=change, acting=market.acts("registry"), at=NOW)
        confirm_and_notify(change)
        with pytest.raises(NotYourRole):
            operations.register_change(change=change, applied=plan, acting=FOUNDER, at=NOW)

    @pytest.mark.requirement("CQETS-14.2")
    def test_a_division_into_one_or_without_an_heir_is_not_reported(self, market):
        plan = division(market)
        for wrong in (
            replace(plan, takes_duties=""),
            replace(plan, takes_duties="E001"),
            replace(plan, successors=("E003",), shares=shares_of(market, "E001", "E003")),
        ):
            with pytest.raises(PlanDoesNotFit) as no:
                report(market, wrong)
            assert no.value.article == "CQETS-14.2"
        assert not Change.objects.exists()

    def test_nobody_reports_for_others(self, market):
        with pytest.raises(PlanDoesNotFit):
            report(market, Plan(ChangeKind.RENAME, ("E002",), name="合成新名称"))

    def test_a_change_that_is_not_confirmed_ends(self, market):
        change = report(market, Plan(ChangeKind.RENAME, ("E001",), name="合成新名称"))
        operations.reject_change(change=change, why="材料不全", acting=FOUNDER, at=NOW)
        with pytest.raises(WrongState):
            operations.confirm_change(change=change, acting=FOUNDER, at=NOW)


@pytest.mark.requirement("CQETS-14.2")
class TestOneThousandTonnes:
    """E001 holds 1,000 t of 2021, which E002 and E003, who hold nothing, take over."""

    @pytest.fixture
    def market(self, db) -> Market:
        return issued_market(3, [(1_000,) * 5, (0,) * 5, (0,) * 5])

    def plan(self, market, to_b=600, to_c=400):
        rest = [s for s in shares_of(market, "E001", "E003") if s.vintage_year != 2021]
        shares = (
            Share("E001", "E002", "allowance", 2021, Tonnes(to_b)),
            Share("E001", "E003", "allowance", 2021, Tonnes(to_c)),
            *rest,
        )
        return Plan(ChangeKind.DIVISION, ("E001",), ("E002", "E003"), "E003", shares)

    def held(self, market):
        return {
            code: sum(
                h.total_t for h in registry.holdings(market[code]) if h.lot.vintage_year == 2021
            )
            for code in ("E001", "E002", "E003")
        }

    def test_600_and_400_go_where_the_notice_says(self, market):
        plan = self.plan(market)
        change = report(market, plan)
        confirm_and_notify(change)
        register(market, change, plan)
        assert self.held(market) == {"E001": 0, "E002": 600, "E003": 400}
        must_verify()

    def test_who_takes_the_duties_takes_the_record_of_what_was_free(self, market):
        plan = self.plan(market)
        change = report(market, plan)
        confirm_and_notify(change)
        register(market, change, plan)
        rows = FreeAllocation.objects.filter(year=2021).exclude(free_t=0)
        assert [(row.account.holder.code, row.free_t) for row in rows] == [("E003", 1_000)]

    def test_an_entity_that_goes_on_keeps_its_own_share(self, market):
        parted = self.plan(market)
        shares = [replace(s, successor=s.successor.replace("E003", "E001")) for s in parted.shares]
        plan = replace(
            parted, successors=("E001", "E002"), takes_duties="E001", shares=tuple(shares)
        )
        change = report(market, plan)
        confirm_and_notify(change)
        register(market, change, plan)
        assert self.held(market) == {"E001": 400, "E002": 600, "E003": 0}
        assert [s.successor.code for s in queries.successors(market["E001"])] == ["E002"]

    @pytest.mark.parametrize("to_b", [599, 601, 700])
    def test_other_shares_are_neither_reported_nor_registered(self, market, to_b):
        with pytest.raises(NotConserved):
            report(market, self.plan(market, to_b))
        change = report(market, self.plan(market))
        confirm_and_notify(change)
        with pytest.raises(NotAsConfirmed):
            register(market, change, self.plan(market, to_b))
        assert self.held(market) == {"E001": 1_000, "E002": 0, "E003": 0}

    def test_without_the_copy_notice_nothing_moves(self, market):
        plan = self.plan(market)
        change = report(market, plan)
        operations.confirm_change(change=change, acting=FOUNDER, at=NOW)
        with pytest.raises(WrongState):
            register(market, change, plan)
        assert self.held(market) == {"E001": 1_000, "E002": 0, "E003": 0}
