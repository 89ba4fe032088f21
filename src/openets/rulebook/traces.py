"""Where tests and code name the rows of the catalogue, read from the syntax tree and never run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Scope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Function = ast.FunctionDef | ast.AsyncFunctionDef

SOURCE = re.compile(r"Source:(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
CITED = re.compile(r"\b(?:CQETS|CNETS|CQVER|CQ208|BJETS|AMB)-[0-9A-Z][0-9A-Za-z.]*")


@dataclass(frozen=True, slots=True, order=True)
class Trace:
    """A catalogue id and the place that names it, such as tests/a/test_b.py::test_c."""

    id: str
    place: str


def test_traces(root: Path) -> Iterator[Trace]:
    """Every `pytest.mark.requirement("...")` under `root`/tests and the test that carries it.

    A marker of a module or a class stands for all its tests; one inside `pytest.param` for the
    function it is a case of. An argument that is not a plain string is given as it is written, so
    that it is found missing from the catalogue.
    """
    for path in sorted((root / "tests").rglob("*.py")):
        text = path.read_text("utf-8")
        if "mark.requirement" in text:
            yield from _marked(ast.parse(text), path.relative_to(root).as_posix())


def code_traces(root: Path) -> Iterator[Trace]:
    """Every id after `Source:` in a docstring under `root`/src and the object that has it."""
    for path in sorted((root / "src").rglob("*.py")):
        text = path.read_text("utf-8")
        if "Source:" in text:
            yield from _documented(ast.parse(text), path.relative_to(root / "src").as_posix())


def _marked(scope: ast.Module | ast.ClassDef, place: str) -> Iterator[Trace]:
    for statement in scope.body:
        if isinstance(statement, Function):
            if statement.name.startswith("test"):
                for decorator in statement.decorator_list:
                    yield from _marks(decorator, f"{place}::{statement.name}")
        elif isinstance(statement, ast.ClassDef):
            for decorator in statement.decorator_list:
                yield from _marks(decorator, f"{place}::{statement.name}")
            yield from _marked(statement, f"{place}::{statement.name}")
        else:
            yield from _marks(statement, place)


def _marks(node: ast.AST, place: str) -> Iterator[Trace]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.requirement"):
            for argument in call.args:
                yield Trace(ast.unparse(argument).strip("'"), place)


def _documented(scope: Scope, place: str) -> Iterator[Trace]:
    for paragraph in SOURCE.findall(ast.get_docstring(scope) or ""):
        for cited in CITED.findall(paragraph):
            yield Trace(cited.rstrip("."), place)
    for statement in scope.body:
        if isinstance(statement, Function | ast.ClassDef):
            mark = "." if isinstance(scope, ast.ClassDef) else ":"
            yield from _documented(statement, f"{place}{mark}{statement.name}")
