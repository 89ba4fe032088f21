"""The life of serials: the lots that have them, where they lie, and what happened to each."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.registry import queries as registry
from openets.registry.blocks import ALL, Run
from openets.registry.models import Lot
from openets.registry.queries import SerialEvent
from openets.registry.statements import event_title
from openets.web import words
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.registry_transactions.page import SerialLine
from openets.web.tables import Column, Form, Table, Value, download

PER_PAGE = 50
BLOCKS_SHOWN = 20
COLUMNS = (
    Column("number", "序号"),
    Column("at", "时间"),
    Column("event", "事项"),
    Column("lot", "批次"),
    Column("serial_from", "起始序列号"),
    Column("serial_to", "截止序列号"),
    Column("amount_t", "数量（吨）"),
    Column("debit", "转出账户"),
    Column("credit", "转入账户"),
    Column("reference", "业务编号"),
    Column("article", "依据条款"),
)


@require_safe
@within("registry_transfer.read")
def lots(request: HttpRequest) -> HttpResponse:
    """The lots with serials that one reaches, newest first."""
    text = request.GET.get("q", "").strip()
    found = reached_lots(acting_of(request), text)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(words.lot_label(lot), lot) for lot in page.object_list]
    context = {"page": page, "rows": rows, "q": text}
    return render(request, "web/registry_transactions/serial_lots.html", context)


@require_safe
@within("registry_transfer.read")
def life(request: HttpRequest, number: int) -> HttpResponse:
    """Where the serials of a lot lie now, and their history from issue to the end (全生命周期).

    Source: CQVER-30.
    """
    acting = acting_of(request)
    lot, run = _lot(acting, number), _run(request.GET)
    holders = reach_ids(acting)
    events = registry.history(lot, run, holders=holders)
    blocks = registry.lying(lot, run, holders=holders)
    page = Paginator(events, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "lot": lot,
        "label": words.lot_label(lot),
        "first": request.GET.get("first", ""),
        "last": request.GET.get("last", ""),
        "query": request.GET.urlencode(),
        "blocks": blocks[:BLOCKS_SHOWN],
        "further": max(0, len(blocks) - BLOCKS_SHOWN),
        "page": page,
        "lines": [_line(event) for event in page.object_list],
    }
    return render(request, "web/registry_transactions/serial_life.html", context)


@require_safe
@within("registry_transfer.read")
def life_table(request: HttpRequest, number: int, form: Form) -> HttpResponse:
    """The same history, all of it, as a table to take away."""
    acting = acting_of(request)
    lot, run = _lot(acting, number), _run(request.GET)
    events = registry.history(lot, run, holders=reach_ids(acting))
    return download(Table(f"serials-{number}", COLUMNS, _rows(lot, events)), form)


def reached_lots(acting: Acting, text: str = "") -> QuerySet[Lot]:
    """The lots with serials that are in reach: held at some time by somebody in it."""
    return registry.lots_with_serials(holders=_reach(acting), text=text)


def reach_ids(acting: Acting) -> set[int] | None:
    """Whose part of the history is told, by id; None for everybody's."""
    reach = _reach(acting)
    return None if reach is None else {organisation.pk for organisation in reach}


def _reach(acting: Acting) -> Any:
    if parties.may(acting, "registry_transfer.read"):
        return None
    return parties.within_reach(acting, "registry_transfer.read")


def _lot(acting: Acting, number: int) -> Lot:
    found = reached_lots(acting).filter(pk=number).first()
    if found is None:
        raise Http404(number)
    return found


def _run(query: QueryDict) -> Run:
    """The serials that are asked for; an end that is left out, or no number, is the lot's own."""
    first, last = query.get("first", ""), query.get("last", "")
    return _number(first, ALL[0]), _number(last, ALL[1])


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else otherwise


def _line(event: SerialEvent) -> SerialLine:
    number = event.transaction
    return SerialLine(
        event=event,
        title=Said(*event_title(event.event)),
        href=reverse("transaction", args=[number]) if number else "",
    )


def _rows(lot: Lot, events: Iterable[SerialEvent]) -> Iterable[list[Value]]:
    for event in events:
        yield [
            event.number,
            event.at,
            event.event,
            lot.code,
            event.first,
            event.last,
            event.amount_t,
            event.debit.number if event.debit else "",
            event.credit.number,
            event.reference,
            event.article,
        ]
