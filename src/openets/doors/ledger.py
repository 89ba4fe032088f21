"""The door `openets ledger`: a file of transfers through the ledger, and what its accounts hold."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from openets.doors.lines import add_out, numbered_lines, written_to
from openets.doors.models import ReplayAccount
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.doors.replay import Answer, Replay, all_sums
from openets.doors.replay_rows import Event, Move, chunks, id_of
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.refusal import Refusal
from openets.ledger.posting import Outcome

CHUNK = 8000
"""Events of one transaction, unless a chain makes it longer."""


class EventRefused(Refusal):
    """The ledger refused an event; its result is the code of the refusal."""

    zh = "事件 {id} 被拒绝：{result}"
    en = "The event {id} was refused: {result}"
    remedy_zh = "请更正后用新的 id 重新提交；被拒绝事件的 id 不能再用"
    remedy_en = "Correct it and send it under a new id; the id of a refused event is used up"

    def as_json(self) -> dict[str, Any]:
        """The shape of every refusal, under the result as its code."""
        return super().as_json() | {"code": self.numbers["result"]}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two commands of the door."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    replay = commands.add_parser("replay", description="Run a file of events.")
    replay.add_argument("file", type=Path, metavar="FILE.jsonl")
    balances = commands.add_parser("balances", description="Tell the sums of all accounts.")
    for command in (replay, balances):
        add_out(command)


def run(args: argparse.Namespace) -> int:
    """Run the command on the configured database, whose tables are made first where missing.

    Raises:
        FileNotReadable, FileNotWritable, OutIsInput: nothing is run.
    """
    if args.command == "replay":
        return _replay(args.file, args.out)
    with written_to(args.out) as out:
        _make_tables()
        out.write(_line({"accounts": all_sums()}))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets ledger",
        description="Run transfers through the ledger; tell what its accounts hold.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _replay(file: Path, out: Path | None) -> int:
    status = DONE
    with numbered_lines(file) as lines, written_to(out, answering=file) as answers:
        _make_tables()
        replay = Replay(at=datetime.now(MARKET_ZONE))
        for events in chunks(lines, CHUNK):
            for event, told in zip(events, replay.take(events), strict=True):
                answers.write(_told(event, told))
                refusal = _refusal(event, told)
                if refusal is not None:
                    write_refusal(refusal)
                    status = REFUSED
    return status


def _make_tables() -> None:
    if ReplayAccount._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001
        call_command("migrate", verbosity=0)


def _told(event: Event, told: Answer) -> str:
    if not isinstance(told, Outcome):
        return _line({"accounts": told})
    result = event.refusal.code if event.refusal else told.result.value
    return _line({"id": event.id, "result": result})


def _refusal(event: Event, told: Answer) -> Refusal | None:
    if event.refusal is not None or not isinstance(told, Outcome) or not told.refused:
        return event.refusal
    numbers: dict[str, Any] = {"id": event.id, "result": told.result.value}
    if isinstance(event.what, Move) and event.what.debit:
        numbers |= {"debit": id_of(event.what.debit), "credit": id_of(event.what.credit)}
    if told.amount:
        numbers |= {"available": told.available, "amount": told.amount}
    return EventRefused(row=event.row, **numbers)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
