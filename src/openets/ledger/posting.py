"""The posting core: events in, outcomes and new balances out.

Pure and deterministic. The caller gives the accounts touched, the reservations referred to and the
keys already used; the core changes the accounts it was given and collects the rows to be written.
An event that is refused leaves a row too, of kind REFUSED, which moves nothing: so its key is used
up. Events joined by `linked` form a chain that succeeds or fails as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

LARGEST = 2**63 - 1
"""Most that the sum of an account's posted and pending debits, or credits, may reach."""
KEY_LENGTH = 100
LONGEST_SECONDS = 2**31 - 1
"""Longest time a reservation may be given; most have none and stay until resolved."""
EXPIRY = "expire:"
"""How the keys of expiries begin; no other key may."""


class Kind(IntEnum):
    """What a transfer does; the number stands in its row."""

    POSTED = 0
    PENDING = 1
    POST = 2
    VOID = 3
    REFUSED = 4
    """The trace of a refused event. Sent for an event that is refused already, for the `reason`
    given: it fails its chain and uses up its key."""
    HOLD = 5
    """Keep a part of the debit account back for its owner's order. Writes no row: see `held`."""
    RELEASE = 6
    """Give back what was held."""


class Result(StrEnum):
    """What became of an event. The refusals stand in order of precedence."""

    CREATED = "created"
    EXISTS = "exists"
    CHAIN_OPEN = "linked_chain_open"
    LINKED_EVENT_FAILED = "linked_event_failed"
    KEY_ALREADY_REFUSED = "key_already_refused"
    KEY_REUSED = "key_reused"
    KEY_INVALID = "key_invalid"
    REFUSED_BEFORE = "refused_before"
    PENDING_UNEXPECTED = "pending_unexpected"
    TIMEOUT_INVALID = "timeout_invalid"
    SAME_ACCOUNT = "same_account"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ASSET_DIFFERS = "asset_differs"
    PENDING_NOT_FOUND = "pending_not_found"
    NOT_PENDING = "not_pending"
    ACCOUNTS_DIFFER = "accounts_differ"
    ALREADY_POSTED = "already_posted"
    ALREADY_VOIDED = "already_voided"
    EXPIRED = "expired"
    EXCEEDS_PENDING = "exceeds_pending"
    TOO_LARGE = "too_large"
    INSUFFICIENT = "insufficient"


class Transfer(NamedTuple):
    """One event: move, reserve, or resolve a reservation. Immutable, and as cheap as a tuple.

    `debit` and `credit` are account numbers from `open_accounts` or `account_ids`. POST and VOID
    name the reservation's key in `pending` and may leave the accounts 0; a POST without amount
    posts all, a POST of a part releases the rest. `linked` joins the event to the next one.
    """

    key: str
    debit: int = 0
    credit: int = 0
    amount: int | None = None
    kind: Kind = Kind.POSTED
    pending: str | None = None
    linked: bool = False
    timeout_seconds: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event. Where an account lacks cover, its number and the figures."""

    result: Result
    account: int = 0
    available: int = 0
    amount: int = 0

    @property
    def refused(self) -> bool:
        """Whether nothing moved and nothing had moved before under this key."""
        return self.result not in {Result.CREATED, Result.EXISTS}


class Row(NamedTuple):
    """A transfer as written: with both sides' posted balance after it and transfer before it."""

    key: str
    kind: int
    debit: int
    credit: int
    amount: int
    debit_after: int
    credit_after: int
    timeout_seconds: int = 0
    pending: str = ""
    reason: str = ""
    id: int = 0
    debit_before: int = 0
    credit_before: int = 0


@dataclass(slots=True)
class Account:
    """An account under the lock of the posting transaction."""

    id: int
    code: str
    asset: str
    may_go_negative: bool
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0
    held: int = 0
    """Kept back for open orders. The orders are its record, and are compared with it."""
    last: int = 0


@dataclass(slots=True)
class Hold:
    """A reservation and how it was resolved; `end` is the moment from which it has expired."""

    debit: int
    credit: int
    amount: int
    end: datetime | None = None
    resolved: Kind | None = None
    expired: bool = False
    """Whether the void that resolved it was its expiry."""


CREATED = Outcome(Result.CREATED)
EXISTS = Outcome(Result.EXISTS)
_row = Row._make
_NO = {result: Outcome(result) for result in Result}


