"""Reading an Excel workbook (工作簿) that may be hostile, or only careless.

Nothing is unpacked before its size is known, nothing is laid out before its rows and columns are
counted, and no value is guessed: a formula, a merged cell or an error of Excel is refused at its
sheet, row and column. A number comes out as the 15 digits that Excel itself shows.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from posixpath import normpath
from typing import IO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from openets.kernel.refusal import Refusal
from openets.kernel.tables import LONGEST_CELL

MOST_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 60_000_000
MOST_PARTS = 500
MOST_RATIO = 200
"""Times a part of over a million bytes may be larger than it is packed; honest sheets stay far
below."""
MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_CELLS = 300_000
"""Of a sheet; with these limits reading takes seconds and some hundred megabytes at most."""
MOST_FAULTS = 1_000
"""Of a sheet; whoever has more corrects these first."""

_CHUNK = 65_536
_LARGE = 1_000_000
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_KINDS = {"", "b", "d", "e", "inlineStr", "n", "s", "str"}
"""What a cell may hold: the types of SpreadsheetML."""
_VALUES_IN_XML = {"b": re.compile(r"[01]"), "s": re.compile(r"[0-9]{1,9}")}
_SIDE_PARTS = ("xl/sharedStrings.xml", "xl/styles.xml")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NotAWorkbook(Refusal):
    """The file is no .xlsx workbook, is damaged, or is locked with a password."""

    code = "not_a_workbook"
    zh = "文件不是可读取的 Excel 工作簿（.xlsx）：{why_zh}"
    en = "The file is no Excel workbook (.xlsx) that can be read: {why}"
    remedy_zh = "请在表格软件中另存为“Excel 工作簿（.xlsx）”，不设密码、不含宏"
    remedy_en = "Save it as “Excel workbook (.xlsx)”, without a password and without macros"


class WorkbookTooLarge(Refusal):
    """The file, or what it unpacks to, is larger than any table that is asked for."""

    code = "workbook_too_large"
    zh = "工作簿过大：{what_zh} 为 {found}，最多 {most}"
    en = "The workbook is too large: {what} {found}, at most {most}"
    remedy_zh = "请只保留需要填报的内容，删除多余的行、列、图片后另存"
    remedy_en = "Keep only what is asked for; delete further rows, columns and pictures"


class SheetMissing(Refusal):
    """The workbook lacks a sheet that is asked for."""

    code = "sheet_missing"
    zh = "工作簿中没有工作表“{sheet}”，现有：{found}"
    en = "The workbook has no sheet “{sheet}”; it has {found}"
    remedy_zh = "请使用下载的模板，不要更改工作表名称"
    remedy_en = "Use the template as downloaded and keep the names of its sheets"


class SheetHeader(Refusal):
    """The first row of a sheet lacks a column, repeats one, or has one that nobody knows."""

    code = "sheet_header"
    zh = "工作表“{sheet}”第 1 行表头有误：缺少 [{missing}]，重复 [{duplicate}]，未知 [{unknown}]"
    en = (
        "Wrong header of “{sheet}”: missing [{missing}], duplicate [{duplicate}], "
        "unknown [{unknown}]"
    )
    remedy_zh = "请使用下载的模板，不要更改第 1 行"
    remedy_en = "Use the template as downloaded and keep its first row"


class MergedCells(Refusal):
    """A merged cell stands for several and says which value belongs to none of them."""

    code = "merged_cells"
    zh = "存在合并单元格 {cells}"
    en = "The cells {cells} are merged"
    remedy_zh = "请取消合并，在每个单元格中分别填写"
    remedy_en = "Unmerge them and fill in each cell"


class FormulaCell(Refusal):
    """What a formula came to elsewhere need not be what it comes to here."""

    code = "formula_cell"
    zh = "该单元格含有公式"
    en = "The cell holds a formula"
    remedy_zh = "请以“选择性粘贴-数值”替换公式"
    remedy_en = "Replace it by its value (paste special, values)"


class ErrorCell(Refusal):
    """Excel itself could not tell a value."""

    code = "error_cell"
    zh = "该单元格为 Excel 错误值（如 #DIV/0!、#N/A）"
    en = "The cell holds an error of Excel, such as #DIV/0! or #N/A"
    remedy_zh = "请填写数值或留空"
    remedy_en = "Write the value, or leave it empty"


class HiddenCells(Refusal):
    """What nobody sees on the screen is not handed in by accident."""

    code = "hidden_cells"
    zh = "该处有隐藏的内容（{what_zh}）"
    en = "It is hidden here ({what})"
    remedy_zh = "请取消隐藏或筛选，核对后保留或删除"
    remedy_en = "Show it again or take the filter off, look at it, then keep or delete it"


class UnreadableCell(Refusal):
    """A cell is longer than anything asked for, or holds what cannot be seen."""

    code = "unreadable_cell"
    zh = "该单元格有 {length} 个字符（最多 {most} 个），或含有不可见字符"
    en = "The cell has {length} characters (at most {most}), or invisible ones"
    remedy_zh = "请核对该单元格内容"
    remedy_en = "Check what the cell should hold"


class BeyondTheHeader(Refusal):
    """A value stands in a column without a heading and would be lost."""

    code = "beyond_the_header"
    zh = "该单元格所在列没有表头"
    en = "The column of this cell has no heading"
    remedy_zh = "请将内容移入有表头的列，或删除"
    remedy_en = "Move it to a column with a heading, or delete it"


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal at its place: sheet, row and column as Excel shows them; empty where none fits."""

    sheet: str
    row: int | None
    column: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet: its number in Excel, and the text of its cells by column name."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """The filled rows of a sheet, and what could not be read of it."""

    name: str
    rows: tuple[SheetRow, ...]
    letters: Mapping[str, str]
    """In which column of Excel each named one stands."""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class SheetAsked:
    """A sheet to read: its name, and the columns it must and may have."""

    name: str
    columns: Sequence[str]
    optional: Sequence[str] = ()


@dataclass(slots=True)
class _Scanned:
    """What is known of a sheet before it is laid out."""

    is_hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last, counted from 1."""
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)


