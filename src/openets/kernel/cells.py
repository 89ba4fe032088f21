"""Cells of a table that people open in a spreadsheet: text that no spreadsheet runs, and back."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def safe_cell(text: str) -> str:
    """Keep a spreadsheet from running text as a formula: a leading apostrophe (see restore_cell).

    Text that already looks escaped is escaped once more, so that reading undoes exactly this.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restore_cell(cell: str) -> str:
    """Undo `safe_cell`, and nothing else."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def table_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as CSV text; its text cells are safe and, as every cell read, on one line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
