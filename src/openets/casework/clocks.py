"""The clocks of the tables: from when a period runs, and its last day."""

from datetime import date, timedelta

from openets.casework.procedure import Due
from openets.kernel.calendar import Calendar
from openets.rulebook.load import Law


def last_day(due: Due, *, start: date, law: Law, calendar: Calendar) -> date:
    """The last day of the working days (工作日) that a state gives, from `start`.

    Source: AMB-01.

    Raises:
        UnknownYear: the period runs beyond the known calendar.
    """
    days = law.on(due.days, start).whole
    counts_itself = law.on("calendar.count_start", start).text == "same_day"
    before = start - timedelta(days=1) if counts_itself else start
    return calendar.after_working_days(before, days).last_day


def received_date(*, delivered: date, opened: date | None, law: Law) -> date | None:
    """The day a notice counts as received (送达), or None while it does not.

    Source: AMB-63.

    Raises:
        NotSet: receipt is deemed after days whose number nobody has set.
    """
    reading = law.on("notice.receipt", delivered).text
    if reading == "opening":
        return opened
    if reading == "deemed_after_days":
        return delivered + timedelta(days=law.on("notice.deemed_days", delivered).whole)
    return delivered
