"""The door `openets offset`: an application of reductions in, what may be used out."""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openets.compliance.obligation import countable
from openets.compliance.offset import Examination, Part, examine_application
from openets.compliance.offset_rules import OffsetRules
from openets.compliance.reduction import Origin, Reduction
from openets.compliance.serials import Serials
from openets.doors.lines import add_out, content, written_to
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.doors.rows import (
    as_object,
    flag,
    items,
    json_object,
    number,
    shown,
    text,
    word,
    year,
)
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law

SHOWN = ("kind", "serial_from", "serial_to", "amount_t")


class SerialUnreadable(Refusal):
    """A serial number ends in digits, and both ends of a range belong to one series."""

    code = "serial_unreadable"
    article = "CQ208-A6.3"
    zh = "序列号区间“{first}”至“{last}”无效"
    en = "“{first}” to “{last}” is no range of serial numbers"
    remedy_zh = "起止序列号须属同一系列、以数字结尾且止号不小于起号"
    remedy_en = "Give two numbers of one series that end in digits, the first not after the last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("file", type=Path, metavar="FILE.json")
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Examine the application and write the outcome; each refused unit also on standard error.

    Raises:
        Refusal: the application itself cannot be examined; nothing is written.
    """
    application = json_object(content(args.file))
    rules = OffsetRules.of(law(text(application, "jurisdiction")), year(application))
    text(application, "entity")
    offered = items(application, "offered")
    read = [_readable(value, row) for row, value in enumerate(offered, start=1)]
    outcome = examine_application(
        rules=rules,
        verified_t=_tonnes(application, "verified_t"),
        open_t=_tonnes(application, "obligation_t"),
        used_before=[_unit(value) for value in items(application, "used_before")],
        offered=[unit for unit in read if isinstance(unit, Reduction)],
        circle_places=[_place(value) for value in items(application, "circle_places")],
        cut=flag(application, "cut"),
    )
    refused = list(_refused(read, outcome))
    answered = {
        "cap_t": outcome.cap_t,
        "accepted": [_part(part, offered) for part in outcome.accepted],
        "refused": [
            _refusal(refusal, _part(part, offered), part.would_pass_t)
            if part
            else _refusal(refusal, _as_given(offered[row - 1]), 0)
            for row, refusal, part in refused
        ],
    }
    with written_to(args.out, answering=args.file) as out:
        out.write(json.dumps(answered, ensure_ascii=False) + "\n")
    for row, refusal, _ in refused:
        # One refusal stands for all rows of an application over a limit; each is told its row.
        refusal.row = row
        write_refusal(refusal)
    return REFUSED if refused else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets offset",
        description="Say which reductions of an offset application may be used.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _tonnes(application: dict[str, Any], name: str) -> Tonnes:
    return countable(number(application, name), least=0, field=name)


def _place(value: object) -> str:
    return text({"circle_places": value}, "circle_places")


def _readable(value: object, row: int) -> Reduction | Refusal:
    try:
        return _unit(value, row)
    except Refusal as refusal:
        refusal.row = row
        return refusal


def _unit(value: object, row: int | None = None) -> Reduction:
    unit = as_object(value)
    return Reduction(
        kind=text(unit, "kind"),
        serials=_serials(unit),
        amount_t=countable(number(unit, "amount_t"), field="amount_t"),
        origin=Origin(word(unit, "origin_class", list(Origin))),
        project_type=text(unit, "project_type", default=""),
        place=text(unit, "origin_place", default=""),
        row=row,
    )


def _serials(unit: dict[str, Any]) -> Serials:
    first, last = text(unit, "serial_from"), text(unit, "serial_to")
    (series, low), (series_of_last, high) = _split(first), _split(last)
    if not (low and high) or series != series_of_last or int(low) > int(high):
        raise SerialUnreadable(field="serial_from", first=first[:40], last=last[:40])
    return Serials(series, int(low), int(high))


def _split(serial: str) -> tuple[str, str]:
    """The series and the digits; upper and lower case are one series, as people type both."""
    digits = re.search(r"[0-9]{0,40}$", serial)
    assert digits, "no digit at all matches too"
    return serial[: digits.start()].casefold(), digits.group()


def _refused(
    read: Sequence[Reduction | Refusal], outcome: Examination
) -> Iterator[tuple[int, Refusal, Part | None]]:
    """Row, refusal and the part it is about, if that could be read, in the order of the rows."""
    parts = {part.unit.row: part for part in outcome.refused}
    for row, one in enumerate(read, start=1):
        part = parts.get(row)
        if isinstance(one, Refusal):
            yield row, one, None
        elif part and part.refusal:
            yield row, part.refusal, part


def _refusal(refusal: Refusal, unit: dict[str, Any], would_pass_t: int) -> dict[str, Any]:
    return {
        **unit,
        "code": refusal.code,
        "article": refusal.article,
        "rule": refusal.message("en"),
        "would_pass_t": would_pass_t,
    }


def _part(part: Part, offered: Sequence[Any]) -> dict[str, Any]:
    assert part.unit.row, "an offered unit has its row"
    given = offered[part.unit.row - 1]
    return {
        "kind": part.unit.kind,
        "serial_from": _numbered(given["serial_from"], part.serials.first),
        "serial_to": _numbered(given["serial_to"], part.serials.last),
        "amount_t": part.amount_t,
    }


def _numbered(given: int | str, serial: int) -> int | str:
    """A serial number in the way the applicant writes them."""
    if isinstance(given, int):
        return serial
    _, digits = _split(given.strip())
    return given.strip().removesuffix(digits) + str(serial).zfill(len(digits))


def _as_given(unit: object) -> dict[str, Any]:
    """What can be shown of a unit that could not be read."""
    values = unit if isinstance(unit, dict) else {}
    return {name: shown(values.get(name)) for name in SHOWN}
