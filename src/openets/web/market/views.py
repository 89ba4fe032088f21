"""The page of quotes, filled from what the exchange published."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.casework import queries as casework
from openets.kernel.calendar import UnknownYear
from openets.kernel.clock import MARKET_ZONE, market_date
from openets.kernel.quantity import half_up
from openets.rulebook.load import law
from openets.trading import queries as trading
from openets.trading.models import DailySheet, Trade
from openets.trading.models import Product as ListedProduct
from openets.trading.session import MarketClosed, phase_at
from openets.web import clock, words
from openets.web.guards import public
from openets.web.language import Said
from openets.web.market.board import board_of
from openets.web.market.page import Day, Level, MarketPage, Product, Tick
from openets.web.parts import Status

TAPE_LENGTH = 50
"""Trades on the tape; one more is read, so that the oldest shown has one to compare with."""


@require_safe
@public
def market(request: HttpRequest, code: str = "") -> HttpResponse:
    """The quotes of a product, or of the one with the largest turnover."""
    products = trading.products()
    turnovers = trading.turnovers()
    code = code or max(turnovers, key=lambda one: turnovers[one].turnover_fen, default="")
    chosen = next((product for product in products if product.code == code), None)
    if chosen is None and products:
        raise Http404(code)
    page = chosen and market_page(chosen, products, at=clock.now(request))
    return render(request, "web/market/page.html", {"page": page})


def market_page(
    product: ListedProduct, products: Sequence[ListedProduct], *, at: datetime
) -> MarketPage:
    """Everything the page of quotes shows of a product at a moment."""
    board = board_of(product)
    terms = trading.terms(product, law=law(settings.JURISDICTION), day=board.day)
    sheet = board.sheet(terms.reference_fen)
    bids, asks = board.depth()
    shown = _day(sheet) if sheet else None
    band = terms.limits.band
    tabs = [_tab(each, here=each == product) for each in sorted(products, key=_tab_order)]
    return MarketPage(
        products=tabs,
        product=next(tab for tab in tabs if tab.here),
        session=session_at(at, is_running=board.is_running),
        day=shown.date if shown else None,
        is_closed=not board.is_running,
        last_fen=shown.close_fen if shown else None,
        change_fen=shown.change_fen if shown else None,
        change_ratio=shown.change_ratio if shown else None,
        reference_fen=terms.reference_fen,
        open_fen=shown.open_fen if shown else None,
        high_fen=shown.high_fen if shown else None,
        low_fen=shown.low_fen if shown else None,
        average_fen=_average(sheet),
        limit_up_fen=band.high if band else None,
        limit_down_fen=band.low if band else None,
        volume_t=shown.volume_t if shown else 0,
        turnover_fen=shown.turnover_fen if shown else 0,
        asks=[Level(level.price_fen, level.qty) for level in asks],
        bids=[Level(level.price_fen, level.qty) for level in bids],
        tape=_ticks(trading.tape(product, board.day, TAPE_LENGTH + 1)),
        days=[_day(sheet) for sheet in reversed(board.sheets)],
        candles_href=reverse("api:candles", args=[product.code]),
    )


def session_at(at: datetime, *, is_running: bool) -> Status:
    """What the exchange does at a moment: trades, waits for the first order, or rests."""
    hours = trading.phases(law=law(settings.JURISDICTION), day=market_date(at))
    try:
        phase_at(at=at, day_phases=hours, calendar=casework.calendar(settings.JURISDICTION))
    except MarketClosed as closed:
        opens = str(closed.numbers["opens_at"])[: len("2024-01-01 09:30")]
        return Status(Said(f"已闭市 · {opens} 开市", f"Closed · opens {opens}"))
    except UnknownYear as unknown:
        return Status(Said(unknown.message("zh"), unknown.message("en")), "warn")
    if is_running:
        return Status(Said("交易中", "Trading"), "good")
    return Status(Said("交易时段 · 尚无申报", "In hours · no order yet"), "info")


def _tab_order(product: ListedProduct) -> tuple[bool, int, str]:
    """Allowances by vintage, then reductions."""
    return product.vintage_year is None, product.vintage_year or 0, product.code


def _tab(product: ListedProduct, *, here: bool) -> Product:
    return Product(
        code=product.code,
        label=words.product_label(product.unit, product.vintage_year),
        href=reverse("market_product", args=[product.code]),
        here=here,
    )


def _day(sheet: DailySheet) -> Day:
    change_fen = sheet.close_fen - sheet.reference_fen
    return Day(
        date=sheet.day,
        open_fen=sheet.open_fen,
        high_fen=sheet.high_fen,
        low_fen=sheet.low_fen,
        close_fen=sheet.close_fen,
        volume_t=sheet.volume_t,
        turnover_fen=sheet.turnover_fen,
        trades=sheet.trades,
        change_fen=change_fen,
        change_ratio=Decimal(change_fen) / sheet.reference_fen,
    )


def _average(sheet: DailySheet | None) -> int | None:
    if sheet is None or not sheet.volume_t:
        return None
    return int(half_up(Decimal(sheet.turnover_fen) / sheet.volume_t))


def _ticks(trades: Sequence[Trade]) -> list[Tick]:
    """The tape, newest first, each against the trade before it."""
    shown = list(pairwise(trades))
    if trades and len(trades) <= TAPE_LENGTH:
        shown.append((trades[-1], trades[-1]))
    return [
        Tick(
            at=trade.at.astimezone(MARKET_ZONE).time(),
            price_fen=trade.price_fen,
            volume_t=trade.qty,
            change_fen=trade.price_fen - before.price_fen,
            mode=words.MODES[trade.method],
        )
        for trade, before in shown
    ]
