"""The batches of issue: numbered a lot, told by every movement, and no reason to split balances."""

from functools import partial

import pytest

from openets.doors import checks, live
from openets.journal.chain import Difference
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry import statements
from openets.registry.kinds import LockCause, Origin, UnitKind
from openets.registry.models import Lot, Transaction
from tests.concurrently import at_once
from tests.markets import ISSUED, issued_market, notified_market

pytestmark = pytest.mark.django_db
LOT = registry.LotOf("cq", UnitKind.ALLOWANCE, 2021, Origin.FREE)


@pytest.fixture
def market():
    return notified_market(3)


def issue(market, code, reference, lot=LOT, tonnes=100):
    item = registry.Issue(market[code], Tonnes(tonnes), reference)
    return registry.issue(items=[item], lot=lot, acting=market.acts("registry"), at=ISSUED)


def test_what_is_issued_together_is_a_batch_and_the_next_issue_another(market):
    items = [registry.Issue(e, Tonnes(5), e.code) for e in market.entities[:2]]
    registry.issue(items=items, lot=LOT, acting=market.acts("registry"), at=ISSUED)
    issue(market, "E003", "late")
    told = Transaction.objects.order_by("id").values_list("reference", "batch")
    assert list(told) == [("E001", 1), ("E002", 1), ("late", 2)]


def test_the_same_issue_again_is_of_the_same_batch(market):
    assert [t.batch for t in issue(market, "E001", "a") + issue(market, "E001", "a")] == [1, 1]
    assert [t.batch for t in issue(market, "E001", "b")] == [2]


def test_every_vintage_and_origin_counts_for_itself():
    issued_market(2)
    issued = {
        (t.kind, t.parts[0][0], t.batch) for t in Transaction.objects.filter(batch__isnull=False)
    }
    assert {batch for *_, batch in issued} == {1}
    assert {kind for kind, *_ in issued} == {"issue", "issue_reserve"}
    assert {lot.issues for lot in Lot.objects.filter(code__in=[lot for _, lot, _ in issued])} == {1}


def test_frozen_units_are_of_a_batch_too(market):
    registry.issue_frozen(
        items=[registry.Issue(market["E001"], Tonnes(7), "early")],
        lot=LOT,
        cause=LockCause.PRE_ALLOCATION,
        acting=market.acts("registry"),
        at=ISSUED,
    )
    assert [t.batch for t in issue(market, "E001", "a")] == [2]


def test_two_batches_are_one_lot_and_one_balance_told_apart_on_the_statement(market):
    issue(market, "E001", "a")
    issue(market, "E001", "b", tonnes=50)
    (held,) = holdings.holdings(market["E001"])
    assert (held.lot.code, held.total_t) == ("CQ/allowance/2021/free", 150)
    account = statements.account("registry-E001")
    assert [(e.batch, e.amount_t) for e in statements.statement(account)] == [(2, 50), (1, 100)]


@pytest.mark.django_db(transaction=True)
def test_of_two_issues_at_once_each_has_its_own_number():
    market = notified_market(2)
    issues = [partial(issue, market, code, code) for code in ("E001", "E002")]
    assert at_once(*issues) == ["done", "done"]
    assert set(Transaction.objects.values_list("batch", flat=True)) == {1, 2}


def test_verify_names_a_batch_that_the_journal_does_not_know(market):
    issue(market, "E001", "a")
    with live.database() as source:
        checks.check_registry(source)
    Transaction.objects.update(batch=2)
    with live.database() as source, pytest.raises(Difference, match="issue/a"):
        checks.check_registry(source)


def test_verify_names_a_lot_that_counts_other_issues_than_the_journal(market):
    issue(market, "E001", "a")
    Lot.objects.update(issues=2)
    with live.database() as source, pytest.raises(Difference, match="batches of issue"):
        checks.check_registry(source)
