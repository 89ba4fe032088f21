"""The allocation door answers in columns with the bytes of the exact path."""

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from openets.allocation.lines import LineYear
from openets.doors import allocate, allocate_columns
from openets.doors.allocate import COLUMNS, OPTIONAL, main
from openets.rulebook.load import law
from tests.allocation.markets import plain_market

UNUSUAL: list[dict[str, str]] = [
    {"output": ""},
    {"co2_t": "x"},
    {"co2_t": "-1"},
    {"co2_t": " 12 "},
    {"co2_t": "0.12345"},
    {"co2_t": "12345678901234"},
    {"output": "1e3"},
    {"output": "5."},
    {"production_days": "366"},
    {"shutdown_days": ""},
    {"shutdown_days": "12.5"},
    {"shutdown_days": "7"},
    {"comparable": ""},
    {"comparable": "maybe"},
    {"commissioned": "2019-02-30"},
    {"commissioned": "2018-05-05"},
    {"process": "cement"},
    {"product": ""},
    {"product": "另一种"},
    {"product": "=p"},
    {"line": "L9"},
    {"line": " L1"},
    {"line": "TOTAL"},
    {"line": ""},
    {"entity": "MARKET"},
    {"year": "2031"},
    {"year": "1999"},
    {"year": "20x1"},
    {"usable_from": "2019-07-01"},
    {"usable_output": "5"},
]


WIDE = (*COLUMNS, *OPTIONAL)


