"""What a batch changed, read from the floor: depth, trades, and the running day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from openets.gateway.board import LAST_TRADES, Figures, News
from openets.kernel.clock import MARKET_ZONE
from openets.trading import became
from openets.trading import queries as trading
from openets.trading.became import Traded
from openets.trading.floor import Floor

LEVELS = 5


class Reporter:
    """Follows the days of a floor and tells after every batch how each product stands."""

    def __init__(self, floor: Floor) -> None:
        """Read what traded so far on the floor's day."""
        self._last_trade = 0
        self._figures: dict[str, Figures] = {}
        self._first: dict[str, list[Mapping[str, Any]]] = {}
        for code, product in floor.products.items():
            tape = became.traded_after(0, floor.day, product=code, last=LAST_TRADES)
            sheet = trading.day_so_far(product, floor.day, floor.terms[code].reference_fen)
            self._figures[code] = Figures(
                reference_fen=sheet.reference_fen,
                open_fen=sheet.open_fen,
                high_fen=sheet.high_fen,
                low_fen=sheet.low_fen,
                last_fen=sheet.close_fen if tape else None,
                volume_t=sheet.volume_t,
                turnover_fen=sheet.turnover_fen,
            )
            self._last_trade = max([self._last_trade, *(trade.number for trade in tape)])
            self._first[code] = [_told(trade) for trade in tape]

    def after_batch(self, floor: Floor, *, phase: str, at: datetime) -> list[News]:
        """How every product stands, and what traded since the last time."""
        fresh = {code: trades for code, trades in self._first.items() if trades}
        self._first = {}
        depths, trades = news_of(floor, after=self._last_trade)
        for product, trade in trades:
            self._last_trade = trade["id"]
            self._figures[product].add(trade["price_fen"], trade["qty_t"])
            fresh.setdefault(product, []).append(trade)
        return [
            News(
                product,
                at.isoformat(),
                *depths[product],
                {**figures.as_json(), "phase": phase},
                fresh.get(product, ()),
            )
            for product, figures in self._figures.items()
        ]


Levels = list[tuple[int | None, int]]


def news_of(
    floor: Floor, *, after: int
) -> tuple[dict[str, tuple[Levels, Levels]], list[tuple[str, dict[str, Any]]]]:
    """The best five levels of each product, and the trades numbered above `after`, in order."""
    depths = {}
    for code, book in floor._memory.books.items():  # noqa: SLF001 - until the floor tells it
        bids, asks = ([(price, qty) for price, _, qty in side] for side in book.depth(LEVELS))
        depths[code] = (bids, asks)
    traded = became.traded_after(after, floor.day)
    return depths, [(trade.product, _told(trade)) for trade in traded]


def _told(trade: Traded) -> dict[str, Any]:
    """A trade as published; the later order took what the earlier one offered."""
    return {
        "id": trade.number,
        "at": trade.at.astimezone(MARKET_ZONE).isoformat(),
        "price_fen": trade.price_fen,
        "qty_t": trade.qty_t,
        "buy_taker": trade.buy > trade.sell,
    }
