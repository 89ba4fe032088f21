"""The replayed ledger of `openets ledger`: events in, answers out, on the configured database.

Events run in the order of the file. Moves that stand together go to the ledger as one batch; the
openings between them go before that batch, unless a move of it named the account already. Chains
of moves are the ledger's own affair. Any other chain runs in a savepoint, rolled back when one of
its events is refused.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction

from openets.doors.models import ReplayAccount, ReplayClock
from openets.doors.replay_rows import (
    Advance,
    Event,
    Id,
    Lookup,
    Move,
    Opening,
    What,
    code_of,
    id_of,
)
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE
from openets.ledger import operations as ledger
from openets.ledger import queries
from openets.ledger.operations import AccountSpec
from openets.ledger.posting import Kind, Outcome, Result, Transfer

ASSET = "replay"
"""The one asset of all accounts of this door, whatever their kind."""
ACTING = Acting("openets ledger", "system", "")
CLOCK_ENDS = datetime(9000, 1, 1, tzinfo=MARKET_ZONE)
"""A reservation made before it, with the longest timeout, still ends within the calendar."""
SUMS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")

_CREATED = Outcome(Result.CREATED)
_JOINED = Outcome(Result.LINKED_EVENT_FAILED)
_ROWS = 5000

Sums = dict[str, Any]
Answer = Outcome | list[Sums]


class _Seen(NamedTuple):
    """What an account id stands for."""

    kind: str
    may_go_negative: bool
    reason: str


class _ChainFailed(Exception):
    """Rolls a chain back: which event was refused, and why."""

    def __init__(self, position: int, outcome: Outcome) -> None:
        super().__init__(outcome.result.value)
        self.position, self.outcome = position, outcome


class Replay:
    """Takes events, chunk by chunk. Its clock moves by `advance` only."""

    def __init__(self, *, at: datetime) -> None:
        """Start the clock `at`, unless an earlier run has started it."""
        ReplayClock.objects.get_or_create(pk=1, defaults={"at": at})
        self._at = at
        self._numbers = {"": 0}
        self._answers: dict[int, Answer] = {}
        self._openings: list[Event] = []
        self._moves: list[Event] = []
        self._named: set[str] = set()

    def take(self, events: Sequence[Event]) -> list[Answer]:
        """Run whole chains in one transaction; an answer each, which holds once this returns.

        The last chain may be open, and is refused then.
        """
        self._answers = {}
        with transaction.atomic():
            self._at = ReplayClock.objects.select_for_update().get(pk=1).at
            for chain in _chains(events):
                self._take_chain(chain)
            self._flush()
        return [self._answers[event.row] for event in events]

    def _take_chain(self, chain: list[Event]) -> None:
        moves = [event.what for event in chain if isinstance(event.what, Move)]
        opening = chain[0].what
        if len(moves) == len(chain):
            self._moves += chain
            for move in moves:
                self._named.update((move.debit, move.credit))
        elif len(chain) == 1 and isinstance(opening, Opening) and not chain[0].linked:
            if opening.code in self._named:
                self._flush()
            self._openings.append(chain[0])
        else:
            self._flush()
            self._run_apart(chain)

    def _flush(self) -> None:
        openings, moves = self._openings, self._moves
        self._openings, self._moves, self._named = [], [], set()
        self._run(openings)
        self._run(moves, [event.linked for event in moves])

    def _run_apart(self, chain: list[Event]) -> None:
        before = self._at
        try:
            with transaction.atomic():
                self._run_members(chain)
        except _ChainFailed as failed:
            self._at = before
            self._refuse(chain, failed)

    def _run_members(self, chain: list[Event]) -> None:
        if chain[-1].linked:
            raise _ChainFailed(len(chain) - 1, Outcome(Result.CHAIN_OPEN))
        for _, group in groupby(enumerate(chain), lambda member: type(member[1].what)):
            positions, events = zip(*group, strict=True)
            joined = [True] * (len(events) - 1)
            answers = self._run(events, [*joined, False])
            for position, answer in zip(positions, answers, strict=True):
                if isinstance(answer, Outcome) and answer.refused and answer != _JOINED:
                    raise _ChainFailed(position, answer)

    def _refuse(self, chain: list[Event], failed: _ChainFailed) -> None:
        """Use up the ids of a chain that was rolled back; a lookup in it sees it undone."""
        for position, event in enumerate(chain):
            outcome = failed.outcome if position == failed.position else _JOINED
            what = event.what
            if isinstance(what, Opening):
                # Opened and rolled back: the number is gone.
                self._numbers.pop(what.code, None)
                self._open([Opening(what.code, reason=what.reason or outcome.result.value)])
            elif isinstance(what, Move):
                why = what.reason or outcome.result.value
                self._post([Move(what.key, Kind.REFUSED, reason=why)], [False])
            answer = _sums(what.ids) if isinstance(what, Lookup) else outcome
            self._answers[event.row] = answer

    def _run(self, events: Sequence[Event], linked: Sequence[bool] = ()) -> Sequence[Answer]:
        """Run events of one sort and keep their answers."""
        wants = [event.what for event in events]
        answers: Sequence[Answer]
        if moves := [want for want in wants if isinstance(want, Move)]:
            answers = self._post(moves, linked)
        elif openings := [want for want in wants if isinstance(want, Opening)]:
            answers = self._open(openings)
        else:
            answers = [self._tell(want) for want in wants]
        self._answers.update(zip((event.row for event in events), answers, strict=True))
        return answers

    def _tell(self, want: What) -> Answer:
        if isinstance(want, Lookup):
            return _sums(want.ids)
        assert isinstance(want, Advance), "moves and openings go together"
        return self._advance(want.seconds)

    def _open(self, openings: Sequence[Opening]) -> list[Outcome]:
        seen = _seen({opening.code for opening in openings})
        outcomes, new = [], {}
        for opening in openings:
            outcomes.append(_judge(opening, seen.get(opening.code)))
            if opening.code not in seen:
                seen[opening.code] = _Seen(*opening[1:])
                new[opening.code] = opening
        self._remember(new)
        return outcomes

    def _remember(self, openings: Mapping[str, Opening]) -> None:
        opened = [each for each in openings.values() if not each.reason]
        specs = [AccountSpec(each.code, ASSET, each.may_go_negative) for each in opened]
        numbers = ledger.open_accounts(specs, acting=ACTING, at=self._at)
        self._numbers |= numbers
        rows = [
            ReplayAccount(
                code=code, kind=each.kind, account_id=numbers.get(code), reason=each.reason
            )
            for code, each in openings.items()
        ]
        ReplayAccount.objects.bulk_create(rows, batch_size=_ROWS)

    def _post(self, moves: Sequence[Move], linked: Sequence[bool]) -> list[Outcome]:
        known, unknown = self._numbers, self._missing(moves)
        transfers = [
            Transfer(
                key,
                known[debit] if debit in known else unknown[debit],
                known[credit] if credit in known else unknown[credit],
                amount,
                kind,
                pending,
                is_linked,
                timeout_seconds,
                reason,
            )
            for (key, kind, debit, credit, amount, pending, timeout_seconds, reason), is_linked in (
                zip(moves, linked, strict=True)
            )
        ]
        return ledger.post(transfers, acting=ACTING, at=self._at, article="", subject=ASSET)

    def _missing(self, moves: Sequence[Move]) -> dict[str, int]:
        """Learn the numbers of the accounts named; those that do not exist get one below zero."""
        named = {code for move in moves for code in (move.debit, move.credit)}
        self._numbers |= queries.account_ids(named - self._numbers.keys())
        return {code: -n for n, code in enumerate(named - self._numbers.keys(), start=1)}

    def _advance(self, seconds: int) -> Outcome:
        later = self._at + timedelta(seconds=seconds)
        if later > CLOCK_ENDS:
            return Outcome(Result.TIMEOUT_INVALID)
        self._at = later
        ReplayClock.objects.filter(pk=1).update(at=later)
        journal.record(
            operation="replay.advance",
            subject=ASSET,
            acting=ACTING,
            at=later,
            article="",
            content={"seconds": seconds},
        )
        ledger.expire(acting=ACTING, at=later, asset=ASSET)
        return _CREATED


def all_sums() -> list[Sums]:
    """The sums of every account of the replayed ledger, in the order of their opening."""
    found = ReplayAccount.objects.filter(reason="").order_by("account_id")
    return _sums([id_of(code) for code in found.values_list("code", flat=True)])


def _sums(ids: Iterable[Id]) -> list[Sums]:
    """The four sums of these accounts in their order; an unknown one is left out."""
    asked = [(name, code_of(name)) for name in ids]
    numbers = queries.account_ids({code for _, code in asked})
    balances = queries.balances(numbers.values())
    return [
        {"id": name} | {column: getattr(balances[numbers[code]], column) for column in SUMS}
        for name, code in asked
        if code in numbers
    ]


def _chains(events: Iterable[Event]) -> Iterator[list[Event]]:
    chain: list[Event] = []
    for event in events:
        chain.append(event)
        if not event.linked:
            yield chain
            chain = []
    if chain:
        yield chain


def _seen(codes: Collection[str]) -> dict[str, _Seen]:
    rows = ReplayAccount.objects.filter(code__in=codes).values_list(
        "code", "kind", "account__may_go_negative", "reason"
    )
    return {code: _Seen(kind, bool(may), reason) for code, kind, may, reason in rows}


def _judge(opening: Opening, seen: _Seen | None) -> Outcome:
    if seen is None:
        return Outcome(Result.REFUSED_BEFORE) if opening.reason else _CREATED
    if seen.reason:
        return Outcome(Result.KEY_ALREADY_REFUSED)
    is_same = not opening.reason and seen == _Seen(*opening[1:])
    return Outcome(Result.EXISTS if is_same else Result.KEY_REUSED)
