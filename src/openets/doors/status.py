"""The door `openets status`: dated events in, the compliance status of a day out."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openets.compliance.duty import Standing
from openets.compliance.status import Event, Kind, Replay
from openets.doors.lines import add_out, numbered_lines, written_to
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.doors.rows import day, json_object, number, text, word, year
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("file", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--on", required=True, metavar="DATE", help="the day asked about")
    parser.add_argument(
        "--at-deadline", action="store_true", help="as frozen on the deadline, known on DATE"
    )
    parser.add_argument(
        "--jurisdiction", default="cq", help="whose reading of excess and offsets; default: cq"
    )
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Replay the events; a refused one is named on standard error and the rest goes on.

    Raises:
        BadField, UnknownJurisdiction: an option is wrong; nothing is read.
        FileNotReadable, FileNotWritable, OutIsInput.
    """
    on = day({"on": args.on}, "on")
    replay = Replay(law(args.jurisdiction))
    status = DONE
    with numbered_lines(args.file) as lines:
        for row, line in lines:
            try:
                replay.take(_event(json_object(line)))
            except Refusal as refusal:
                refusal.row = row
                write_refusal(refusal)
                status = REFUSED
    with written_to(args.out, answering=args.file) as out:
        for standing in replay.standings(on=on, at_deadline=args.at_deadline):
            out.write(json.dumps(_as_json(standing), ensure_ascii=False) + "\n")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets status",
        description="Say how every duty to surrender stands on a day.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _event(row: dict[str, Any]) -> Event:
    kind = Kind(word(row, "event", list(Kind)))
    return Event(
        kind=kind,
        day=day(row, "date"),
        entity=text(row, "entity", default="" if kind is Kind.DEADLINE else None),
        year=year(row),
        amount=None if row.get("amount") is None else number(row, "amount"),
        id=text(row, "id", default=""),
        of=text(row, "of", default=""),
    )


def _as_json(standing: Standing) -> dict[str, Any]:
    return {
        "entity": standing.entity,
        "year": standing.year,
        "status": standing.status.value,
        "verified_t": standing.verified_t,
        "counted_t": standing.counted_t,
        "open_t": standing.open_t,
    }
