"""The daily sheets as published: to read by the day and to take away. Source: CQETS-20."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.trading import published
from openets.trading import queries as trading
from openets.trading.models import DailySheet
from openets.web import clock
from openets.web.guards import public
from openets.web.market.forms import DaysForm
from openets.web.market.page import SheetRow, SheetsPage
from openets.web.market.views import average, day_of, modes_of, tab, tab_order
from openets.web.parts import Choice
from openets.web.tables import Column, Form, Table, Value, download

PER_PAGE = 50
SHOWN_DAYS = timedelta(days=30)
COLUMNS = (
    Column("day", "交易日"),
    Column("product", "产品"),
    Column("reference_fen", "基准价"),
    Column("open_fen", "开盘价"),
    Column("high_fen", "最高价"),
    Column("low_fen", "最低价"),
    Column("close_fen", "收盘价"),
    Column("average_fen", "加权均价"),
    Column("volume_t", "成交量"),
    Column("turnover_fen", "成交额"),
    Column("trades", "笔数"),
    Column("deal_volume_t", "协议等成交量"),
    Column("deal_turnover_fen", "协议等成交额"),
    Column("deals", "协议等笔数"),
)


@require_safe
@public
def listed(request: HttpRequest) -> HttpResponse:
    """The daily sheets of some days, and what was traded by which method."""
    form = DaysForm(request.GET or None)
    until = trading.last_day() or clock.today(request)
    since, until = form.stretch(until - SHOWN_DAYS, until)
    products = sorted(trading.products(), key=tab_order)
    tabs = {product.code: tab(product) for product in products}
    chosen = _chosen(request)
    rows = [
        SheetRow(tabs[sheet.product.code], day_of(sheet), average(sheet))
        for sheet in published.sheets_between(since, until)
        if chosen in {"", sheet.product.code}
    ]
    modes = modes_of(since, until, tabs)
    page = SheetsPage(
        form=form,
        rows=Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        modes=[mode for mode in modes if chosen in {"", mode.product.code}],
        products=[Choice(one.code, one.label) for one in tabs.values()],
        product=chosen,
        since=since,
        until=until,
        query=f"since={since}&until={until}&product={chosen}",
    )
    return render(request, "web/market/sheets.html", {"page": page})


@require_safe
@public
def table(request: HttpRequest, form: Form) -> HttpResponse:
    """The daily sheets of some days, or of all, as a file."""
    asked = DaysForm(request.GET or None)
    today = clock.today(request)
    since, until = asked.stretch(published.first_day() or today, trading.last_day() or today)
    chosen = _chosen(request)
    rows = (
        _cells(sheet)
        for sheet in reversed(published.sheets_between(since, until))
        if chosen in {"", sheet.product.code}
    )
    return download(Table(f"daily-sheets-{since}-{until}", COLUMNS, rows), form)


def _chosen(request: HttpRequest) -> str:
    code = request.GET.get("product", "")
    if code and not any(product.code == code for product in trading.products()):
        raise Http404(code)
    return code


def _cells(sheet: DailySheet) -> list[Value]:
    return [
        sheet.day.isoformat(),
        sheet.product.code,
        sheet.reference_fen,
        sheet.open_fen,
        sheet.high_fen,
        sheet.low_fen,
        sheet.close_fen,
        average(sheet),
        sheet.volume_t,
        sheet.turnover_fen,
        sheet.trades,
        sheet.deal_volume_t,
        sheet.deal_turnover_fen,
        sheet.deals,
    ]
