"""The board of deadlines (期限督办) for the city bureau and, of its own area, a district bureau."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, ExpressionWrapper, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.cells import table_text
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.web import clock, words
from openets.web.cases.due import Days, Due
from openets.web.cases.page import BoardPage, BoardRow
from openets.web.cases.to_do import TIMES, late, of_time
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Choice

PER_PAGE = 50
FILTERS = ("procedure", "district", "time")
COLUMNS = (
    "case",
    "procedure",
    "subject",
    "organisation",
    "district",
    "year",
    "state",
    "waits_for",
    "due_date",
    "working_days_left",
    "overdue",
    "escalated",
)


@require_safe
@within("deadlines.read")
def board(request: HttpRequest) -> HttpResponse:
    """All open cases within reach, overdue first, then by due week.

    Source: CQETS-11.2b, CQETS-25.2b.
    """
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    days, cases = _days(request), within_reach(request)
    shown: Page[Any] = Paginator(_asked(cases, asked, days), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown.object_list = list(_rows(shown.object_list, days))
    there = set(cases.order_by().values_list("procedure", flat=True).distinct())
    districts = cases.order_by("organisation__district").values_list(
        "organisation__district", flat=True
    )
    page = BoardPage(
        rows=shown,
        counts=[(time, of_time(cases, time.value, days).count()) for time in TIMES],
        procedures=[
            Choice(name, Said(p.zh, p.en)) for name, p in words.PROCEDURES.items() if name in there
        ],
        districts=[name for name in districts.distinct() if name],
        asked=asked,
        unknown_year=days.unknown_next_year,
    )
    return render(request, "web/cases/board.html", {"page": page})


@require_safe
@within("deadlines.read")
def board_csv(request: HttpRequest) -> HttpResponse:
    """The same, all rows, as CSV."""
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    days = _days(request)
    text = table_text(COLUMNS, _lines(_asked(within_reach(request), asked, days), days))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="deadlines-{days.today}.csv"'
    return answer


def _days(request: HttpRequest) -> Days:
    return Days(clock.today(request), settings.JURISDICTION)


def within_reach(request: HttpRequest) -> QuerySet[Case]:
    """The open cases whose deadlines the viewer watches over, the late ones first."""
    acting = acting_of(request)
    cases = casework.unfinished(tuple(words.PROCEDURES.values())).annotate(
        is_late=ExpressionWrapper(late(clock.today(request)), BooleanField())
    )
    cases = cases.order_by(F("is_late").desc(nulls_last=True), *casework.BY_DUE_DAY)
    if acting.role == Role.CITY_BUREAU:
        return cases
    return cases.filter(organisation__in=parties.within_reach(acting, "deadlines.read"))


def _asked(cases: QuerySet[Case], asked: dict[str, str], days: Days) -> QuerySet[Case]:
    if asked["procedure"]:
        cases = cases.filter(procedure=asked["procedure"])
    if asked["district"]:
        cases = cases.filter(organisation__district=asked["district"])
    return of_time(cases, asked["time"], days)


def _rows(cases: Iterable[Case], days: Days) -> Iterator[BoardRow]:
    found = list(cases)
    escalated = casework.escalations(found)
    for case in found:
        procedure = words.PROCEDURES[case.procedure]
        due = days.due(procedure, case)
        yield BoardRow(
            case=case.pk,
            procedure=Said(procedure.zh, procedure.en),
            organisation=case.organisation.name,
            number=case.organisation.number,
            district=case.organisation.district,
            which=words.which(procedure, case),
            state=words.state_of(procedure, case.state),
            waits_for="、".join(o.name for o in casework.waits_for(procedure, case)),
            due=due,
            escalated=case.pk in escalated,
            group=_group(due, days),
        )


def _group(due: Due | None, days: Days) -> Said:
    """Under which heading a case stands: late, or the week in which it is due."""
    if due is None:
        return Said("无期限", "Without due day")
    if due.is_overdue:
        return Said("已逾期", "Overdue")
    if due.has_passed:
        return Said("期满，待系统办结", "Window ended, closes by itself")
    monday = due.date - timedelta(days=due.date.weekday())
    until = monday + timedelta(days=6)
    this = days.week_ends == until
    span = f"{monday.isoformat()} – {until.isoformat()}"
    return Said(f"本周 {span}" if this else span, f"This week {span}" if this else span)


def _lines(cases: Iterable[Case], days: Days) -> Iterator[list[str]]:
    for case, row in zip(cases, _rows(cases, days), strict=True):
        due = row.due
        left = "" if due is None or due.working_days_left is None else due.working_days_left
        yield [
            str(row.case),
            str(row.procedure),
            case.subject,
            row.organisation,
            row.district,
            str(case.year),
            str(row.state),
            row.waits_for,
            due.date.isoformat() if due else "",
            str(left),
            str(int(due is not None and due.is_overdue)),
            str(int(row.escalated)),
        ]
