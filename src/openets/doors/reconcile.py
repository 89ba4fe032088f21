"""The door `openets reconcile`: compare the books of a market day, report it, close it."""

import argparse
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.utils import timezone

from openets.doors.casework import CLOCK, NobodyActs
from openets.doors.lines import written_to
from openets.doors.refusals import DONE, BadArguments, answer
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Person
from openets.parties.roles import Role
from openets.reconciliation import operations, queries
from openets.reconciliation.report import as_csv

DIFFERENCES = 1
_UNDECIDED = ("open", "reconciled", "differences")


class NoMarketDay(Refusal):
    """Trading was not closed on any day yet."""

    code = "no_market_day"
    article = "CQETS-23"
    zh = "尚无已收市的市场日"
    en = "No market day has been traded and closed yet"
    remedy_zh = "请在收市后办理"
    remedy_en = "Come back after the close of trading"


def reconciled(day: date | None, *, person: str | None, closing: bool, at: datetime) -> date:
    """Reconcile a day, or the last one, unless both institutions are at it; tell which day it is.

    With `closing` the person then confirms it for the exchange or closes it for the registry.

    Raises:
        NoMarketDay, NobodyActs, and the refusals of the operations.
    """
    day = day or queries.last_traded_day()
    if day is None:
        raise NoMarketDay
    acting = _acting(person, at) if person else CLOCK
    found = queries.market_day(day)
    decided = found.case.state == "reconciled" and closing
    if found.case.state in _UNDECIDED and not decided:
        is_theirs = acting.role == Role.REGISTRY_OPERATOR
        operations.reconcile(day=day, acting=acting if is_theirs else CLOCK, at=at)
    if closing:
        step = operations.confirm if acting.role == Role.EXCHANGE_OPERATOR else operations.close
        step(day=day, acting=acting, at=at)
    return day


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("--date", type=date.fromisoformat, help="default: the last market day")
    parser.add_argument("--person", help="user name of who acts; default: the market's clock")
    parser.add_argument(
        "--close",
        action="store_true",
        help="confirm the day for the exchange, or close it for the registry, as --person may",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the report as CSV")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def run(options: argparse.Namespace) -> int:
    """Reconcile, write the report; 0, or 1 where there are differences.

    Raises:
        BadArguments: nobody is named who would close the day.
    """
    if options.close and not options.person:
        raise BadArguments(problem="--close needs --person", command="openets reconcile")
    day = reconciled(options.date, person=options.person, closing=options.close, at=timezone.now())
    report = queries.report(queries.market_day(day))
    if options.csv:
        with written_to(options.csv) as stream:
            stream.write(as_csv(report))
    with written_to(options.out) as stream:
        stream.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return DIFFERENCES if report["differences"] else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets reconcile",
        description="Compare exchange, registry, cash and journal of a market day.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _acting(person: str, at: datetime) -> Acting:
    found = Person.objects.filter(username=person, is_active=True).first()
    acting = parties.acting_as(found, market_date(at)) if found else None
    if acting is None:
        raise NobodyActs(person=person)
    return acting
