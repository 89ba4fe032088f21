"""What people fill in as tables: kinds of sheets, their cells as text, and what changed. Pure.

A plan and a report are grids (填报表): each holds some sheets, a sheet its rows, a row the text of
its cells as it was written. Nothing is read as a number before it is checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openets.kernel.refusal import Refusal
from openets.kernel.tables import LONGEST_CELL
from openets.kernel.workbook import column_letters

FIRST_ROW = 2
"""The first row under the heading, as Excel counts."""
MOST_ROWS = 2000

_UNITS_EN = {
    "GJ/单位": "GJ/unit",
    "tCO2/单位": "tCO2/unit",
    "小数": "decimal",
    "名称=数值": "name=value",
    "同数量": "as quantity",
    "年-月-日": "year-month-day",
    "天": "days",
}

Row = Mapping[str, str]
Grid = Mapping[str, tuple[Row, ...]]
"""Rows by the name of their sheet."""


class TooManyRows(Refusal):
    """A sheet has more rows than any report needs."""

    code = "too_many_rows"
    article = "CQETS-24"
    zh = "“{sheet}”有 {rows} 行，最多 {most} 行"
    en = "“{sheet}” has {rows} rows, at most {most}"
    remedy_zh = "请合并同一设施、同一排放源的数据"
    remedy_en = "Join the rows of the same facility and source"


class CellNotKept(Refusal):
    """A cell is no text of reasonable length."""

    code = "cell_not_kept"
    article = "CQETS-24"
    zh = "“{sheet}”{column} 列的内容过长（最多 {most} 个字符）"
    en = "A cell of “{sheet}”, column {column}, is too long (at most {most} characters)"
    remedy_zh = "请缩短内容"
    remedy_en = "Shorten it"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, which programs read, its words, its unit, and what may be chosen."""

    name: str
    zh: str
    en: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    number: bool = False

    @property
    def unit_en(self) -> str:
        """The unit for readers of English; most units have no language."""
        return _UNITS_EN.get(self.unit, self.unit)


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A sheet of a grid; rows with the same `key` are the same thing in two versions."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of a name."""
        return next(one for one in self.columns if one.name == name)

    def letter(self, column: str) -> str:
        """The letter under which Excel shows a column of the template; empty for no column."""
        names = [one.name for one in self.columns]
        return column_letters(names.index(column)) if column in names else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not the same in two versions; empty where one has no such row."""

    sheet: str
    row: str
    column: str
    before: str
    after: str


def cleaned(kinds: Sequence[SheetKind], content: Mapping[str, Sequence[Mapping[str, Any]]]) -> Grid:
    """The grid of these kinds as it is kept: known columns, trimmed, without empty rows.

    Raises:
        TooManyRows, CellNotKept.
    """
    found = {}
    for kind in kinds:
        rows = [_row(kind, row) for row in content.get(kind.name, ())]
        filled = tuple(row for row in rows if row)
        if len(filled) > MOST_ROWS:
            raise TooManyRows(sheet=kind.zh, rows=len(filled), most=MOST_ROWS)
        found[kind.name] = filled
    return found


def differences(kinds: Sequence[SheetKind], before: Grid, after: Grid) -> list[Difference]:
    """What changed from one version to another, cell by cell (版本比较)."""
    found = []
    for kind in kinds:
        old, new = _by_key(kind, before), _by_key(kind, after)
        for key in [*old, *(key for key in new if key not in old)]:
            was, now = old.get(key, {}), new.get(key, {})
            found += [
                Difference(kind.name, key, column.name, was.get(column.name, ""), value)
                for column in kind.columns
                if (value := now.get(column.name, "")) != was.get(column.name, "")
            ]
    return found


def _row(kind: SheetKind, row: Mapping[str, Any]) -> dict[str, str]:
    cells = {one.name: str(row.get(one.name) or "").strip() for one in kind.columns}
    for name, text in cells.items():
        if len(text) > LONGEST_CELL or "\x00" in text:
            raise CellNotKept(sheet=kind.zh, column=name, most=LONGEST_CELL)
    return {name: text for name, text in cells.items() if text}


def _by_key(kind: SheetKind, grid: Grid) -> dict[str, Row]:
    """Rows by what they are about; further rows about the same thing are counted."""
    found: dict[str, Row] = {}
    for row in grid.get(kind.name, ()):
        key = " · ".join(row.get(name, "") for name in kind.key if row.get(name))
        count, name = 1, key
        while name in found:
            count += 1
            name = f"{key} ({count})"
        found[name] = row
    return found