class Posting:
    """One batch being evaluated."""

    def __init__(
        self,
        accounts: dict[int, Account],
        *,
        at: datetime,
        holds: Mapping[str, Hold] | None = None,
        known: Mapping[str, Row] | None = None,
        ids: Sequence[int] = range(1, LARGEST),
    ) -> None:
        """Take the touched accounts, the holds referred to, and the rows whose keys are used.

        `ids` numbers the rows to come, ascending; enough for all events.
        """
        self._ids = ids
        self.accounts = accounts
        self.rows: list[Row] = []
        self.kept_back: set[int] = set()
        self._holds = dict(holds or {})
        self._known = dict(known or {})
        self._at = at

    def run(self, events: Iterable[Transfer]) -> list[Outcome]:
        """Evaluate the events in order and give each its own outcome."""
        outcomes: list[Outcome] = []
        chain: list[Transfer] = []
        for event in events:
            if event.linked or chain:
                chain.append(event)
                if not event.linked:
                    outcomes += self._run_chain(chain)
                    chain = []
                continue
            outcome = self._apply(event)
            if outcome is not CREATED and outcome is not EXISTS:
                self._use_up(event, outcome)
            outcomes.append(outcome)
        return outcomes + self._refuse_chain(chain, _NO[Result.CHAIN_OPEN], len(chain) - 1)

    def expire(self, pending: str) -> bool:
        """Void a reservation whose time has run out; False when it was resolved meanwhile."""
        void = Transfer(EXPIRY + pending, kind=Kind.VOID, pending=pending, reason="expired")
        if self._resolve(void).refused:
            return False
        self._holds[pending].expired = True
        return True

    def _run_chain(self, events: Sequence[Transfer]) -> list[Outcome]:
        before = self._snapshot(events)
        outcomes = []
        for position, event in enumerate(events):
            outcome = self._apply(event)
            if outcome.refused:
                self._restore(before)
                return self._refuse_chain(events, outcome, position)
            outcomes.append(outcome)
        return outcomes

    def _refuse_chain(
        self, events: Sequence[Transfer], why: Outcome, position: int
    ) -> list[Outcome]:
        outcomes = [_NO[Result.LINKED_EVENT_FAILED]] * len(events)
        if events:
            outcomes[position] = why
        for event, outcome in zip(events, outcomes, strict=True):
            self._use_up(event, outcome)
        return outcomes

    def _use_up(self, event: Transfer, outcome: Outcome) -> None:
        """Remember the key of a refused event, unless it is used already or cannot be a key."""
        key = event.key
        if key not in self._known and is_key(key):
            number = self._ids[len(self.rows)]
            why = event.reason if event.kind is Kind.REFUSED else outcome.result.value
            row = Row(key, Kind.REFUSED, 0, 0, 0, 0, 0, reason=why, id=number)
            self._known[key] = row
            self.rows.append(row)

    # A rule a line, in the order of precedence, tells more than functions of three rules each.
    def _apply(self, event: Transfer) -> Outcome:  # noqa: C901, PLR0911, PLR0912
        key, debit_id, credit_id, amount, kind, pending, _, timeout, _ = event
        if kind is Kind.HOLD or kind is Kind.RELEASE:
            return self._keep_back(event)
        if key in self._known:
            return self._judge_again(event, self._known[key])
        if not is_key(key):
            return _NO[Result.KEY_INVALID]
        if kind is Kind.POST or kind is Kind.VOID:
            return self._resolve(event)
        if kind is Kind.REFUSED:
            return _NO[Result.REFUSED_BEFORE]
        if pending is not None:
            return _NO[Result.PENDING_UNEXPECTED]
        if timeout and (kind is not Kind.PENDING or not 0 < timeout <= LONGEST_SECONDS):
            return _NO[Result.TIMEOUT_INVALID]
        if debit_id == credit_id:
            return _NO[Result.SAME_ACCOUNT]
        if amount is None or amount <= 0:
            return _NO[Result.AMOUNT_NOT_POSITIVE]
        debit = self.accounts.get(debit_id)
        credit = self.accounts.get(credit_id)
        if debit is None or credit is None:
            return Outcome(Result.ACCOUNT_NOT_FOUND, credit_id if debit else debit_id)
        if debit.asset != credit.asset:
            return _NO[Result.ASSET_DIFFERS]
        debits = debit.debits_posted + debit.debits_pending + debit.held + amount
        if debits > LARGEST or credit.credits_posted + credit.credits_pending + amount > LARGEST:
            return _NO[Result.TOO_LARGE]
        if debits > debit.credits_posted and not debit.may_go_negative:
            available = debit.credits_posted - debits + amount
            return Outcome(Result.INSUFFICIENT, debit_id, available, amount)
        if kind is Kind.POSTED:
            debit.debits_posted += amount
            credit.credits_posted += amount
        else:
            debit.debits_pending += amount
            credit.credits_pending += amount
            end = self._at + timedelta(seconds=timeout) if timeout else None
            self._holds[key] = Hold(debit_id, credit_id, amount, end)
        self._write(event, debit, credit, amount)
        return CREATED

    def _keep_back(self, event: Transfer) -> Outcome:
        account, amount = self.accounts.get(event.debit), event.amount
        if amount is None or amount <= 0:
            return _NO[Result.AMOUNT_NOT_POSITIVE]
        if account is None:
            return Outcome(Result.ACCOUNT_NOT_FOUND, event.debit)
        if event.kind is Kind.RELEASE:
            if amount > account.held:
                return Outcome(Result.EXCEEDS_PENDING, account.id, account.held, amount)
            account.held -= amount
            self.kept_back.add(account.id)
            return CREATED
        own = account.credits_posted - account.debits_posted - account.debits_pending
        if amount > own - account.held:
            return Outcome(Result.INSUFFICIENT, account.id, own - account.held, amount)
        account.held += amount
        self.kept_back.add(account.id)
        return CREATED

    def _resolve(self, event: Transfer) -> Outcome:  # noqa: PLR0911 - as above
        hold = self._holds.get(event.pending or "")
        if event.timeout_seconds:
            return _NO[Result.TIMEOUT_INVALID]
        if event.amount is not None and event.amount <= 0:
            return _NO[Result.AMOUNT_NOT_POSITIVE]
        if hold is None:
            return _NO[self._why_no_hold(event.pending)]
        if event.debit not in {0, hold.debit} or event.credit not in {0, hold.credit}:
            return _NO[Result.ACCOUNTS_DIFFER]
        if hold.expired:
            return _NO[Result.EXPIRED]
        if hold.resolved is not None:
            posted = hold.resolved is Kind.POST
            return _NO[Result.ALREADY_POSTED if posted else Result.ALREADY_VOIDED]
        if event.kind is Kind.POST and hold.end is not None and hold.end <= self._at:
            return _NO[Result.EXPIRED]
        amount = hold.amount if event.amount is None else event.amount
        if amount > hold.amount or (event.kind is Kind.VOID and amount != hold.amount):
            return Outcome(Result.EXCEEDS_PENDING, hold.debit, hold.amount, amount)
        debit, credit = self.accounts[hold.debit], self.accounts[hold.credit]
        hold.resolved = event.kind
        debit.debits_pending -= hold.amount
        credit.credits_pending -= hold.amount
        if event.kind is Kind.POST:
            debit.debits_posted += amount
            credit.credits_posted += amount
        self._write(event, debit, credit, amount)
        return CREATED

    def _write(self, event: Transfer, debit: Account, credit: Account, amount: int) -> None:
        key, _, _, _, kind, pending, _, timeout_seconds, reason = event
        number = self._ids[len(self.rows)]
        row = _row(
            (
                key,
                kind,
                debit.id,
                credit.id,
                amount,
                debit.credits_posted - debit.debits_posted,
                credit.credits_posted - credit.debits_posted,
                timeout_seconds,
                pending or "",
                reason,
                number,
                debit.last,
                credit.last,
            )
        )
        debit.last = credit.last = number
        self._known[key] = row
        self.rows.append(row)

    def _why_no_hold(self, pending: str | None) -> Result:
        other = self._known.get(pending or "")
        is_there = other is not None and other.kind != Kind.REFUSED
        return Result.NOT_PENDING if is_there else Result.PENDING_NOT_FOUND

    def _judge_again(self, event: Transfer, row: Row) -> Outcome:
        """The key is used: by the same content, by other content, or by a refusal."""
        if row.kind == Kind.REFUSED:
            return _NO[Result.KEY_ALREADY_REFUSED]
        resolves = event.kind is Kind.POST or event.kind is Kind.VOID
        amount = event.amount
        if resolves and amount is None and event.pending in self._holds:
            amount = self._holds[event.pending].amount
        same = (
            event.kind == row.kind
            and amount == row.amount
            and (event.debit == row.debit or (resolves and not event.debit))
            and (event.credit == row.credit or (resolves and not event.credit))
            and (event.pending or "") == row.pending
            and event.timeout_seconds == row.timeout_seconds
            and event.reason == row.reason
        )
        return EXISTS if same else _NO[Result.KEY_REUSED]

    def _snapshot(self, events: Sequence[Transfer]) -> "_Before":
        keys = [event.key for event in events]
        holds = {key: self._holds.get(key) for key in (*keys, *(e.pending or "" for e in events))}
        touched = {side for event in events for side in (event.debit, event.credit)}
        touched |= {side for hold in holds.values() if hold for side in (hold.debit, hold.credit)}
        return _Before(
            {side: replace(self.accounts[side]) for side in touched if side in self.accounts},
            {key: replace(hold) if hold else None for key, hold in holds.items()},
            {key: self._known.get(key) for key in keys},
            len(self.rows),
        )

    def _restore(self, before: "_Before") -> None:
        self.accounts.update(before.accounts)
        _put_back(self._holds, before.holds)
        _put_back(self._known, before.known)
        del self.rows[before.rows :]


@dataclass(frozen=True, slots=True)
class _Before:
    """What a chain may change, as it was."""

    accounts: dict[int, Account]
    holds: dict[str, Hold | None]
    known: dict[str, Row | None]
    rows: int


def _put_back(now: dict[str, Any], before: Mapping[str, Any]) -> None:
    for key, value in before.items():
        if value is None:
            now.pop(key, None)
        else:
            now[key] = value


def is_key(key: str) -> bool:
    """Whether a text may be an event's key: printable, no backslash, not the name of an expiry."""
    return (
        0 < len(key) <= KEY_LENGTH and key.isprintable() and "\\" not in key and key[:7] != EXPIRY
    )
