"""The door `openets clearing`: serve the clearing statements of a market day."""

import argparse
import json
from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.utils import timezone

from openets.clearing import operations as clearing
from openets.doors.casework import CLOCK
from openets.doors.reconcile import NoMarketDay
from openets.doors.refusals import DONE, answer
from openets.journal import queries as journal
from openets.reconciliation import queries
from openets.rulebook.load import law


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("--date", type=date.fromisoformat, help="default: the last market day")


def run(options: argparse.Namespace) -> int:
    """Serve them, and tell how many.

    Raises:
        NoMarketDay, NotClosedYet, LaterDayCleared.
    """
    day = options.date or queries.last_traded_day()
    if day is None:
        raise NoMarketDay
    played = journal.latest_at() if settings.DEMO else None
    cleared = clearing.serve(
        day=day, law=law(settings.JURISDICTION), acting=CLOCK, at=played or timezone.now()
    )
    told = {
        "day": day.isoformat(),
        "statements": cleared.statements.count(),
        "fees_fen": cleared.fees_fen,
        "reserved_fen": cleared.reserved_fen,
        "objections_until": cleared.objections_until.isoformat(),
    }
    print(json.dumps(told))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets clearing",
        description="Serve the clearing statements of a market day.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )
