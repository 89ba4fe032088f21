"""`openets report`: a workbook checked on the command line, each fault at its place."""

import io
import json

import openpyxl
import pytest

from openets.doors.main import main
from openets.mrv.report_sheets import ACTIVITY, KINDS
from openets.mrv.sheets import cleaned
from openets.mrv.workbook import template
from tests.mrv.reported import FACTORS, FUEL, content

GIVEN = ["--year", "2022", "--factors", FACTORS]


@pytest.fixture
def checked(tmp_path, capsys):
    def check(workbook, *given):
        path = tmp_path / "report.xlsx"
        path.write_bytes(workbook)
        status = main(["report", str(path), *(given or GIVEN)])
        told = capsys.readouterr()
        return status, told.out, [json.loads(line) for line in told.err.splitlines()]

    return check


def test_a_right_workbook_gives_its_total(checked):
    status, total, faults = checked(template(KINDS, cleaned(KINDS, content())))
    assert (status, faults) == (0, [])
    assert total.endswith(" tCO2e\n")


def test_faults_are_told_by_sheet_row_and_column_of_the_file(checked):
    grid = cleaned(KINDS, content({**FUEL, "unit": "吨"}))
    book = openpyxl.load_workbook(io.BytesIO(template(KINDS, grid)))
    book[ACTIVITY.zh].insert_rows(2, 2)
    book[ACTIVITY.zh]["F4"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    status, total, faults = checked(out.getvalue())
    places = [(f["sheet"], f["row"], f["column"], f["code"]) for f in faults]
    assert (status, total) == (2, "")
    assert places[:2] == [
        (ACTIVITY.zh, 4, "F", "formula_cell"),
        (ACTIVITY.zh, 4, "E", "unit_mismatch"),
    ]


def test_a_file_or_a_set_that_is_none_is_refused(checked):
    assert checked(b"junk")[2][0]["code"] == "not_a_workbook"
    assert checked(b"junk", "--year", "2022", "--factors", "x")[2][0]["code"] == (
        "unknown_factor_set"
    )
    assert checked(b"junk", "--year", "2019", "--factors", FACTORS)[2][0]["code"] == (
        "year_not_covered"
    )
    assert main(["report", "/nowhere.xlsx", *GIVEN]) == 2
