"""Template, export and import of a report: what goes out comes back, faults keep their place."""

import io

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.kernel.workbook import Fault
from openets.mrv.report_sheets import ACTIVITY, KINDS, LINES
from openets.mrv.sheets import CellNotKept, cleaned
from openets.mrv.workbook import read_grid, template
from tests.mrv.reported import FUEL, content


def changed(workbook, change):
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_what_is_exported_imports_again_as_it_was():
    grid = cleaned(KINDS, content())
    read = read_grid(KINDS, template(KINDS, grid))
    assert (read.grid, read.faults) == (grid, ())
    assert read.numbers["activity"] == (2, 3)


TEXTS = st.one_of(
    st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", fullmatch=True),
    st.sampled_from(
        [
            *("=1+1", "'=1+1", "+5", "-x", "@a", "007", "1.50", "1e5", "TRUE", "2022-01-01"),
            *("_x0041_", "_x005F_x0041_", "#N/A", "-0", "12 15"),
        ]
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=20),
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from([c.name for c in ACTIVITY.columns]), TEXTS, min_size=1))
def test_any_text_comes_back_unchanged_and_none_becomes_a_formula(row):
    grid = cleaned(KINDS, {"activity": [row]})
    workbook = template(KINDS, grid)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook))[ACTIVITY.zh]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    assert read_grid(KINDS, workbook).grid == grid


def test_the_template_has_headings_with_units_and_drop_downs():
    book = openpyxl.load_workbook(io.BytesIO(template(KINDS)))
    sheet = book[ACTIVITY.zh]
    assert sheet["F1"].value == "低位发热量（GJ/单位） ncv"
    offered = {str(one.sqref).split(":")[0] for one in sheet.data_validations.dataValidation}
    assert offered == {"B2", "E2"}
    assert [cell.value for cell in book["选项"]["A"]][:3] == ["fuel", "process", "product"]


def test_faults_are_told_at_their_place_in_the_file_with_its_gaps():
    def change(book):
        sheet = book[ACTIVITY.zh]
        sheet.insert_rows(2, 3)
        sheet["D5"] = "=2*500"

    read = read_grid(KINDS, changed(template(KINDS, cleaned(KINDS, content(FUEL))), change))
    (fault,) = read.faults
    assert (fault.sheet, fault.row, fault.column) == (ACTIVITY.zh, 5, "D")
    assert read.numbers["activity"] == (5,)


def test_a_fault_of_the_grid_finds_its_row_and_column_in_the_file():
    def change(book):
        sheet = book[LINES.zh]
        sheet.insert_rows(2)
        sheet.delete_cols(7)
        sheet.insert_cols(1)
        sheet["A1"] = "其他 co2_t"

    read = read_grid(KINDS, changed(template(KINDS, cleaned(KINDS, content())), change))
    fault = Fault("lines", 2, "C", CellNotKept(sheet="x", column="output", most=1))
    moved = read.in_file(LINES, fault)
    assert (moved.sheet, moved.row, moved.column) == (LINES.zh, 3, "D")
