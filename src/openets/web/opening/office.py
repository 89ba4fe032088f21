"""The offices' pages: the queue, the review of a case, the former register."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.opening import operations, queries
from openets.opening.operations import Arrival
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties import queries as parties
from openets.parties.roles import TITLES, Role
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.opening import forms
from openets.web.opening.page import FormerPage, QueuePage, QueueRow, ReviewPage
from openets.web.opening.parts import case_part, state_of, tasks_of

READ = ["GET", "HEAD", "POST"]
MATTERS: Mapping[str, str] = {
    REGISTRY_OPENING.name: "registry_opening.read",
    TRADING_OPENING.name: "trading_account.read",
    PLATFORM_CERTIFICATION.name: "platform_account.read",
}
"""Whoever reads everybody's applications sees them in the queue."""
SHOWN = 200
Data = dict[str, Any]
Do = Callable[[Data], Done]


@require_safe
@guarded("opening_queue.read")
def queue(request: HttpRequest) -> HttpResponse:
    """The openings an office reads, those that wait for it first."""
    acting = acting_of(request)
    seen = [
        procedure
        for procedure in queries.PROCEDURES
        if parties.may(acting, MATTERS[procedure.name])
    ]
    waiting = casework.to_do(seen, acting.role, acting.organisation, acting.person)
    waits = {case.pk for case in waiting}
    rows = [_row(case, waits=case.pk in waits) for case in queries.cases(seen)[:SHOWN]]
    page = QueuePage(
        office=Said(*TITLES[Role(acting.role)]),
        waiting=[row for row in rows if row.waits],
        others=[row for row in rows if not row.waits],
    )
    return render(request, "web/opening/queue.html", {"page": page})


@require_http_methods(READ)
@guarded("opening_queue.read")
def review(request: HttpRequest, number: int) -> HttpResponse:
    """One application as its office sees it: documents, paper, decision."""
    acting = acting_of(request)
    case = casework.numbered(number)
    if case is None or case.procedure not in MATTERS:
        raise Http404(number)
    if not parties.may(acting, MATTERS[case.procedure]):
        raise PermissionDenied
    desk = _Desk(request, case, acting)
    for form, do in desk.doing:
        done = acted(request, form, do)
        if done:
            return done
    page = ReviewPage(
        part=case_part(case, desk.at),
        organisation=case.organisation.name,
        role=Said(*TITLES[Role(case.organisation.role)]),
        applications=tasks_of(queries.standing(case.organisation)),
    )
    status = max([200, *(form.status for form, _ in desk.doing)])
    context = {"page": page, "forms": desk.shown}
    return render(request, "web/opening/review.html", context, status=status)


@require_http_methods(READ)
@guarded("registry_opening.read")
def former(request: HttpRequest) -> HttpResponse:
    """The former register: its accounts, resets on paper, what may be carried over."""
    acting, at = acting_of(request), clock.now(request)
    here, rules = reverse("opening_former"), law(settings.JURISDICTION)
    reset, carry = forms.ResetForm.of(request), forms.CarryOverForm.of(request)

    def change(data: Data) -> Done:
        operations.reset_former_password(
            account=data["account"],
            password=data["password"],
            document_reference=data["document_reference"],
            acting=acting,
            at=at,
        )
        return Done(here, Said("密码已重置", "The password is reset"))

    def carry_over(data: Data) -> Done:
        tonnes = operations.carry_over_former(
            account=data["account"], law=rules, acting=acting, at=at
        )
        return Done(here, Said(f"已结转 {tonnes:,} 吨", f"{tonnes:,} t are carried over"))

    for form, do in ((reset, change), (carry, carry_over)):
        done = acted(request, form, do)
        if done:
            return done
    entitled = queries.eligible_for_carry_over()
    page = FormerPage(
        accounts=list(queries.former_accounts()[:SHOWN]),
        entitled=entitled,
        locked_from=rules.on("opening.former_wrong_entries", market_date(at)).whole,
    )
    context = {
        "page": page,
        "reset": reset if acting.role == Role.EXCHANGE_OPERATOR else None,
        "carry": carry if acting.role == Role.REGISTRY_OPERATOR else None,
    }
    status = max(reset.status, carry.status)
    return render(request, "web/opening/former.html", context, status=status)


