"""The rows of one market day as the four books have them. Pure.

A day is what was sealed in the journal since the head at which the day before was reconciled.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from openets.journal.chain import Head
from openets.ledger.posting import Kind as TransferKind
from openets.registry.reconcile import Place

Row = Mapping[str, Any]


class Book(StrEnum):
    """Who says something about the day."""

    EXCHANGE = "exchange"
    REGISTRY = "registry"
    CASH = "cash"
    JOURNAL = "journal"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account: posted, and reserved for it (above 0) or of it (below 0).

    In the unit of its asset, tonnes or fen.
    """

    posted: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a day's rows end in tables whose rows are numbered. The next day's come behind it."""

    head: Head
    floor_batch: int = 0
    trade: int = 0
    transaction: int = 0
    payment: int = 0
    transfer: int = 0


@dataclass(frozen=True, slots=True)
class BankLine:
    """Money that the bank says it moved, out below 0, and how it is booked here."""

    reference: str
    amount_fen: int
    booked_fen: int
    payment: str
    """Kind and reference; empty where nothing is booked."""


@dataclass(frozen=True, slots=True)
class AtBank:
    """What the settlement bank says of a day, and what waits for its answer."""

    day: date
    opening_fen: int | None = None
    """None where no statement came."""
    closing_fen: int = 0
    before_fen: int | None = None
    """At which the statement before closed."""
    lines: Sequence[BankLine] = ()
    earlier: frozenset[str] = frozenset()
    """Payments that stood in the statement before."""
    held_fen: int = 0
    asked_fen: int = 0
    """Kept back in the ledger, and asked for and not answered."""


@dataclass(frozen=True)
class Books:
    """Everything that is compared. Rows have the columns of `openets verify`'s export."""

    after: Cut
    """Where the day before ended."""
    until: Cut
    """Where this day ends."""
    batches: Sequence[Row]
    entries: Sequence[Row]
    products: Sequence[Row]
    floor_batches: Sequence[Row]
    trades: Sequence[Row]
    open_orders: Sequence[Row]
    transactions: Sequence[Row]
    undone: Sequence[dict[str, Any]]
    """The movements that opposite entries of the day undo, of whatever day."""
    payments: Sequence[Row]
    transfers: Sequence[Row]
    accounts: Sequence[Row]
    """Ledger accounts that moved, that hold something for orders, or that stand otherwise than at
    the end of the day before; with that `before` as a Balance."""
    places: Mapping[int, Place]
    cash: Mapping[int, Row]
    """What these accounts stand for: units of a lot, or somebody's money."""
    reserved: Mapping[str, int]
    """The amounts of reservations that the day resolved, by key."""
    lots: Mapping[str, Mapping[str, int]]
    """Of every lot, the tonnes on accounts of each kind; what was issued is negative."""
    money: Mapping[str, int]
    """Fen on the market's own cash accounts by number, and under "" of all participants."""
    bank: AtBank | None = None
    """None while the market has no link to a bank."""

    @cached_property
    def entry(self) -> dict[int, Row]:
        """The day's journal entries by number."""
        return {row["id"]: row for row in self.entries}

    @cached_property
    def movements(self) -> dict[int, Balance]:
        """What the day's transfers changed on each account."""
        posted, pending = dict[int, int](), dict[int, int]()
        reserved = dict(self.reserved) | {
            row["key"]: row["amount"]
            for row in self.transfers
            if row["kind"] == TransferKind.PENDING
        }
        for row in self.transfers:
            ends = ((row["debit"], -1), (row["credit"], 1))
            kind = TransferKind(row["kind"])
            if kind in {TransferKind.POSTED, TransferKind.POST}:
                _add(posted, ends, row["amount"])
            if kind == TransferKind.PENDING:
                _add(pending, ends, row["amount"])
            elif kind in {TransferKind.POST, TransferKind.VOID}:
                _add(pending, ends, -reserved.get(row["pending"], 0))
        return {
            account: Balance(posted.get(account, 0), pending.get(account, 0))
            for account in posted.keys() | pending.keys()
        }

    @cached_property
    def ends(self) -> dict[int, Balance]:
        """What each account of the day must hold at its end: the day before and the movements."""
        ends = {}
        for row in self.accounts:
            before, moved = row["before"], self.movements.get(row["id"], Balance())
            ends[row["id"]] = Balance(before.posted + moved.posted, before.pending + moved.pending)
        return ends


def standing(account: Row) -> Balance:
    """What a ledger account says of itself."""
    return Balance(
        account["credits_posted"] - account["debits_posted"],
        account["credits_pending"] - account["debits_pending"],
    )


def _add(sums: dict[int, int], ends: Iterable[tuple[int, int]], amount: int) -> None:
    for account, sign in ends:
        sums[account] = sums.get(account, 0) + sign * amount
