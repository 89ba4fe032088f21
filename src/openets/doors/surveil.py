"""The door `openets surveil`: the patterns of a market day, found and written, nothing kept."""

import argparse
import json
from collections.abc import Iterator, Sequence
from csv import DictWriter
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from openets.doors.lines import add_out, written_to
from openets.doors.refusals import DONE, answer
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law
from openets.surveillance import queries
from openets.surveillance.facts import Signal
from openets.trading import queries as market

COLUMNS = (
    *("product", "pattern", "subject", "parties", "figures", "orders", "trades"),
    *("from_at", "until_at"),
)


class NothingTraded(Refusal):
    """No trading day was closed yet."""

    code = "nothing_traded"
    article = "CQETS-21"
    zh = "尚无已收市的交易日"
    en = "No trading day was closed yet"
    remedy_zh = "请在收市后办理，或以 --day 指定日期"
    remedy_en = "Come back after the close, or name a day with --day"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("--day", type=date.fromisoformat, help="default: the last trading day")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the signals as CSV")
    add_out(parser)


def run(options: argparse.Namespace) -> int:
    """Look for every pattern in a day and write the signals as JSON.

    Raises:
        NothingTraded, FileNotWritable.
    """
    day = options.day or market.last_day()
    if day is None:
        raise NothingTraded
    found, missing = queries.found_on(day, law=law(settings.JURISDICTION))
    rows = list(_rows(found))
    if options.csv:
        with written_to(options.csv) as stream:
            table = DictWriter(stream, COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    told = {"day": day.isoformat(), "signals": rows, "not_configured": missing}
    with written_to(options.out) as stream:
        stream.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets surveil",
        description="Look for unusual trading in a market day; nothing is kept.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _rows(found: dict[str, list[Signal]]) -> Iterator[dict[str, Any]]:
    for product, signals in found.items():
        for signal in signals:
            yield {
                "product": product,
                "pattern": signal.pattern,
                "subject": signal.subject,
                "parties": list(signal.parties),
                "figures": dict(signal.figures),
                "orders": list(signal.orders),
                "trades": list(signal.trades),
                "from_at": signal.from_at.isoformat(),
                "until_at": signal.until_at.isoformat(),
            }


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
