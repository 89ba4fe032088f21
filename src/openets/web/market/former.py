"""Real trading days of former years, always beside their source."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.history import queries as history
from openets.history.models import Source
from openets.history.rows import COLUMNS
from openets.kernel.cells import table_text
from openets.kernel.quantity import half_up
from openets.web.guards import public
from openets.web.language import Said
from openets.web.market.candles import Candle, Interval
from openets.web.market.page import HistoryPage, HistoryRow
from openets.web.market.series import history_candles
from openets.web.parts import Choice
from openets.web.tables import csv_file

PER_PAGE = 50
SPANS = (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.YEAR)


@require_safe
@public
def shown(request: HttpRequest, name: str = "") -> HttpResponse:
    """What a source tells, by day, week, month or year; the first source if none is named."""
    sources = history.sources()
    source = next((one for one in sources if name in {"", one.code}), None)
    if source is None and name:
        raise Http404(name)
    asked = request.GET.get("interval")
    interval = next((span for span in SPANS if span == asked), Interval.YEAR)
    page = source and _page(source, sources, interval, request.GET.get("page"))
    return render(request, "web/market/history.html", {"page": page})


@require_safe
@public
def table(request: HttpRequest, name: str) -> HttpResponse:
    """The days of a source as CSV, as `openets history export` writes them."""
    try:
        rows = history.days(history.source(name))
    except history.NoSuchSource as fault:
        raise Http404(name) from fault
    return csv_file(table_text(COLUMNS, (row.as_cells() for row in rows)), f"history-{name}")


def _page(
    source: Source, sources: Sequence[Source], interval: Interval, number: str | None
) -> HistoryPage:
    days = [_row(candle) for candle in history_candles(source, Interval.DAY)]
    rows = [_row(candle) for candle in reversed(history_candles(source, interval))]
    return HistoryPage(
        sources=[Choice(one.code, Said(one.zh, one.en)) for one in sources],
        code=source.code,
        name=Said(source.zh, source.en),
        note=Said(source.note_zh, source.note_en),
        first=days[0].start,
        last=days[-1].start,
        days=len(days),
        volume_t=sum(day.volume_t for day in days),
        turnover_fen=sum(day.turnover_fen for day in days),
        highest=max(days, key=lambda day: day.close_fen),
        lowest=min(days, key=lambda day: day.close_fen),
        interval=interval,
        rows=Paginator(rows, PER_PAGE).get_page(number),
        candles_href=reverse("api:history", args=[source.code]),
    )


def _row(candle: Candle) -> HistoryRow:
    return HistoryRow(
        start=candle.start.date(),
        open_fen=candle.open_fen,
        high_fen=candle.high_fen,
        low_fen=candle.low_fen,
        close_fen=candle.close_fen,
        average_fen=int(half_up(Decimal(candle.turnover_fen) / candle.volume_t)),
        volume_t=candle.volume_t,
        turnover_fen=candle.turnover_fen,
    )
