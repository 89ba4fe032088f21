"""Names that the glossary bans because they mean something else here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "openets"
FALSE_FRIENDS = {
    "quota": "allowance",
    "quotas": "allowances",
    "audit": "verify or validate; an audit is one of the journal",
    "utils": "the name of the thing",
    "helpers": "the name of the thing",
}
ALLOWED = {"audit": {"journal"}}
WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")


def names(path: Path) -> Iterator[tuple[str, int]]:
    yield path.stem, 1
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno


@pytest.mark.parametrize("word", sorted(FALSE_FRIENDS))
def test_no_name_uses_a_false_friend(word: str) -> None:
    found = [
        f"{path.relative_to(SRC)}:{line} {name}: say {FALSE_FRIENDS[word]}"
        for path in sorted(SRC.rglob("*.py"))
        if path.relative_to(SRC).parts[0] not in ALLOWED.get(word, set())
        for name, line in names(path)
        if word in {part.lower() for part in WORD.findall(name)}
    ]
    assert found == []
