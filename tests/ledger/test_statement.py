"""A statement read by milestones says what a plain reading of all rows says."""

import random
from datetime import date, timedelta

import pytest

from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import operations, queries
from openets.ledger.models import Transfer as Row
from openets.ledger.operations import AccountSpec
from openets.ledger.posting import Kind, Transfer

pytestmark = pytest.mark.django_db

ACTING = Acting("operator", "system", "test")
START = at(date(2022, 12, 30))
REASONS = ("trade", "issue", "surrender")


@pytest.fixture(scope="module")
def book(django_db_setup, django_db_blocker):
    """1,500 transfers between four accounts over thirty days, in batches of 50."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        specs = [AccountSpec(f"s/{n}", "X", may_go_negative=True) for n in range(4)]
        ids = operations.open_accounts(specs, acting=ACTING, at=START)
        source = random.Random(1)
        for batch in range(30):
            transfers = []
            for n in range(50):
                debit, credit = source.sample(sorted(ids.values()), 2)
                transfers.append(
                    Transfer(
                        f"{batch}/{n}",
                        debit,
                        credit,
                        source.randint(1, 9),
                        source.choice([Kind.POSTED, Kind.PENDING]),
                        reason=source.choice(REASONS),
                    )
                )
            moment = START + timedelta(days=batch)
            operations.post_all(transfers, acting=ACTING, at=moment, article="X", subject="s")
        yield sorted(ids.values())
        transaction.set_rollback(True)


def plain(accounts, *, size=50, before=None, after=None, since=None, until=None, reasons=None):
    """The slow and obvious twin: read every row, keep what is asked, cut a page out."""
    lines = []
    for row in Row.objects.select_related("batch").order_by("-id"):
        for account, amount in ((row.debit_id, -row.amount), (row.credit_id, row.amount)):
            if (
                account in accounts
                and (before is None or row.id < before)
                and (after is None or row.id > after)
                and (since is None or row.batch.at >= since)
                and (until is None or row.batch.at < until)
                and (reasons is None or row.reason in reasons)
            ):
                lines.append((row.id, account, amount))
    return lines[:size] if after is None else lines[-size:]


def told(*arguments, **asked):
    return [
        (line.transfer_id, line.account_id, line.amount)
        for line in queries.statement(*arguments, **asked)
    ]


@pytest.mark.requirement("CQETS-5.2b")
@pytest.mark.parametrize("seed", range(60))
def test_a_page_agrees_with_the_plain_reading(book, seed):
    source = random.Random(seed)
    accounts = source.sample(book, source.randint(1, 2))
    numbers = [None, *Row.objects.order_by("id").values_list("id", flat=True)[::97]]
    days = [None, *(START + timedelta(days=n) for n in (0, 3, 11, 20, 29, 40))]
    asked = {
        "size": source.choice([1, 7, 50, 400]),
        "since": source.choice(days),
        "until": source.choice(days),
        "reasons": source.choice([None, None, ["trade"], ["none such"]]),
        source.choice(["before", "after"]): source.choice(numbers),
    }
    if source.random() < 0.2:
        asked["after"] = 0
    found, expected = told(accounts, **asked), plain(accounts, **asked)
    # Both sides of one transfer between two asked accounts share its number.
    assert [line[0] for line in found] == [line[0] for line in expected]
    assert set(found) <= set(plain(accounts, **asked | {"size": 10**6}))


def test_pages_downwards_and_upwards_are_the_same_lines(book):
    account = book[:1]
    everything = told(account, size=10**6)
    down, before = [], None
    while page := told(account, size=40, before=before):
        down += page
        before = page[-1][0]
    up, after = [], 0
    while page := told(account, size=40, after=after):
        up = page + up
        after = page[0][0]
    assert down == up == everything
    assert len(everything) > 500


def test_the_milestones_are_about_every_64th_transfer(book):
    held = Row.objects.extra(where=["mod(id * 40503, 65536) < 1024"]).count()
    assert held == pytest.approx(Row.objects.count() / 64, rel=0.2)


@pytest.mark.parametrize(
    ("first", "last"), [(-2, -1), (-1, 40), (0, 1), (3, 3), (11, 20), (20, 29), (29, 30), (40, 41)]
)
def test_a_stretch_agrees_with_the_plain_reading(book, first, last):
    since, until = START + timedelta(days=first), START + timedelta(days=last)
    rows = list(Row.objects.select_related("batch").order_by("id"))

    def posted(account, moment):
        moved = [row for row in rows if row.batch.at < moment and row.kind == Kind.POSTED]
        received = sum(row.amount for row in moved if row.credit_id == account)
        return received - sum(row.amount for row in moved if row.debit_id == account)

    found = queries.stretches(book, since=since, until=until)
    assert sorted(found) == book
    for account, stretch in found.items():
        assert stretch.before == posted(account, since)
        assert stretch.after == posted(account, until)
        assert [line.transfer_id for line in stretch.lines] == [
            row.id
            for row in rows
            if account in (row.debit_id, row.credit_id) and since <= row.batch.at < until
        ]
