"""The lowest floors stay free of framework, database, clock and network."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "openets"
FORBIDDEN = {"django", "ninja", "psycopg", "asyncio", "socket", "requests", "random", "time"}
CLOCK = {"now", "utcnow", "today"}
PURE = sorted([*(SRC / "kernel").rglob("*.py"), *(SRC / "rulebook").rglob("*.py")])


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(SRC).as_posix())
def test_kernel_and_rulebook_import_no_framework(path: Path) -> None:
    assert not FORBIDDEN & set(imported(ast.parse(path.read_text("utf-8"))))


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(SRC).as_posix())
def test_kernel_and_rulebook_never_read_the_clock(path: Path) -> None:
    calls = (
        n.func for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)
    )
    assert not CLOCK & {func.attr for func in calls if isinstance(func, ast.Attribute)}
