"""Pages of docs/ that are written from the code: their tables, and whether they are current."""

import sys
from collections.abc import Iterator
from pathlib import Path


def table(*heads: str) -> Iterator[str]:
    """The first two lines of a Markdown table."""
    yield line(*heads)
    yield line(*("---" for _ in heads))


def line(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(path: Path, page: str, *, command: str, check: bool) -> int:
    """Write a page, or with `check` only say on standard error that it is stale.

    Returns 1 for a stale page, else 0.
    """
    current = path.exists() and path.read_text("utf-8") == page
    if check and not current:
        print(f"{path} is stale; run `{command}`", file=sys.stderr)
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    return 1 if check and not current else 0
