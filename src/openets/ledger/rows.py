"""The canonical lines of accounts and transfers, whose sha256 stands in the journal.

A line is the fields joined by tabs and ended by a line feed, in UTF-8: codes of accounts, never
their numbers in this database. Keys and codes hold no tab, line feed or backslash; in a reason
these are written as in PostgreSQL's COPY text. Anyone with the rows can recompute the digests.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escaped(text: str) -> str:
    """Write free text without tabs, line ends or lone backslashes."""
    return text.translate(_ESCAPES) if text else text


def transfer_line(row: Mapping[str, Any], debit_code: str, credit_code: str) -> str:
    """The line of a transfer, from its row and its accounts' codes (empty for a refused event)."""
    return (
        f"{debit_code}\t{credit_code}\t{row['key']}\t{row['kind']}\t{row['amount']}\t"
        f"{row['debit_after']}\t{row['credit_after']}\t{row['timeout_seconds']}\t"
        f"{row['pending']}\t{escaped(row['reason'])}\n"
    )


def account_line(code: str, asset: str, may_go_negative: bool) -> str:
    """The line of an account as opened."""
    return f"{code}\t{asset}\t{'yes' if may_go_negative else 'no'}\n"


def digest(lines: Iterable[str]) -> str:
    """The sha256 of lines, in hex."""
    return hashlib.sha256("".join(lines).encode()).hexdigest()
