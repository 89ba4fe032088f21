"""The desk (工作台): what this role must do now, and where it stands."""

from datetime import date

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.compliance import queries as compliance
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.matrix import Scope, scope
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.cases.board import within_reach
from openets.web.cases.due import Days
from openets.web.cases.inbox import UNREAD
from openets.web.cases.to_do import OVERDUE, WEEK, of_time, row_of, waiting_for
from openets.web.desk.page import DeskPage, Figure
from openets.web.desk.queues import queues_of
from openets.web.guards import acting_of, signed_in
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Status

TONNES, CASES, NOTICES = Said("吨", "t"), Said("件", "cases"), Said("条", "")
FIRST_SHOWN, NOTICES_SHOWN = 8, 5


@require_safe
@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    """The desk of whoever signed in; nothing on it is replayed but an entity's own duties."""
    acting, days = acting_of(request), Days(clock.today(request), settings.JURISDICTION)
    organisation = parties.organisation(acting.organisation)
    mine = waiting_for(acting, acting.person)
    page = DeskPage(
        role=words.role_of(acting.role),
        organisation=organisation.name,
        figures=[
            _to_do(mine, days),
            *_watched(request, days),
            *_duties(organisation, days.today),
            *_holdings(organisation, acting),
            _unread(organisation),
        ],
        first=[row_of(case, acting, days) for case in mine[:FIRST_SHOWN]],
        queues=queues_of(acting, days.today),
        notices=list(casework.inbox(organisation).filter(opened_at=None)[:NOTICES_SHOWN]),
    )
    return render(request, "web/desk/desk.html", {"page": page})


def _to_do(mine: QuerySet[Case], days: Days) -> Figure:
    late = of_time(mine, OVERDUE, days).count()
    soon = of_time(mine, WEEK, days).count()
    zh, en = f"本周到期 {soon} 件", f"{soon} due this week"
    return Figure(
        label=Said("待办", "To do"),
        value=mine.count(),
        unit=CASES,
        href=reverse("to_do"),
        status=Status(Said(f"逾期 {late} 件", f"{late} overdue"), "bad") if late else None,
        foot=Said(zh, en),
    )


def _watched(request: HttpRequest, days: Days) -> list[Figure]:
    """Everybody's deadlines, for the bureaus that watch over them."""
    if scope(Role(acting_of(request).role), "deadlines.read") is None:
        return []
    cases, board = within_reach(request), reverse("deadlines")
    late = of_time(cases, OVERDUE, days).count()
    return [
        Figure(
            label=Said("辖内逾期事项", "Overdue within reach"),
            value=late,
            unit=CASES,
            href=f"{board}?time={OVERDUE}",
            foot=Said(f"未办结共 {cases.count()} 件", f"of {cases.count()} open"),
            tone="bad" if late else "",
        )
    ]


def _unread(organisation: Organisation) -> Figure:
    return Figure(
        label=Said("未读通知", "Unread notices"),
        value=casework.unread(organisation),
        unit=NOTICES,
        href=f"{reverse('inbox')}?only={UNREAD}",
    )


def _duties(organisation: Organisation, today: date) -> list[Figure]:
    """The duties on which something is open, or the latest one when all are met."""
    if organisation.role != Role.KEY_EMITTING_ENTITY:
        return []
    duties = compliance.duties_of(organisation, law(settings.JURISDICTION), on=today)
    return [
        Figure(
            label=Said(f"{year} 年度尚需清缴", f"Open duty of {year}"),
            value=duty.standing.open_t,
            unit=TONNES,
            href=f"{reverse('surrender')}?year={year}",
            status=words.STATUSES[duty.standing.status],
            foot=Said(f"期限 {duty.deadline}", f"due {duty.deadline}") if duty.deadline else None,
        )
        for duty in [duty for duty in duties if duty.standing.open_t] or duties[-1:]
        for year in [duty.standing.year]
    ]


def _holdings(organisation: Organisation, acting: Acting) -> list[Figure]:
    if scope(Role(acting.role), "holdings.read") != Scope.OWN:
        return []
    held = registry.holdings(organisation)
    usable = grouped(sum(row.available_t for row in held))
    return [
        Figure(
            label=Said("持有合计", "Held"),
            value=sum(row.total_t for row in held),
            unit=TONNES,
            href=reverse("holder", args=[organisation.code]),
            foot=Said(f"可用 {usable} 吨", f"{usable} t available"),
        )
    ]
