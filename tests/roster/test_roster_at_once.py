"""Two at once in the list and in changes of registration: one is done, the other is refused."""

from functools import partial

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.parties import queries
from openets.parties.models import FormerName, Succession
from openets.parties.roles import Role
from openets.roster import operations
from openets.roster.models import Change, Publication
from openets.roster.plan import ChangeKind, Plan
from tests.articles.cqets.test_14_2_change import (
    NOW,
    confirm_and_notify,
    division,
    register,
    report,
    shares_of,
    total_t,
)
from tests.concurrently import at_once
from tests.markets import FOUNDED, FOUNDER, issued_market, list_silent_entity
from tests.registry.checked import must_verify
from tests.roster.enterprises import SECOND, adopted, founded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.4b")]

RENAME = Plan(ChangeKind.RENAME, ("E001",), name="合成新名称")


@pytest.mark.requirement("CQETS-29")
def test_a_list_published_by_two_is_published_once():
    adopted(*(founded(3)[code] for code in ("E1", "E2", "E3")), years=(2022,))
    asked = [
        partial(operations.publish_list, year=2022, acting=who, at=FOUNDED)
        for who in (FOUNDER, SECOND, FOUNDER, SECOND)
    ]
    assert at_once(*asked) == ["done"] + ["published_as_it_stands"] * 3
    assert Publication.objects.count() == 1
    assert journal.trail("list/2022").filter(operation="roster.publish_list").count() == 1


@pytest.mark.requirement("CQETS-14.2")
class TestChanges:
    def test_of_two_reports_of_one_entity_one_is_refused(self):
        market = issued_market(3)
        asked = [partial(report, market, plan) for plan in (RENAME, division(market)) * 2]
        assert at_once(*asked) == ["change_under_way"] * 3 + ["done"]
        assert Change.objects.count() == 1

    def test_a_change_is_confirmed_or_rejected(self):
        market = issued_market(3)
        change = report(market, RENAME)
        confirm = partial(operations.confirm_change, change=change, acting=FOUNDER, at=NOW)
        reject = partial(
            operations.reject_change, change=change, why="材料不全", acting=SECOND, at=NOW
        )
        assert at_once(confirm, reject) == ["done", "wrong_state"]

    def test_a_rename_registered_by_two_is_registered_once(self):
        market = issued_market(3)
        change = report(market, RENAME)
        confirm_and_notify(change)
        former = market["E001"].name
        asked = [partial(register, market, change, RENAME)] * 2
        assert at_once(*asked) == ["done", "wrong_state"]
        assert [row.name for row in FormerName.objects.all()] == [former]
        assert queries.organisation("E001").name == "合成新名称"

    def test_a_division_registered_by_two_moves_its_units_once(self):
        market = issued_market(3)
        plan, before = division(market), total_t(market, "E001", "E002", "E003")
        change = report(market, plan)
        confirm_and_notify(change)
        asked = [partial(register, market, change, plan)] * 2
        assert at_once(*asked) == ["done", "wrong_state"]
        assert total_t(market, "E001") == 0
        assert total_t(market, "E002", "E003") == before
        assert Succession.objects.count() == 2
        must_verify()

    def test_of_a_merger_and_a_division_of_the_same_entity_one_is_registered(self):
        market = issued_market(3)
        shares = [*shares_of(market, "E001", "E003"), *shares_of(market, "E002", "E003")]
        merger = Plan(ChangeKind.MERGER, ("E001", "E002"), ("E003",), "E003", tuple(shares))
        of_first = report(market, merger)
        alone = Plan(
            ChangeKind.MERGER, ("E002",), ("E003",), "E003", shares_of(market, "E002", "E003")
        )
        of_second = operations.report_change(
            organisation=market["E002"],
            plan=alone,
            reason="合并",
            acting=market.acts("E002"),
            at=NOW,
        )
        confirm_and_notify(of_first)
        confirm_and_notify(of_second)
        before = total_t(market, "E001", "E002", "E003")
        answers = at_once(
            partial(register, market, of_first, merger),
            partial(register, market, of_second, alone),
        )
        assert answers.count("done") == 1
        assert set(answers) <= {
            "done",
            "change_not_conserved",
            "not_enough_units",
            "followed_already",
        }
        assert total_t(market, "E001", "E002", "E003") == before
        must_verify()

    def test_an_entity_without_units_is_followed_by_one_of_two(self):
        market = issued_market(2)
        gone = [list_silent_entity(code) for code in ("E900", "E901")]
        changes = []
        for entity, predecessors, heir in (
            (gone[0], ("E900",), "E001"),
            (gone[1], ("E900", "E901"), "E002"),
        ):
            plan = Plan(ChangeKind.MERGER, predecessors, (heir,), heir)
            change = operations.report_change(
                organisation=entity,
                plan=plan,
                reason="合并",
                acting=Acting(f"{entity.code}-1", Role.KEY_EMITTING_ENTITY, entity.code),
                at=NOW,
            )
            confirm_and_notify(change)
            changes.append((change, plan))
        answers = at_once(*(partial(register, market, *each) for each in changes))
        assert answers == ["done", "followed_already"]
        assert Succession.objects.filter(predecessor=gone[0]).count() == 1