class _Desk:
    """What an office may do about a case now."""

    def __init__(self, request: HttpRequest, case: Case, acting: Acting) -> None:
        """Make the forms of its moves."""
        self.request, self.case, self.acting = request, case, acting
        self.at, self.law = clock.now(request), law(settings.JURISDICTION)
        self.here = reverse("opening_review", kwargs={"number": case.pk})
        may = {
            name
            for name, move in words.PROCEDURES[case.procedure].moves.items()
            if acting.role in move.roles
        }
        now = words.PROCEDURES[case.procedure].moves_from(case.state)
        # A form that was sent is answered by its operation, also when its time is over.
        sent = request.POST.get("form", "")
        made = [(name, self._form(name, move)) for name, move in FORMS.items() if move in may]
        self.doing = [(form, self._do(form)) for name, form in made]
        self.shown = [form for name, form in made if FORMS[name] in now or name == sent]

    def _form(self, name: str, move: str) -> ActForm:
        if move != "receive_paper":
            return KINDS[name].of(self.request)
        today = market_date(self.at)
        short = queries.missing_paper(self.case, self.law, today)
        return forms.ArrivalForm.of(self.request, short=short, initial={"received_date": today})

    def _do(self, form: ActForm) -> Do:
        def decide(data: Data) -> Done:
            DECISIONS[self.case.procedure, form.name](self, data, form)
            return Done(self.here, Said("已办理", "Done"))

        return decide

    def by(self) -> dict[str, Any]:
        """Who decides, and when."""
        return {"acting": self.acting, "at": self.at}


FORMS: Mapping[str, str] = {
    "arrival": "receive_paper",
    "approve": "approve",
    "return": "return",
    "reject": "reject",
    "correct_answer": "correct_answer",
}
"""The forms of a review, each with the move of the table that it makes."""
KINDS: Mapping[str, type[ActForm]] = {
    "approve": forms.ApproveForm,
    "return": forms.ReturnForm,
    "reject": forms.RejectForm,
    "correct_answer": forms.CorrectForm,
}


def _arrival(data: Data, form: ActForm) -> Arrival:
    assert isinstance(form, forms.ArrivalForm)
    posted: date | None = data["posted_date"]
    return Arrival(form.copies(), data["received_date"], posted)


Decide = Callable[[_Desk, Data, ActForm], object]
DECISIONS: Mapping[tuple[str, str], Decide] = {
    (REGISTRY_OPENING.name, "approve"): lambda desk, _, __: operations.approve_registry_opening(
        organisation=desk.case.organisation, **desk.by()
    ),
    (REGISTRY_OPENING.name, "return"): lambda desk, data, _: operations.return_registry_opening(
        organisation=desk.case.organisation, reasons=data["reasons"], **desk.by()
    ),
    (REGISTRY_OPENING.name, "correct_answer"): lambda desk, data, _: operations.correct_answer(
        organisation=desk.case.organisation, reasons=data["reasons"], **desk.by()
    ),
    (TRADING_OPENING.name, "arrival"): lambda desk, data, form: operations.receive_trading_paper(
        subject=desk.case.subject, arrival=_arrival(data, form), law=desk.law, **desk.by()
    ),
    (TRADING_OPENING.name, "approve"): lambda desk, _, __: operations.approve_trading_opening(
        subject=desk.case.subject, **desk.by()
    ),
    (TRADING_OPENING.name, "reject"): lambda desk, data, _: operations.reject_trading_opening(
        subject=desk.case.subject, reasons=data["reasons"], **desk.by()
    ),
    (PLATFORM_CERTIFICATION.name, "arrival"): (
        lambda desk, data, form: operations.receive_platform_paper(
            organisation=desk.case.organisation,
            arrival=_arrival(data, form),
            law=desk.law,
            **desk.by(),
        )
    ),
    (PLATFORM_CERTIFICATION.name, "approve"): (
        lambda desk, _, __: operations.approve_certification(
            organisation=desk.case.organisation, **desk.by()
        )
    ),
    (PLATFORM_CERTIFICATION.name, "reject"): (
        lambda desk, data, _: operations.reject_certification(
            organisation=desk.case.organisation, reasons=data["reasons"], **desk.by()
        )
    ),
}


def _row(case: Case, *, waits: bool) -> QueueRow:
    procedure = words.PROCEDURES[case.procedure]
    return QueueRow(
        case=case.pk,
        organisation=case.organisation.name,
        procedure=Said(procedure.zh, procedure.en),
        state=state_of(procedure, case),
        moved_at=case.moved_at,
        due_date=case.due_date,
        waits=waits,
    )
