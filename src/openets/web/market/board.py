"""Which trading day the quotes are of: today's while it runs, else the last published one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openets.trading import queries as trading
from openets.trading.models import DailySheet, Product


@dataclass(frozen=True, slots=True)
class Board:
    """A product; `day` is the trading day its quotes are of."""

    product: Product
    day: date
    is_running: bool
    sheets: Sequence[DailySheet]

    def depth(self) -> trading.Depth:
        """Bids and asks of the open orders, or of those that rested at the close."""
        if self.is_running:
            return trading.depth(self.product)
        return trading.depth_at_close(self.product, self.day)

    def sheet(self, reference_fen: int) -> DailySheet | None:
        """The figures of the day."""
        if self.is_running:
            return trading.day_so_far(self.product, self.day, reference_fen)
        return self.sheets[-1] if self.sheets else None


def board_of(product: Product) -> Board:
    """The board of a product. A day runs from the floor's first command to its sheet."""
    sheets = trading.sheets(product)
    last = sheets[-1].day if sheets else None
    today = trading.floor_day()
    if today and (last is None or last < today):
        return Board(product, today, is_running=True, sheets=sheets)
    return Board(product, last or product.listed_from, is_running=False, sheets=sheets)
