"""The posting core against an obvious ledger: lists of facts, every balance summed anew."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from openets.kernel.clock import at
from openets.ledger.posting import Account, Kind, Posting, Transfer

NOON = at(date(2023, 12, 1), 12)
OVERDRAFT = {1: False, 2: False, 3: True, 4: False}
ASSET = {1: "t", 2: "t", 3: "t", 4: "fen"}


class Plain:
    """A ledger that keeps accepted events and sums them whenever it is asked."""

    def __init__(self):
        self.facts = [("open", 0, 3, 1, 50)]  # (key, kind, debit, credit, amount)
        self.by_key = {}
        self.refused = set()

    def resolution(self, key):
        found = [e for e in self.by_key.values() if e["pending"] == key]
        return found[0] if found else None

    def sums(self, account):
        posted = pending_out = pending_in = 0
        for _, _, debit, credit, amount in self.facts:
            posted += amount * ((credit == account) - (debit == account))
        for key, e in self.by_key.items():
            if e["kind"] in (Kind.POSTED, Kind.POST):
                amount = e["amount"]
                posted += amount * ((e["credit"] == account) - (e["debit"] == account))
            if e["kind"] == Kind.PENDING and not self.resolution(key):
                pending_out += e["amount"] * (e["debit"] == account)
                pending_in += e["amount"] * (e["credit"] == account)
        return posted, pending_out, pending_in

    def accept(self, t):  # noqa: C901, PLR0911, PLR0912 - a rule a line
        """The event as a fact, or why not."""
        if t.key in self.refused:
            return "key_already_refused"
        hold = self.by_key.get(t.pending)
        if hold and hold["kind"] != Kind.PENDING:
            hold = None
        fact = {
            "kind": t.kind,
            "debit": t.debit,
            "credit": t.credit,
            "amount": t.amount,
            "pending": t.pending,
            "timeout": t.timeout_seconds,
        }
        if t.kind in (Kind.POST, Kind.VOID) and hold:
            fact["debit"], fact["credit"] = t.debit or hold["debit"], t.credit or hold["credit"]
            fact["amount"] = hold["amount"] if t.amount is None else t.amount
        if t.key in self.by_key:
            return "exists" if self.by_key[t.key] == fact else "key_reused"
        if t.kind in (Kind.POST, Kind.VOID):
            if t.amount is not None and t.amount <= 0:
                return "amount_not_positive"
            if hold is None:
                return "not_pending" if t.pending in self.by_key else "pending_not_found"
            if (fact["debit"], fact["credit"]) != (hold["debit"], hold["credit"]):
                return "accounts_differ"
            before = self.resolution(t.pending)
            if before:
                return "already_posted" if before["kind"] == Kind.POST else "already_voided"
            if fact["amount"] > hold["amount"]:
                return "exceeds_pending"
            if t.kind == Kind.VOID and fact["amount"] != hold["amount"]:
                return "exceeds_pending"
        else:
            if t.timeout_seconds and t.kind == Kind.POSTED:
                return "timeout_invalid"
            if t.debit == t.credit:
                return "same_account"
            if t.amount is None or t.amount <= 0:
                return "amount_not_positive"
            if t.debit not in ASSET or t.credit not in ASSET:
                return "account_not_found"
            if ASSET[t.debit] != ASSET[t.credit]:
                return "asset_differs"
            posted, pending, _ = self.sums(t.debit)
            if posted - pending < t.amount and not OVERDRAFT[t.debit]:
                return "insufficient"
        self.by_key[t.key] = fact
        return "created"

    def run(self, events):
        chains, chain = [], []
        for event in events:
            chain.append(event)
            if not event.linked:
                chains.append(chain)
                chain = []
        results = [r for each in chains for r in self.run_chain(each)]
        if chain:
            results += self.refuse(chain, len(chain) - 1, "linked_chain_open")
        return results

    def run_chain(self, chain):
        before = dict(self.by_key)
        results = []
        for position, event in enumerate(chain):
            result = self.accept(event)
            if result not in ("created", "exists"):
                self.by_key = before
                return self.refuse(chain, position, result)
            results.append(result)
        return results

    def refuse(self, chain, position, result):
        self.refused |= {event.key for event in chain} - self.by_key.keys()
        return [result if n == position else "linked_event_failed" for n in range(len(chain))]


KEYS = st.sampled_from("abcdefghij")
SIDES = st.sampled_from([1, 2, 2, 3, 1, 4, 9])
AMOUNTS = st.integers(0, 40)
MOVES = st.builds(
    Transfer,
    KEYS,
    SIDES,
    SIDES,
    AMOUNTS,
    st.sampled_from([Kind.POSTED, Kind.PENDING, Kind.PENDING]),
    linked=st.sampled_from([False, False, True]),
    pending=st.none(),
    timeout_seconds=st.sampled_from([0, 0, 0, 60]),
    reason=st.just(""),
)
RESOLVES = st.builds(
    Transfer,
    KEYS,
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([0, 0, 0, 2]),
    st.none() | st.none() | AMOUNTS,
    st.sampled_from([Kind.POST, Kind.VOID]),
    pending=KEYS,
    linked=st.sampled_from([False, False, True]),
    timeout_seconds=st.just(0),
    reason=st.just(""),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(MOVES | RESOLVES, max_size=14), st.lists(MOVES | RESOLVES, max_size=14))
def test_the_core_agrees_with_the_obvious_ledger(first, second):
    accounts = {n: Account(n, str(n), ASSET[n], OVERDRAFT[n]) for n in ASSET}
    accounts[1].credits_posted = accounts[3].debits_posted = 50
    posting, plain = Posting(accounts, at=NOON), Plain()
    for events in (first, second):
        found = [outcome.result.value for outcome in posting.run(events)]
        assert found == plain.run(events)
    for number, account in accounts.items():
        posted = account.credits_posted - account.debits_posted
        assert (posted, account.debits_pending, account.credits_pending) == plain.sums(number)


@given(st.integers(1, 100), st.integers(-2, 2))
def test_only_a_void_resolves_a_reservation_whose_time_is_over(timeout, past):
    accounts = {n: Account(n, str(n), ASSET[n], OVERDRAFT[n]) for n in ASSET}
    accounts[1].credits_posted = 5
    hold = Transfer("h", 1, 2, 5, Kind.PENDING, timeout_seconds=timeout)
    posting = Posting(accounts, at=NOON)
    posting.run([hold])
    later = NOON + timedelta(seconds=timeout + past)
    after = Posting(accounts, at=later, holds=posting._holds)
    result = after.run([Transfer("p", kind=Kind.POST, pending="h")])[0].result
    assert result == ("created" if past < 0 else "expired")
