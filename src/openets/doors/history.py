"""The door `openets history`: real trading days of former years, loaded and taken out again."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from openets.doors.casework import acting_for
from openets.doors.lines import content, written_to
from openets.doors.refusals import DONE, REFUSED, BadArguments, answer, write_refusal
from openets.history import operations, queries
from openets.history.rows import COLUMNS, HistoricRow, read_row, read_source
from openets.kernel.cells import table_text
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow, read_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which file, in whose name."""
    parser.add_argument("action", choices=("load", "export"))
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help=f"CSV with the columns {', '.join(COLUMNS)}, and a .yaml of the same name that says "
        "where it is from; default: Chongqing 2014 to 2021",
    )
    parser.add_argument("--person", help="user name of who loads it")
    parser.add_argument("--source", metavar="CODE", help="of the days to export")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def run(options: argparse.Namespace) -> int:
    """Load a file, all rows or none, or write what is loaded as such a file.

    Raises:
        BadArguments, NobodyActs, NotYourRole, NoSuchSource, and the refusals of the file.
    """
    return _load(options) if options.action == "load" else _export(options)


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets history",
        description="Load or export real trading days of former years.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _load(options: argparse.Namespace) -> int:
    if not options.person:
        raise BadArguments(problem="load needs --person", command="openets history")
    now = timezone.now()
    acting = acting_for(options.person, now)
    path: Path | None = options.file
    table, told = (content(path), content(path.with_suffix(".yaml"))) if path else queries.shipped()
    source = read_source(told)
    good: dict[int, HistoricRow] = {}
    rows = read_rows(table, columns=COLUMNS)
    for row in rows:
        try:
            good[row.number] = _read(row)
        except Refusal as refusal:
            refusal.row = row.number
            write_refusal(refusal)
    if len(good) < len(rows):
        return REFUSED
    done = operations.load(source=source, rows=good, acting=acting, at=now)
    print(json.dumps({"source": source.code, "new": done.new, "known": done.known}))
    return DONE


def _export(options: argparse.Namespace) -> int:
    code = options.source or next((source.code for source in queries.sources()), "")
    rows = queries.days(queries.source(code))
    with written_to(options.out) as stream:
        stream.write(table_text(COLUMNS, (row.as_cells() for row in rows)))
    return DONE


def _read(row: TableRow) -> HistoricRow:
    if row.refusal:
        raise row.refusal
    return read_row(row.cells)