def read_workbook(content: bytes, *, asked: Sequence[SheetAsked]) -> list[ReadSheet]:
    """Read the `asked` sheets of an .xlsx workbook, in their order; other sheets are not looked at.

    A heading may be followed or preceded by other words: its last word names the column. Empty
    rows are left out. A cell that cannot be taken at its word is absent, and a fault.

    Raises:
        NotAWorkbook, WorkbookTooLarge, SheetMissing, SheetHeader: nothing of it can be used.
    """
    scanned = _scan(content, {sheet.name for sheet in asked})
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [_sheet(book, sheet, scanned[sheet.name]) for sheet in asked]
    except (CalamineError, ValueError, OSError) as fault:
        # Newer errors of Excel, such as #SPILL!, are unknown to the reader of sheets.
        errors = [_only_errors(sheet.name, scanned[sheet.name]) for sheet in asked]
        if any(one.faults for one in errors):
            return errors
        raise _not("its sheets are damaged", "工作表已损坏") from fault


def column_letters(number: int) -> str:
    """The name of a column, counted from 0: A, B, …, Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _only_errors(name: str, scanned: _Scanned) -> ReadSheet:
    places = sorted(scanned.errors)[:MOST_FAULTS]
    faults = (Fault(name, row, column_letters(at - 1), ErrorCell()) for row, at in places)
    return ReadSheet(name, (), {}, tuple(faults))


def _not(why: str, why_zh: str) -> NotAWorkbook:
    return NotAWorkbook(why=why, why_zh=why_zh)


def _scan(content: bytes, wanted: set[str]) -> dict[str, _Scanned]:
    """Measure the file, then walk through the wanted sheets without laying them out."""
    if len(content) > MOST_BYTES:
        raise _too_large("bytes", "字节数", len(content), MOST_BYTES)
    if content.startswith(_OLD_FORMAT):
        raise _not("it is of the old format or has a password", "旧格式（.xls）或设有密码")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _measure(packed)
            paths, hidden = _paths(packed)
            for name in wanted:
                if name not in paths:
                    raise SheetMissing(sheet=name, found=", ".join(paths)[:LONGEST_CELL])
            for side in {*_SIDE_PARTS} & {*packed.namelist()}:
                with packed.open(side) as part:
                    _parse(part)
            found = {name: _walk(packed, name, paths[name]) for name in wanted}
            for name in hidden & wanted:
                found[name].is_hidden = True
            return found
    except (
        *(zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, EOFError),
        *(RuntimeError, OSError),
    ) as fault:
        raise _not("it is no whole package", "文件不完整") from fault
    except (expat.ExpatError, ValueError, LookupError) as fault:
        raise _not("its parts are no valid XML", "内部内容无效") from fault


def _measure(packed: zipfile.ZipFile) -> None:
    """Refuse what would unpack to too much, by what it says and then by what it is."""
    parts = packed.infolist()
    if len(parts) > MOST_PARTS:
        raise _too_large("parts", "部件数", len(parts), MOST_PARTS)
    if len({part.filename.lower() for part in parts}) < len(parts):
        raise _not("it holds a part twice", "内部部件重复")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED_BYTES:
        raise _too_large("unpacked bytes", "解压后字节数", unpacked, MOST_UNPACKED_BYTES)
    for part in parts:
        if part.flag_bits & 1:
            raise _not("it has a password", "设有密码")
        if part.filename.lower().endswith("vbaproject.bin"):
            raise _not("it holds macros", "含有宏")
        ratio = part.file_size // max(part.compress_size, 1)
        if part.file_size > _LARGE and ratio > MOST_RATIO:
            raise _too_large("compression ratio", "压缩比", ratio, MOST_RATIO)
    # Each part is read to the length it claims and its checksum compared, so a false claim shows.
    if packed.testzip() is not None:
        raise _not("it is damaged", "文件已损坏")


def _too_large(what: str, what_zh: str, found: int, most: int) -> WorkbookTooLarge:
    return WorkbookTooLarge(what=what, what_zh=what_zh, found=found, most=most)


def _paths(packed: zipfile.ZipFile) -> tuple[dict[str, str], set[str]]:
    """Which part holds the sheet of a name, and which sheets are hidden."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}
    hidden: set[str] = set()

    def relation(name: str, given: dict[str, str]) -> None:
        if name == "Relationship":
            target = given.get("Target", "")
            path = target[1:] if target.startswith("/") else normpath(f"xl/{target}")
            targets[given.get("Id", "")] = path

    def sheet(name: str, given: dict[str, str]) -> None:
        if name == "sheet":
            number = next((value for key, value in given.items() if key.endswith(":id")), "")
            title = given.get("name", "")
            if title in sheets:
                raise _not("two of its sheets have one name", "工作表重名")
            sheets[title] = targets.get(number, "")
            if given.get("state", "visible") != "visible":
                hidden.add(title)

    with packed.open("xl/_rels/workbook.xml.rels") as part:
        _parse(part, relation)
    with packed.open("xl/workbook.xml") as part:
        _parse(part, sheet)
    return sheets, hidden


