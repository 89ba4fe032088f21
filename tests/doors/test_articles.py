"""`openets articles` on a small tree of its own."""

from pathlib import Path

import pytest

from openets.doors.articles import main

CODE = '''
def cap():
    """Say the cap (抵销).

    Source: CQ208-A1.5.2b, also
    CQ208-A1.5.2c.

    Raises nothing of CQETS-1.
    """


class Book:
    def add(self):
        """Add an order. Source: CQETS-17."""
'''
TESTS = """
import pytest

pytestmark = [pytest.mark.requirement("CQETS-5")]
CASES = [pytest.param(1, marks=pytest.mark.requirement("CQETS-7"))]


class TestBook:
    pytestmark = pytest.mark.requirement("CQETS-16")

    @pytest.mark.requirement("CQETS-17", "CQETS-15")
    def test_adds(self):
        pass


@pytest.mark.parametrize("n", [pytest.param(1, marks=[pytest.mark.requirement("AMB-03")])])
@pytest.mark.requirement("CQ208-A1.5.2b")
def test_cap(n):
    pass
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "src" / "shop").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "src" / "shop" / "offset.py").write_text(CODE, "utf-8")
    (tmp_path / "tests" / "test_offset.py").write_text(TESTS, "utf-8")
    return tmp_path


def page(tree: Path) -> str:
    assert main(["--root", str(tree)]) == 0
    return (tree / "docs" / "articles.md").read_text("utf-8")


def row(tree: Path, cited: str) -> str:
    return next(line for line in page(tree).splitlines() if line.startswith(f"| {cited} |"))


def test_a_tested_requirement_shows_its_cards_code_and_test(tree: Path) -> None:
    line = row(tree, "CQ208-A1.5.2b")
    assert "`cq offset.cap_share`" in line
    assert "`shop/offset.py:cap`" in line
    assert "`tests/test_offset.py::test_cap`" in line
    assert line.endswith("| tested |")


@pytest.mark.parametrize(
    ("cited", "place"),
    [
        ("CQETS-5", "tests/test_offset.py"),
        ("CQETS-7", "tests/test_offset.py"),
        ("CQETS-16", "tests/test_offset.py::TestBook"),
        ("CQETS-15", "tests/test_offset.py::TestBook::test_adds"),
        ("AMB-03", "tests/test_offset.py::test_cap"),
    ],
)
def test_a_marker_is_found_wherever_pytest_takes_one(tree: Path, cited: str, place: str) -> None:
    assert f"`{place}`" in row(tree, cited)


def test_code_without_a_test_stays_open(tree: Path) -> None:
    assert "`shop/offset.py:cap`" in row(tree, "CQ208-A1.5.2c")
    assert row(tree, "CQ208-A1.5.2c").endswith("| open |")


def test_a_method_is_named_with_its_class(tree: Path) -> None:
    assert "`shop/offset.py:Book.add`" in row(tree, "CQETS-17")


def test_a_row_that_is_not_software_gives_its_reason_and_ignores_other_paragraphs(
    tree: Path,
) -> None:
    assert "not software: states the purpose" in row(tree, "CQETS-1")
    assert "offset.py" not in row(tree, "CQETS-1")


def test_the_page_is_the_same_every_time_and_check_finds_it_current(tree: Path) -> None:
    first = page(tree)
    assert page(tree) == first
    assert main(["--root", str(tree), "--check"]) == 0


def test_check_finds_a_page_stale_after_a_test_is_added_and_leaves_it_alone(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = page(tree)
    mark = '\n@pytest.mark.requirement("CQETS-9")\ndef test_duties():\n    pass\n'
    (tree / "tests" / "test_more.py").write_text(f"import pytest\n{mark}", "utf-8")
    assert main(["--root", str(tree), "--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert (tree / "docs" / "articles.md").read_text("utf-8") == before


@pytest.mark.parametrize("cited", ['"CQETS-99"', "*IDS"])
def test_a_marker_that_names_no_row_is_an_error(
    tree: Path, cited: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"import pytest\n\n@pytest.mark.requirement({cited})\ndef test_it():\n    pass\n"
    (tree / "tests" / "test_more.py").write_text(text, "utf-8")
    assert main(["--root", str(tree)]) == 1
    assert f"tests/test_more.py::test_it: {cited.strip(chr(34))}" in capsys.readouterr().err


def test_a_source_that_names_no_row_is_an_error(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "src" / "shop" / "more.py").write_text('"""Source: CQ208-Z9."""\n', "utf-8")
    assert main(["--root", str(tree)]) == 1
    assert "shop/more.py: CQ208-Z9 is not in the catalogue" in capsys.readouterr().err
