"""The market days, and one of them: four books side by side, differences, and the close."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework.models import TrailLine
from openets.kernel.acting import Acting
from openets.parties.roles import Role
from openets.reconciliation import operations, queries
from openets.reconciliation.books import Book
from openets.reconciliation.findings import Kind
from openets.reconciliation.models import Difference
from openets.reconciliation.queries import MarketDay, NoSuchDay
from openets.reconciliation.report import as_csv
from openets.registry import queries as registry
from openets.trading.procedures import MARKET_DAY
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.parts import Choice, Event, Status
from openets.web.reconciliation import page as pages
from openets.web.reconciliation.forms import (
    CloseForm,
    ConfirmForm,
    DeferForm,
    ExplainForm,
    ReconcileForm,
    ReopenForm,
)
from openets.web.tables import csv_file

PER_PAGE = 50
READ = "reconciliation.read"
OPERATIONS: Mapping[str, Callable[..., object]] = {
    "reconcile": operations.reconcile,
    "confirm": operations.confirm,
    "close": operations.close,
    "reopen": operations.reopen,
    "explain": operations.explain,
    "defer": operations.defer,
}
"""What each form does, by its name."""
SETTLED = Status(Said("已说明", "Settled"), "good")
UNSETTLED = Status(Said("待说明", "To be explained"), "bad")


@require_safe
@guarded(READ)
def listed(request: HttpRequest) -> HttpResponse:
    """Every market day with its state, newest first."""
    chosen = request.GET.get("state", "")
    found = [day for day in queries.market_days() if chosen in ("", day.case.state)]
    days: Page[MarketDay] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "days": days,
        "rows": [_row(day) for day in days],
        "chosen": chosen,
        "choices": [
            Choice(name, Said(state.zh, state.en)) for name, state in MARKET_DAY.states.items()
        ],
    }
    return render(request, "web/reconciliation/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ)
def day(request: HttpRequest, day: str) -> HttpResponse:
    """One market day, and what may be done with it now."""
    found, acting = _day(day), acting_of(request)
    forms = _forms(request, found, acting)
    for form in forms:
        leave = acted(request, form, _act(request, found.day, form, acting))
        if leave:
            return leave
    # A comparison that was refused may have sealed the journal: the page tells what is there now.
    context = {"page": _page(_day(day), forms)}
    status = max((form.status for form in forms), default=200)
    return render(request, "web/reconciliation/day.html", context, status=status)


@require_safe
@guarded(READ)
def report_csv(request: HttpRequest, day: str) -> HttpResponse:
    """The registration agency's daily report as CSV. Source: CQETS-5.4."""
    return csv_file(as_csv(queries.report(_day(day))), f"market-day-{day}")


@require_safe
@guarded(READ)
def report_json(request: HttpRequest, day: str) -> HttpResponse:
    """The registration agency's daily report as JSON. Source: CQETS-5.4."""
    return JsonResponse(queries.report(_day(day)), json_dumps_params={"ensure_ascii": False})


def _day(text: str) -> MarketDay:
    try:
        return queries.market_day(date.fromisoformat(text))
    except (ValueError, NoSuchDay) as fault:
        raise Http404(text) from fault


def _forms(request: HttpRequest, found: MarketDay, acting: Acting) -> list[ActForm]:
    """What the role may do from where the day stands."""
    state, differs = found.case.state, found.differences
    choices = [(row.pk, f"{row.pk} · {_title(row)} · {row.subject}") for row in differs]
    explain = [ExplainForm.of(request, differences=choices)] if state == "differences" else []
    match acting.role:
        case Role.REGISTRY_OPERATOR:
            again = [] if state == "closed" else [ReconcileForm.of(request)]
            closing = [CloseForm.of(request)] if state == "confirmed" else []
            return [*closing, *explain, *again]
        case Role.EXCHANGE_OPERATOR:
            may_confirm = state in {"reconciled", "differences"}
            return [*([ConfirmForm.of(request)] if may_confirm else []), *explain]
        case Role.CITY_BUREAU if state == "differences":
            return [DeferForm.of(request, differences=choices)]
        case Role.CITY_BUREAU if state == "closed":
            return [ReopenForm.of(request)]
    return []


