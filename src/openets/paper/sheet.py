"""What stands on a paper, apart from how it looks. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class PaperKind(StrEnum):
    """The papers that are handed out."""

    HOLDING = "holding"
    RECEIPT = "receipt"
    STATEMENT = "statement"
    CANCELLATION = "cancellation"
    VERIFICATION = "verification"
    ALLOCATION = "allocation"
    CLEARING = "clearing"
    MARKET_REPORT = "market_report"


TITLES = {
    PaperKind.HOLDING: ("持有证明", "Holding statement"),
    PaperKind.RECEIPT: ("业务回单", "Transaction receipt"),
    PaperKind.STATEMENT: ("账户对账单", "Account statement"),
    PaperKind.CANCELLATION: ("注销证书", "Cancellation certificate"),
    PaperKind.VERIFICATION: ("核查报告", "Verification report"),
    PaperKind.ALLOCATION: ("配额核定通知单", "Allocation sheet"),
    PaperKind.CLEARING: ("清算单", "Clearing statement"),
    PaperKind.MARKET_REPORT: ("交易情况报告", "Market report"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; figures have a unit and stand right, a narrow column is as wide as its text."""

    label: Text
    unit: str = ""
    number: bool = False
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `total` is its last row, empty where there is none."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a paper says."""

    kind: PaperKind
    market: str
    facts: Sequence[Fact]
    tables: Sequence[Table] = ()
    sentence: Text | None = None
    """What is certified, in one sentence."""
    notes: Sequence[Text] = ()
    synthetic: bool = False
    """Whether it is of a demo market, which the paper then says on every page."""

    def as_json(self) -> dict[str, Any]:
        """Shape as remembered and as the template reads it."""
        zh, en = TITLES[self.kind]
        return asdict(self) | {"kind": self.kind.value, "title": {"zh": zh, "en": en}}


@dataclass(frozen=True, slots=True)
class Seal:
    """What vouches for a paper: who issued it when, its code, and where the journal stood."""

    code: str
    address: str
    """Where anybody can check the code."""
    issuer: str
    at: str
    chain_batch: int
    chain_digest: str
    chain_entry: int
    """The journal's latest entry when the paper was made."""
