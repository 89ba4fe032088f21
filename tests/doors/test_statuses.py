"""The page of states and moves is what the procedure tables say."""

from pathlib import Path

import pytest

from openets.doors.statuses import PROCEDURES, main, render

ROOT = Path(__file__).parents[2]


def test_the_page_is_current() -> None:
    assert main(["--check", "--root", str(ROOT)]) == 0


def test_every_room_with_procedures_is_on_the_page() -> None:
    rooms = {path.parent.name for path in (ROOT / "src/openets").glob("*/procedures.py")}
    assert set(PROCEDURES) == rooms


@pytest.mark.parametrize("room", PROCEDURES)
def test_every_procedure_of_a_room_is_on_the_page(room: str) -> None:
    text = (ROOT / "src/openets" / room / "procedures.py").read_text("utf-8")
    assert text.count("= Procedure(") == len(PROCEDURES[room])


def test_a_move_names_its_states_its_roles_and_who_may_not_make_it() -> None:
    row = next(row for row in render().splitlines() if row.startswith("| `determine`"))
    assert row == (
        "| `determine` | Determine 核定配额 | `calculated` | `determined` | City bureau | "
        "who opened the case | CQETS-11b |"
    )


def test_a_stale_page_is_named_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs/reference/statuses.md"
    page.parent.mkdir(parents=True)
    page.write_text("old", "utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "statuses.md is stale" in capsys.readouterr().err
    assert page.read_text("utf-8") == "old"


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert (tmp_path / "docs/reference/statuses.md").read_text("utf-8") == render()
