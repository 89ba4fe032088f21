"""The to-do list (待办事项), and one decision on a selected list of it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.cases.actions import NotInBatches, for_many
from openets.web.cases.deciding import Maker, decide, form_for_many
from openets.web.cases.due import Days
from openets.web.cases.page import DecisionPage, DecisionRow, ToDoPage, ToDoRow
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, signed_in
from openets.web.language import Said
from openets.web.parts import Choice

PER_PAGE = 50
OVERDUE, WEEK, LATER, OPEN_ENDED = "overdue", "week", "later", "none"
TIMES = (
    Choice(OVERDUE, Said("已逾期", "Overdue")),
    Choice(WEEK, Said("本周到期", "Due this week")),
    Choice(LATER, Said("以后到期", "Due later")),
    Choice(OPEN_ENDED, Said("无期限", "Without due day")),
)
MINE, ORGANISATION = "mine", "organisation"
WHOSE = (
    Choice(MINE, Said("我可办理的", "What I may do")),
    Choice(
        ORGANISATION, Said("本单位的（含须由他人办理的）", "My organisation's, others included")
    ),
)
FILTERS = ("procedure", "time", "whose")


@require_safe
@signed_in
def to_do(request: HttpRequest) -> HttpResponse:
    """The open cases in which the viewer's role, or the viewer, has the next move."""
    acting, asked = acting_of(request), {name: request.GET.get(name, "") for name in FILTERS}
    days = Days(clock.today(request), settings.JURISDICTION)
    person = "" if asked["whose"] == ORGANISATION else acting.person
    cases = waiting_for(acting, person)
    found = of_time(cases, asked["time"], days)
    if asked["procedure"] in words.PROCEDURES:
        found = found.filter(procedure=asked["procedure"])
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [row_of(case, acting, days) for case in shown.object_list]
    waiting = set(cases.order_by().values_list("procedure", "state").distinct())
    procedures = {procedure for procedure, _ in waiting}
    page = ToDoPage(
        role=words.role_of(acting.role),
        rows=shown,
        procedures=[
            Choice(name, Said(p.zh, p.en))
            for name, p in words.PROCEDURES.items()
            if name in procedures
        ],
        times=TIMES,
        whose=WHOSE,
        asked=asked,
        decisions=_decisions(acting, asked["procedure"], waiting),
        overdue=of_time(cases, OVERDUE, days).count(),
    )
    return render(request, "web/cases/to_do.html", {"page": page, "all": "all" in request.GET})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def decision(request: HttpRequest) -> HttpResponse:
    """One decision, with one reason, on the cases selected on the to-do list: all or none."""
    acting = acting_of(request)
    procedure, _, move = request.GET.get("decision", "").partition("/")
    numbers = [int(n) for n in dict.fromkeys(request.GET.getlist("case")) if n.isdecimal()]
    mine = {case.pk: case for case in waiting_for(acting, "").filter(pk__in=numbers)}
    cases = [mine[number] for number in numbers if number in mine]
    try:
        form_class = form_for_many(procedure, move)
    except NotInBatches as refusal:
        raise Http404(str(refusal)) from refusal
    form = form_class.of(request, cases=cases)

    def do(data: dict[str, Any]) -> Done:
        by = Maker(law(settings.JURISDICTION), acting, clock.now(request))
        decided = decide(procedure, move, numbers, data, by=by)
        verb = form_class.verb
        said = Said(f"已办理 {decided} 件：{verb.zh}", f"{decided} cases done: {verb.en}")
        return Done(reverse("to_do"), said)

    days, table = Days(clock.today(request), settings.JURISDICTION), words.PROCEDURES[procedure]
    answer = acted(request, form, do)
    page = DecisionPage(
        procedure=Said(table.zh, table.en),
        move=form_class.verb,
        article=table.moves[move].article,
        rows=[
            DecisionRow(
                case=case.pk,
                organisation=case.organisation.name,
                which=words.which(words.PROCEDURES[case.procedure], case),
                state=words.state_of(words.PROCEDURES[case.procedure], case.state),
                due=days.due(words.PROCEDURES[case.procedure], case),
                at_fault=form.refused is not None and form.refused.row == row,
            )
            for row, case in enumerate(cases, start=1)
        ],
        form=form,
    )
    return answer or render(request, "web/cases/decision.html", {"page": page}, status=form.status)


def of_time(cases: QuerySet[Case], time: str, days: Days) -> QuerySet[Case]:
    """Those of the cases that are late, due this week, due later, or not due on any day."""
    match time:
        case "overdue":
            return cases.filter(late(days.today))
        case "week":
            return cases.filter(due_date__range=(days.today, days.week_ends))
        case "later":
            return cases.filter(due_date__gt=days.week_ends)
        case "none":
            return cases.filter(due_date=None)
    return cases


def late(today: date) -> Q:
    """Which cases are overdue: a right that ended unused is nobody's delay."""
    ended = Q(pk=None)
    for name, procedure in words.PROCEDURES.items():
        windows = [state for state, row in procedure.states.items() if row.window]
        ended |= Q(procedure=name, state__in=windows)
    return Q(due_date__lt=today) & ~ended


def waiting_for(acting: Acting, person: str) -> QuerySet[Case]:
    """The cases in which a role has the next move; of a person, those they may make it in."""
    procedures = tuple(words.PROCEDURES.values())
    return casework.to_do(procedures, acting.role, acting.organisation, person)


def row_of(case: Case, acting: Acting, days: Days) -> ToDoRow:
    """A case that waits, with the moves that may be made now and the time left."""
    procedure = words.PROCEDURES[case.procedure]
    following = casework.next_moves(procedure, case, acting.role, acting.person)
    possible = [found for found in following if not found.needs_another]
    return ToDoRow(
        case=case.pk,
        procedure=Said(procedure.zh, procedure.en),
        number=case.organisation.number,
        organisation=case.organisation.name,
        which=words.which(procedure, case),
        state=words.state_of(procedure, case.state),
        next_moves=[Said(found.move.zh, found.move.en) for found in possible or following],
        needs_another=not possible,
        due=days.due(procedure, case),
    )


def _decisions(acting: Acting, asked: str, waiting: set[tuple[str, str]]) -> list[Choice]:
    """What may be decided for many: of the procedure asked for, or of all that wait."""
    found = []
    for name, procedure in words.PROCEDURES.items():
        if asked and name != asked:
            continue
        for step in for_many(name):
            move = procedure.moves[step]
            if acting.role in move.roles and any((name, s) in waiting for s in move.sources):
                label = Said(f"{procedure.zh}：{move.zh}", f"{procedure.en}: {move.en}")
                found.append(Choice(f"{name}/{step}", label))
    return found
