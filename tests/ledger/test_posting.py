"""The posting core: what is refused first, what chains undo, what reservations become."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from openets.kernel.clock import at
from openets.ledger.posting import LARGEST, Account, Hold, Kind, Posting, Result, Transfer

NOON = at(date(2023, 12, 1), 12)
A, B, RICH, OTHER, NOWHERE = 1, 2, 3, 4, 99


def accounts():
    """A holds 100, B nothing, RICH may go negative, OTHER is of another asset."""
    return {
        A: Account(A, "a", "CQEA", False, credits_posted=100),
        B: Account(B, "b", "CQEA", False),
        RICH: Account(RICH, "rich", "CQEA", True, debits_posted=100),
        OTHER: Account(OTHER, "other", "CNY", False),
    }


def results(*events, posting=None):
    posting = posting or Posting(accounts(), at=NOON)
    return [outcome.result for outcome in posting.run(events)]


def own(account):
    return account.credits_posted - account.debits_posted - account.debits_pending


# Each row breaks the rule it names and every rule below it in the same list.
MOVEMENTS = [
    (Result.KEY_INVALID, Transfer("", A, A, 0, Kind.POSTED, "h", timeout_seconds=5)),
    (Result.REFUSED_BEFORE, Transfer("k", A, A, 0, Kind.REFUSED, "h", timeout_seconds=5)),
    (Result.PENDING_UNEXPECTED, Transfer("k", A, A, 0, Kind.POSTED, "h", timeout_seconds=5)),
    (Result.TIMEOUT_INVALID, Transfer("k", A, A, 0, Kind.POSTED, timeout_seconds=5)),
    (Result.SAME_ACCOUNT, Transfer("k", NOWHERE, NOWHERE, 0)),
    (Result.AMOUNT_NOT_POSITIVE, Transfer("k", NOWHERE, OTHER, 0)),
    (Result.ACCOUNT_NOT_FOUND, Transfer("k", NOWHERE, OTHER, LARGEST + 1)),
    (Result.ASSET_DIFFERS, Transfer("k", A, OTHER, LARGEST + 1)),
    (Result.TOO_LARGE, Transfer("k", A, B, LARGEST + 1)),
    (Result.INSUFFICIENT, Transfer("k", A, B, 101)),
    (Result.CREATED, Transfer("k", A, B, 100)),
]

LATE = NOON - timedelta(seconds=1)


def resolve(pending="h", **changes):
    return Transfer("k", kind=Kind.POST, pending=pending, **changes)


RESOLUTIONS = [
    (Result.KEY_INVALID, Transfer("expire:h", kind=Kind.POST, pending="none", timeout_seconds=1)),
    (Result.TIMEOUT_INVALID, resolve("none", amount=0, timeout_seconds=1)),
    (Result.AMOUNT_NOT_POSITIVE, resolve("none", amount=0)),
    (Result.PENDING_NOT_FOUND, resolve("none", amount=50)),
    (Result.PENDING_NOT_FOUND, Transfer("k", kind=Kind.VOID)),
    (Result.NOT_PENDING, resolve("moved", amount=50)),
    (Result.ACCOUNTS_DIFFER, resolve("posted", amount=50, debit=B)),
    (Result.ACCOUNTS_DIFFER, resolve("posted", amount=50, credit=A)),
    (Result.ALREADY_POSTED, resolve("posted", amount=50)),
    (Result.ALREADY_VOIDED, resolve("voided", amount=50)),
    (Result.EXPIRED, resolve("late", amount=50)),
    (Result.EXPIRED, Transfer("k", kind=Kind.VOID, pending="expired")),
    (Result.EXCEEDS_PENDING, resolve("h", amount=41)),
    (Result.EXCEEDS_PENDING, Transfer("k", kind=Kind.VOID, pending="h", amount=39)),
    (Result.CREATED, resolve("h", amount=40)),
    (Result.CREATED, Transfer("k", kind=Kind.VOID, pending="late")),
]


def reserved():
    book = accounts()
    book[A].debits_pending = book[B].credits_pending = 80
    holds = {
        "h": Hold(A, B, 40),
        "late": Hold(A, B, 40, end=NOON),
        "posted": Hold(A, B, 40, LATE, Kind.POST),
        "voided": Hold(A, B, 40, LATE, Kind.VOID),
        "expired": Hold(A, B, 40, LATE, Kind.VOID, expired=True),
    }
    posting = Posting(book, at=NOON, holds=holds)
    assert results(Transfer("moved", A, B, 5), posting=posting) == [Result.CREATED]
    return posting


@pytest.mark.parametrize(("expected", "event"), MOVEMENTS)
def test_the_first_broken_rule_refuses_a_movement(expected, event):
    assert results(event) == [expected]


@pytest.mark.parametrize(("expected", "event"), RESOLUTIONS)
def test_the_first_broken_rule_refuses_a_resolution(expected, event):
    assert results(event, posting=reserved()) == [expected]


def test_the_refusals_are_documented_in_their_order_of_precedence():
    order = list(Result)
    for table in (MOVEMENTS, RESOLUTIONS):
        tried = [order.index(result) for result, _ in table if result is not Result.CREATED]
        assert tried == sorted(tried)


def test_own_balance_may_be_emptied_and_not_overdrawn():
    posting = Posting(accounts(), at=NOON)
    events = (Transfer("1", A, B, 99), Transfer("2", A, B, 1), Transfer("3", A, B, 1))
    assert results(*events, posting=posting) == ["created", "created", "insufficient"]
    assert [own(posting.accounts[n]) for n in (A, B)] == [0, 100]


def test_insufficient_names_the_account_and_the_figures():
    outcome = Posting(accounts(), at=NOON).run([Transfer("1", A, B, 101)])[0]
    assert (outcome.account, outcome.available, outcome.amount) == (A, 100, 101)


def test_an_account_that_may_go_negative_does():
    posting = Posting(accounts(), at=NOON)
    assert results(Transfer("1", RICH, B, 7), posting=posting) == ["created"]
    assert posting.rows[0].debit_after == -107


def test_sums_stop_at_the_largest_number():
    book = accounts()
    book[B].credits_posted = LARGEST - 5
    events = (Transfer("1", RICH, B, 6), Transfer("2", RICH, B, 5), Transfer("3", RICH, B, 1))
    assert results(*events, posting=Posting(book, at=NOON)) == ["too_large", "created", "too_large"]


@pytest.mark.parametrize(
    ("seconds", "result"),
    [(-1, "timeout_invalid"), (1, "created"), (2**31 - 1, "created"), (2**31, "timeout_invalid")],
)
def test_a_timeout_is_a_positive_number_of_seconds(seconds, result):
    assert results(Transfer("h", A, B, 1, Kind.PENDING, timeout_seconds=seconds)) == [result]


def test_a_reservation_lessens_own_and_leaves_posted():
    posting = Posting(accounts(), at=NOON)
    assert results(Transfer("h", A, B, 60, Kind.PENDING), posting=posting) == ["created"]
    assert own(posting.accounts[A]) == 40
    assert (posting.rows[0].debit_after, posting.rows[0].credit_after) == (100, 0)
    assert own(posting.accounts[B]) == 0, "what is only promised cannot be spent"


def test_posting_a_part_releases_the_rest():
    posting = Posting(accounts(), at=NOON)
    events = (Transfer("h", A, B, 60, Kind.PENDING), resolve(amount=25))
    assert results(*events, posting=posting) == ["created", "created"]
    assert [own(posting.accounts[n]) for n in (A, B)] == [75, 25]
    assert posting.accounts[A].debits_pending == posting.accounts[B].credits_pending == 0


def test_voiding_releases_all():
    posting = Posting(accounts(), at=NOON)
    results(Transfer("h", A, B, 60, Kind.PENDING), posting=posting)
    assert results(Transfer("v", kind=Kind.VOID, pending="h"), posting=posting) == ["created"]
    assert [own(posting.accounts[n]) for n in (A, B)] == [100, 0]


def test_a_reservation_expires_at_its_last_second_and_is_voided_once():
    posting = Posting(accounts(), at=NOON)
    hold = Transfer("h", A, B, 60, Kind.PENDING, timeout_seconds=10)
    assert results(hold, posting=posting) == ["created"]
    assert posting._holds["h"].end == NOON + timedelta(seconds=10)
    assert [posting.expire("h"), posting.expire("h")] == [True, False]
    assert own(posting.accounts[A]) == 100
    assert posting.rows[-1].reason == "expired"


def test_a_repeated_event_exists_and_moves_nothing():
    posting = Posting(accounts(), at=NOON)
    event = Transfer("1", A, B, 60, reason="trade 7")
    assert results(event, event, posting=posting) == ["created", "exists"]
    assert own(posting.accounts[A]) == 40


@pytest.mark.parametrize(
    "change",
    [
        {"debit": RICH},
        {"credit": RICH},
        {"amount": 61},
        {"kind": Kind.PENDING},
        {"kind": Kind.POST, "pending": "x"},
        {"timeout_seconds": 1},
        {"reason": "another"},
    ],
)
def test_a_key_with_other_content_is_refused(change):
    event = Transfer("1", A, B, 60)
    assert results(event, event._replace(**change)) == ["created", "key_reused"]


def test_a_repeated_resolution_exists_with_or_without_its_amount():
    posting = Posting(accounts(), at=NOON)
    hold = Transfer("h", A, B, 60, Kind.PENDING)
    events = (hold, resolve(), resolve(), resolve(amount=60), resolve(amount=59))
    expected = ["created", "created", "exists", "exists", "key_reused"]
    assert results(*events, posting=posting) == expected


def test_the_key_of_a_refused_event_is_used_up():
    events = (Transfer("1", A, B, 101), Transfer("1", A, B, 1), Transfer("2", A, B, 1))
    assert results(*events) == ["insufficient", "key_already_refused", "created"]


def test_a_chain_is_all():
    posting = Posting(accounts(), at=NOON)
    events = (Transfer("1", A, B, 60, linked=True), Transfer("2", B, RICH, 60))
    assert results(*events, *events, posting=posting) == ["created"] * 2 + ["exists"] * 2


def test_a_chain_is_nothing_when_one_event_fails():
    posting = Posting(accounts(), at=NOON)
    before = {number: asdict(account) for number, account in posting.accounts.items()}
    events = (
        Transfer("h", A, B, 60, Kind.PENDING, linked=True),
        Transfer("p", kind=Kind.POST, pending="h", linked=True),
        Transfer("x", A, B, 41, linked=True),
        Transfer("y", A, B, 1),
    )
    failed = "linked_event_failed"
    assert results(*events, posting=posting) == [failed, failed, "insufficient", failed]
    assert {number: asdict(account) for number, account in posting.accounts.items()} == before
    assert {row.kind for row in posting.rows} == {Kind.REFUSED}
    assert results(resolve("h"), posting=posting) == ["pending_not_found"]


def test_a_failed_chain_gives_a_reservation_back():
    posting = Posting(accounts(), at=NOON)
    results(Transfer("h", A, B, 60, Kind.PENDING), posting=posting)
    chain = (resolve(linked=True), Transfer("x", A, B, 999))
    assert results(*chain, posting=posting) == ["linked_event_failed", "insufficient"]
    again = Transfer("k2", kind=Kind.POST, pending="h")
    assert results(again, posting=posting) == ["created"]


def test_an_open_chain_is_refused_and_what_came_before_it_stands():
    events = (Transfer("1", A, B, 1), Transfer("2", A, B, 1, linked=True))
    assert results(*events) == ["created", "linked_chain_open"]
    opened = (Transfer("1", A, B, 1, linked=True), Transfer("2", A, B, 1, linked=True))
    assert results(*opened) == ["linked_event_failed", "linked_chain_open"]


@pytest.mark.parametrize("key", ["", "a\tb", "a\nb", "a\\b", "x" * 101, "expire:h", "\ud800"])
def test_a_key_that_is_no_key_leaves_no_row(key):
    posting = Posting(accounts(), at=NOON)
    assert results(Transfer(key, A, B, 1), posting=posting) == ["key_invalid"]
    assert posting.rows == []


def hold(amount, account=A, kind=Kind.HOLD):
    return Transfer("order", debit=account, amount=amount, kind=kind)


def test_what_is_held_for_an_order_can_be_neither_moved_nor_held_again():
    posting = Posting(accounts(), at=NOON)
    events = (hold(60), Transfer("1", A, B, 41), hold(41), hold(40))
    expected = ["created", "insufficient", "insufficient", "created"]
    assert results(*events, posting=posting) == expected
    assert posting.accounts[A].held == 100


def test_no_more_is_released_than_is_held():
    posting = Posting(accounts(), at=NOON)
    events = (hold(60), hold(61, kind=Kind.RELEASE), hold(60, kind=Kind.RELEASE))
    assert results(*events, posting=posting)[0::2] == ["created", "created"]
    assert posting.accounts[A].held == 0


def test_a_failed_chain_gives_back_what_it_held():
    posting = Posting(accounts(), at=NOON)
    chain = (hold(60)._replace(linked=True), Transfer("x", A, B, 41))
    assert results(*chain, posting=posting)[1] == "insufficient"
    assert posting.accounts[A].held == 0


def test_an_event_refused_before_fails_its_chain_and_leaves_its_own_reason():
    posting = Posting(accounts(), at=NOON)
    chain = [Transfer("1", A, B, 5, linked=True), Transfer("2", kind=Kind.REFUSED, reason="why")]
    assert results(*chain, posting=posting) == ["linked_event_failed", "refused_before"]
    assert [(row.kind, row.reason) for row in posting.rows] == [
        (Kind.REFUSED, "linked_event_failed"),
        (Kind.REFUSED, "why"),
    ]
    assert results(Transfer("2", A, B, 5), posting=posting) == ["key_already_refused"]
