"""`openets articles`: write docs/articles.md, the way from requirement to code to test."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from openets.doors.generated import line, table, write
from openets.doors.refusals import Parser
from openets.rulebook.evidence import Evidence, gather
from openets.rulebook.instruments import instruments
from openets.rulebook.requirements import SOURCES, Requirement, readings, requirements

PAGE = Path("docs") / "articles.md"
STATES = ("tested", "open", "not software")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or with --check say whether it is current.

    Returns 0 when the page is written or current, 1 when it is stale or an id is unknown.
    """
    parser = Parser("openets articles", __doc__ or "")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    parser.add_argument("--root", type=Path, default=Path(), help="folder with src, tests, docs")
    options = parser.parse_args(argv)
    found, faults = gather(options.root)
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    page = render(found)
    return write(options.root / PAGE, page, command="openets articles", check=options.check)


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
        lines += table("id", "article", "title", "kind", "cards", "code", "tests", "status")
        lines += [_row(row, found) for row in requirements() if row.source == source]
        lines += [""]
    lines += ["## Readings of ambiguous words", ""]
    lines += table("id", "title", "cards", "code", "tests")
    lines += [line(r.id, r.title, *_places(r.id, found)) for r in readings()]
    return "\n".join(lines) + "\n"


def _summary(
    title: str,
    found: Evidence,
    group: Callable[[Requirement], str],
    names: Iterable[str],
) -> Iterator[str]:
    yield from table(title, "requirements", *STATES)
    for name in (*names, "all"):
        states = [found.state(row) for row in requirements() if name in (group(row), "all")]
        yield line(name, str(len(states)), *(str(states.count(state)) for state in STATES))
    yield ""


def _row(row: Requirement, found: Evidence) -> str:
    state = found.state(row)
    status = f"{state}: {row.reason}" if row.reason else state
    return line(row.id, row.article, row.title, row.kind, *_places(row.id, found), status)


def _places(cited: str, found: Evidence) -> tuple[str, ...]:
    kinds = (found.cards, found.code, found.tests)
    return tuple("<br>".join(f"`{place}`" for place in kind.get(cited, ())) for kind in kinds)
