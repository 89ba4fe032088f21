"""The door `openets match`: a file of orders in, the market's events out."""

import argparse
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from openets.doors.commands import OrderId, command
from openets.doors.desk import CALL, CONTINUOUS, Desk, Event, Terms
from openets.doors.lines import add_out, numbered_lines, written_to
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.doors.rows import BadField, identifier, json_object
from openets.kernel.quantity import parse_decimal
from openets.kernel.refusal import Refusal
from openets.trading.auction import DEFAULT_TIE_BREAKS, TIE_BREAKS
from openets.trading.limits import NotPositive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("file", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--tick", metavar="YUAN", help="prices are multiples of it")
    parser.add_argument("--lot", metavar="TONNES", help="quantities are multiples of it")
    parser.add_argument("--reference", metavar="YUAN", help="reference price")
    parser.add_argument("--limit-ratio", metavar="RATIO", help="allowed distance from it")
    parser.add_argument("--rule", choices=(CONTINUOUS, CALL), default=CONTINUOUS)
    parser.add_argument("--tie-break", metavar="RULES", default=",".join(DEFAULT_TIE_BREAKS))
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run every line; a refused one is named on standard error and the rest goes on.

    Raises:
        NotANumber, NotPositive, BadField: an option is wrong; nothing is run.
        FileNotReadable, FileNotWritable, OutIsInput.
    """
    desk = Desk(_terms(args))
    status = DONE
    with numbered_lines(args.file) as lines, written_to(args.out, answering=args.file) as out:
        for row, line in lines:
            events, refusal = _answer(desk, line)
            for event in events:
                out.write(json.dumps(event) + "\n")
            if refusal is not None:
                refusal.row = row
                write_refusal(refusal)
                status = REFUSED
        out.write(json.dumps(desk.state()) + "\n")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets match",
        description="Run a file of orders through an order book.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _answer(desk: Desk, line: bytes) -> tuple[list[Event], Refusal | None]:
    about: OrderId | None = None
    try:
        row = json_object(line)
        about = None if row.get("id") is None else identifier(row, "id")
        return desk.do(command(row)), None
    except Refusal as refusal:
        event = {"event": "refused", "id": about, "code": refusal.code}
        return ([] if about is None else [event]), refusal


def _terms(args: argparse.Namespace) -> Terms:
    rules = tuple(args.tie_break.split(","))
    for rule in rules:
        if rule not in TIE_BREAKS:
            wanted = ", ".join(TIE_BREAKS)
            raise BadField(field="tie_break", name="tie_break", value=rule, wanted=wanted)
    lot = _number("lot", args.lot)
    if lot is not None and lot != int(lot):
        raise BadField(field="lot", name="lot", value=args.lot, wanted="whole tonnes")
    return Terms(
        tick=_number("tick", args.tick),
        lot=1 if lot is None else int(lot),
        reference=_number("reference", args.reference),
        limit_ratio=_number("limit_ratio", args.limit_ratio, zero_passes=True),
        rule=args.rule,
        tie_breaks=rules,
    )


def _number(name: str, text: str | None, *, zero_passes: bool = False) -> Decimal | None:
    if text is None:
        return None
    number = parse_decimal(text, field=name)
    if number < 0 or (number == 0 and not zero_passes):
        raise NotPositive(field=name, name=name, value=text)
    return number