def _walk(packed: zipfile.ZipFile, name: str, path: str) -> _Scanned:
    """Count rows and columns of a sheet, and note its formulas, merged and hidden cells."""
    walker = _Walker(name)
    with packed.open(path) as part:
        _parse(part, walker.begins, walker.says)
    walker.ends_cell()
    return walker.found


class _Walker:
    """Goes through the cells of a sheet in their order, and takes nothing that says two things."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.found = _Scanned()
        self.here = (0, 0)
        self.cells = 0
        self.kind = ""
        self.values: list[str] = []
        self.is_value = False

    def begins(self, name: str, given: dict[str, str]) -> None:
        self.is_value = name == "v"
        match name:
            case "row":
                self._begin_row(given)
            case "c":
                self._begin_cell(given)
            case "v":
                self.values.append("")
            case "f":
                self.found.formulas.add(self.here)
            case "mergeCell" if len(self.found.merged) < MOST_PARTS:
                self.found.merged.append(given.get("ref", "")[:40])
            case "col" if _is_set(given.get("hidden", "")):
                span = [_row_number(given.get(end, ""), 0) for end in ("min", "max")]
                self.found.hidden_columns.append((span[0], span[1]))

    def says(self, text: str) -> None:
        if self.is_value and self.values:
            self.values[-1] += text

    def ends_cell(self) -> None:
        """Look at the cell that ends here, if there is one."""
        shape = _VALUES_IN_XML.get(self.kind)
        is_strange = shape and any(not shape.fullmatch(text.strip()) for text in self.values)
        if len(self.values) > 1 or is_strange:
            raise self._damaged()
        self.kind, self.values = "", []

    def _begin_row(self, given: dict[str, str]) -> None:
        self.ends_cell()
        row = _row_number(given.get("r", ""), self.here[0] + 1)
        if row > MOST_ROWS:
            raise _too_large("rows", "行数", row, MOST_ROWS)
        if row <= self.here[0]:
            raise self._damaged()
        self.here = (row, 0)
        if _is_set(given.get("hidden", "")):
            self.found.hidden_rows.add(row)

    def _begin_cell(self, given: dict[str, str]) -> None:
        self.ends_cell()
        row, column = self.here
        place = _position(given.get("r", ""), (row, column + 1))
        if place and place[1] > MOST_COLUMNS:
            raise _too_large("columns", "列数", place[1], MOST_COLUMNS)
        self.kind = given.get("t", "")
        if place is None or place[0] != row or place[1] <= column or self.kind not in _KINDS:
            raise self._damaged()
        self.here = place
        self.cells += 1
        if self.cells > MOST_CELLS:
            raise _too_large("cells", "单元格数", self.cells, MOST_CELLS)
        if self.kind == "e":
            self.found.errors.add(place)

    def _damaged(self) -> NotAWorkbook:
        """The cell, or the one after it, is written twice or says nothing that can be taken."""
        row, column = self.here
        cell = f"{self.sheet}!{column_letters(max(column, 1) - 1)}{row}"
        return _not(f"it is damaged at or after {cell}", f"{cell} 或其后的单元格已损坏")


def _is_set(text: str) -> bool:
    return text in {"1", "true"}


def _row_number(text: str, following: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else following


def _position(reference: str, following: tuple[int, int]) -> tuple[int, int] | None:
    """Where a cell says it stands; without a word, behind the one before."""
    if not reference:
        return following
    told = _REFERENCE.fullmatch(reference)
    if told is None:
        return None
    column = 0
    for letter in told[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(told[2]), column


def _parse(
    part: IO[bytes],
    begins: Callable[[str, dict[str, str]], None] | None = None,
    says: Callable[[str], None] | None = None,
) -> None:
    """Walk through XML; what could make one text read as two things is not taken.

    Such are a document type, where entities multiply, and what may stand within a text unseen:
    comments, instructions, and marked sections.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    is_open = False

    def begin(name: str, given: dict[str, str]) -> None:
        nonlocal is_open
        is_open = True
        if begins:
            begins(name.rpartition(":")[2], given)
        else:
            parser.StartElementHandler = None

    def document_type(*_: object) -> None:
        raise _not("it declares entities", "含有实体声明")

    def unseen(*_: object) -> None:
        if is_open:
            raise _not("it holds comments within its data", "数据中夹有注释")

    parser.StartElementHandler = begin
    parser.CharacterDataHandler = says
    parser.StartDoctypeDeclHandler = document_type
    parser.CommentHandler = parser.ProcessingInstructionHandler = unseen
    parser.StartCdataSectionHandler = unseen
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _sheet(book: CalamineWorkbook, asked: SheetAsked, scanned: _Scanned) -> ReadSheet:
    values = book.get_sheet_by_name(asked.name).to_python(skip_empty_area=False)
    names = _header(values[0] if values else [], asked)
    letters = {name: column_letters(at) for at, name in enumerate(names) if name}
    faults = [
        Fault(asked.name, None, "", MergedCells(cells=cells)) for cells in scanned.merged if cells
    ]
    if scanned.is_hidden:
        faults.append(Fault(asked.name, None, "", HiddenCells(what="the sheet", what_zh="工作表")))
    faults += _hidden_columns(asked.name, names, values[1:], scanned)
    rows = []
    for number, row in enumerate(values[1:], start=2):
        if len(faults) >= MOST_FAULTS:
            break
        cells: dict[str, str] = {}
        for at, value in enumerate(row):
            name = names[at] if at < len(names) else ""
            refusal, text = _taken(value, name, (number, at + 1), scanned)
            if refusal:
                faults.append(Fault(asked.name, number, column_letters(at), refusal))
            elif name:
                cells[name] = text
        if any(cells.values()) and number in scanned.hidden_rows:
            hidden = HiddenCells(what="the row", what_zh="行")
            faults.append(Fault(asked.name, number, "", hidden))
        if any(cells.values()):
            rows.append(SheetRow(number, cells))
    return ReadSheet(asked.name, tuple(rows), letters, tuple(faults[:MOST_FAULTS]))


