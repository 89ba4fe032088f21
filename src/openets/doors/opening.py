"""The door `openets opening`: import an export of the former register (原登记簿)."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from openets.doors.casework import acting_for
from openets.doors.lines import read_table
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.opening import operations
from openets.opening.former_rows import COLUMNS, FormerRow, read_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action, its file, and who imports it."""
    parser.add_argument("action", choices=("import-former",))
    parser.add_argument("file", type=Path, help=f"CSV with the columns {', '.join(COLUMNS)}")
    parser.add_argument("--person", required=True, help="user name of who imports it")


def run(options: argparse.Namespace) -> int:
    """Import the good rows of the file and write what was done as one JSON object.

    A row that is refused is told on standard error; the good ones are imported together.

    Raises:
        NobodyActs, NotYourRole, and the refusals of the file.
    """
    now = timezone.now()
    acting = acting_for(options.person, now)
    table = read_table(options.file, columns=COLUMNS)
    good: dict[int, FormerRow] = {}
    for row in table:
        try:
            good[row.number] = _read(row)
        except Refusal as refusal:
            refusal.row = row.number
            write_refusal(refusal)
    numbers = list(good)
    try:
        done = operations.import_former_accounts(list(good.values()), acting=acting, at=now)
    except operations.FormerAccountDiffers as refusal:
        refusal.row = numbers[refusal.row or 0]
        raise
    refused = len(table) - len(good)
    print(json.dumps({"imported": done.new, "known": done.known, "refused": refused}))
    return REFUSED if refused else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets opening",
        description="Import accounts of the former register.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _read(row: TableRow) -> FormerRow:
    if row.refusal:
        raise row.refusal
    return read_row(row.cells)
