"""The door `openets what-if`: the same file under two laws, and nothing else."""

import json
from pathlib import Path

import pytest

from openets.doors import allocate
from openets.doors.what_if import main
from tests.doors.test_allocate import HEADER, intensity, row

# 2.1 t each of 50,000 units; the coefficient of 2022 is 0.945: 99,225 t. The clinker line: 824,400 t.
LINES = [HEADER, *intensity("甲厂"), *[row("乙厂", year=year) for year in range(2018, 2023)]]


class Door:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, changes: object, *options: str, lines=LINES) -> "Door":
        file, asked = self.folder / "lines.csv", self.folder / "changes.json"
        file.write_text("\n".join(lines))
        asked.write_bytes(changes if isinstance(changes, bytes) else json.dumps(changes).encode())
        usual = ["--jurisdiction", "cq", "--year", "2022", "--changes", str(asked)]
        self.code = main([*usual, *options, str(file)])
        text, errors = self.capsys.readouterr()
        self.told = json.loads(text) if text else None
        self.refusals = [json.loads(line) for line in errors.splitlines()]
        return self


@pytest.fixture
def door(tmp_path, capsys):
    return Door(tmp_path, capsys)


@pytest.mark.requirement("CQETS-11")
def test_both_laws_stand_beside_each_other(door):
    told = door({"changes": {"alloc.intensity_coefficient": "0.5"}}).told
    assert door.code == 0
    assert told["changes"] == {"alloc.intensity_coefficient": "0.5"}
    assert told["law"] == {"alloc.intensity_coefficient": "0.9450"}
    first, second = told["entities"]
    assert (first["entity"], first["before_t"], first["stands_out"]) == ("甲厂", 99_225, True)
    # 52,500 t leave a gap of 52,500 t, above a fifth: the exemption grants all but 21,000 t.
    assert (first["after_t"], first["difference_t"]) == (84_000, 84_000 - 99_225)
    assert first["pre_allocation_after_t"] == 58_800
    assert (second["entity"], second["difference_t"], second["stands_out"]) == ("乙厂", 0, False)
    assert (told["winners"], told["losers"]) == (0, 1)
    assert {group["name"] for group in told["by_method"]} == {"benchmark", "historical_intensity"}


def test_its_law_side_is_what_allocate_says(door, capsys):
    told = door({"changes": {"alloc.reserve_share": "0"}}).told
    options = ["--jurisdiction", "cq", "--year", "2022", "--reserve", "--format", "json"]
    allocate.main([*options, "--figures-only", str(door.folder / "lines.csv")])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    market = {r["line"]: r["determined_t"] for r in rows if r["entity"] == "MARKET"}
    assert list(told["before"].values()) == list(market.values())
    assert told["after"] == {
        "entities_sum_t": market["ENTITIES"],
        "reserve_t": 0,
        "total_t": market["ENTITIES"],
    }


def test_what_it_tells_is_taken_back_as_changes(door):
    asked = {"changes": {"alloc.base_years": [2019, 2020], "alloc.gap_exempt_tonnes": 100}}
    first = door(asked).told
    assert first["changes"] == {"alloc.base_years": "2019, 2020", "alloc.gap_exempt_tonnes": "100"}
    assert door(first).told == first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (b"{", "not_changes"),
        (b"[" * 100_000, "not_changes"),
        ([], "not_changes"),
        ({"changes": []}, "not_changes"),
        ({"year": 2021, "changes": {}}, "not_changes"),
        ({"changes": {}}, "nothing_changed"),
        ({"changes": {"alloc.reserve_share": "0.050"}}, "nothing_changed"),
        ({"changes": {"surrender.deadline": "1"}}, "not_a_lever"),
        ({"changes": {"alloc.reserve_share": "1"}}, "lever_out_of_range"),
        ({"changes": {"registry.prealloc_cancel_claim_advanced": "maybe"}}, "lever_out_of_range"),
    ],
)
def test_other_changes_are_refused_by_name_and_nothing_is_written(door, changes, code):
    door(changes)
    assert (door.code, door.told) == (2, None)
    assert [refusal["code"] for refusal in door.refusals] == [code]


def test_a_refused_row_is_told_once_and_leaves_the_market_open(door):
    told = door(
        {"changes": {"alloc.reserve_share": "0"}}, lines=[*LINES, row("丙厂", year=2022, output=-1)]
    ).told
    assert door.code == 2
    assert [refusal["code"] for refusal in door.refusals] == ["negative_amount"]
    assert (told["before"]["total_t"], told["after"]["total_t"]) == (None, None)
    assert [one["entity"] for one in told["entities"]] == ["乙厂", "甲厂"]


def test_the_parameters_are_listed_with_what_is_allowed(capsys):
    assert main(["--jurisdiction", "cq", "--year", "2022", "--parameters"]) == 0
    listed = {one["key"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["alloc.intensity_coefficient"]["value"] == "0.9450"
    claim = listed["registry.prealloc_cancel_claim_advanced"]
    assert (claim["kind"], claim["value"], claim["allowed"]) == ("flag", "true", "true, false")


def test_without_changes_or_lines_it_says_what_is_missing(capsys):
    assert main(["--jurisdiction", "cq", "--year", "2022"]) == 2
    assert "--changes" in json.loads(capsys.readouterr().err)["message"]
