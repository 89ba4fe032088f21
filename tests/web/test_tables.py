"""What is taken away as a table is read back as it was, and no text in it is ever a formula."""

import csv
import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from openets.kernel.cells import restore_cell
from openets.kernel.clock import MARKET_ZONE, at
from openets.web import tables
from openets.web.tables import Column, Table

COLUMNS = (Column("name", "名称"), Column("amount_t", "数量（吨）"), Column("at", "时间"))
MOMENT = at(date(2023, 11, 22), 10, 30)
HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "=cmd|' /C calc'!A0",
    "plain",
    "",
]


def table(names):
    return Table("t", COLUMNS, [[name, 12_345, MOMENT] for name in names])


def test_excel_types_its_numbers_and_moments_and_keeps_the_heading_in_sight():
    sheet = load_workbook(io.BytesIO(tables.excel(table(["某厂"])))).active
    assert [cell.value for cell in sheet[1]] == ["名称 name", "数量（吨） amount_t", "时间 at"]
    assert (sheet["B2"].value, sheet["B2"].data_type) == (12_345, "n")
    assert sheet["C2"].value == MOMENT.replace(tzinfo=None)
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("name", HOSTILE)
def test_excel_holds_hostile_text_as_text(name):
    cell = load_workbook(io.BytesIO(tables.excel(table([name])))).active["A2"]
    assert cell.data_type in {"s", "n"}
    assert (cell.value or "").replace("\r", "\n") == name.replace("\r", "\n")
    assert bool(cell.quotePrefix) == (name[:1] in tuple("=+-@\t\r'") and name != "")


def test_excel_is_read_back_by_another_reader():
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(tables.excel(table(["=1+1"]))))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert rows[1][:2] == ["=1+1", 12_345]


def test_a_control_character_does_not_break_the_file():
    cell = load_workbook(io.BytesIO(tables.excel(table(["a\x00b"])))).active["A2"]
    assert cell.value == "a\ufffdb"


@pytest.mark.parametrize("name", HOSTILE)
def test_csv_comes_back_as_it_was(name):
    header, row = csv.reader(io.StringIO(tables.csv(table([name])), newline=""))
    assert header == ["name", "amount_t", "at"]
    assert restore_cell(row[0]) == name.replace("\r", " ")
    assert row[0][:1] not in set("=+-@\t\r")
    assert int(row[1]) == 12_345
    assert datetime.fromisoformat(row[2]) == MOMENT
    assert datetime.fromisoformat(row[2]).utcoffset() == MOMENT.astimezone(MARKET_ZONE).utcoffset()
