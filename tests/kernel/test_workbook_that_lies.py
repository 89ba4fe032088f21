"""Hostile workbooks: never a crash, never a value that the sheet does not show."""

import io
import re
from xml.sax.saxutils import escape

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.kernel import workbook
from openets.kernel.refusal import Refusal
from openets.kernel.workbook import (
    ErrorCell,
    FormulaCell,
    HiddenCells,
    NotAWorkbook,
    SheetAsked,
    WorkbookTooLarge,
    read_workbook,
)
from tests.kernel.packed import RELATIONS, STYLES, packed, parts, row, sheet

ASKED = [SheetAsked("数据", ("name", "amount"), ("note",))]
CELL = '<c r="B2"><v>5</v></c>'


def read(content):
    (found,) = read_workbook(content, asked=ASKED)
    return found


def told(*given, **otherwise):
    """What a workbook says of the amount in its second row, or the faults."""
    found = read(packed(parts(*given, **otherwise)))
    faults = [(type(f.refusal), f.row, f.column) for f in found.faults]
    return faults or found.rows[0].cells["amount"]


class TestNumbersAndDays:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("1E+3", "1000"),
            ("1e-7", "0.0000001"),
            ("12345678901234567890", "12345678901234600000"),
            ("1,234", "1,234"),
            ("1 234", "1 234"),
            ("１２", "１２"),
            ("0x10", "0x10"),
            ("1_000", "1_000"),
        ],
    )
    def test_what_is_no_number_of_excel_is_never_made_one(self, value, text):
        assert told(row(f'<c r="B2"><v>{value}</v></c>')) == text

    @pytest.mark.parametrize("value", ["NaN", "INF", "-Infinity", "1e999"])
    def test_what_is_not_finite_is_an_error_at_its_place(self, value):
        assert told(row(f'<c r="B2"><v>{value}</v></c>')) == [(ErrorCell, 2, "B")]

    def test_a_number_formatted_as_a_day_is_a_day_by_the_epoch_of_its_workbook(self):
        day = row('<c r="B2" s="1"><v>44713</v></c>')
        assert told(day) == "2022-06-01"
        assert told(day, book='<workbookPr date1904="1"/>') == "2026-06-02"

    def test_a_day_without_its_format_stays_the_number_it_is(self):
        assert told(row('<c r="B2"><v>44713</v></c>')) == "44713"

    def test_per_cent_is_the_ratio_it_stands_for(self):
        assert told(row('<c r="B2" s="2"><v>0.98</v></c>')) == "0.98"


class TestACellSaysOneThing:
    @pytest.mark.parametrize(
        "cells",
        [
            [row(CELL + '<c r="B2"><v>6</v></c>')],
            [row(CELL), row('<c r="B2"><v>6</v></c>')],
            [row(CELL, number=9), row(CELL.replace("B2", "B3"), number=3)],
            [row(CELL).replace('<row r="2"', '<row r="5"')],
            [row(CELL.replace("B2", "b2"))],
            [row(CELL.replace("B2", "$B$2"))],
            [row('<c r="B2"><v>5</v><v>6</v></c>')],
            [row('<c r="B2" t="s"><v>-1</v></c>')],
            [row('<c r="B2" t="s"><v>x</v></c>')],
            [row('<c r="B2" t="s"><v>99</v></c>')],
            [row('<c r="B2" t="b"><v>7</v></c>')],
            [row('<c r="B2" t="money"><v>7</v></c>')],
            [row('<c r="B2"><v>1<!-- --/>--><v>2</v></c>')],
            [row('<c r="B2"><v>1<!-- x -->2</v></c>')],
            [row('<c r="B2"><v><![CDATA[12]]></v></c>')],
            [row('<c r="B2"><v>1<?x y?>2</v></c>')],
            [row('<c r="B2"><v>&nothing;</v></c>')],
        ],
    )
    def test_else_the_file_is_refused(self, cells):
        with pytest.raises(NotAWorkbook):
            read(packed(parts("".join(cells))))

    def test_a_damaged_cell_is_named(self):
        with pytest.raises(NotAWorkbook, match="数据!B2"):
            read(packed(parts(row('<c r="B2" t="s"><v>-1</v></c>'))))

    def test_cells_without_a_place_stand_behind_each_other(self):
        plain = '<row><c t="s"><v>2</v></c><c>{}<v>5</v></c></row>'
        assert told(plain.format("")) == "5"
        assert told(plain.format("<f>1</f>")) == [(FormulaCell, 2, "B")]

    def test_errors_newer_than_the_reader_are_errors_at_their_place(self):
        assert told(row('<c r="B2" t="e"><v>#SPILL!</v></c>')) == [(ErrorCell, 2, "B")]

    def test_two_sheets_of_one_name_are_refused(self):
        found = parts(row(CELL))
        twin = found["xl/workbook.xml"].replace(
            "</sheets>", '<sheet name="数据" sheetId="2" r:id="rId2"/></sheets>'
        )
        with pytest.raises(NotAWorkbook, match="one name"):
            read(packed(found | {"xl/workbook.xml": twin}))

    def test_two_parts_of_one_name_are_refused(self):
        found = parts(row(CELL))
        with pytest.raises(NotAWorkbook, match="twice"):
            read(packed(found | {"XL/Worksheets/Sheet1.xml": sheet(row(CELL))}))

    def test_phonetic_hints_are_no_part_of_a_text(self):
        hint = '<si><t>重庆</t><rPh sb="0" eb="1"><t>chóng</t></rPh></si>'
        assert told(row('<c r="B2" t="s"><v>3</v></c>'), texts=hint) == "重庆"


