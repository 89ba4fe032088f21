"""The accounting door: its format, its refusals, and files that mean harm."""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openets.doors.account import RESULT, main
from openets.kernel.cells import restore_cell
from openets.mrv.accounting.rows import COLUMNS, OPTIONAL

ALL = (*COLUMNS, *OPTIONAL)


def row(**more: Any) -> str:
    usual = {**dict(zip(COLUMNS, ("F1", "fuel", "diesel", 100, "t"), strict=True)), **more}
    out = io.StringIO()
    csv.writer(out).writerow([usual.get(name, "") for name in ALL])
    return out.getvalue().removesuffix("\r\n")


class Door:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file, self.capsys = folder / "report.csv", capsys

    def __call__(self, content: str | bytes, *options: str, factors: str = "steel-2024") -> "Door":
        self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.code = main([str(self.file), "--factors", factors, *options])
        self.text, errors = self.capsys.readouterr()
        self.rows = list(csv.DictReader(io.StringIO(self.text)))
        self.refusals = [json.loads(line) for line in errors.splitlines()]
        return self

    def of_rows(self, *rows: str, options: Sequence[str] = (), **given: Any) -> "Door":
        return self("\n".join([",".join(ALL), *rows]) + "\n", *options, **given)

    @property
    def codes(self) -> list[str]:
        return [one["code"] for one in self.refusals]

    def at(self, level: str, version: str = "reported") -> list[dict[str, str]]:
        return [one for one in self.rows if (one["level"], one["version"]) == (level, version)]


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(tmp_path, capsys)


def test_five_columns_are_enough_and_every_result_column_comes_out(door: Door) -> None:
    door("facility,source,item,quantity,unit\nF1,electricity,重庆,1000,MWh\n")
    assert (door.code, door.refusals) == (0, [])
    assert list(door.rows[0]) == list(RESULT)
    (line,) = door.at("line")
    explanation = json.loads(line.pop("explanation"))
    assert "0.5581 tCO2/MWh [grid-2023" in line.pop("factors")
    assert line == {
        "level": "line",
        "version": "reported",
        "facility": "F1",
        "year": "2024",
        "source": "electricity",
        "item": "重庆",
        "quantity": "1000",
        "unit": "MWh",
        "gas": "CO2",
        "emissions_exact": "558.1",
        "emissions_t": "558.10",
        "captive_t": "0.00",
        "managed_t": "558.10",
        "rounding": "half-up to 2 decimals for show; sums use the exact value",
        "factor_set": "steel-2024",
        "gwp": "AR5",
    }
    assert explanation[0]["formula"] == "quantity × factor"


def test_lines_add_up_by_source_facility_and_report(door: Door) -> None:
    door.of_rows(
        row(source="process", item="other", quantity="10.4", factor=1),
        row(source="process", item="other", quantity="10.4", factor=1),
        row(source="electricity_sold", item="other", quantity=1, unit="MWh", factor="0.5"),
        row(facility="F2", source="gas", item="SF6", quantity=1, unit="kg"),
    )
    sums = [(one["facility"], one["source"], one["emissions_exact"]) for one in door.at("source")]
    assert sums == [
        ("F1", "process", "20.8"),
        ("F1", "electricity_sold", "-0.5"),
        ("F2", "gas", "23.5"),
    ]
    totals = [(one["facility"], one["emissions_t"]) for one in door.at("facility")]
    assert totals == [("F1", "20"), ("F2", "24")]
    (report,) = door.at("report")
    assert (report["emissions_exact"], report["emissions_t"]) == ("43.8", "44")
    assert report["rounding"] == "exact sum, half-up to whole tonnes (AMB-03)"


def test_years_are_added_apart(door: Door) -> None:
    rows = [row(year=year, source="process", item="other", factor=1) for year in (2018, 2019, 2019)]
    door.of_rows(*rows, factors="general-2020")
    assert [(one["year"], one["emissions_t"]) for one in door.at("report")] == [
        ("2018", "100"),
        ("2019", "200"),
    ]


def test_the_year_of_rows_without_one_is_an_option_or_the_only_year_of_the_set(door: Door) -> None:
    assert door.of_rows(row()).at("line")[0]["year"] == "2024"
    assert door.of_rows(row(), factors="general-2020").codes[0] == "not_a_year"
    door.of_rows(row(), factors="general-2020", options=["--year", "2019"])
    assert door.at("line")[0]["year"] == "2019"
    assert door.of_rows(row(), options=["--year", "2023"]).codes[0] == "year_not_covered"


