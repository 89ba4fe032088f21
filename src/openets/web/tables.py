"""Tables to take away: for spreadsheets as Excel, for programs as CSV, both read back as they were.

A heading of Excel is the Chinese name and, behind a space, the column's name, which carries its
unit and is the heading of the CSV.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from openets.kernel.cells import safe_cell, table_text
from openets.kernel.clock import MARKET_ZONE

Value = str | int | datetime | None
Form = Literal["xlsx", "csv"]

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_FORMULA = re.compile(r"[=+\-@\t\r']")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LINE_END = re.compile(r"[\r\n]+")
_WIDTH = 18
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_WHOLE = "#,##0"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name with the unit, as programs read it, and its Chinese name."""

    name: str
    zh: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; numbers are whole, moments know their zone."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def download(table: Table, form: Form) -> HttpResponse:
    """A table as a file."""
    if form == "csv":
        return csv_file(csv(table), table.name)
    return _file(excel(table), table.name, form)


def csv_file(text: str, name: str) -> HttpResponse:
    """CSV text as a file; the byte order mark tells spreadsheets that it is UTF-8."""
    return _file(b"\xef\xbb\xbf" + text.encode(), name, "csv")


def _file(content: bytes, name: str, form: Form) -> HttpResponse:
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def csv(table: Table) -> str:
    """A table as CSV: no text in it is run by a spreadsheet, moments are ISO 8601."""
    header = [column.name for column in table.columns]
    return table_text(header, ([_plain(value) for value in row] for row in table.rows))


def excel(table: Table) -> bytes:
    """A table as Excel: numbers and moments are typed, the heading stays, no text is a formula."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(table.name[:31])
    sheet.freeze_panes = "A2"
    for number in range(len(table.columns)):
        sheet.column_dimensions[chr(ord("A") + number)].width = _WIDTH
    sheet.append([_heading(sheet, column) for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _heading(sheet: Any, column: Column) -> Cell:
    cell = WriteOnlyCell(sheet, f"{column.zh} {column.name}")
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Value) -> Cell:
    if value and isinstance(value, str):
        cell = WriteOnlyCell(sheet)
        cell.value = _NOT_IN_XML.sub("\ufffd", value)
        # Whatever the text looks like, it is text; the prefix keeps it so when it is edited.
        cell.data_type = "s"
        cell.quotePrefix = bool(_FORMULA.match(value))
        return cell
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(MARKET_ZONE).replace(tzinfo=None))
        cell.number_format = _MOMENT
        return cell
    cell = WriteOnlyCell(sheet, value or None if isinstance(value, str) else value)
    cell.number_format = _WHOLE
    return cell


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(MARKET_ZONE).isoformat()
    return safe_cell(_LINE_END.sub(" ", value)) if isinstance(value, str) else str(value)
