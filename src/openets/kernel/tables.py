"""Reading a CSV table that may be hostile."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openets.kernel.cells import restore_cell
from openets.kernel.refusal import Refusal

LONGEST_CELL = 1000
"""Characters; a longer cell is no identifier and no number."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class NotUtf8(Refusal):
    """The file is binary or in another encoding."""

    code = "not_utf8"
    zh = "文件不是 UTF-8 文本（第 {byte} 字节起）"
    en = "The file is not UTF-8 text (from byte {byte} on)"
    remedy_zh = "请在表格软件中另存为“CSV UTF-8”"
    remedy_en = "Save it as “CSV UTF-8” in the spreadsheet program"


class EmptyFile(Refusal):
    """There is no header."""

    code = "empty_file"
    zh = "文件为空，缺少表头"
    en = "The file is empty: there is no header"
    remedy_zh = "第一行须为表头：{columns}"
    remedy_en = "The first line must be the header: {columns}"


class WrongHeader(Refusal):
    """The header lacks a column, repeats one, or has one that nobody knows."""

    code = "wrong_header"
    zh = "表头有误：缺少 [{missing}]，重复 [{duplicate}]，未知 [{unknown}]"
    en = "Wrong header: missing [{missing}], duplicate [{duplicate}], unknown [{unknown}]"
    remedy_zh = "表头须恰好包含以下各列，次序不限：{columns}"
    remedy_en = "The header must have exactly these columns, in any order: {columns}"


class BrokenTable(Refusal):
    """The quoting of the file is broken, so where its rows end cannot be told."""

    code = "broken_table"
    zh = "第 {line} 行起无法按 CSV 解析：{why}"
    en = "From line {line} on the file is no valid CSV: {why}"
    remedy_zh = "请检查引号是否成对，然后重新导出"
    remedy_en = "Check that quotes are closed, then export it again"


class WrongCellCount(Refusal):
    """A row has more or fewer cells than the header."""

    code = "wrong_cell_count"
    zh = "该行有 {cells} 个单元格，表头有 {columns} 列"
    en = "The row has {cells} cells, the header {columns} columns"
    remedy_zh = "请补齐或删去多余的单元格；含逗号的内容须加引号"
    remedy_en = "Add or remove cells; put text with commas in quotes"


class CellTooLong(Refusal):
    """A cell is longer than any identifier or number."""

    code = "cell_too_long"
    zh = "单元格有 {length} 个字符，最多 {most} 个"
    en = "The cell has {length} characters, at most {most} are read"
    remedy_zh = "请核对该单元格内容"
    remedy_en = "Check what the cell should hold"


class ControlCharacter(Refusal):
    """A cell holds characters that cannot be seen."""

    code = "control_character"
    zh = "单元格含有不可见的控制字符 U+{code_point}"
    en = "The cell holds the invisible control character U+{code_point}"
    remedy_zh = "请删除该字符"
    remedy_en = "Remove the character"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table: the line of the file it begins on (the header is 1) and its cells.

    A refused row keeps the cells that could be told apart, so that its owner can be named.
    """

    number: int
    cells: dict[str, str]
    refusal: Refusal | None = None


def read_rows(
    content: bytes, *, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[TableRow]:
    """Read a CSV table of exactly `columns`: UTF-8 with or without BOM, any line ends.

    The header may also have `optional` columns; the cells of one it lacks are absent.
    Empty lines are skipped. A faulty row comes back with its refusal; a faulty file is refused
    whole, because what follows a broken place cannot be trusted.

    Raises:
        NotUtf8, EmptyFile, WrongHeader, BrokenTable.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NotUtf8(byte=fault.start + 1) from fault
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise EmptyFile(row=1, columns=", ".join(columns))
    names = [restore_cell(cell).strip() for cell in header[1]]
    _check_header(names, columns, optional, row=header[0])
    return [table_row(number, cells, names) for number, cells in records]


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as fault:
        raise BrokenTable(row=begins, line=begins, why=str(fault)) from fault


def _check_header(
    names: Sequence[str], columns: Sequence[str], optional: Sequence[str], *, row: int
) -> None:
    missing = [name for name in columns if name not in names]
    unknown = [name for name in dict.fromkeys(names) if name not in (*columns, *optional)]
    duplicate = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if missing or unknown or duplicate:
        raise WrongHeader(
            row=row,
            missing=", ".join(missing),
            duplicate=", ".join(duplicate)[:LONGEST_CELL],
            unknown=", ".join(unknown)[:LONGEST_CELL],
            columns=", ".join([*columns, *(f"[{name}]" for name in optional)]),
        )


def table_row(number: int, cells: Sequence[str], names: Sequence[str]) -> TableRow:
    """One row of a table from its cells as written; a faulty one with its refusal."""
    named = {
        name: restore_cell(cell)[:LONGEST_CELL] for name, cell in zip(names, cells, strict=False)
    }
    return TableRow(number, named, _refusal_of(number, cells, names))


def _refusal_of(number: int, cells: Sequence[str], names: Sequence[str]) -> Refusal | None:
    if len(cells) != len(names):
        return WrongCellCount(row=number, cells=len(cells), columns=len(names))
    for name, cell in zip(names, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            return CellTooLong(field=name, row=number, length=len(cell), most=LONGEST_CELL)
        control = _CONTROL.search(cell.strip())
        if control:
            return ControlCharacter(
                field=name, row=number, code_point=f"{ord(control.group()):04X}"
            )
    return None
