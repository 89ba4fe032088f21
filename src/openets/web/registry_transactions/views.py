"""The table of kinds, the register of movements, and the page of one."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.registry import operations
from openets.registry import queries as registry
from openets.registry.basis import Basis, Ground
from openets.registry.checks import CHECKS
from openets.registry.kinds import TRANSACTION_KINDS
from openets.registry.models import Transaction
from openets.registry.procedures import REGISTRY_TRANSACTION
from openets.rulebook.load import law
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, public, within
from openets.web.language import Said
from openets.web.parts import Choice
from openets.web.registry_transactions.forms import OppositeForm
from openets.web.registry_transactions.page import (
    Line,
    OnePage,
    kind_rows,
    kind_said,
    line,
    part_rows,
)

PER_PAGE = 30


@require_safe
@public
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of transaction with its checks, approver and delay (业务种类表)."""
    rows = kind_rows(law(settings.JURISDICTION), clock.today(request))
    context = {"rows": rows, "checks": CHECKS.values()}
    return render(request, "web/registry_transactions/kinds.html", context)


@require_safe
@within("registry_transfer.read")
def register(request: HttpRequest) -> HttpResponse:
    """The movements one reaches, newest first (登记簿). Source: CQETS-5.2b."""
    acting = acting_of(request)
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    found = registry.register(holders=_reach(acting), kind=kind, text=text)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows: list[Line] = [line(row) for row in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "kind": kind,
        "q": text,
        "kinds": [
            Choice(name, kind_said(name))
            for name, row in TRANSACTION_KINDS.items()
            if not row.reserves
        ],
    }
    return render(request, "web/registry_transactions/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within("registry_transfer.read")
def transaction(request: HttpRequest, number: int) -> HttpResponse:
    """One movement: its lots, ledger entries, journal entry, approval, and what undid it."""
    acting = acting_of(request)
    done = registry.register(holders=_reach(acting)).filter(pk=number).first()
    if done is None:
        raise Http404(number)
    page = _one(request, acting, done)
    if page.form:
        leave = acted(request, page.form, lambda data: _file_opposite(request, acting, done, data))
        if leave:
            return leave
    status = page.form.status if page.form else 200
    template = "web/registry_transactions/transaction.html"
    return render(request, template, {"page": page}, status=status)


def _reach(acting: Acting) -> Any:
    """Whose movements are shown: None for everybody's, the market's own accounts included."""
    if parties.may(acting, "registry_transfer.read"):
        return None
    return parties.within_reach(acting, "registry_transfer.read")


def _one(request: HttpRequest, acting: Acting, done: Transaction) -> OnePage:
    filing = registry.filings().filter(transaction=done).first()
    case = casework.case(REGISTRY_TRANSACTION, filing.subject) if filing else None
    undone_by = registry.opposite_of(done)
    ways = [
        name
        for name, kind in TRANSACTION_KINDS.items()
        if done.kind in kind.undoes and kind.approver and acting.role in kind.roles
    ]
    return OnePage(
        line=line(done),
        parts=part_rows(done),
        transfers=registry.ledger_rows(done),
        entry=registry.journal_entry(done),
        filing=filing,
        case=case,
        undoes=done.undoes,
        undone_by=undone_by,
        form=OppositeForm.of(request, kinds=ways) if ways and undone_by is None else None,
    )


def _file_opposite(
    request: HttpRequest, acting: Acting, done: Transaction, data: dict[str, Any]
) -> Done:
    filed = operations.file_opposite(
        kind=data["kind"],
        undone=done,
        amount_t=Tonnes(data["amount"]),
        ground=Ground(Basis(data["basis"]), data["document"], data["reason"]),
        reference=data["reference"],
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    said = Said("已提交审批，相应单位已预占", "Filed; the units are kept until it is decided")
    return Done(reverse("filing", args=[filed.pk]), said)
