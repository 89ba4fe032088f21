"""The calendar (工作日历): which days count, and the import of a new year's holidays."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import holidays
from openets.kernel.calendar import SATURDAY, Calendar
from openets.kernel.tables import read_rows
from openets.parties.matrix import scope
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.web import clock
from openets.web.cases.due import Days
from openets.web.cases.forms import HolidaysForm
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, public, within
from openets.web.language import Said

COLUMNS = ("date", "kind", "name")
MONTHS = 12
DAYS_A_WEEK = 7
Kind = Literal["working", "weekend", "off", "make_up"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar: what it is, and the name of the holiday if it is one."""

    date: date
    kind: Kind
    name: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Days off in a row for one holiday, or one make-up working day."""

    first: date
    last: date
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks from Monday, None before its first day."""

    first: date
    weeks: Sequence[Sequence[Day | None]]
    working_days: int


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A year of the known calendar."""

    year: int
    years: Sequence[int]
    months: Sequence[Month]
    working_days: int
    exceptions: Sequence[Span]
    unknown_year: int | None
    may_import: bool


@require_safe
@public
def calendar(request: HttpRequest) -> HttpResponse:
    """The working days, holidays and make-up working days of a known year. Source: AMB-01."""
    days = Days(clock.today(request), settings.JURISDICTION)
    years = sorted(days.known.years)
    asked = request.GET.get("of", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else days.today.year
    if year not in years:
        year = years[-1]
    months = [_month(days.known, date(year, n, 1), days.today) for n in range(1, MONTHS + 1)]
    every = [day for month in months for week in month.weeks for day in week if day]
    page = CalendarPage(
        year=year,
        years=years,
        months=months,
        working_days=sum(month.working_days for month in months),
        exceptions=list(_spans(day for day in every if day.kind in {"off", "make_up"})),
        unknown_year=days.unknown_next_year,
        may_import=scope(Role(acting_of(request).role), "casework.import_holidays") is not None,
    )
    return render(request, "web/cases/calendar.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@within("casework.import_holidays")
def import_holidays(request: HttpRequest) -> HttpResponse:
    """The city bureau takes over a new year's holidays from a file."""
    form = HolidaysForm.of(request)

    def do(data: dict[str, Any]) -> Done:
        rows = read_rows(data["file"].read(), columns=COLUMNS)
        for row in rows:
            if row.refusal:
                raise row.refusal
        imported = holidays.import_holidays(
            year=data["year"],
            rows={row.number: row.cells for row in rows},
            notice=data["notice"],
            law=law(settings.JURISDICTION),
            acting=acting_of(request),
            at=clock.now(request),
        )
        said = Said(
            f"已导入 {data['year']} 年 {imported} 天", f"{imported} days of {data['year']} imported"
        )
        return Done(f"{reverse('calendar')}?of={data['year']}", said)

    days = Days(clock.today(request), settings.JURISDICTION)
    context = {
        "form": form,
        "unknown_year": days.unknown_next_year,
        "years": sorted(days.known.years),
    }
    answer = acted(request, form, do)
    return answer or render(request, "web/cases/holidays.html", context, status=form.status)


def _month(known: Calendar, first: date, today: date) -> Month:
    days = [first + timedelta(days=n) for n in range(31)]
    cells: list[Day | None] = [None] * first.weekday()
    cells += [_day(known, day, today) for day in days if day.month == first.month]
    weeks = [cells[n : n + DAYS_A_WEEK] for n in range(0, len(cells), DAYS_A_WEEK)]
    return Month(first, weeks, sum(known.is_working_day(d) for d in days if d.month == first.month))


def _day(known: Calendar, day: date, today: date) -> Day:
    why, at_weekend = known.why_off(day), day.weekday() >= SATURDAY
    kind: Kind = "make_up" if at_weekend else "working"
    if why is not None:
        kind = "weekend" if why == "weekend" else "off"
    return Day(day, kind, why if why and kind == "off" else "", day == today)


def _spans(days: Iterable[Day]) -> Iterator[Span]:
    """Put days of one holiday that follow each other together."""
    span: Span | None = None
    for day in days:
        if span and (day.kind, day.name) == (span.kind, span.name):
            follows = day.date == span.last + timedelta(days=1)
            if follows and day.kind == "off":
                span = replace(span, last=day.date)
                continue
        if span:
            yield span
        span = Span(day.date, day.date, day.kind, day.name)
    if span:
        yield span