def _act(
    request: HttpRequest, day: date, form: ActForm, acting: Acting
) -> Callable[[dict[str, Any]], Done]:
    operation = OPERATIONS[form.name]

    def do(data: dict[str, Any]) -> Done:
        given = {name: value for name, value in data.items() if name != "reference"}
        operation(day=day, acting=acting, at=clock.now(request), **given)
        said = Said(f"已办理：{form.verb.zh}", f"Done: {form.verb.en}")
        return Done(reverse("market_day", args=[day.isoformat()]), said)

    return do


def _row(found: MarketDay) -> pages.DayRow:
    steps = {line.move: line.person for line in found.case.trail.all()}
    sums = found.result.sums[Book.EXCHANGE] if found.result else {}
    state = found.case.state
    return pages.DayRow(
        day=found.day,
        status=_status(state),
        trades=sums.get("trades"),
        volume_t=sums.get("volume_t"),
        turnover_fen=sums.get("turnover_fen"),
        differences=len(found.differences),
        confirmed_by=steps.get("confirm", "") if state in {"confirmed", "closed"} else "",
        closed_by=steps.get("close", "") if state == "closed" else "",
    )


def _page(found: MarketDay, forms: list[ActForm]) -> pages.DayPage:
    result = found.result
    sums = result.sums if result else {}
    books = [book for book in Book if sums.get(book) or book != Book.BANK]
    return pages.DayPage(
        day=found.day,
        status=_status(found.case.state),
        reconciled_at=result.at if result else None,
        head=result.head_digest if result else "",
        books=[pages.BOOKS[book] for book in books],
        figures=[
            pages.FigureRow(
                label, tuple(sums[book].get(name) for book in books), name.endswith("_fen")
            )
            for name, label in pages.FIGURES.items()
            if sums
        ],
        lots=_lots(sums.get("lots", [])),
        money=sums.get("money", {}),
        differences=[_difference(row) for row in found.differences],
        gone=len(found.all_differences) - len(found.differences),
        trail=[_event(line) for line in found.case.trail.all()],
        forms=forms,
    )


def _lots(lines: list[Mapping[str, Any]]) -> list[tuple[Said, Mapping[str, Any]]]:
    """What the books say of each lot, under its name."""
    names = registry.lots([line["lot"] for line in lines])
    return [(words.lot_label(names[line["lot"]]), line) for line in lines]


def _difference(row: Difference) -> pages.DifferenceRow:
    _, remedy = pages.KINDS[Kind(row.kind)]
    unit: pages.Unit = "fen" if {Book.CASH, Book.BANK} & {row.one, row.other} else "t"
    if row.kind in pages.UNCOUNTED:
        unit = ""
    return pages.DifferenceRow(
        number=row.pk,
        title=_title(row),
        remedy=remedy,
        subject=row.subject,
        participant=row.participant,
        account=row.account,
        product=row.product,
        what=Said(pages.WHATS.get(row.what, row.what), row.what),
        one=pages.BOOKS[Book(row.one)],
        one_says=pages.shown(row.one_says, unit),
        other=pages.BOOKS[Book(row.other)],
        other_says=pages.shown(row.other_says, unit),
        entry=row.entry,
        note=row.note,
        explained_by=row.explained_by,
        correction=row.correction,
        deferral=row.deferral,
        deferred_by=row.deferred_by,
        status=SETTLED if row.is_settled else UNSETTLED,
    )


def _event(line: TrailLine) -> Event:
    return Event(
        at=line.at,
        title=words.move_of(MARKET_DAY, line.move),
        text=line.note,
        person=line.person,
        role=line.role,
        article=line.article,
    )


def _title(row: Difference) -> Said:
    return pages.KINDS[Kind(row.kind)][0]


def _status(state: str) -> Status:
    return Status(words.state_of(MARKET_DAY, state), pages.TONES[state])
