"""A grid on a page: sheets of inputs, faults beside their cells, emissions with their why."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from openets.kernel.refusal import Refusal
from openets.kernel.workbook import Fault
from openets.mrv.accounting.account import AccountedLine
from openets.mrv.evidence import EVIDENCE, numbers_in
from openets.mrv.grid import Change
from openets.mrv.plan import DEFAULT, MEASURED
from openets.mrv.sheets import FIRST_ROW, Column, Difference, Grid, SheetKind
from openets.web.accounting.page import SOURCES
from openets.web.language import Said, in_chinese
from openets.web.parts import Working

SPARE_ROWS = 3
MOST_ON_PAGE = 200
"""Rows of a sheet that are edited on the page; a longer one is edited in Excel."""
_NAME = re.compile(r"([a-z]+)-([0-9]{1,4})-([a-z_0-9]+)")


CHOICES: Mapping[str, Said] = {
    **{source.value: words for source, words in SOURCES.items()},
    MEASURED: Said("实测", "measured"),
    DEFAULT: Said("缺省", "default"),
}
"""What cells of a list of choices hold, in words; to be filled in they stay as Excel has them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fault or warning as the page lists it; `cell` is the input it is about, if there is one."""

    sheet: Said
    row: int | None
    column: str
    refusal: Refusal
    cell: str = ""

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.refusal.message("zh" if in_chinese() else "en")

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.refusal.remedy("zh" if in_chinese() else "en")


@dataclass(frozen=True, slots=True)
class Filed:
    """A document on file, as a cell links to it."""

    number: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Cell:
    """An input, its value, what is wrong with it, and the documents it names."""

    name: str
    label: str
    value: str
    number: bool
    offered: str
    faults: tuple[Told, ...]
    takes_files: bool = False
    filed: tuple[Filed, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in Excel, its cells, what it emits, and how it changed."""

    number: int
    cells: tuple[Cell, ...]
    emissions_t: Decimal | None = None
    why: Working = None
    change: Change | None = None
    label: str = ""
    proves: bool = False
    """Whether evidence may stand beside it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the page."""

    kind: SheetKind
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    shows_emissions: bool
    shows_changes: bool

    @property
    def title(self) -> Said:
        """Its name."""
        return Said(self.kind.zh, self.kind.en)

    @property
    def headings(self) -> list[tuple[str, Said, Column]]:
        """Letter, name and column, from left to right."""
        return [(self.kind.letter(one.name), Said(one.zh, one.en), one) for one in self.columns]

    @property
    def shows_results(self) -> bool:
        """Whether anything stands beside its cells."""
        return self.shows_emissions or self.shows_changes

    @property
    def most_rows(self) -> int:
        """How many rows it may have on the page; one where it is about the whole report."""
        return MOST_ON_PAGE if self.kind.key else 1

    @property
    def is_long(self) -> bool:
        """Whether it is too long to be edited here."""
        return len(self.rows) > MOST_ON_PAGE


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the cells of a grid."""

    faults: Sequence[Fault] = ()
    accounted: Mapping[int, tuple[Decimal, Working]] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    filed: Mapping[int, Filed] = field(default_factory=dict)


def accounted_now(lines: Mapping[int, AccountedLine]) -> dict[int, tuple[Decimal, Working]]:
    """Emissions and working of each row as checked."""
    return {at: (line.emissions_t, line.explanation.as_json()) for at, line in lines.items()}


def accounted_then(rows: Iterable[Mapping[str, Any]]) -> dict[int, tuple[Decimal, Working]]:
    """Emissions and working of each row as kept with a submitted version."""
    return {row["row"]: (Decimal(row["emissions_t"]), row["explanation"]) for row in rows}


def sheets_of(
    kinds: Sequence[SheetKind], grid: Grid, beside: Beside, *, editable: bool
) -> list[Sheet]:
    """The sheets of a grid as a page shows them; where they are edited, with rows to spare.

    Where they are only read, optional columns without any value are left out.
    """
    return [_sheet(kind, grid, beside, SPARE_ROWS if editable else 0) for kind in kinds]


def told(kinds: Sequence[SheetKind], faults: Iterable[Fault]) -> list[Told]:
    """Faults with the names of their sheets in words."""
    known = {kind.name: kind for kind in kinds}
    found = []
    for fault in faults:
        kind = known.get(fault.sheet)
        words = Said(kind.zh, kind.en) if kind else Said(fault.sheet, fault.sheet)
        cell = _name_of(kind, fault) if kind else ""
        found.append(Told(words, fault.row, fault.column, fault.refusal, cell))
    return found


def changed(
    kinds: Sequence[SheetKind], differences: Iterable[Difference]
) -> list[tuple[Said, str, Said, Difference]]:
    """Cells that differ, with sheet, row and column in words."""
    known = {kind.name: kind for kind in kinds}
    found = []
    for one in differences:
        kind = known[one.sheet]
        (column,) = (column for column in kind.columns if column.name == one.column)
        words = Said(column.zh, column.en)
        row = " · ".join(map(_word, one.row.split(" · ")))
        told_as = one
        if column.choices:
            told_as = replace(one, before=_word(one.before), after=_word(one.after))
        found.append((Said(kind.zh, kind.en), row, words, told_as))
    return found


def _name_of(kind: SheetKind, fault: Fault) -> str:
    """The name of the input at the place of a fault."""
    column = next((one.name for one in kind.columns if kind.letter(one.name) == fault.column), "")
    return f"{kind.name}-{fault.row}-{column}" if column and fault.row else ""


def posted(
    kinds: Sequence[SheetKind], sent: QueryDict, *, kept: Grid | None = None
) -> dict[str, list[dict[str, str]]]:
    """The cells of a sent form, by sheet and row; what is no cell is left out.

    A sheet too long for the page has no cells there: it stays as it is `kept`.
    """
    rows = _sent_rows(kinds, sent)
    found = {name: [cells[at] for at in sorted(cells)] for name, cells in rows.items()}
    for name, long in (kept or {}).items():
        if len(long) > MOST_ON_PAGE and not found[name]:
            found[name] = [dict(row) for row in long]
    return found


def place_of(kinds: Sequence[SheetKind], sent: QueryDict, row: str) -> tuple[str, int] | None:
    """Where a row of the page, as `activity-2`, stands among the sent rows of its sheet."""
    sheet, _, number = row.partition("-")
    numbers = sorted(_sent_rows(kinds, sent).get(sheet, {}))
    found = number.isascii() and number.isdigit() and len(number) < 5 and int(number) in numbers
    return (sheet, numbers.index(int(number))) if found else None


def _sent_rows(kinds: Sequence[SheetKind], sent: QueryDict) -> dict[str, dict[int, dict[str, str]]]:
    rows: dict[str, dict[int, dict[str, str]]] = {kind.name: {} for kind in kinds}
    for name, value in sent.items():
        cell = _NAME.fullmatch(name)
        if cell and cell[1] in rows:
            rows[cell[1]].setdefault(int(cell[2]), {})[cell[3]] = str(value)
    return rows


def choices_of(kinds: Sequence[SheetKind]) -> list[tuple[str, tuple[str, ...]]]:
    """The lists that inputs offer, each with its name on the page."""
    return [
        (f"{kind.name}-{one.name}", one.choices)
        for kind in kinds
        for one in kind.columns
        if one.choices
    ]


def _sheet(kind: SheetKind, grid: Grid, beside: Beside, spare: int) -> Sheet:
    filled = grid.get(kind.name, ())
    is_edited = bool(spare)
    if not kind.key:
        spare = max(1 - len(filled), 0) if is_edited else 0
    columns = tuple(
        one
        for one in kind.columns
        if is_edited or one.required or any(one.name in row for row in filled)
    )
    own = told([kind], (fault for fault in beside.faults if fault.sheet == kind.name))
    changes = {c.row: c for c in beside.changes if c.sheet == kind.name}
    accounts = kind.name == "activity"
    rows = []
    for at, cells in enumerate([*filled, *({},) * spare], start=FIRST_ROW):
        emissions, why = beside.accounted.get(at, (None, None)) if accounts else (None, None)
        told_as = cells if is_edited else _in_words(kind, cells)
        row = [_cell(kind, at, one, told_as, own, beside.filed) for one in columns]
        label = " ".join(cells[name] for name in kind.key if name in cells)
        proves = any(cell.takes_files for cell in row)
        rows.append(Row(at, tuple(row), emissions, why, changes.get(at), label, proves))
    return Sheet(kind, columns, tuple(rows), accounts and bool(beside.accounted), bool(changes))


def _in_words(kind: SheetKind, cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row as they are read: what is chosen from a list in words."""
    chosen = {one.name for one in kind.columns if one.choices}
    return {name: _word(text) if name in chosen else text for name, text in cells.items()}


def _word(code: str) -> str:
    return str(CHOICES.get(code, code))


def _cell(
    kind: SheetKind,
    at: int,
    column: Column,
    cells: Mapping[str, str],
    faults: Sequence[Told],
    filed: Mapping[int, Filed],
) -> Cell:
    letter = kind.letter(column.name)
    proves = column.name == EVIDENCE
    numbers = numbers_in(cells.get(EVIDENCE, "")) if proves else []
    return Cell(
        name=f"{kind.name}-{at}-{column.name}",
        label=f"{column.zh if in_chinese() else column.en} {at}",
        value=cells.get(column.name, ""),
        number=column.number,
        offered=f"{kind.name}-{column.name}" if column.choices else "",
        faults=tuple(f for f in faults if (f.row, f.column) == (at, letter)),
        takes_files=proves,
        filed=tuple(filed[number] for number in numbers if number in filed),
    )
