"""The registry at a glance, the holders, receipts, and tables to take away."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE
from openets.paper import operations as paper
from openets.parties import queries as parties
from openets.parties.matrix import Scope, scope
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.registry import statements
from openets.registry.certificates import NoSuchCertificate
from openets.registry.kinds import ACCOUNT_TITLES, TRANSACTION_KINDS, AccountKind
from openets.registry.models import Transaction
from openets.web import clock
from openets.web.accounts.access import reached
from openets.web.accounts.forms import CertificateForm, ReceiptForm
from openets.web.accounts.page import DoneRow, HolderRow, HoldersPage, RegistryPage
from openets.web.desk.queues import queues_of
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, guarded, must_reach, within
from openets.web.language import Said
from openets.web.overview.views import conservation
from openets.web.paper.issue import issued_at, printing
from openets.web.registry_transactions.page import part_rows
from openets.web.tables import Column, Form, Table, Value, download

PER_PAGE = 20
DONE_SHOWN = 20
HOLDING_COLUMNS = (
    Column("account", "权益账户号"),
    Column("lot", "批次"),
    Column("kind", "种类"),
    Column("vintage_year", "年份"),
    Column("origin", "来源"),
    Column("traded", "曾交易"),
    Column("lot_serial_from", "批次起始序列号"),
    Column("lot_serial_to", "批次截止序列号"),
    Column("total_t", "总量（吨）"),
    Column("available_t", "可用（吨）"),
    Column("reserved_t", "挂单占用（吨）"),
    Column("locked_t", "冻结（吨）"),
    Column("locks", "冻结原因"),
)
TRANSACTION_COLUMNS = (
    Column("number", "业务编号"),
    Column("at", "办理时间"),
    Column("kind", "业务种类"),
    Column("reference", "参考号"),
    Column("debit", "转出账户"),
    Column("credit", "转入账户"),
    Column("lot", "批次"),
    Column("traded", "曾交易"),
    Column("amount_t", "数量（吨）"),
    Column("article", "依据条款"),
)


@require_safe
@within("holdings.read")
def accounts(request: HttpRequest) -> HttpResponse:
    """To each their own: the registry, the holders of a district, or one's own accounts."""
    acting = acting_of(request)
    match scope(Role(acting.role), "holdings.read"):
        case Scope.ALL:
            return redirect("registry")
        case Scope.OWN_AREA:
            return redirect("holders")
        case _:
            return redirect("holder", code=acting.organisation)


@require_safe
@guarded("holdings.read")
def overview(request: HttpRequest) -> HttpResponse:
    """The registry at a glance: where every unit is, the accounts, what was done today."""
    today = clock.today(request)
    start = datetime.combine(today, time(), tzinfo=MARKET_ZONE)
    done = statements.transactions_since(start)
    page = RegistryPage(
        today=today,
        lots=conservation(),
        accounts=[
            (Said(*ACCOUNT_TITLES[AccountKind(kind)]), count)
            for kind, count in statements.account_counts().items()
        ],
        done=[_done(row) for row in done[:DONE_SHOWN]],
        done_count=done.count(),
        queues=queues_of(acting_of(request), today),
    )
    return render(request, "web/accounts/registry.html", {"page": page})


@require_safe
@within("holdings.read")
def holders(request: HttpRequest) -> HttpResponse:
    """The holders that somebody reaches, with what each holds."""
    name = request.GET.get("name", "").strip()
    found = _holders(acting_of(request))
    if name:
        found = found.filter(name__icontains=name)
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = _rows(list(shown.object_list))
    page = HoldersPage(rows=shown, name=name)
    return render(request, "web/accounts/holders.html", {"page": page})


@require_safe
@within("holdings.read")
def holdings_table(request: HttpRequest, code: str, form: Form) -> HttpResponse:
    """What a holder holds, as a table."""
    organisation, _ = reached(request, code)
    rows = (_holding(row) for row in registry.holdings(organisation))
    return download(Table(f"holdings-{code}", HOLDING_COLUMNS, rows), form)


@require_safe
@within("holdings.read")
def transactions_table(request: HttpRequest, form: Form) -> HttpResponse:
    """The transactions of everybody somebody reaches, or of one holder, a row a lot."""
    acting, code = acting_of(request), request.GET.get("holder", "")
    if code:
        reach = parties.organisations([reached(request, code)[0].code])
    else:
        reach = parties.within_reach(acting, "holdings.read").order_by()
    found = registry.register(holders=reach).iterator(chunk_size=2000)
    rows = (row for done in found for row in _parts(done))
    return download(Table("transactions", TRANSACTION_COLUMNS, rows), form)


