"""The board of all products and the page of one, filled from what the exchange published."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openets.kernel.clock import MARKET_ZONE
from openets.kernel.quantity import half_up
from openets.rulebook.load import law
from openets.trading import published
from openets.trading import queries as trading
from openets.trading.models import DailySheet, Trade
from openets.trading.models import Product as ListedProduct
from openets.web import clock, words
from openets.web.guards import public
from openets.web.market.board import Board, board_of
from openets.web.market.page import (
    BoardPage,
    Day,
    DepthTable,
    Level,
    MarketPage,
    ModeRow,
    Product,
    Quote,
    Tick,
)
from openets.web.market.phase import session_at

TAPE_LENGTH = 50
"""Trades on the tape; one more is read, so that the oldest shown has one to compare with."""
TREND_DAYS = 30


@require_safe
@public
def board(request: HttpRequest) -> HttpResponse:
    """The quotes of every product."""
    products = sorted(trading.products(), key=tab_order)
    page = board_page(products, at=clock.now(request)) if products else None
    return render(request, "web/market/board.html", {"page": page})


@require_safe
@public
def market(request: HttpRequest, code: str) -> HttpResponse:
    """The quotes of one product."""
    products = trading.products()
    chosen = next((product for product in products if product.code == code), None)
    if chosen is None:
        raise Http404(code)
    page = market_page(chosen, products, at=clock.now(request))
    return render(request, "web/market/page.html", {"page": page})


def board_page(products: Sequence[ListedProduct], *, at: datetime) -> BoardPage:
    """Every product's figures of the running day, or of the last one."""
    sheets = published.last_sheets()
    last = max((sheet.day for sheet in sheets.values()), default=None)
    today = trading.floor_day()
    is_running = bool(today and (last is None or last < today))
    day = today if is_running and today else last or products[0].listed_from
    if is_running:
        references = published.references(products, law=law(settings.JURISDICTION), day=day)
        sheets = published.days_so_far(day, references)
    closes = published.recent_closes(TREND_DAYS)
    best = published.best_prices() if is_running else {}
    tabs = {product.code: tab(product) for product in products}
    shown = [
        Quote(
            product=tabs[product.code],
            day=day_of(sheets[product.pk]),
            average_fen=average(sheets[product.pk]),
            bid_fen=best.get(product.pk, (None, None))[0],
            ask_fen=best.get(product.pk, (None, None))[1],
            closes_fen=closes.get(product.pk, ()),
        )
        for product in products
        if product.pk in sheets
    ]
    session = session_at(at, is_running=is_running)
    return BoardPage(session, day, shown, modes_of(day, day, tabs))


def market_page(
    product: ListedProduct, products: Sequence[ListedProduct], *, at: datetime
) -> MarketPage:
    """Everything the page of quotes shows of a product at a moment."""
    board = board_of(product)
    terms = trading.terms(product, law=law(settings.JURISDICTION), day=board.day)
    sheet = board.sheet(terms.reference_fen)
    shown = day_of(sheet) if sheet else None
    band = terms.limits.band
    tabs = [tab(each, here=each == product) for each in sorted(products, key=tab_order)]
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
        average_fen=average(sheet),
        limit_up_fen=band.high if band else None,
        limit_down_fen=band.low if band else None,
        volume_t=shown.volume_t if shown else 0,
        turnover_fen=shown.turnover_fen if shown else 0,
        depth=depth_of(board),
        tape=ticks(trading.tape(product, board.day, TAPE_LENGTH + 1)),
        days=[day_of(sheet) for sheet in reversed(board.sheets)],
        candles_href=reverse("api:candles", args=[product.code]),
        snapshot_href=reverse("api:snapshot", args=[product.code]),
    )


def modes_of(since: date, until: date, tabs: Mapping[str, Product]) -> list[ModeRow]:
    """What was traded by which method on these days."""
    return [
        ModeRow(
            tabs[row.product], words.MODES[row.method], row.trades, row.volume_t, row.turnover_fen
        )
        for row in published.modes_between(since, until)
        if row.product in tabs
    ]


def depth_of(board: Board) -> DepthTable:
    """Five levels of each side, however few there are."""
    asks, bids = ([Level(one.price_fen, one.qty) for one in side] for side in board.depth()[::-1])
    return DepthTable(_five(asks), _five(bids))


def tab_order(product: ListedProduct) -> tuple[bool, int, str]:
    """Allowances by vintage, then reductions."""
    return product.vintage_year is None, product.vintage_year or 0, product.code


def tab(product: ListedProduct, *, here: bool = False) -> Product:
    """A product as it is called and where its page is."""
    return Product(
        code=product.code,
        label=words.product_label(product.unit, product.vintage_year),
        href=reverse("market_product", args=[product.code]),
        here=here,
    )


def day_of(sheet: DailySheet) -> Day:
    """A daily sheet with its change against the reference."""
    change_fen = sheet.close_fen - sheet.reference_fen
    return Day(
        date=sheet.day,
        reference_fen=sheet.reference_fen,
        open_fen=sheet.open_fen,
        high_fen=sheet.high_fen,
        low_fen=sheet.low_fen,
        close_fen=sheet.close_fen,
        volume_t=sheet.volume_t,
        turnover_fen=sheet.turnover_fen,
        trades=sheet.trades,
        deal_volume_t=sheet.deal_volume_t,
        deal_turnover_fen=sheet.deal_turnover_fen,
        deals=sheet.deals,
        change_fen=change_fen,
        change_ratio=Decimal(change_fen) / sheet.reference_fen,
    )


def average(sheet: DailySheet | None) -> int | None:
    """The weighted average of a day's prices, half-up to the fen; None without trades."""
    if sheet is None or not sheet.volume_t:
        return None
    return int(half_up(Decimal(sheet.turnover_fen) / sheet.volume_t))


def ticks(trades: Sequence[Trade]) -> list[Tick]:
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


def _five(levels: list[Level]) -> list[Level | None]:
    return [*levels, *([None] * (trading.DEPTH_LEVELS - len(levels)))]