class TestWhatIsHidden:
    def test_a_hidden_row_is_a_fault_at_its_row(self):
        assert told(row(CELL, more=' hidden="1"')) == [(HiddenCells, 2, "")]

    def test_a_hidden_column_is_a_fault_at_its_column(self):
        hidden = '<cols><col min="2" max="3" hidden="true"/></cols>'
        assert told(row(CELL), before=hidden) == [(HiddenCells, None, "B")]

    @pytest.mark.parametrize("state", ["hidden", "veryHidden"])
    def test_a_hidden_sheet_is_a_fault(self, state):
        assert told(row(CELL), of_sheet=f' state="{state}"') == [(HiddenCells, None, "")]

    def test_what_is_hidden_and_empty_is_none(self):
        empty = '<row r="2" hidden="1"/>' + row(CELL.replace("B2", "B3"), number=3)
        hidden = '<cols><col min="3" max="16384" hidden="1"/></cols>'
        assert told(empty, before=hidden) == "5"


class TestHowMuch:
    def test_more_cells_than_any_table_are_refused_before_they_are_laid_out(self, monkeypatch):
        monkeypatch.setattr(workbook, "MOST_CELLS", 5)
        assert told(row(CELL)) == "5"
        with pytest.raises(WorkbookTooLarge, match="cells 6"):
            read(packed(parts(row(CELL) + row(CELL.replace("B2", "B3"), number=3))))

    def test_of_very_many_faults_the_first_are_told(self, monkeypatch):
        monkeypatch.setattr(workbook, "MOST_FAULTS", 3)
        rows = [row(f'<c r="B{n}"><f>1</f><v>1</v></c>', number=n) for n in range(2, 9)]
        assert [fault.row for fault in read(packed(parts("".join(rows)))).faults] == [2, 3, 4]


class TestTheOtherParts:
    BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>'

    @pytest.mark.parametrize(
        "name",
        [
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels",
            "xl/worksheets/sheet1.xml",
        ],
    )
    def test_no_part_declares_entities(self, name):
        found = parts(row(CELL))
        with pytest.raises(NotAWorkbook, match="entities"):
            read(packed(found | {name: self.BOMB + found[name]}))

    def test_an_archive_or_a_link_inside_is_not_opened(self):
        inner = packed(parts(row(CELL)))
        more = {"xl/embeddings/x.xlsx": inner, "xl/externalLinks/externalLink1.xml": "<x/>"}
        assert read(packed(parts(row(CELL)) | more)).rows[0].cells["amount"] == "5"

    def test_a_sheet_that_lies_elsewhere_is_refused(self):
        away = RELATIONS.replace("worksheets/sheet1.xml", "https://example.org/sheet.xml")
        with pytest.raises(NotAWorkbook):
            read(packed(parts(row(CELL)) | {"xl/_rels/workbook.xml.rels": away}))

    @pytest.mark.parametrize("encoding", ["GBK", "UTF-16", "no-such"])
    def test_another_encoding_is_refused_and_not_misread(self, encoding):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>' + sheet(row(CELL))
        content = declared.encode("ascii" if encoding == "no-such" else encoding)
        with pytest.raises(Refusal):
            read(packed(parts() | {"xl/worksheets/sheet1.xml": content}))


NUMBERS = st.one_of(
    st.integers(-(10**15) + 1, 10**15 - 1).map(str),
    st.decimals(-(10**6), 10**6, places=4, allow_nan=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30).map(repr),
)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=12)


@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore:Workbook contains no default style")
@given(st.lists(st.one_of(NUMBERS.map(lambda n: ("n", n)), TEXTS.map(lambda t: ("t", t)))))
def test_what_is_read_is_what_another_reader_reads(cells):
    """The slow twin: openpyxl, and its numbers shown to 15 digits."""
    rows = []
    for number, (kind, value) in enumerate(cells, start=2):
        if kind == "n":
            cell = f'<c r="B{number}"><v>{value}</v></c>'
        else:
            cell = f'<c r="B{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        rows.append(row(cell, number=number))
    content = packed(parts("".join(rows)))
    page = openpyxl.load_workbook(io.BytesIO(content))["数据"]
    found = {line.number: line.cells for line in read(content).rows}
    for number in range(2, len(cells) + 2):
        value, text = page.cell(number, 2).value, found[number]["amount"]
        if isinstance(value, int | float):
            assert format(float(text), ".15g") == format(float(value), ".15g")
            assert not re.search("[eE]", text)
        else:
            assert text == (value or "").strip()


def must_answer(content):
    """A workbook is read, or refused in both languages; anything else fails the test."""
    try:
        read(content)
    except Refusal as refusal:
        refusal.message("zh")
        refusal.message("en")


PIECES = ['"', "<", ">", "/", "&", "-1", "1e400", '<c r="B2">', "<v>", "</v>", "</c>", "\0", "A1"]
PARTS = [name for name in parts() if name.startswith("xl/")]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PARTS), st.data())
def test_any_damage_is_refused_or_read_and_never_a_crash(name, data):
    found = parts(row(CELL) + row('<c r="B3" t="e"><v>#N/A</v></c>', number=3))
    text = found[name]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 40, len(text))))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", text[start:end] * 2, *PIECES]))
            + text[end:]
        )
    must_answer(packed(found | {name: text}))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_changed_bytes_are_refused_or_read_and_never_a_crash(data):
    content = bytearray(packed(parts(row(CELL)) | {"xl/styles.xml": STYLES}))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    must_answer(bytes(content[: data.draw(st.integers(0, len(content)))]))
