"""What may happen to the calendar: a new year's holidays are taken over once they are published."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection, transaction

from openets.casework import queries
from openets.casework.models import Holiday
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.calendar import SATURDAY
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.rulebook.load import Law

_IMPORTING = 0x6461_7973
"""Key of the advisory lock that makes two imports one after the other."""

KINDS = ("off", "work")


class YearKnown(Refusal):
    """A known year is law or was imported; it is not changed by another import."""

    code = "calendar_year_known"
    article = "CQETS-11.2"
    zh = "{year} 年的节假日安排已在册，不能重复导入"
    en = "The holidays of {year} are known already"
    remedy_zh = "请核对年度"
    remedy_en = "Check the year"


class NoHolidays(Refusal):
    """A year has holidays."""

    code = "no_holidays"
    article = "CQETS-11.2"
    zh = "{year} 年的节假日安排为空"
    en = "There are no holidays of {year} to import"
    remedy_zh = "请提供国务院办公厅通知中的全部放假和调休日期"
    remedy_en = "Give all days off and make-up working days of the State Council's notice"


class BadHoliday(Refusal):
    """A row is no day off and no make-up working day of the year."""

    code = "bad_holiday"
    article = "CQETS-11.2"
    zh = "第 {line} 行：{why_zh}"
    en = "Row {line}: {why}"
    remedy_zh = "每行须有 date（2027-01-01）、kind（off 或 work）、name（节日名称）"
    remedy_en = "A row has date (2027-01-01), kind (off or work) and name (of the holiday)"


@transaction.atomic
def import_holidays(
    *,
    year: int,
    rows: Mapping[int, Mapping[str, str]],
    notice: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> int:
    """Import the days off and make-up days (放假和调休安排) of a year yet unknown; tell how many.

    `rows` have the columns date, kind and name, as the rulebook's own file, by their number in the
    file; `notice` is the number of the State Council's notice. From the commit on every period
    counts by them. Source: AMB-01.

    Raises:
        NotYourRole, YearKnown, NoHolidays.
        BadHoliday: with the number of the row.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11.2")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_IMPORTING])
    if year in queries.calendar(law.jurisdiction).years:
        raise YearKnown(year=year)
    days: dict[date, Holiday] = {}
    for number, row in rows.items():
        day = _read(row, number, year)
        if day.date in days:
            raise _bad(number, "date", "日期重复", "the date stands there twice")
        day.notice = notice
        days[day.date] = day
    if not days:
        raise NoHolidays(year=year)
    Holiday.objects.bulk_create(days.values())
    journal.record(
        operation="calendar.import",
        subject=f"calendar/{year}",
        acting=acting,
        at=at,
        article="CQETS-11.2",
        content={
            "notice": notice,
            "days": [[d.date.isoformat(), d.kind, d.name] for d in days.values()],
        },
    )
    return len(days)


def _read(row: Mapping[str, str], number: int, year: int) -> Holiday:
    text, kind, name = ((row.get(c) or "").strip() for c in ("date", "kind", "name"))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _bad(number, "date", f"“{text}”不是日期", f"“{text}” is no date") from None
    if day.year != year:
        raise _bad(number, "date", f"{day} 不在 {year} 年", f"{day} is not in {year}")
    if kind not in KINDS:
        raise _bad(number, "kind", f"“{kind}”不是 off 或 work", f"“{kind}” is not off or work")
    if kind == "work" and day.weekday() < SATURDAY:
        raise _bad(number, "kind", f"{day} 本为工作日", f"{day} is a working day anyway")
    if not name:
        raise _bad(number, "name", "缺少节日名称", "the holiday has no name")
    return Holiday(date=day, kind=kind, name=name)


def _bad(number: int, field: str, why_zh: str, why: str) -> BadHoliday:
    return BadHoliday(row=number, field=field, line=number, why_zh=why_zh, why=why)
