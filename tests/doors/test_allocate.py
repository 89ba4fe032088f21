"""The allocation door: its format, its refusals, and files that mean harm."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from openets.doors import allocate
from openets.doors.allocate import COLUMNS, OPTIONAL, RESULT, main
from openets.kernel.cells import restore_cell, safe_cell

HEADER = ",".join(COLUMNS)


def row(entity: str = "E1", line: str = "L1", year: int = 2021, **facts: Any) -> str:
    usual = {
        "process": "clinker",
        "product": "clinker",
        "comparable": "yes",
        "commissioned": "2005-01-01",
        "output": 1_000_000,
        "co2_t": 900_000,
        "non_co2_t": 0,
        "production_days": 300,
        "shutdown_days": 0,
    }
    cells = {**usual, **facts, "entity": entity, "line": line, "year": year}
    out = io.StringIO()
    csv.writer(out).writerow([cells.get(name, "") for name in COLUMNS])
    return out.getvalue().removesuffix("\r\n")


def intensity(entity: str, years: range = range(2018, 2023), **facts: Any) -> list[str]:
    usual = {"process": "other", "product": "p", "output": 50_000, "co2_t": 105_000}
    return [row(entity, year=year, **{**usual, **facts}) for year in years]


class Door:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file, self.capsys = folder / "lines.csv", capsys

    def __call__(self, content: str | bytes, *options: str, year: int = 2021) -> "Door":
        raw = content.encode() if isinstance(content, str) else content
        self.file.write_bytes(raw)
        arguments = ["--jurisdiction", "cq", "--year", str(year), *options, str(self.file)]
        self.code = main(arguments)
        self.text, errors = self.capsys.readouterr()
        self.rows = list(csv.DictReader(io.StringIO(self.text)))
        self.refusals = [json.loads(line) for line in errors.splitlines()]
        return self

    def of_rows(self, *rows: str, **options: Any) -> "Door":
        return self("\n".join([HEADER, *rows]) + "\n", **options)

    @property
    def codes(self) -> list[str]:
        return [one["code"] for one in self.refusals]

    def total(self, entity: str = "E1") -> dict[str, str]:
        return next(one for one in self.rows if one["entity"] == entity and one["line"] == "TOTAL")


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(tmp_path, capsys)


WIDE = (*COLUMNS, *OPTIONAL)
"""The header of a file that states each condition, the cause and the reason by itself."""


def wide(year: int, **facts: Any) -> str:
    usual = {"entity": "E1", "line": "L1", "process": "other", "product": "p"}
    usual |= {"homogeneous": "yes", "clear_boundary": "yes", "comparable": "yes"}
    usual |= {"output": "50", "co2_t": "105", "production_days": "300"}
    cells = {**usual, "year": year, **facts}
    return ",".join(str(cells.get(name, "")) for name in WIDE)


def of_years(door: Door, **facts: dict[str, Any]) -> Door:
    rows = [wide(year, **facts.get(f"in_{year}", {})) for year in range(2018, 2022)]
    return door("\n".join([",".join(WIDE), *rows]) + "\n")


@pytest.mark.requirement("CQ208-A1.3.2")
@pytest.mark.parametrize("condition", ["homogeneous", "clear_boundary", "comparable"])
def test_each_condition_is_read_from_its_own_column(door: Door, condition: str) -> None:
    assert of_years(door).rows[0]["method"] == "historical_intensity"
    assert of_years(door, in_2021={condition: "no"}).rows[0]["method"] == "historical_total"
    of_years(door, in_2021={condition: ""})
    assert [(one["code"], one["field"]) for one in door.refusals] == [("incomplete", condition)]
    of_years(door, in_2021={condition: "maybe"})
    assert (door.refusals[0]["code"], door.refusals[0]["field"]) == ("not_yes_or_no", condition)


@pytest.mark.requirement("CQ208-A1.3.2")
def test_in_an_older_file_comparable_answers_for_all_three_conditions(door: Door) -> None:
    assert "homogeneous" not in HEADER
    assert door.of_rows(*intensity("E1")).rows[0]["method"] == "historical_intensity"
    door.of_rows(*intensity("E1", comparable="no"))
    assert door.rows[0]["method"] == "historical_total"


@pytest.mark.requirement("CQ208-A1.M.2.2")
def test_the_reason_of_a_year_without_output_is_read_and_without_it_the_line_is_refused(
    door: Door,
) -> None:
    of_years(door, in_2019={"output": 0})
    assert (door.code, door.codes) == (2, ["no_output"])
    assert "zero_output_reason" in door.refusals[0]["remedy"]
    of_years(door, in_2019={"output": 0, "zero_output_reason": "overhaul"})
    assert (door.code, door.rows[0]["base_years"]) == (0, "2018;2020")


def test_a_file_that_asks_for_no_reason_leaves_a_year_without_output_out_and_says_so(
    door: Door,
) -> None:
    rows = intensity("E1")
    rows[1] = row("E1", year=2019, process="other", product="p", output=0, co2_t=105_000)
    door.of_rows(*rows)
    assert (door.code, door.rows[0]["base_years"]) == (0, "2018;2020")
    assert "no column for a reason" in door.rows[0]["explanation"]


@pytest.mark.requirement("CQ208-A1.M.2.2c")
def test_an_abatement_project_of_another_year_is_refused_by_the_door(door: Door) -> None:
    project = {"usable_from": "2021-01-01", "usable_because": "abatement_project"}
    of_years(door, **{f"in_{year}": project for year in range(2018, 2022)})
    assert (door.code, door.codes) == (2, ["project_outside_years"])


def test_a_line_and_its_total_come_out_with_every_column(door: Door) -> None:
    door.of_rows(row())
    assert (door.code, door.refusals) == (0, [])
    assert list(door.rows[0]) == list(RESULT)
    line, total = door.rows
    assert {k: v for k, v in line.items() if v and k != "explanation"} == {
        "entity": "E1",
        "line": "L1",
        "product": "clinker",
        "method": "benchmark",
        "base": "0.8289",
        "allowance_exact": "828900",
        "allowance_t": "828900",
    }
    assert {k: v for k, v in total.items() if v and k != "explanation"} == {
        "entity": "E1",
        "line": "TOTAL",
        "allowance_exact": "828900",
        "allowance_t": "828900",
        "verified_t": "900000",
        "gap_t": "71100",
        "gap_ratio": "0.079000",
        "relief": "none",
        "determined_t": "828900",
        "advance_limit_t": "0",
    }
    assert json.loads(line["explanation"])[-1]["cites"][0]["source"] == "CQ208-A1.M.1.1"
    assert "CQ208-A1.5.3" in total["explanation"]


def test_the_history_gives_base_base_years_and_coefficient(door: Door) -> None:
    door.of_rows(*intensity("E1"), year=2022)
    line = door.rows[0]
    assert (line["base"], line["base_years"]) == ("2.1000", "2019;2020;2021")
    assert (line["coefficient"], line["allowance_exact"]) == ("0.9450", "99225")
    total = door.total()
    assert (total["pre_allocation_t"], total["gap_t"]) == ("69458", "5775")


def test_a_surplus_is_a_negative_gap(door: Door) -> None:
    assert door.of_rows(row(co2_t=800_000)).total()["gap_t"] == "-28900"
    assert door.total()["gap_ratio"] == "-0.036125"
    assert door.of_rows(row(co2_t=0, output=0)).total()["gap_ratio"] == ""


def test_relief_names_its_limb(door: Door) -> None:
    total = door.of_rows(row(output=500_000, co2_t=600_000)).total()
    assert (total["relief"], total["determined_t"], total["advance_limit_t"]) == (
        "share",
        "480000",
        "60000",
    )


def test_the_reserve_and_the_market_follow_on_demand(door: Door) -> None:
    door.of_rows(row(), row("E2", output=2_000_000, co2_t=1_700_000))
    assert {one["entity"] for one in door.rows} == {"E1", "E2"}
    door("\n".join([HEADER, row(), row("E2", output=2_000_000, co2_t=1_700_000)]), "--reserve")
    market = {one["line"]: one["determined_t"] for one in door.rows if one["entity"] == "MARKET"}
    assert market == {"ENTITIES": "2486700", "RESERVE": "130878", "MARKET_TOTAL": "2617578"}


def test_no_market_total_is_told_while_a_row_is_refused(door: Door) -> None:
    door("\n".join([HEADER, row(), row("E2", output="x")]), "--reserve")
    assert door.code == 2
    assert sorted(door.codes) == ["market_incomplete", "not_a_number"]
    assert all(one["entity"] != "MARKET" for one in door.rows)


def test_the_result_may_go_to_a_file(door: Door, tmp_path: Path) -> None:
    out = tmp_path / "result.csv"
    door("\n".join([HEADER, row(entity="重庆某水泥厂")]), "--out", str(out))
    assert (door.code, door.text) == (0, "")
    assert out.read_text("utf-8").splitlines()[1].startswith("重庆某水泥厂,L1,clinker,benchmark")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    door(f"{HEADER}\n{row()}", "--out", str(tmp_path / "none" / "result.csv"))
    assert (door.code, door.codes) == (2, ["file_not_writable"])


def test_a_refused_row_takes_its_line_and_the_total_and_nothing_else(door: Door) -> None:
    door.of_rows(row(), row(line="L2", output="1,000"), row("E2"))
    assert door.code == 2
    assert [(one["entity"], one["line"]) for one in door.rows] == [
        ("E1", "L1"),
        ("E2", "L1"),
        ("E2", "TOTAL"),
    ]
    refusal = door.refusals[0]
    assert (refusal["row"], refusal["field"], refusal["code"]) == (3, "output", "not_a_number")
    assert {"row", "field", "code", "article", "numbers", "remedy", "remedy_zh"} <= set(refusal)


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"output": "abc"}, "output", "not_a_number"),
        ({"output": "１２"}, "output", "not_a_number"),
        ({"output": "=1+1"}, "output", "not_a_number"),
        ({"output": "1e9"}, "output", "not_a_number"),
        ({"output": "NaN"}, "output", "not_a_number"),
        ({"output": "1,000"}, "output", "not_a_number"),
        ({"output": "9" * 41}, "output", "not_a_number"),
        ({"output": -1}, "output", "negative_amount"),
        ({"output": ""}, "output", "incomplete"),
        ({"co2_t": ""}, "co2_t", "incomplete"),
        ({"non_co2_t": "-0.1"}, "non_co2_t", "negative_amount"),
        ({"production_days": 366}, "production_days", "more_days_than_the_year"),
        ({"comparable": "=TRUE()"}, "comparable", "not_yes_or_no"),
        ({"commissioned": "2021-02-29"}, "commissioned", "not_a_date"),
        ({"commissioned": "20210301"}, "commissioned", "not_a_date"),
        ({"commissioned": "9999-12-31"}, "commissioned", "not_a_date"),
        ({"commissioned": "２０２１-03-01"}, "commissioned", "not_a_date"),
        ({"process": "cement"}, "process", "unknown_process"),
        ({"process": ""}, "process", "unknown_process"),
        ({"product": "x" * 1001}, "product", "cell_too_long"),
        ({"product": "a\x00b"}, "product", "control_character"),
        ({"product": "a\nb"}, "product", "control_character"),
        ({"usable_output": 5}, "usable_output", "usable_does_not_fit"),
    ],
)
def test_a_bad_cell_is_refused_in_its_field(
    door: Door, facts: dict[str, Any], field: str, code: str
) -> None:
    door.of_rows(row(**facts))
    assert (door.code, door.codes, door.rows) == (2, [code], [])
    assert (door.refusals[0]["row"], door.refusals[0]["field"]) == (2, field)


@pytest.mark.parametrize(
    ("entity", "line", "code"),
    [
        ("", "L1", "name_missing"),
        ("E1", " ", "name_missing"),
        ("E1", "TOTAL", "name_reserved"),
        ("MARKET", "L1", "name_reserved"),
    ],
)
def test_a_row_must_say_whose_it_is(door: Door, entity: str, line: str, code: str) -> None:
    assert door.of_rows(row(entity, line)).codes == [code]
    assert door.rows == []


@pytest.mark.parametrize("year", ["21", "２０２１", "2021.0", "", "=2021"])
def test_a_year_has_four_digits(door: Door, year: Any) -> None:
    assert door.of_rows(row(year=year)).codes == ["not_a_year"]


def test_the_second_of_two_equal_rows_is_refused_by_its_place(door: Door) -> None:
    door.of_rows(row(), row("E2"), row())
    assert [(one["row"], one["code"], one["numbers"]["first_row"]) for one in door.refusals] == [
        (4, "duplicate_row", 2)
    ]
    assert {one["entity"] for one in door.rows} == {"E2"}


def test_shutdown_days_that_disagree_are_refused(door: Door) -> None:
    door.of_rows(row(shutdown_days=10), row(line="L2", shutdown_days=11))
    assert [(one["row"], one["code"]) for one in door.refusals] == [(3, "rows_disagree")]


def test_a_missing_base_year_is_named_at_the_row_of_the_year(door: Door) -> None:
    rows = intensity("E1")
    door.of_rows(*rows[:1], *rows[2:])
    assert [(one["row"], one["code"], one["article"]) for one in door.refusals] == [
        (4, "missing_year", "CQ208-1")
    ]


def test_another_year_or_jurisdiction_is_refused_and_never_borrowed(door: Door) -> None:
    door.of_rows(row(year=2023), year=2023)
    assert (door.code, door.codes, door.rows) == (2, ["no_value_for_time"], [])
    assert door.refusals[0]["row"] == 2
    assert main(["--jurisdiction", "xx", "--year", "2021", str(door.file)]) == 2
    assert json.loads(door.capsys.readouterr().err)["code"] == "unknown_jurisdiction"


def test_a_file_of_another_year_is_not_silently_empty(door: Door) -> None:
    assert door.of_rows(row(year=2022)).codes == ["nothing_in_year"]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + HEADER + "\r\n" + row() + "\r\n",
        HEADER + "\n\n" + row() + "\n" + "," * (len(COLUMNS) - 1) + "\n",
        HEADER + "\r" + row(),
    ],
)
def test_byte_order_mark_line_ends_and_blank_lines_do_no_harm(door: Door, content: str) -> None:
    assert door(content).code == 0
    assert door.total()["determined_t"] == "828900"


def test_columns_may_stand_in_any_order(door: Door) -> None:
    cells = dict(zip(COLUMNS, row().split(","), strict=True))
    names = sorted(cells)
    door(",".join(names) + "\n" + ",".join(cells[name] for name in names))
    assert door.total()["determined_t"] == "828900"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\r\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "not_utf8"),
        ((HEADER + "\n" + row("重庆")).encode("gbk"), "not_utf8"),
        ((HEADER + "\n" + row()).encode("utf-16"), "not_utf8"),
        (row().encode(), "wrong_header"),
        (b"\x00\x01\x02", "wrong_header"),
        (HEADER.replace("co2_t,", "", 1).encode(), "wrong_header"),
        (HEADER.replace("co2_t", "output", 1).encode(), "wrong_header"),
        ((HEADER + ",output").encode(), "wrong_header"),
        ((HEADER + ",note").encode(), "wrong_header"),
        ((HEADER + '\n"open quote').encode(), "broken_table"),
        ((HEADER + '\n"E1"x,').encode(), "broken_table"),
        ((HEADER + "\n" + "x" * 200_000).encode(), "broken_table"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole(
    door: Door, content: bytes, code: str
) -> None:
    door(content)
    assert (door.code, door.codes, door.text) == (2, [code], "")
    assert door.refusals[0]["remedy"]


def test_a_missing_file_is_refused(door: Door, tmp_path: Path) -> None:
    assert main(["--jurisdiction", "cq", "--year", "2021", str(tmp_path / "none.csv")]) == 2
    assert json.loads(door.capsys.readouterr().err)["code"] == "file_not_readable"


def test_a_short_and_a_long_row_are_refused_and_the_rest_is_read(door: Door) -> None:
    door.of_rows("E1,L1,clinker", row("E2") + ",extra", row("E3"))
    assert [(one["row"], one["code"]) for one in door.refusals] == [
        (2, "wrong_cell_count"),
        (3, "wrong_cell_count"),
    ]
    assert {one["entity"] for one in door.rows} == {"E3"}


def test_a_row_is_counted_by_the_line_of_the_file_it_begins_on(door: Door) -> None:
    door.of_rows(row(product="two\nlines"), "", row("E2", output="x"))
    assert [one["row"] for one in door.refusals] == [2, 5]


def test_text_that_a_spreadsheet_would_run_is_escaped_and_read_back(door: Door) -> None:
    door.of_rows(row('=HYPERLINK("x")', "@L", product="+p"))
    line = door.rows[0]
    assert (line["entity"], line["line"], line["product"]) == ('\'=HYPERLINK("x")', "'@L", "'+p")
    again = door.of_rows(row(line["entity"], line["line"], product=line["product"])).rows[0]
    assert again == line


@pytest.mark.parametrize(
    "text",
    ["=1", "+1", "-1", "@a", "\ta", "\ra", "'=1", "''=1", "'a", "'", "", "a=1", "－1", "12"],
)
def test_escaping_is_undone_exactly(text: str) -> None:
    assert restore_cell(safe_cell(text)) == text
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_json_tells_whole_tonnes_as_numbers_and_decimals_as_text(door: Door) -> None:
    door.of_rows(*intensity("=E1"), year=2022)
    as_csv = door.rows
    door("\n".join([HEADER, *intensity("=E1")]), "--format", "json", year=2022)
    line, total = map(json.loads, door.text.splitlines())
    assert list(line) == list(RESULT)
    assert (line["entity"], line["base"], line["base_years"]) == (
        "=E1",
        "2.1000",
        [2019, 2020, 2021],
    )
    assert (line["verified_t"], line["allowance_exact"]) == (None, "99225")
    assert (total["determined_t"], total["gap_ratio"]) == (99_225, "0.055000")
    assert line["explanation"] == json.loads(as_csv[0]["explanation"])


def test_the_working_may_go_to_a_file_of_its_own(door: Door, tmp_path: Path) -> None:
    door.of_rows(row(entity="'=E"), row("E2"))
    beside = [one["explanation"] for one in door.rows]
    working = tmp_path / "working.jsonl"
    door("\n".join([HEADER, row(entity="'=E"), row("E2")]), "--explanations", str(working))
    assert {one["explanation"] for one in door.rows} == {""}
    told = [json.loads(line) for line in working.read_text("utf-8").splitlines()]
    assert [json.loads(text) for text in beside] == [one["explanation"] for one in told]
    assert [(one["entity"], one["line"]) for one in told] == [
        ("=E", "L1"),
        ("=E", "TOTAL"),
        ("E2", "L1"),
        ("E2", "TOTAL"),
    ]


def test_the_figures_alone_have_no_working(door: Door) -> None:
    door.of_rows(row())
    with_working = [{**one, "explanation": ""} for one in door.rows]
    door(f"{HEADER}\n{row()}", "--figures-only")
    assert door.rows == with_working


@pytest.mark.parametrize(
    "options",
    [
        ["--engine", "columns"],
        ["--out", "same", "--explanations", "same"],
    ],
)
def test_options_that_contradict_each_other_are_refused(door: Door, options: list[str]) -> None:
    assert door(f"{HEADER}\n{row()}", *options).codes == ["bad_arguments"]
    assert (door.code, door.text) == (2, "")


def test_columns_without_their_engine_are_refused(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "find_spec", lambda _: None)
    door(f"{HEADER}\n{row()}", "--engine", "columns", "--figures-only")
    assert (door.code, door.codes, door.text) == (2, ["engine_missing"], "")
