"""What a comparison finds: one value a difference, and the kinds there are. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from openets.journal.chain import Difference
from openets.reconciliation.books import Book

_NUMBER = re.compile(r"(\d+)")


class Kind(StrEnum):
    """What can differ, in the order in which differences are told."""

    JOURNAL_CHAIN = "journal_chain"
    TRANSFERS = "transfers"
    FLOOR_BATCH = "floor_batch"
    TRADE = "trade"
    TRADE_UNITS = "trade_units"
    TRADE_CASH = "trade_cash"
    LEG_WITHOUT_TRADE = "leg_without_trade"
    TRANSACTION = "transaction"
    PAYMENT = "payment"
    BALANCE = "balance"
    HOLD = "hold"
    LOT = "lot"
    MONEY = "money"
    WITHDRAWAL_HOLD = "withdrawal_hold"
    BANK_STATEMENT = "bank_statement"
    BANK_ITEM = "bank_item"
    BANK_BALANCE = "bank_balance"


_PLACES = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference (差异): what it is about, what two books say, and the entry to begin at.

    What they say is plain JSON, amounts in tonnes or fen; None where a book has nothing of it.
    """

    kind: Kind
    subject: str
    one: Book
    other: Book
    one_says: object = None
    other_says: object = None
    what: str = ""
    participant: str = ""
    """Codes of the organisations concerned, the giving one first."""
    account: str = ""
    product: str = ""
    """The product or the lot."""
    entry: int | None = None

    @property
    def key(self) -> str:
        """What makes it the same difference when the day is compared again."""
        return f"{self.kind}|{self.subject}|{self.account}|{self.what}"

    def says(self, one: object, other: object, what: str = "") -> "Finding":
        """The same, with what the two books say."""
        return replace(self, one_says=plain(one), other_says=plain(other), what=what)


def in_order(findings: Iterator[Finding]) -> list[Finding]:
    """Findings by kind, then by what they are about; numbers in names count as numbers."""
    return sorted(findings, key=lambda f: (_PLACES[f.kind], _natural(f.subject), f.key))


def caught(about: Finding, check: Callable[[], object]) -> Iterator[Finding]:
    """What a check of one thing finds, told as a finding about it."""
    try:
        check()
    except Difference as fault:
        yield about.says(fault.expected, fault.found, fault.what)


def plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _natural(name: str) -> list[tuple[int, int | str]]:
    parts = _NUMBER.split(name)
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]