@require_http_methods(["GET", "HEAD", "POST"])
@within("holdings.read")
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """A transaction and its receipt for whoever asks."""
    try:
        done = statements.transaction(number)
    except statements.NoSuchTransaction as fault:
        raise Http404(number) from fault
    acting = acting_of(request)
    holder = _party(done, acting)
    form = ReceiptForm.of(request)

    def issue(data: dict[str, Any]) -> Done:
        issued = paper.issue_receipt(
            number=number,
            holder=holder,
            printing=printing(request, data["reference"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(issued_at(issued), Said("业务回单已出具", "The receipt is issued"))

    kind = TRANSACTION_KINDS[done.kind]
    context = {
        "done": done,
        "parts": part_rows(done),
        "kind": Said(kind.zh, kind.en),
        "holder": holder,
        "form": form,
    }
    return acted(request, form, issue) or render(
        request, "web/accounts/receipt.html", context, status=form.status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@within("holdings.read")
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate of a cancellation as PDF, for whoever may read the holder's holdings."""
    try:
        shown = registry.certificate(code)
    except NoSuchCertificate as fault:
        raise Http404(code) from fault
    acting = must_reach(request, "holdings.read", shown.holder)
    form = CertificateForm.of(request)

    def issue(data: dict[str, Any]) -> Done:
        issued = paper.issue_cancellation_certificate(
            certificate=code,
            printing=printing(request, data["reference"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(issued_at(issued), Said("注销证书已出具", "The certificate is issued"))

    context = {
        "done": shown.cancelled,
        "parts": part_rows(shown.cancelled),
        "kind": Said("注销证书", "Cancellation certificate"),
        "holder": shown.holder,
        "form": form,
    }
    return acted(request, form, issue) or render(
        request, "web/accounts/receipt.html", context, status=form.status
    )


def _party(done: Transaction, acting: Acting) -> Organisation:
    """The party of a transaction that somebody asks for: themselves, else whom they reach."""
    ends = [done.debit.holder, done.credit.holder]
    reach = [end for end in ends if parties.may(acting, "holdings.read", end)]
    if not reach:
        raise PermissionDenied
    # The market's own accounts are the operator's; its receipt is asked for by the other side.
    return min(
        reach, key=lambda end: (end.code != acting.organisation, end.role == Role.REGISTRY_OPERATOR)
    )


def _holders(acting: Acting) -> QuerySet[Organisation]:
    return parties.within_reach(acting, "holdings.read").filter(accounts__isnull=False).distinct()


def _rows(found: list[Organisation]) -> list[HolderRow]:
    held = registry.all_holdings([organisation.pk for organisation in found])
    return [
        HolderRow(
            code=organisation.code,
            name=organisation.name,
            district=organisation.district,
            total_t=sum(row.total_t for row in held[organisation.pk]),
            available_t=sum(row.available_t for row in held[organisation.pk]),
            accounts=len({row.account for row in held[organisation.pk]}),
        )
        for organisation in found
    ]


def _holding(row: registry.Holding) -> list[Value]:
    return [
        row.account,
        row.lot.code,
        row.lot.kind,
        row.lot.vintage_year,
        row.lot.origin,
        "yes" if row.traded else "no",
        row.lot.serial_from,
        row.lot.serial_to,
        row.total_t,
        row.available_t,
        row.reserved_t,
        sum(amount for _, amount in row.locks),
        ";".join(f"{cause}={amount}" for cause, amount in row.locks),
    ]


def _parts(done: Transaction) -> Iterable[list[Value]]:
    for lot, traded, amount_t in done.parts:
        yield [
            done.pk,
            done.at,
            done.kind,
            done.reference,
            done.debit.number,
            done.credit.number,
            lot,
            "yes" if traded else "no",
            amount_t,
            done.article,
        ]


def _done(row: Transaction) -> DoneRow:
    kind = TRANSACTION_KINDS[row.kind]
    return DoneRow(
        at=row.at,
        kind=Said(kind.zh, kind.en),
        number=row.pk,
        debit=row.debit,
        credit=row.credit,
        amount_t=row.amount_t,
        article=row.article,
        href=reverse("transaction", args=[row.pk]),
    )
