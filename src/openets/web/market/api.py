"""Quotes for programs."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from openets.trading import queries as trading
from openets.trading.models import DailySheet
from openets.web import words
from openets.web.guards import public
from openets.web.market.board import board_of
from openets.web.schemas import Fen, Tonnes, answers

router = Router(tags=["market"])


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


class CandleOut(Schema):
    """A trading day. One without trades has no open, high or low and keeps the close before."""

    day: date
    reference_fen: Fen
    open_fen: Fen | None
    high_fen: Fen | None
    low_fen: Fen | None
    close_fen: Fen
    volume_t: Tonnes
    turnover_fen: Fen
    trades: int


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


@router.get("/{product}/candles", response=answers(list[CandleOut]), url_name="candles")
@public
def candles(request: HttpRequest, product: str) -> list[DailySheet]:
    """Every published trading day of a product, oldest first."""
    return trading.sheets(trading.product(product))


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
