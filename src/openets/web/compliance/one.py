"""One entity's duty of a year as offices see it: what happened, and an excess."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.casework import queries as casework
from openets.compliance import operations, queries
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.obligation import surrender_deadline
from openets.compliance.procedures import EXCESS
from openets.compliance.queries import YearDuty
from openets.compliance.status import Kind
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.compliance.forms import ExtendForm, ReturnForm
from openets.web.compliance.page import EVENTS, DutyEventRow, OneDutyPage
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import must_reach, within
from openets.web.language import Said
from openets.web.numbers import grouped, iso


@require_http_methods(["GET", "HEAD", "POST"])
@within("surrender.read")
def duty(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """How an entity's duty came to stand as it does; the bureau extends it and returns an excess.

    Source: CQ208-2b, AMB-31.
    """
    try:
        organisation = parties.entity(number)
    except parties.NoSuchEntity as no:
        raise Http404(number) from no
    acting = must_reach(request, "surrender.read", organisation)
    rules, today = law(settings.JURISDICTION), clock.today(request)
    found = queries.duty(organisation, year, rules, on=today)
    if found is None:
        raise Http404(year)
    page = _page(request, acting, organisation, found)
    for form in page.forms:
        leave = acted(request, form, partial(_done, request, form, organisation, year))
        if leave:
            return leave
    status = max((form.status for form in page.forms), default=200)
    return render(request, "web/compliance/duty.html", {"page": page}, status=status)


def _page(
    request: HttpRequest, acting: Acting, organisation: Organisation, found: YearDuty
) -> OneDutyPage:
    standing, year = found.standing, found.standing.year
    excess_t = queries.excess_t(organisation, year)
    events = [event for event in queries.events(organisation) if event.year == year]
    subject = f"{organisation.code}/{year}"
    wanted: list[tuple[type[ActForm], str, bool]] = [
        (ReturnForm, "excess.return", bool(excess_t)),
        (ExtendForm, "compliance.extend_deadline", not found.frozen and bool(standing.open_t)),
    ]
    return OneDutyPage(
        organisation=organisation,
        year=year,
        status=words.STATUSES[standing.status],
        at_deadline=words.STATUSES[DutyStatus(found.frozen.status)] if found.frozen else None,
        deadline=found.deadline,
        is_extended=found.deadline != surrender_deadline(law=law(settings.JURISDICTION), year=year),
        verified_t=standing.verified_t,
        counted_t=standing.counted_t,
        open_t=standing.open_t,
        excess_t=excess_t,
        case=casework.case(EXCESS, subject),
        events=[
            DutyEventRow(
                at=event.at,
                what=EVENTS[Kind(event.kind)],
                amount_t=None if event.amount_t is None else Tonnes(event.amount_t),
                until=event.deadline_date,
                reference=event.reference or event.of,
                registry_entry=event.registry_entry,
            )
            for event in events
        ],
        forms=[
            form.of(request)
            for form, operation, is_due in wanted
            if is_due and parties.may(acting, operation)
        ],
    )


def _done(
    request: HttpRequest,
    form: ActForm,
    organisation: Organisation,
    year: int,
    data: dict[str, Any],
) -> Done:
    address = reverse("duty", args=[year, organisation.number])
    acting, at = must_reach(request, "surrender.read", organisation), clock.now(request)
    asked: dict[str, Any] = {
        "organisation": organisation,
        "year": year,
        "law": law(settings.JURISDICTION),
        "acting": acting,
        "at": at,
    }
    if isinstance(form, ExtendForm):
        to = operations.extend_deadline(to=data["to"], reason=data["reason"], **asked)
        return Done(address, Said(f"清缴期限延至 {iso(to)}", f"The deadline is {iso(to)} now"))
    back = grouped(operations.return_excess(**asked))
    return Done(address, Said(f"已退还 {back} 吨", f"{back} t returned"))
