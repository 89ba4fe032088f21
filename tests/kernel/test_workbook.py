"""The one reader of Excel files: what lies is told at its place, never guessed."""

import io
import struct
import time
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from openets.kernel import workbook
from openets.kernel.workbook import (
    BeyondTheHeader,
    ErrorCell,
    FormulaCell,
    MergedCells,
    NotAWorkbook,
    SheetAsked,
    SheetHeader,
    SheetMissing,
    UnreadableCell,
    WorkbookTooLarge,
    column_letters,
    read_workbook,
)

ASKED = [SheetAsked("数据", ("name", "amount"), ("note",))]
HEADER = ["名称 name", "数量 amount"]


def book(*rows, sheet="数据", change=None):
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    if change:
        change(page)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(*rows, **given):
    return read_workbook(book(*rows, **given), asked=ASKED)[0]


def places(sheet):
    return [(type(f.refusal), f.sheet, f.row, f.column) for f in sheet.faults]


def repacked(content, **parts):
    """The same package with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.infolist():
            if part.filename not in parts:
                new.writestr(part.filename, old.read(part.filename))
        for name, text in parts.items():
            new.writestr(name, text)
    return out.getvalue()


class TestWhatIsRead:
    def test_rows_keep_their_number_in_excel_and_empty_ones_are_left_out(self):
        sheet = read(HEADER, ["甲", 1], [], ["乙", 2.50])
        assert [(row.number, dict(row.cells)) for row in sheet.rows] == [
            (2, {"name": "甲", "amount": "1"}),
            (4, {"name": "乙", "amount": "2.5"}),
        ]
        assert sheet.letters == {"name": "A", "amount": "B"}
        assert not sheet.faults

    def test_columns_may_stand_in_any_order_and_optional_ones_may_be_absent(self):
        sheet = read(["amount", "备注 note", "name"], [3, "x", "丙"])
        assert sheet.rows[0].cells == {"amount": "3", "note": "x", "name": "丙"}

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (0.1 + 0.2, "0.3"),
            (1e21, "1000000000000000000000"),
            (1e-7, "0.0000001"),
            (123456789012345, "123456789012345"),
            (-4.0, "-4"),
            ("  12.50 ", "12.50"),
            ("１２３", "１２３"),
            ("1,234", "1,234"),
            (True, "TRUE"),
            (date(1900, 1, 5), "1900-01-05"),
            (datetime(2022, 6, 1, 8), "2022-06-01T08:00:00"),  # noqa: DTZ001 -- Excel knows no zones
            ("'=1+1", "'=1+1"),
        ],
    )
    def test_a_value_is_told_as_it_stands_and_never_made_a_number(self, value, text):
        assert read(HEADER, ["甲", value]).rows[0].cells["amount"] == text

    def test_columns_are_named_as_excel_names_them(self):
        assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


class TestCellsThatLie:
    def test_a_formula_is_a_fault_at_its_place_even_with_a_value_beside_it(self):
        content = book(HEADER, ["甲", "=1+1"])
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            xml = packed.read("xl/worksheets/sheet1.xml")
        lying = xml.replace(b"<v></v>", b"<v>999</v>").replace(b"<v />", b"<v>999</v>")
        assert b"999" in lying
        (sheet,) = read_workbook(
            repacked(content, **{"xl/worksheets/sheet1.xml": lying}), asked=ASKED
        )
        assert places(sheet) == [(FormulaCell, "数据", 2, "B")]
        assert "amount" not in sheet.rows[0].cells

    def test_merged_cells_are_a_fault_with_their_range(self):
        sheet = read(HEADER, ["甲", 1], ["乙", 2], change=lambda p: p.merge_cells("A2:A3"))
        assert [(type(f.refusal), f.refusal.numbers["cells"]) for f in sheet.faults] == [
            (MergedCells, "A2:A3")
        ]

    def test_an_error_of_excel_is_a_fault(self):
        def broken(page):
            page["B2"].value, page["B2"].data_type = "#DIV/0!", "e"

        assert places(read(HEADER, ["甲", 1], change=broken)) == [(ErrorCell, "数据", 2, "B")]

    def test_a_value_under_no_heading_is_a_fault(self):
        assert places(read(HEADER, ["甲", 1, None, "x"])) == [(BeyondTheHeader, "数据", 2, "D")]

    def test_a_cell_longer_than_anything_asked_for_is_a_fault(self):
        assert places(read(HEADER, ["长" * 1001, 1])) == [(UnreadableCell, "数据", 2, "A")]


class TestFilesThatLie:
    @pytest.mark.parametrize(
        "content",
        [b"", b"name,amount\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"\0" * 99],
    )
    def test_what_is_no_workbook_is_refused(self, content):
        with pytest.raises(NotAWorkbook):
            read_workbook(content, asked=ASKED)

    def test_a_package_of_something_else_is_refused(self):
        with pytest.raises(NotAWorkbook):
            read_workbook(repacked(book(), **{"xl/workbook.xml": "no xml"}), asked=ASKED)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr("word/document.xml", "<x/>")
        with pytest.raises(NotAWorkbook):
            read_workbook(out.getvalue(), asked=ASKED)

    def test_a_cut_or_altered_file_is_refused(self):
        content = book(HEADER, ["甲", 1])
        altered = bytearray(content)
        altered[len(altered) // 3] ^= 255
        for broken in (content[:-40], content[: len(content) // 2], bytes(altered)):
            with pytest.raises(NotAWorkbook):
                read_workbook(broken, asked=ASKED)

    def test_the_wrong_sheet_is_named_with_those_there_are(self):
        with pytest.raises(SheetMissing, match="“数据”; it has Sheet1"):
            read(HEADER, sheet="Sheet1")

    @pytest.mark.parametrize(
        ("header", "word"),
        [(["name"], "amount"), ([*HEADER, "name"], "name"), ([*HEADER, "x"], "x"), ([], "name")],
    )
    def test_a_wrong_header_is_refused_with_its_columns(self, header, word):
        with pytest.raises(SheetHeader) as refused:
            read(header, ["甲", 1])
        told = refused.value.numbers
        assert word in (told["missing"], told["duplicate"], told["unknown"]) or "name" in str(told)

    def test_macros_are_refused(self):
        with pytest.raises(NotAWorkbook, match="macros"):
            read_workbook(repacked(book(HEADER), **{"xl/vbaProject.bin": b"x"}), asked=ASKED)

    def test_a_declared_entity_is_refused(self):
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
        with pytest.raises(NotAWorkbook, match="entities"):
            read_workbook(repacked(book(HEADER), **{"xl/worksheets/sheet1.xml": bomb}), asked=ASKED)


class TestSize:
    def test_a_hundred_thousand_rows_are_refused_by_their_number(self):
        out = io.BytesIO()
        made = openpyxl.Workbook(write_only=True)
        page = made.create_sheet("数据")
        page.append(HEADER)
        for number in range(workbook.MOST_ROWS + 1):
            page.append(["甲", number])
        made.save(out)
        with pytest.raises(WorkbookTooLarge, match="rows"):
            read_workbook(out.getvalue(), asked=ASKED)

    @pytest.mark.parametrize("place", ["XFD2", "A1048576"])
    def test_a_single_cell_far_out_lays_nothing_out(self, place):
        def far(page):
            page[place] = 1

        began = time.perf_counter()
        with pytest.raises(WorkbookTooLarge):
            read(HEADER, change=far)
        assert time.perf_counter() - began < 2

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        with pytest.raises(WorkbookTooLarge, match="unpacked bytes"):
            read_workbook(repacked(book(HEADER), **{"xl/x.xml": b"\0" * 61_000_000}), asked=ASKED)
        with pytest.raises(WorkbookTooLarge, match="ratio"):
            read_workbook(repacked(book(HEADER), **{"xl/x.xml": b"\0" * 2_000_000}), asked=ASKED)

    def test_a_part_that_lies_about_its_size_is_refused(self):
        content = bytearray(repacked(book(HEADER), **{"xl/x.xml": b"\0" * 2_000_000}))
        true = struct.pack("<I", 2_000_000)
        at = content.rindex(true)
        content[at : at + 4] = struct.pack("<I", 100)
        with pytest.raises(NotAWorkbook):
            read_workbook(bytes(content), asked=ASKED)

    def test_many_parts_and_many_bytes_are_refused(self):
        many = {f"xl/{n}.xml": b"" for n in range(workbook.MOST_PARTS)}
        with pytest.raises(WorkbookTooLarge, match="parts"):
            read_workbook(repacked(book(HEADER), **many), asked=ASKED)
        with pytest.raises(WorkbookTooLarge, match="bytes"):
            read_workbook(b"PK" + b"\0" * workbook.MOST_BYTES, asked=ASKED)
