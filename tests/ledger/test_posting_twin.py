"""The posting core against an obvious ledger: lists of facts, every balance summed anew."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from openets.kernel.clock import at
from openets.ledger.posting import Account, Kind, Posting, Transfer

NOON = at(date(2023, 12, 1), 12)
OVERDRAFT = {1: False, 2: False, 3: True, 4: False}
ASSET = {1: "t", 2: "t", 3: "t", 4: "fen"}
EXPIRED = "the time is over"


class Plain:
    """A ledger that keeps accepted events and sums them whenever it is asked."""

    def __init__(self):
        self.facts = [("open", 0, 3, 1, 50)]  # (key, kind, debit, credit, amount)
        self.by_key = {}
        self.refused = set()
        self.held = dict.fromkeys(ASSET, 0)
        self.until = {}
        self.now = NOON

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
        if t.kind in (Kind.HOLD, Kind.RELEASE):
            return self.keep_back(t)
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
            "reason": t.reason,
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
            if before and before["reason"] == EXPIRED:
                return "expired"
            if before:
                return "already_posted" if before["kind"] == Kind.POST else "already_voided"
            if t.kind == Kind.POST and t.pending in self.due():
                return "expired"
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
            if posted - pending - self.held[t.debit] < t.amount and not OVERDRAFT[t.debit]:
                return "insufficient"
        if t.timeout_seconds:
            self.until[t.key] = self.now + timedelta(seconds=t.timeout_seconds)
        self.by_key[t.key] = fact
        return "created"

    def keep_back(self, t):
        """What an order holds or gives back; no key, no fact."""
        if t.amount is None or t.amount <= 0:
            return "amount_not_positive"
        if t.debit not in ASSET:
            return "account_not_found"
        posted, pending, _ = self.sums(t.debit)
        if t.kind == Kind.RELEASE:
            if t.amount > self.held[t.debit]:
                return "exceeds_pending"
            self.held[t.debit] -= t.amount
            return "created"
        if t.amount > posted - pending - self.held[t.debit]:
            return "insufficient"
        self.held[t.debit] += t.amount
        return "created"

    def due(self):
        """The open reservations whose time is over."""
        over = [key for key, until in self.until.items() if until <= self.now]
        return [key for key in over if key in self.by_key and not self.resolution(key)]

    def expire(self, key):
        """Void a reservation by its time."""
        void = {"kind": Kind.VOID, "pending": key, "timeout": 0, "reason": EXPIRED}
        self.by_key[f"expire:{key}"] = self.by_key[key] | void

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
        before, held = dict(self.by_key), dict(self.held)
        results = []
        for position, event in enumerate(chain):
            result = self.accept(event)
            if result not in ("created", "exists"):
                self.by_key, self.held = before, held
                return self.refuse(chain, position, result)
            results.append(result)
        return results

    def refuse(self, chain, position, result):
        self.refused |= {event.key for event in chain} - self.by_key.keys() - {""}
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
    reason=st.sampled_from(["", "", "other"]),
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


KEPT_BACK = st.builds(
    Transfer,
    st.just(""),
    st.sampled_from([1, 1, 2, 3, 9]),
    amount=AMOUNTS,
    kind=st.sampled_from([Kind.HOLD, Kind.HOLD, Kind.RELEASE]),
    linked=st.sampled_from([False, False, True]),
)
BATCHES = st.lists(MOVES | RESOLVES | KEPT_BACK, max_size=14)
SECONDS = st.sampled_from([0, 30, 60, 61])


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(SECONDS, st.booleans(), BATCHES), min_size=1, max_size=4))
def test_the_core_agrees_with_the_obvious_ledger(steps):
    accounts = {n: Account(n, str(n), ASSET[n], OVERDRAFT[n]) for n in ASSET}
    accounts[1].credits_posted = accounts[3].debits_posted = 50
    posting, plain = Posting(accounts, at=NOON), Plain()
    for seconds, expires, events in steps:
        plain.now += timedelta(seconds=seconds)
        posting = Posting(accounts, at=plain.now, holds=posting._holds, known=posting._known)
        if expires:
            for key in plain.due():
                assert posting.expire(key)
                plain.expire(key)
        found = [outcome.result.value for outcome in posting.run(events)]
        assert found == plain.run(events)
        for number, account in accounts.items():
            posted = account.credits_posted - account.debits_posted
            assert (posted, account.debits_pending, account.credits_pending) == plain.sums(number)
            assert account.held == plain.held[number]
        for asset in set(ASSET.values()):
            of_asset = [a for a in accounts.values() if a.asset == asset]
            assert sum(a.credits_posted - a.debits_posted for a in of_asset) == 0
            assert sum(a.credits_pending - a.debits_pending for a in of_asset) == 0
        written = len(posting.rows)
        posting.run([event for event in events if event.key])
        assert len(posting.rows) == written, "what is sent again is done once"


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
