"""The daily report of the registration agency (登记机构日报) as rows of a table. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from openets.kernel.cells import safe_cell, table_text
from openets.reconciliation.books import Book

COLUMNS = ("day", "section", "name", "figure", "value")


def as_csv(report: Mapping[str, Any]) -> str:
    """The report as CSV, one figure a line; text that a spreadsheet would run is made safe.

    Source: CQETS-5.4.
    """
    return table_text(COLUMNS, ([safe_cell(cell) for cell in row] for row in _rows(report)))


def _rows(report: Mapping[str, Any]) -> Iterator[list[str]]:
    for section, name, figures in _sections(report):
        for figure, value in figures.items():
            yield [report["day"], section, name, figure, _text(value)]


def _sections(report: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    yield "day", "", {name: report[name] for name in ("state", "reconciled_at", "head")}
    sums = report["sums"] or {}
    for book in Book:
        yield "book", book.value, sums.get(book, {})
    for lot in sums.get("lots", ()):
        yield "lot", lot["lot"], {name: lot[name] for name in lot if name != "lot"}
    yield "money", "", sums.get("money", {})
    for row in report["differences"]:
        yield "difference", f"{row['number']} {row['kind']} {row['subject']}", row


def _text(value: object) -> str:
    return "" if value is None else str(value)