@pytest.mark.requirement("CQ208-A1.1.1b")
def test_the_captive_power_plant_is_split_off_line_and_total(door: Door) -> None:
    other = {"source": "process", "item": "other", "factor": 1}
    door.of_rows(
        row(**other, quantity=113_000, captive_quantity=100_000),
        row(facility="F2", **other, quantity="0.01", captive_quantity="0.005"),
    )
    first, second = door.at("line")
    assert (first["captive_t"], first["managed_t"]) == ("100000.00", "13000.00")
    assert Decimal(second["captive_t"]) + Decimal(second["managed_t"]) == Decimal("0.01")
    total = door.at("facility")[0]
    assert (total["emissions_t"], total["captive_t"], total["managed_t"]) == (
        "113000",
        "100000",
        "13000",
    )


def test_the_same_lines_by_another_set_stand_beside_the_reported_ones(door: Door) -> None:
    door.of_rows(
        row(source="electricity", item="重庆", quantity=10_000, unit="MWh", year=2021),
        factors="general-2021",
        options=["--restate", "general-2022"],
    )
    assert door.code == 0
    (then,), (now,) = door.at("report"), door.at("report", "restated")
    assert (then["emissions_t"], then["factor_set"]) == ("4743", "general-2021")
    assert (now["emissions_t"], now["factor_set"]) == ("5227", "general-2022")
    alone = Door(door.file.parent, door.capsys)(door.file.read_bytes(), factors="general-2021")
    assert alone.rows == [one for one in door.rows if one["version"] == "reported"]


def test_a_factor_the_other_set_lacks_stops_the_restated_total_only(door: Door) -> None:
    rows = [
        row(source="electricity", item="重庆", quantity=1, unit="MWh", year=2021),
        row(facility="F2", year=2021),
    ]
    door.of_rows(*rows, factors="general-2021", options=["--restate", "general-2020"])
    assert (door.code, door.codes) == (2, ["unknown_item", "report_incomplete"])
    assert len(door.at("report")) == 1
    assert [one["facility"] for one in door.at("facility", "restated")] == ["F2"]
    assert door.at("report", "restated") == []


def test_the_potentials_may_be_named(door: Door) -> None:
    methane = row(source="gas", item="CH4", quantity=1)
    assert door.of_rows(methane).at("report")[0]["emissions_t"] == "28"
    found = door.of_rows(methane, options=["--gwp", "SAR"]).at("report")[0]
    assert (found["emissions_t"], found["gwp"]) == ("21", "SAR")


def test_a_refused_row_takes_the_totals_it_belongs_to_and_no_good_row(door: Door) -> None:
    door.of_rows(row(quantity="1,000"), row(), row(facility="F2"), row(facility="F3", item="wood"))
    assert door.code == 2
    assert [one["facility"] for one in door.at("line")] == ["F1", "F2"]
    assert [one["facility"] for one in door.at("facility")] == ["F2"]
    assert door.at("report") == []
    assert door.codes == ["not_a_number", "unknown_item", "report_incomplete"]
    assert [(one["row"], one["field"]) for one in door.refusals[:2]] == [
        (2, "quantity"),
        (5, "item"),
    ]
    assert all(one["remedy"] and one["remedy_zh"] for one in door.refusals)


