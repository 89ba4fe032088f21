"""Grids as Excel workbooks: the template, the export, and the import of either. Pure.

What is exported imports again as it was: numbers are written as numbers only where their text
comes back unchanged, and no text can start a formula.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from openets.kernel.workbook import Fault, ReadSheet, SheetAsked, read_workbook
from openets.mrv.sheets import FIRST_ROW, MOST_ROWS, Column, Grid, SheetKind, cleaned

CHOICES = "选项"
"""The sheet that holds what the drop-downs offer."""
_WIDTH = 16
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,8}[1-9])?")
_LOOKS_LIKE_FORMULA = re.compile(r"[=+\-@\t\r']")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_READ_AS_SIGN = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_REQUIRED = PatternFill("solid", fgColor="FFF2CC")
_PLAIN_HEAD = PatternFill("solid", fgColor="E7EEF7")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook says: its grid, what could not be read, and where its rows stood."""

    grid: Grid
    faults: tuple[Fault, ...]
    numbers: Mapping[str, tuple[int, ...]]
    letters: Mapping[str, Mapping[str, str]]

    def in_file(self, kind: SheetKind, fault: Fault) -> Fault:
        """A fault of the grid at its place in the file, which may have gaps and another order."""
        row, column = fault.row, fault.column
        rows = self.numbers.get(kind.name, ())
        if row is not None and row - FIRST_ROW < len(rows):
            row = rows[row - FIRST_ROW]
        for one in kind.columns:
            if kind.letter(one.name) == fault.column:
                column = self.letters[kind.name].get(one.name, "")
        return replace(fault, sheet=kind.zh, row=row, column=column)


def template(kinds: Sequence[SheetKind], grid: Grid | None = None) -> bytes:
    """A workbook to fill in, or filled with a grid: headings with units, drop-downs (下载模板)."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for kind in kinds:
        sheet: Any = book.create_sheet(kind.zh)
        sheet.freeze_panes = "A2"
        for number, column in enumerate(kind.columns, start=1):
            _heading(sheet.cell(1, number), column)
            sheet.column_dimensions[kind.letter(column.name)].width = _WIDTH
            for at, row in enumerate((grid or {}).get(kind.name, ()), start=FIRST_ROW):
                _write(sheet.cell(at, number), row.get(column.name, ""))
    _offer_choices(book, kinds)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_grid(kinds: Sequence[SheetKind], content: bytes) -> Imported:
    """Read a filled-in workbook; cells that cannot be taken at their word come back as faults.

    Raises:
        NotAWorkbook, WorkbookTooLarge, SheetMissing, SheetHeader, TooManyRows, CellNotKept.
    """
    asked = [
        SheetAsked(
            kind.zh,
            [one.name for one in kind.columns if one.required],
            [one.name for one in kind.columns if not one.required],
        )
        for kind in kinds
    ]
    read = dict(
        zip((kind.name for kind in kinds), read_workbook(content, asked=asked), strict=True)
    )
    return Imported(
        grid=cleaned(kinds, {name: [row.cells for row in one.rows] for name, one in read.items()}),
        faults=tuple(fault for one in read.values() for fault in one.faults),
        numbers={name: _numbers(one) for name, one in read.items()},
        letters={name: one.letters for name, one in read.items()},
    )


def _numbers(sheet: ReadSheet) -> tuple[int, ...]:
    return tuple(row.number for row in sheet.rows)


def _heading(cell: Cell, column: Column) -> None:
    unit = f"（{column.unit}）" if column.unit else ""
    cell.value = f"{column.zh}{unit} {column.name}"
    cell.font = Font(bold=True)
    cell.fill = _REQUIRED if column.required else _PLAIN_HEAD


def _write(cell: Cell, text: str) -> None:
    if not text:
        return
    if _PLAIN_NUMBER.fullmatch(text) and len(text.lstrip("-").replace(".", "")) <= 15:
        cell.value = Decimal(text)
        return
    # Excel reads _x0041_ as A; escaped, it stays what it is.
    cell.value = _READ_AS_SIGN.sub("_x005F_", _NOT_IN_XML.sub("\ufffd", text))
    # Whatever the text looks like, it is text; the prefix keeps it so when it is edited.
    cell.data_type = "s"
    cell.quotePrefix = bool(_LOOKS_LIKE_FORMULA.match(text))


def _offer_choices(book: Workbook, kinds: Sequence[SheetKind]) -> None:
    """Drop-downs; their lists stand in a hidden sheet, because a formula holds only a short one."""
    lists: Any = book.create_sheet(CHOICES)
    lists.sheet_state = "hidden"
    number = 0
    for kind in kinds:
        for column in kind.columns:
            if not column.choices:
                continue
            number += 1
            for at, choice in enumerate(column.choices, start=1):
                _write(lists.cell(at, number), choice)
            letter = lists.cell(1, number).column_letter
            cells = f"${letter}$1:${letter}${len(column.choices)}"
            offered = DataValidation(
                type="list",
                formula1=f"{quote_sheetname(CHOICES)}!{cells}",
                allow_blank=True,
                showErrorMessage=False,
            )
            own = kind.letter(column.name)
            offered.add(f"{own}{FIRST_ROW}:{own}{MOST_ROWS + 1}")
            book[kind.zh].add_data_validation(offered)
