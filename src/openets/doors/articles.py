"""`openets articles`: write docs/articles.md, the way from requirement to code to test."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from openets.rulebook.evidence import Evidence, gather
from openets.rulebook.instruments import instruments
from openets.rulebook.requirements import SOURCES, Requirement, readings, requirements

PAGE = Path("docs") / "articles.md"
STATES = ("tested", "open", "not software")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or with --check say whether it is current.

    Returns 0 when the page is written or current, 1 when it is stale or an id is unknown.
    """
    parser = argparse.ArgumentParser(prog="openets articles", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    parser.add_argument("--root", type=Path, default=Path(), help="folder with src, tests, docs")
    options = parser.parse_args(argv)
    found, faults = gather(options.root)
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    return _write(options.root / PAGE, render(found), check=options.check)


def render(found: Evidence) -> str:
    """The page as Markdown; the same inputs always give the same text."""
    lines = [
        "# From article to code to test",
        "",
        "Written by `openets articles`; do not edit. A requirement is *tested* when a test carries",
        "its id, *open* when none does. A *card* is a value of the rulebook that cites it.",
        "",
        *_summary("source", found, lambda row: row.source, SOURCES),
        *_summary(
            "system", found, lambda row: row.system, sorted({r.system for r in requirements()})
        ),
    ]
    for source in SOURCES:
        text = instruments()[source]
        lines += [f"## {source} {text.title_zh} {text.number}".rstrip(), ""]
        lines += _table("id", "article", "title", "kind", "cards", "code", "tests", "status")
        lines += [_row(row, found) for row in requirements() if row.source == source]
        lines += [""]
    lines += ["## Readings of ambiguous words", ""]
    lines += _table("id", "title", "cards", "code", "tests")
    lines += [_line(r.id, r.title, *_places(r.id, found)) for r in readings()]
    return "\n".join(lines) + "\n"


def _summary(
    title: str,
    found: Evidence,
    group: Callable[[Requirement], str],
    names: Iterable[str],
) -> Iterator[str]:
    yield from _table(title, "requirements", *STATES)
    for name in (*names, "all"):
        states = [found.state(row) for row in requirements() if name in (group(row), "all")]
        yield _line(name, str(len(states)), *(str(states.count(state)) for state in STATES))
    yield ""


def _row(row: Requirement, found: Evidence) -> str:
    state = found.state(row)
    status = f"{state}: {row.reason}" if row.reason else state
    return _line(row.id, row.article, row.title, row.kind, *_places(row.id, found), status)


def _places(cited: str, found: Evidence) -> tuple[str, ...]:
    kinds = (found.cards, found.code, found.tests)
    return tuple("<br>".join(f"`{place}`" for place in kind.get(cited, ())) for kind in kinds)


def _table(*heads: str) -> Iterator[str]:
    yield _line(*heads)
    yield _line(*("---" for _ in heads))


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _write(path: Path, page: str, *, check: bool) -> int:
    current = path.exists() and path.read_text("utf-8") == page
    if check and not current:
        print(f"{path} is stale; run `openets articles`", file=sys.stderr)
    if not check:
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, "utf-8")
    return 1 if check and not current else 0