def cells_of(entity: str, row: LineYear, columns: tuple[str, ...] = COLUMNS) -> dict[str, str]:
    def written(value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    cells = {name: written(getattr(row, name, "")) for name in columns}
    return {**cells, "entity": entity}


def table(seed: int, entities: int) -> list[dict[str, str]]:
    """Rows of a market in no order, some of them with an unusual cell."""
    draw = random.Random(seed)
    rows = [
        cells_of(entity, row)
        for entity, of_entity in plain_market(seed, entities).items()
        for row in of_entity
    ]
    draw.shuffle(rows)
    for odd in UNUSUAL:
        draw.choice(rows).update(odd)
    rows.append(draw.choice(rows))
    return rows


def text_of(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Both:
    """Asks the door twice, exactly and in columns, and compares every byte."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.file, self.capfd = folder / "lines.csv", capfd

    def __call__(self, content: str | bytes, *options: str, year: int = 2022) -> str:
        self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        answers = []
        for engine in ("exact", "columns"):
            arguments = ["--jurisdiction", "cq", "--year", str(year), "--figures-only", *options]
            code = main([*arguments, "--engine", engine, str(self.file)])
            answers.append((code, *self.capfd.readouterr()))
        assert answers[0] == answers[1]
        self.refusals = [json.loads(line) for line in answers[0][2].splitlines()]
        return answers[0][1]

    def in_columns(self, year: int = 2022) -> bool:
        """Whether the last file was one for columns at all."""
        found = allocate_columns.figures(self.file, year=year, law=law("cq"), with_reserve=False)
        return found is not None


@pytest.fixture
def both(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Both:
    return Both(tmp_path, capfd)


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("year", [2021, 2022])
def test_a_market_with_unusual_rows_gives_the_same_bytes(both: Both, year: int, form: str) -> None:
    for seed in range(3):
        answer = both(text_of(table(seed, 60)), "--format", form, year=year)
        assert both.in_columns(year)
        assert len(answer.splitlines()) > 100
        assert len({one["code"] for one in both.refusals}) > 8


MORE: list[dict[str, str]] = [
    {"homogeneous": "no"},
    {"homogeneous": ""},
    {"clear_boundary": "maybe"},
    {"usable_because": "abatement_project"},
    {"usable_because": "weather"},
    {"zero_output_reason": "检修"},
    {"output": "0", "zero_output_reason": "检修"},
    {"zero_output_reason": "x" * 1001},
]


def stated(seed: int) -> list[dict[str, str]]:
    """Rows of a market that state every condition, some with an unusual cell of those columns."""
    rows = [
        cells_of(entity, row, WIDE)
        for entity, of_entity in plain_market(seed, 40).items()
        for row in of_entity
    ]
    draw = random.Random(seed)
    for odd in MORE:
        draw.choice(rows).update(odd)
    return rows


@pytest.mark.parametrize("year", [2021, 2022])
def test_conditions_causes_and_reasons_of_their_own_give_the_same_bytes(
    both: Both, year: int
) -> None:
    both(text_of(stated(7), WIDE), year=year)
    assert both.in_columns(year)
    assert {one["field"] for one in both.refusals} >= {"clear_boundary", "usable_because"}
    narrow = tuple(name for name in WIDE if name != "clear_boundary")
    rows = [{name: row[name] for name in narrow} for row in stated(8)]
    both(text_of(rows, narrow), year=year)
    assert both.in_columns(year)


def test_a_plain_market_with_its_reserve_gives_the_same_bytes(both: Both) -> None:
    market = plain_market(11, 80)
    rows = [cells_of(entity, row) for entity, of_it in market.items() for row in of_it]
    answer = both(text_of(rows), "--reserve")
    assert both.in_columns()
    assert both.refusals == [] or answer.count("MARKET,") == 0
    both(text_of(table(5, 20)), "--reserve")
    assert both.refusals[-1]["code"] == "market_incomplete" or any(
        one["code"] == "market_incomplete" for one in both.refusals
    )


def simple(entity: str = "E1", **facts: str) -> list[dict[str, str]]:
    (market,) = plain_market(3, 1).values()
    first = [row for row in market if row.line == "L0"]
    return [{**cells_of(entity, row), "process": "shale_gas", **facts} for row in first]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
    ],
)
def test_line_ends_and_a_byte_order_mark_do_not_matter(both: Both, change: Any) -> None:
    both(change(text_of(simple())))
    assert both.refusals == []
    assert both.in_columns()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("E1", '"E1"'),
        lambda text: text.replace("E1", '"E,1"'),
        lambda text: text.replace("E1", " E1", 1),
        lambda text: text.replace("E1", "'=E1"),
        lambda text: text.replace("E1", "", 1),
        lambda text: text.replace("\n", "\n\n", 3),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r\r\n", 2),
        lambda text: text.replace("E1", "E1,x", 1),
        lambda text: text.replace("\nE1,", "\n", 1),
        lambda text: text.replace("\nE1,", "\n", 1).replace("\nE1,", "\nE1,E1,", 1),
        lambda text: text + "," * (len(COLUMNS) - 1) + "\n",
        lambda text: text.encode("gbk") + "重庆".encode("gbk"),
        lambda text: text.replace("co2_t", "output", 1),
        lambda text: text.replace("entity", " entity ", 1),
        lambda _: "",
        lambda _: "\n",
    ],
)
def test_a_file_not_written_plainly_is_read_by_the_exact_path(both: Both, change: Any) -> None:
    both(change(text_of(simple())))
    assert not both.in_columns()


def test_columns_may_stand_in_any_order(both: Both) -> None:
    order = tuple(sorted(COLUMNS))
    both(text_of(simple(), order))
    assert both.in_columns()


def test_a_header_alone_is_an_empty_market(both: Both) -> None:
    both(",".join(COLUMNS) + "\n", "--reserve")


def test_a_year_without_values_is_not_worked_out_in_columns(both: Both) -> None:
    both(text_of(simple()), year=2020)
    assert not both.in_columns(2020)


def test_a_tiny_surplus_has_a_ratio_of_zero_without_a_sign(both: Both) -> None:
    rows = simple(
        process="clinker", commissioned="", output="5000000", non_co2_t="", co2_t="4121999"
    )
    (total,) = [one for one in csv.DictReader(io.StringIO(both(text_of(rows)))) if one["gap_t"]]
    assert (total["gap_t"], total["gap_ratio"]) == ("-1", "0.000000")


def test_large_files_without_working_go_in_columns_by_themselves(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(allocate, "_figures", lambda args, _: asked.append(args.file))
    both.file.write_text(text_of(simple()))
    arguments = ["--jurisdiction", "cq", "--year", "2022", str(both.file)]
    monkeypatch.setattr(allocate, "LARGE", both.file.stat().st_size + 1)
    assert main(["--figures-only", *arguments]) == 0
    assert asked == []
    monkeypatch.setattr(allocate, "LARGE", both.file.stat().st_size)
    assert main(arguments) == 0
    assert asked == []
    assert main(["--figures-only", *arguments]) == 0
    assert asked == [both.file]
