"""Transactions that wait for approval: filed by an operator, decided by the bureau."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.registry import operations
from openets.registry import queries as registry
from openets.registry.models import Filing
from openets.registry.procedures import REGISTRY_TRANSACTION
from openets.rulebook.load import law
from openets.web import clock
from openets.web.cases.one import trail_rows
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Event
from openets.web.registry_transactions.filing import file, may_file
from openets.web.registry_transactions.forms import (
    ApproveForm,
    FileForm,
    RejectForm,
    WithdrawForm,
)
from openets.web.registry_transactions.page import FilingRow, filing_row, part_rows

PER_PAGE = 30


@require_safe
@within("registry_transaction.read")
def filings(request: HttpRequest) -> HttpResponse:
    """What was filed within one's reach, newest first."""
    acting = acting_of(request)
    page = Paginator(_reached(acting), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(filing) for filing in page.object_list],
        "may_file": bool(may_file(acting)),
    }
    return render(request, "web/registry_transactions/filings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within("transaction.transfer")
def new(request: HttpRequest) -> HttpResponse:
    """File a transfer, a compulsory cancellation or a withdrawal."""
    acting = acting_of(request)
    form = FileForm.of(request, kinds=may_file(acting))

    def do(data: dict[str, Any]) -> Done:
        filed = file(data, acting=acting, at=clock.now(request))
        said = Said("已提交审批，相应单位已预占", "Filed; the units are kept until it is decided")
        return Done(reverse("filing", args=[filed.pk]), said)

    template = "web/registry_transactions/new_filing.html"
    return acted(request, form, do) or render(request, template, {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@within("registry_transaction.read")
def filing(request: HttpRequest, number: int) -> HttpResponse:
    """One filed transaction: its units, basis and trail, and the decision of whose turn it is."""
    acting = acting_of(request)
    found = _reached(acting).filter(pk=number).first()
    if found is None:
        raise Http404(number)
    case = casework.case(REGISTRY_TRANSACTION, found.subject)
    assert case is not None, "what was filed has its case"
    forms = [form.of(request) for form in _possible(acting, found, case.state)]
    for form in forms:
        leave = acted(request, form, partial(_decide, request, form, found))
        if leave:
            return leave
    context = {
        "row": filing_row(found, case),
        "case": case,
        "parts": part_rows(found),
        "forms": forms,
        "events": [
            Event(
                at=step.at,
                title=step.move,
                text=step.note,
                person=step.person,
                article=step.article,
            )
            for step in trail_rows(REGISTRY_TRANSACTION, case)
        ],
    }
    status = max((form.status for form in forms), default=200)
    return render(request, "web/registry_transactions/filing.html", context, status=status)


def _reached(acting: Acting) -> Any:
    if parties.may(acting, "registry_transaction.read"):
        return registry.filings()
    return registry.filings(holders=parties.within_reach(acting, "registry_transaction.read"))


def _row(filing: Filing) -> FilingRow:
    case = casework.case(REGISTRY_TRANSACTION, filing.subject)
    assert case is not None, "what was filed has its case"
    return filing_row(filing, case)


def _possible(acting: Acting, found: Filing, state: str) -> list[type[ActForm]]:
    """The decisions that whoever looks could make now."""
    forms: dict[str, type[ActForm]] = {
        "approve": ApproveForm,
        "reject": RejectForm,
        "withdraw": WithdrawForm,
    }
    moves = REGISTRY_TRANSACTION.moves_from(state)
    return [
        form
        for name, form in forms.items()
        if name in moves
        and acting.role in moves[name].roles
        and (name != "withdraw" or acting.organisation == found.organisation)
    ]


def _decide(request: HttpRequest, form: ActForm, found: Filing, data: dict[str, Any]) -> Done:
    acts: dict[str, Any] = {"filing": found, "acting": acting_of(request), "at": clock.now(request)}
    address = reverse("filing", args=[found.pk])
    match form.name:
        case "approve":
            done = operations.approve(law=law(settings.JURISDICTION), **acts)
            executed = Said("已批准并执行", "Approved and executed")
            waits = Said("已批准，到期自动执行", "Approved; it is executed when its day comes")
            return Done(address, executed if done.transaction_id else waits)
        case "reject":
            operations.reject(why=data["why"], **acts)
            return Done(address, Said("不予批准，单位已解除预占", "Rejected; the units are free"))
        case _:
            operations.withdraw_filing(**acts)
            return Done(address, Said("已撤回，单位已解除预占", "Withdrawn; the units are free"))
