"""The command `openets`: one table of doors, each loaded only when it is called."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from openets.doors.refusals import DONE, REFUSED, BadArguments, write_refusal

DOORS = {
    "account": ("openets.doors.account", "emissions of activity data, line by line, with why"),
    "allocate": ("openets.doors.allocate", "allowances of production lines, with explanations"),
    "articles": ("openets.doors.articles", "which code and test serves which article"),
    "bank": ("openets.doors.bank", "the files of the settlement bank, out and in"),
    "casework": ("openets.doors.casework", "the day's reminders and deliveries; new holidays"),
    "clearing": ("openets.doors.clearing", "the clearing statements of a market day"),
    "db": ("openets.doors.db", "the embedded database server"),
    "deadline": ("openets.doors.deadline", "the last day of a period and the days skipped"),
    "demo": ("openets.doors.demo", "a market to look at, on this machine"),
    "floor": ("openets.doors.floor", "the market's floor: takes orders, or stands by"),
    "gateway": ("openets.doors.gateway", "streams of market data and orders"),
    "history": ("openets.doors.history", "real trading days of former years, loaded or exported"),
    "ledger": ("openets.doors.ledger", "a file of transfers through the ledger, and its balances"),
    "match": ("openets.doors.match", "a file of orders through the order book"),
    "offset": ("openets.doors.offset", "which reductions an entity may use for a year"),
    "opening": ("openets.doors.opening", "import an export of the former register"),
    "person": ("openets.doors.person", "the first account of a market, and invitations"),
    "reconcile": ("openets.doors.reconcile", "the four books of a market day, and its close"),
    "registry": ("openets.doors.registry", "the former register's export, carried over"),
    "report": ("openets.doors.report", "check a filled-in report workbook, cell by cell"),
    "status": ("openets.doors.status", "how every duty to surrender stands on a day"),
    "statuses": ("openets.doors.statuses", "the states and moves of every procedure, as a page"),
    "surveil": ("openets.doors.surveil", "unusual trading in a market day, as a report"),
    "verify": ("openets.doors.verify", "recompute every balance and check the journal"),
    "what-if": ("openets.doors.what_if", "allowances under changed parameters, beside the law's"),
}
"""Name of a door: its module, which has `main(argv)`, and what it does."""


MARKET_DOORS = {
    *("bank", "casework", "clearing", "demo", "floor", "history", "ledger", "opening"),
    *("person", "reconcile", "registry", "surveil"),
}
"""Doors that work on the market itself, and so need the framework before they are loaded."""


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the arguments to the door named first and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--help"], ["-h"]):
        print(_usage())
        return DONE
    if not words or words[0] not in DOORS:
        problem = f"no door “{words[0]}”" if words else "no door named"
        write_refusal(BadArguments(problem=problem, command="openets"))
        return REFUSED
    module, _ = DOORS[words[0]]
    if words[0] in MARKET_DOORS:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import_module("django").setup()
    status: int = import_module(module).main(words[1:])
    return status


def _usage() -> str:
    width = max(map(len, DOORS))
    lines = (f"  {name:<{width}}  {purpose}" for name, (_, purpose) in DOORS.items())
    return "\n".join(("usage: openets DOOR [arguments]", "", *lines, "", "openets DOOR --help"))


if __name__ == "__main__":
    sys.exit(main())
