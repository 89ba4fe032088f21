"""The door `openets deadline`: the last day of a period, with the days that did not count."""

import argparse
import json
from collections.abc import Sequence
from datetime import date

from openets.doors.lines import add_out, written_to
from openets.doors.refusals import DONE, answer
from openets.kernel.calendar import Deadline, after_months
from openets.kernel.refusal import Refusal
from openets.rulebook.load import calendar

MONTHS_IN_YEAR = 12


class NotADate(Refusal):
    """A date is not written as a day of the calendar."""

    code = "not_a_date"
    zh = "“{value}” 不是有效日期"
    en = "“{value}” is not a date"
    remedy_zh = "请按 2023-11-14 的格式填写日期"
    remedy_en = "Write the date like 2023-11-14"


class NotAPeriod(Refusal):
    """The length of a period is not a whole number above zero."""

    code = "not_a_period"
    zh = "“{value}” 不是期间长度"
    en = "“{value}” is not the length of a period"
    remedy_zh = "请填写大于零的整数"
    remedy_en = "Give a whole number above zero"


class PeriodTooLong(Refusal):
    """The period ends after the last year a date can have."""

    code = "period_too_long"
    zh = "自 {start} 起的期间超出可计算的日期范围"
    en = "The period from {start} ends beyond the dates that can be computed"
    remedy_zh = "请填写较短的期间"
    remedy_en = "Give a shorter period"


def last_day(*, start: str, unit: str, length: str, jurisdiction: str) -> Deadline:
    """The last day of a period of working_days, months or years after `start`.

    The start day is not counted. Months and years keep the day's number, or end on the month's
    last day, and are not moved by days off. Source: AMB-01, AMB-44.

    Raises:
        NotADate, NotAPeriod, PeriodTooLong, UnknownJurisdiction, UnknownYear.
    """
    day, days = _day(start), calendar(jurisdiction)
    if not (length.isascii() and length.isdigit() and length.strip("0")):
        raise NotAPeriod(field=unit, value=length)
    try:
        count = int(length)
        if unit == "working_days":
            return days.after_working_days(day, count)
        return after_months(day, count * (MONTHS_IN_YEAR if unit == "years" else 1))
    except (OverflowError, ValueError) as beyond:
        raise PeriodTooLong(field=unit, start=start) from beyond


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("--from", dest="start", required=True, metavar="DATE")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--working-days", metavar="N")
    length.add_argument("--months", metavar="N")
    length.add_argument("--years", metavar="N")
    parser.add_argument("--jurisdiction", required=True, metavar="NAME")
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Write the deadline as one JSON object."""
    units = ("working_days", "months", "years")
    unit = next(name for name in units if getattr(args, name) is not None)
    deadline = last_day(
        start=args.start,
        unit=unit,
        length=getattr(args, unit),
        jurisdiction=args.jurisdiction,
    )
    result = {
        "from": deadline.start.isoformat(),
        "last_day": deadline.last_day.isoformat(),
        "skipped": [{"date": off.date.isoformat(), "why": off.why} for off in deadline.skipped],
    }
    with written_to(args.out) as out:
        out.write(json.dumps(result, ensure_ascii=False) + "\n")
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets deadline",
        description="The last day of a period and the days that did not count.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as unreadable:
        raise NotADate(field="from", value=text) from unreadable
    if day.isoformat() != text:
        raise NotADate(field="from", value=text)
    return day
