"""Quotes for programs."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from openets.history import queries as history
from openets.history.models import Source
from openets.trading import queries as trading
from openets.web import clock, words
from openets.web.guards import public
from openets.web.market.board import board_of
from openets.web.market.candles import Interval, Row
from openets.web.market.series import history_candles, product_candles
from openets.web.market.snapshot import SnapshotOut, snapshot_of
from openets.web.schemas import Fen, Tonnes, answers

router = Router(tags=["market"])

CandleRow = Annotated[Row, Field(description="start; open, high, low, close in fen; t; fen")]


class ProductOut(Schema):
    """A listed product; allowances have a vintage, reductions none."""

    code: str
    name: str
    name_zh: str
    unit: str
    vintage_year: int | None
    listed_from: date
    trades: int
    volume_t: Tonnes
    turnover_fen: Fen


class SourceOut(Schema):
    """Where trading days are from, and what their figures are."""

    code: str
    zh: str
    en: str
    note_zh: str
    note_en: str


class LevelOut(Schema):
    """A price with everything that waits at it."""

    price_fen: Fen
    volume_t: Tonnes
    orders: int


class DepthOut(Schema):
    """The best five levels of each side, best first; `closed` says that they are of the close."""

    day: date
    closed: bool
    bids: list[LevelOut]
    asks: list[LevelOut]


class TickOut(Schema):
    """A trade without its participants."""

    id: int
    at: datetime
    price_fen: Fen
    volume_t: Tonnes
    turnover_fen: Fen
    method: str


@router.get("/products", response=answers(list[ProductOut]))
@public
def products(request: HttpRequest) -> list[ProductOut]:
    """The listed products with what they traded so far."""
    sums = trading.turnovers()
    found = []
    for product in trading.products():
        name = words.product_label(product.unit, product.vintage_year)
        found.append(
            ProductOut(
                code=product.code,
                name=name.en,
                name_zh=name.zh,
                unit=product.unit,
                vintage_year=product.vintage_year,
                listed_from=product.listed_from,
                trades=sums[product.code].trades,
                volume_t=sums[product.code].volume_t,
                turnover_fen=sums[product.code].turnover_fen,
            )
        )
    return found


@router.get("/{product}/candles", response=answers(list[CandleRow]), url_name="candles")
@public
def candles(
    request: HttpRequest,
    product: str,
    interval: Interval = Interval.DAY,
    since: Annotated[date | None, Query(alias="from")] = None,
    until: Annotated[date | None, Query(alias="to")] = None,
) -> list[Row]:
    """Candles, oldest first: start, open, high, low, close (fen), tonnes, turnover (fen).

    Days and longer are those of the published sheets and the running day; a day without trades is
    a dash at its close. Shorter ones are of the last ten trading days of the stretch.
    """
    found = product_candles(trading.product(product), interval, since, until)
    return [candle.as_row() for candle in found]


@router.get("/{product}/snapshot", response=answers(SnapshotOut), url_name="snapshot")
@public
def snapshot(request: HttpRequest, product: str) -> SnapshotOut:
    """What the stream `/stream/market` begins with, for who asks again and again instead."""
    return snapshot_of(trading.product(product), at=clock.now(request))


@router.get("/history/sources", response=answers(list[SourceOut]))
@public
def history_sources(request: HttpRequest) -> list[Source]:
    """Where real trading days of former years are from; they are not of this market."""
    return history.sources()


@router.get("/history/{name}/candles", response=answers(list[CandleRow]), url_name="history")
@public
def history_of(request: HttpRequest, name: str, interval: Interval = Interval.DAY) -> list[Row]:
    """Candles of real trading days of former years, as one source tells them."""
    return [candle.as_row() for candle in history_candles(history.source(name), interval)]


@router.get("/{product}/depth", response=answers(DepthOut))
@public
def depth(request: HttpRequest, product: str) -> DepthOut:
    """The five best levels now, or of the last close while the market rests."""
    board = board_of(trading.product(product))
    bids, asks = (
        [
            LevelOut(price_fen=level.price_fen, volume_t=level.qty, orders=level.orders)
            for level in side
        ]
        for side in board.depth()
    )
    return DepthOut(day=board.day, closed=not board.is_running, bids=bids, asks=asks)


@router.get("/{product}/tape", response=answers(list[TickOut]))
@public
def tape(request: HttpRequest, product: str) -> list[TickOut]:
    """The latest trades of the running or the last trading day, newest first."""
    chosen = trading.product(product)
    day = board_of(chosen).day
    return [
        TickOut(
            id=trade.pk,
            at=trade.at,
            price_fen=trade.price_fen,
            volume_t=trade.qty,
            turnover_fen=trade.turnover_fen,
            method=trade.method,
        )
        for trade in trading.tape(chosen, day)
    ]
