"""Alerts with their evidence, the book replayed step by step, and related participants."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.registry import queries as holdings
from openets.rulebook.load import law
from openets.surveillance import operations, queries
from openets.surveillance.models import Alert
from openets.surveillance.patterns import PATTERNS
from openets.surveillance.procedures import ALERT
from openets.trading import queries as market
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Choice
from openets.web.risk.forms import MeasureTakenForm, RelationForm, SurveyForm
from openets.web.risk.page import Make, chip, moved, names, trail

PER_PAGE = 50
PATTERN_TITLES = {name: Said(zh, en) for name, (zh, en, _) in PATTERNS.items()}
FIGURES: Mapping[str, tuple[Said, str]] = {
    "reference_fen": (Said("参考价", "Reference"), "price"),
    "price_fen": (Said("成交价", "Price"), "price"),
    "before_fen": (Said("此前价格", "Price before"), "price"),
    "last_fen": (Said("最后价格", "Last price"), "price"),
    "volume_t": (Said("成交量", "Volume"), "tonnes"),
    "mean_t": (Said("此前日均", "Mean before"), "tonnes"),
    "qty_t": (Said("数量", "Quantity"), "tonnes"),
    "total_t": (Said("合计", "Total"), "tonnes"),
    "least_t": (Said("最小一步", "Smallest step"), "tonnes"),
    "most_t": (Said("最大一步", "Largest step"), "tonnes"),
    "withdrawn_t": (Said("撤单数量", "Withdrawn"), "tonnes"),
    "traded_t": (Said("反向成交", "Traded on the other side"), "tonnes"),
    "days": (Said("比较天数", "Days compared"), "count"),
    "times": (Said("次数", "Times"), "count"),
    "orders": (Said("申报笔数", "Orders"), "count"),
    "trades": (Said("成交笔数", "Trades"), "count"),
}
"""What the numbers of a signal are called, and how they are shown."""


@require_http_methods(["GET", "HEAD", "POST"])
@within("market_risk.read")
def listed(request: HttpRequest) -> HttpResponse:
    """All alerts, by pattern and state; the exchange surveys a day."""
    acting = acting_of(request)
    may_survey = parties.may(acting, "surveillance.survey_day")
    form = SurveyForm.of(request) if may_survey else None

    def survey(data: dict[str, Any]) -> Done:
        found = operations.survey_day(
            day=data["day"], law=law(settings.JURISDICTION), acting=acting, at=clock.now(request)
        )
        said = Said(f"新预警 {len(found)} 条", f"{len(found)} new alerts")
        return Done(reverse("alerts"), said)

    leave = acted(request, form, survey) if form else None
    if leave:
        return leave
    found = queries.alerts()
    if (pattern := request.GET.get("pattern", "")) in PATTERNS:
        found = found.filter(pattern=pattern)
    page: Page[Any] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    states = casework.states(ALERT, [alert.reference for alert in shown])
    called = names([code for alert in shown for code in alert.parties])
    page.object_list = [
        (
            alert,
            PATTERN_TITLES[alert.pattern],
            [called.get(code, code) for code in alert.parties],
            chip(ALERT, states[alert.reference]),
        )
        for alert in shown
    ]
    context = {
        "rows": page,
        "form": form,
        "asked": request.GET,
        "patterns": [Choice(name, title) for name, title in PATTERN_TITLES.items()],
    }
    return render(request, "web/risk/alerts.html", context, status=form.status if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@within("market_risk.read")
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """One alert: who, the numbers, the trades, its trail; whoever may moves it on."""
    row = queries.alert(number)
    if row is None:
        raise Http404(number)
    case = casework.case(ALERT, row.reference)
    assert case is not None, "an alert has its case"
    measures = [
        Choice(str(measure.pk), f"{measure.reference} {measure.decision}")
        for party in parties.organisations(row.parties)
        for measure in holdings.measures(party)
    ]
    taking = MeasureTakenForm.of(request, measures=measures)
    next_ones = moved(request, ALERT, case, _makes(row), acting_of(request), {"take": taking})
    if next_ones.leave:
        return next_ones.leave
    trades = market.trades_numbered(row.trades)
    context = {
        "alert": row,
        "title": PATTERN_TITLES[row.pattern],
        "parties": names(row.parties).values(),
        "figures": [(*FIGURES[name], value) for name, value in row.figures.items()],
        "trades": trades,
        "step": queries.step_of(row),
        "state": chip(ALERT, case.state),
        "trail": trail(ALERT, case),
        "forms": next_ones.forms,
    }
    return render(request, "web/risk/alert.html", context, status=next_ones.status)


@require_safe
@within("market_risk.read")
def replay(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """The book of a product after one step of a day, and the way to the next."""
    try:
        asked, product = date.fromisoformat(day), market.product(code)
        step = int(request.GET.get("step", 1))
    except (ValueError, market.NoSuchProduct) as wrong:
        raise Http404(day) from wrong
    found = queries.replay(product, asked, step=step)
    entered = queries.entered(product, asked)
    called = names(sorted({order.holder for order in entered.values()}))
    frame = found.frame
    context = {
        "product": product,
        "day": asked,
        "replay": found,
        "rows": [
            (change, entered[change.order], called[entered[change.order].holder])
            for change in (frame.changed if frame else ())
        ],
        "trades": [
            (trade, called.get(trade.buyer, trade.buyer), called.get(trade.seller, trade.seller))
            for trade in (frame.trades if frame else ())
        ],
    }
    return render(request, "web/risk/replay.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within("surveillance.relate")
def relations(request: HttpRequest) -> HttpResponse:
    """Participants recorded as related; exchange and bureau record others."""
    acting, form = acting_of(request), RelationForm.of(request)

    def relate(data: dict[str, Any]) -> Done:
        operations.relate(
            one=parties.registered(data["one"]),
            other=parties.registered(data["other"]),
            basis=data["basis"],
            acting=acting,
            at=clock.now(request),
        )
        return Done(reverse("relations"), Said("已登记", "Recorded"))

    context = {"rows": queries.relations(), "form": form}
    return acted(request, form, relate) or render(
        request, "web/risk/relations.html", context, status=form.status
    )


def _makes(row: Alert) -> dict[str, Make]:
    def review(_: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        return operations.review(alert=row, acting=acting, at=at)

    def with_reasons(operation: Any) -> Make:
        def make(data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
            return operation(alert=row, reasons=data["reason"], acting=acting, at=at)

        return make

    def take(data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        measure = holdings.measure(int(data["measure"]))
        assert measure is not None, "one of the choices"
        return operations.take_measure(alert=row, measure=measure, acting=acting, at=at)

    return {
        "review": review,
        "dismiss": with_reasons(operations.dismiss),
        "propose": with_reasons(operations.propose_measure),
        "report": with_reasons(operations.report_alert),
        "take": take,
    }
