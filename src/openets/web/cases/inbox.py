"""The inbox (收件箱) of an organisation, and the outbox (发件箱) of copies by mail and SMS."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import notices
from openets.casework import queries as casework
from openets.casework.models import Delivery
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.cases.due import Days
from openets.web.cases.forms import OpenForm, RetryForm
from openets.web.cases.one import DELIVERY_STATES, delivery_row, notice_text
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, signed_in, within
from openets.web.language import Said
from openets.web.parts import Choice

PER_PAGE = 30
COPIES_PER_PAGE = 50
UNREAD = "unread"


@require_safe
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """The notices sent to the viewer's organisation, newest first."""
    mine = parties.organisation(acting_of(request).organisation)
    found, only = casework.inbox(mine), request.GET.get("only", "")
    if only == UNREAD:
        found = found.filter(opened_at=None)
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [(notice, notice_text(notice)) for notice in shown.object_list]
    context = {"rows": shown, "only": only, "unread": casework.unread(mine), "organisation": mine}
    return render(request, "web/cases/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice; the first opening is kept, and starts the clock where opening is receipt.

    Looking opens nothing; the button does. Source: AMB-63.
    """
    acting = acting_of(request)
    mine = casework.inbox(parties.organisation(acting.organisation))
    found = mine.filter(pk=number).first()
    if found is None:
        raise Http404(number)
    form = OpenForm.of(request)

    def do(data: dict[str, Any]) -> Done:
        notices.open_notice(
            notice=number,
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        return Done(reverse("notice", args=[number]), Said("已打开并记录", "Opened and recorded"))

    context = {
        "notice": found,
        "text": notice_text(found),
        "procedure": Said("交易", "Trading"),
        "form": form,
    }
    if found.case:
        procedure = words.PROCEDURES[found.case.procedure]
        days = Days(clock.today(request), settings.JURISDICTION)
        context |= {
            "procedure": Said(procedure.zh, procedure.en),
            "state": words.state_of(procedure, found.case.state),
            "due": days.due(procedure, found.case),
        }
    answer = acted(request, form, do)
    return answer or render(request, "web/cases/notice.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@within("casework.retry")
def outbox(request: HttpRequest) -> HttpResponse:
    """Every copy on its way out by mail and SMS, by how far it came; failed ones go again."""
    acting, copies = acting_of(request), casework.outbox()
    asked = request.GET.get("state", "")
    form = RetryForm.of(request)

    def do(data: dict[str, Any]) -> Done:
        chosen = [int(n) for n in request.POST.getlist("copy") if n.isdecimal()]
        again = notices.retry(deliveries=chosen, acting=acting, at=clock.now(request))
        said = Said(
            f"{again} 件将在下一轮重新发送", f"{again} copies will go out in the next round"
        )
        return Done(request.get_full_path(), said)

    answer = acted(request, form, do)
    if answer:
        return answer
    found = copies.filter(state=asked) if asked in DELIVERY_STATES else copies
    shown: Page[Any] = Paginator(found, COPIES_PER_PAGE).get_page(request.GET.get("page"))
    rows = [(delivery_row(copy), notice_text(copy.notice)) for copy in shown.object_list]
    shown.object_list = rows
    context = {
        "rows": shown,
        "asked": asked,
        "states": [
            (Choice(state, label), tone, copies.filter(state=state).count())
            for state, (label, tone) in DELIVERY_STATES.items()
        ],
        "has_failed": any(row.copy.state == Delivery.State.FAILED for row, _ in rows),
        "form": form,
    }
    return render(request, "web/cases/outbox.html", context, status=form.status)