def _hidden_columns(
    sheet: str, names: Sequence[str], rows: Sequence[Sequence[object]], scanned: _Scanned
) -> list[Fault]:
    """The hidden columns that hold anything under their heading."""
    hidden = HiddenCells(what="the column", what_zh="列")
    return [
        Fault(sheet, None, column_letters(at), hidden)
        for at in range(len(names))
        if any(first <= at + 1 <= last for first, last in scanned.hidden_columns)
        and any(at < len(row) and _text(row[at]) for row in rows)
    ]


def _header(row: Sequence[object], asked: SheetAsked) -> list[str]:
    names = [(str(heading).split() or [""])[-1] for heading in row]
    while names and not names[-1]:
        names.pop()
    known = (*asked.columns, *asked.optional)
    missing = [name for name in asked.columns if name not in names]
    unknown = [name[:40] for name in dict.fromkeys(names) if name not in known and name]
    duplicate = [name for name in known if names.count(name) > 1]
    if missing or unknown or duplicate:
        raise SheetHeader(
            row=1,
            sheet=asked.name,
            missing=", ".join(missing),
            unknown=", ".join(unknown)[:LONGEST_CELL],
            duplicate=", ".join(duplicate),
        )
    return names


def _taken(
    value: object, name: str, place: tuple[int, int], scanned: _Scanned
) -> tuple[Refusal | None, str]:
    """What a cell says, or why it cannot be taken at its word."""
    if place in scanned.formulas:
        return FormulaCell(), ""
    if place in scanned.errors:
        return ErrorCell(), ""
    text = _text(value)
    if text and not name:
        return BeyondTheHeader(), ""
    if isinstance(value, float) and not isfinite(value):
        return ErrorCell(), ""
    if len(text) > LONGEST_CELL or _CONTROL.search(text):
        return UnreadableCell(length=len(text), most=LONGEST_CELL), ""
    return None, text


def _text(value: object) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value}"
        case _:
            return str(value).strip()


def _number(value: float) -> str:
    """The 15 digits that Excel keeps, without exponent and without idle zeros."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