def test_deductions_below_the_captive_plant_withhold_that_facility(door: Door) -> None:
    door.of_rows(
        row(source="process", item="other", quantity=1, factor=1, captive_quantity=1),
        row(source="heat_sold", item="heat", quantity=1, unit="GJ"),
        row(facility="F2"),
    )
    assert (door.code, door.codes) == (2, ["captive_above_total", "report_incomplete"])
    assert door.refusals[0]["numbers"]["facility"] == "F1"
    assert len(door.at("line")) == 3
    assert [one["facility"] for one in door.at("facility")] == ["F2"]


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        ({"quantity": "abc"}, "quantity", "not_a_number"),
        ({"quantity": "１２"}, "quantity", "not_a_number"),
        ({"quantity": "=1+1"}, "quantity", "not_a_number"),
        ({"quantity": "1e9"}, "quantity", "not_a_number"),
        ({"quantity": "NaN"}, "quantity", "not_a_number"),
        ({"quantity": "9" * 41}, "quantity", "not_a_number"),
        ({"quantity": "-1"}, "quantity", "negative_amount"),
        ({"quantity": ""}, "quantity", "cell_empty"),
        ({"facility": "  "}, "facility", "cell_empty"),
        ({"item": ""}, "item", "cell_empty"),
        ({"unit": ""}, "unit", "cell_empty"),
        ({"unit": "tonnes"}, "unit", "unit_mismatch"),
        ({"source": "coal"}, "source", "unknown_source"),
        ({"source": "FUEL"}, "source", "unknown_source"),
        (
            {"source": "electricity", "item": "重庆", "quantity": -5, "unit": "MWh"},
            "quantity",
            "bought_and_sold_mixed",
        ),
        ({"year": "2O24"}, "year", "not_a_year"),
        ({"year": "２０２４"}, "year", "not_a_year"),
        ({"year": "2019"}, "year", "year_not_covered"),
        ({"ncv": "x"}, "ncv", "not_a_number"),
        ({"oxidation": "98"}, "oxidation", "ratio_above_one"),
        ({"parameters": "ncv"}, "parameters", "bad_parameters"),
        ({"parameters": "ncv=1;ncv=2"}, "parameters", "bad_parameters"),
        ({"parameters": "ncv=1", "ncv": "1"}, "parameters", "bad_parameters"),
        ({"parameters": "__class__=1"}, "parameters", "bad_parameters"),
        ({"parameters": "ncv=one"}, "ncv", "not_a_number"),
        ({"parameters": "enthalpy=1"}, "enthalpy", "parameter_not_used"),
        ({"captive_quantity": "101"}, "captive_quantity", "captive_above_total"),
        ({"captive_quantity": "-1"}, "captive_quantity", "negative_amount"),
        ({"item": "x" * 1001}, "item", "cell_too_long"),
        ({"item": "a\x00b"}, "item", "control_character"),
        ({"item": "a\nb"}, "item", "control_character"),
    ],
)
def test_a_bad_cell_is_refused_in_its_field(
    door: Door, facts: dict[str, Any], field: str, code: str
) -> None:
    door.of_rows(row(**facts), row(facility="good"))
    assert (door.code, door.codes) == (2, [code, "report_incomplete"])
    assert (door.refusals[0]["row"], door.refusals[0]["field"]) == (2, field)
    assert [one["facility"] for one in door.at("facility")] == ["good"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xff\xfe\x00", "not_utf8"),
        ("facility,source,item,quantity\n", "wrong_header"),
        ("facility,source,item,quantity,unit,colour\n", "wrong_header"),
        ("facility,source,item,quantity,unit,ncv,ncv\n", "wrong_header"),
        ('facility,source,item,quantity,unit\nF1,"fuel,diesel,1,t\n', "broken_table"),
    ],
)
def test_a_bad_file_is_refused_whole(door: Door, content: str | bytes, code: str) -> None:
    door(content)
    assert (door.code, door.codes, door.text) == (2, [code], "")


def test_rows_with_too_few_cells_are_refused(door: Door) -> None:
    door("facility,source,item,quantity,unit\nF1,fuel\nF2,fuel,diesel,1,t\n")
    assert door.codes == ["wrong_cell_count", "report_incomplete"]
    assert len(door.at("line")) == 1


@pytest.mark.parametrize(
    ("options", "factors", "code"),
    [
        ((), "steel", "unknown_factor_set"),
        ((), "grid-2023", "unknown_factor_set"),
        ((), "../gwp", "unknown_factor_set"),
        (("--restate", ""), "steel-2024", "unknown_factor_set"),
        (("--gwp", "AR9"), "steel-2024", "unknown_gwp_set"),
    ],
)
def test_an_unknown_set_is_refused(
    door: Door, options: tuple[str, ...], factors: str, code: str
) -> None:
    door.of_rows(row(), options=options, factors=factors)
    assert (door.code, door.codes, door.text) == (2, [code], "")


def test_missing_arguments_and_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([str(tmp_path / "report.csv")])
    assert left.value.code == 2
    assert main([str(tmp_path / "none.csv"), "--factors", "steel-2024"]) == 2
    codes = [json.loads(line)["code"] for line in capsys.readouterr().err.splitlines()]
    assert codes == ["bad_arguments", "file_not_readable"]


def test_the_result_may_go_to_a_file_but_never_over_the_report(door: Door, tmp_path: Path) -> None:
    out = tmp_path / "result.csv"
    door.of_rows(row(), options=["--out", str(out)])
    assert (door.code, door.text) == (0, "")
    assert out.read_text("utf-8").startswith("level,version,facility")
    door.of_rows(row(), options=["--out", str(door.file)])
    assert (door.code, door.codes) == (2, ["out_is_input"])


def test_names_that_look_like_formulas_are_made_safe(door: Door) -> None:
    door.of_rows(row(facility="=cmd()"))
    assert door.at("line")[0]["facility"] == "'=cmd()"
    assert restore_cell(door.at("facility")[0]["facility"]) == "=cmd()"


def test_no_rows_are_no_emissions(door: Door) -> None:
    door.of_rows()
    assert (door.code, door.rows, door.refusals) == (0, [], [])
