"""Quotes of one product in one object, as the stream of quotes begins with."""

from datetime import datetime

from django.conf import settings
from ninja import Schema

from openets.kernel.clock import MARKET_ZONE, market_date
from openets.rulebook.load import law
from openets.trading import published
from openets.trading import queries as trading
from openets.trading.models import Product
from openets.web.market.board import Board, board_of
from openets.web.market.phase import phase_now

TAPE_LENGTH = 50

LevelRow = tuple[int, int]
"""Fen a tonne, and the tonnes that wait at this price."""


class DepthOut(Schema):
    """The best five levels of each side, best first."""

    seq: int
    product: str
    at: str
    bids: list[LevelRow]
    asks: list[LevelRow]


class TradeOut(Schema):
    """A trade without its participants."""

    id: int
    at: str
    price_fen: int
    qty_t: int
    buy_taker: bool


class TradesOut(Schema):
    """The last trades, newest first."""

    seq: int
    product: str
    trades: list[TradeOut]


class DayOut(Schema):
    """The figures of the day."""

    seq: int
    product: str
    reference_fen: int
    open_fen: int | None
    high_fen: int | None
    low_fen: int | None
    last_fen: int | None
    volume_t: int
    turnover_fen: int
    phase: str


class SnapshotOut(Schema):
    """Depth, trades and day at one moment."""

    depth: DepthOut
    trades: TradesOut
    day: DayOut


def snapshot_of(product: Product, *, at: datetime) -> SnapshotOut:
    """The quotes of a product now, or of its last close while the market rests.

    `seq` is the number of the floor's last batch: it grows whenever something changed.
    """
    board = board_of(product)
    seq = published.last_batch()
    local = at.astimezone(MARKET_ZONE).isoformat()
    bids, asks = ([(int(level.price_fen), level.qty) for level in side] for side in board.depth())
    return SnapshotOut(
        depth=DepthOut(seq=seq, product=product.code, at=local, bids=bids, asks=asks),
        trades=TradesOut(seq=seq, product=product.code, trades=_trades(board)),
        day=_day(board, seq, at),
    )


def _trades(board: Board) -> list[TradeOut]:
    return [
        TradeOut(
            id=trade.pk,
            at=trade.at.astimezone(MARKET_ZONE).isoformat(),
            price_fen=trade.price_fen,
            qty_t=trade.qty,
            # Of two orders that met, the later was the one that took.
            buy_taker=trade.buy_id > trade.sell_id,
        )
        for trade in trading.tape(board.product, board.day, TAPE_LENGTH)
    ]


def _day(board: Board, seq: int, at: datetime) -> DayOut:
    terms = trading.terms(board.product, law=law(settings.JURISDICTION), day=board.day)
    sheet = board.sheet(terms.reference_fen)
    return DayOut(
        seq=seq,
        product=board.product.code,
        reference_fen=terms.reference_fen,
        open_fen=sheet.open_fen if sheet else None,
        high_fen=sheet.high_fen if sheet else None,
        low_fen=sheet.low_fen if sheet else None,
        last_fen=sheet.close_fen if sheet and sheet.trades else None,
        volume_t=sheet.volume_t if sheet else 0,
        turnover_fen=sheet.turnover_fen if sheet else 0,
        phase=phase_now(at, has_closed=not board.is_running and board.day == market_date(at)),
    )
