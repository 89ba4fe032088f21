"""The door `openets registry`: the export of the former register, carried over.

All rows or none: each wrong row is told on standard error, and then nothing is imported.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from openets.doors.casework import NobodyActs
from openets.doors.lines import read_table
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.kernel.clock import market_date
from openets.parties import queries as parties
from openets.parties.models import Person
from openets.registry import operations
from openets.registry.former import COLUMNS
from openets.registry.operations import FormerRowsRefused
from openets.rulebook.load import law


def import_file(path: Path, *, year: int, person: str, at: datetime) -> dict[str, object]:
    """Import a file with the columns `former.COLUMNS`, in a person's name.

    Raises:
        NobodyActs, FormerRowsRefused, and the refusals of the file.
    """
    found = Person.objects.filter(username=person, is_active=True).first()
    acting = parties.acting_as(found, market_date(at)) if found else None
    if acting is None:
        raise NobodyActs(person=person)
    rows = read_table(path, columns=COLUMNS)
    faulty = [row.refusal for row in rows if row.refusal]
    if faulty:
        raise FormerRowsRefused(faulty)
    done = operations.import_carry_over(
        rows={row.number: row.cells for row in rows},
        year=year,
        law=law(settings.JURISDICTION),
        acting=acting,
        at=at,
    )
    return done.as_json()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one action and what it needs."""
    parser.add_argument("action", choices=("import-carry-over",))
    parser.add_argument("file", type=Path, help=f"CSV with the columns {', '.join(COLUMNS)}")
    parser.add_argument("--year", type=int, required=True, help="the first year of the plan")
    parser.add_argument("--person", required=True, help="user name of who imports it")


def run(options: argparse.Namespace) -> int:
    """Import the file and write what became of its rows as one JSON object."""
    try:
        done = import_file(
            options.file, year=options.year, person=options.person, at=timezone.now()
        )
    except FormerRowsRefused as wrong:
        for refusal in wrong.refusals:
            write_refusal(refusal)
        return REFUSED
    print(json.dumps(done, ensure_ascii=False))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets registry",
        description="Carry the former register's export over.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )
