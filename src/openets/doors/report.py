"""`openets report`: check a filled-in report workbook before it is sent anywhere.

Nothing is kept and no database is needed. Serves CQETS-24.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from openets.doors.lines import content
from openets.doors.refusals import DONE, REFUSED, answer
from openets.kernel.workbook import Fault
from openets.mrv.accounting.factors import factor_set
from openets.mrv.grid import LastYear, check_grid
from openets.mrv.report_sheets import KINDS, LINES
from openets.mrv.workbook import Imported, read_grid

NO_LIMIT = Decimal(1)
"""Without a year before nothing has changed, whatever the limit."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, metavar="REPORT.xlsx", help="the filled-in template")
    parser.add_argument("--year", type=int, required=True, help="year of the report")
    parser.add_argument("--factors", required=True, metavar="SET", help="such as general-2022")


def run(args: argparse.Namespace) -> int:
    """Check the file; each fault is a line of JSON on standard error, the total on standard output.

    The lines it names count as registered, and there is no year before to compare with.

    Raises:
        FileNotReadable, and what refuses the set or the file as a whole.
    """
    factors = factor_set(args.factors)
    factors.must_cover(args.year)
    read = read_grid(KINDS, content(args.file))
    checked = check_grid(
        read.grid,
        year=args.year,
        factors=factors,
        lines={row.get("line", "") for row in read.grid[LINES.name]},
        last=LastYear(),
        change_ratio=NO_LIMIT,
    )
    faults = [*read.faults, *_in_file(read, checked.faults)]
    for fault in faults:
        place = {"sheet": fault.sheet, "row": fault.row, "column": fault.column}
        told = {**fault.refusal.as_json(), **place}
        sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
    if faults or checked.totals is None:
        return REFUSED
    sys.stdout.write(f"{checked.totals.managed_t} tCO2e\n")
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets report",
        description="Check a filled-in report workbook.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _in_file(read: Imported, faults: Sequence[Fault]) -> Iterator[Fault]:
    kinds = {kind.name: kind for kind in KINDS}
    for fault in faults:
        yield read.in_file(kinds[fault.sheet], fault)
