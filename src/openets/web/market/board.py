"""Which trading day the quotes are of: today's while it runs, else the last published one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from openets.kernel.clock import MARKET_ZONE, market_date
from openets.rulebook.load import calendar, law
from openets.trading import queries as trading
from openets.trading.models import DailySheet, Product
from openets.trading.session import Phase


@dataclass(frozen=True, slots=True)
class Board:
    """A product at a moment; `day` is the trading day its quotes are of."""

    product: Product
    day: date
    is_running: bool
    hours: Sequence[Phase]
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


def board_of(product: Product, *, at: datetime) -> Board:
    """The board of a product at a moment of the market."""
    today = market_date(at)
    hours = trading.phases(law=law(settings.JURISDICTION), day=today)
    sheets = trading.sheets(product)
    last = sheets[-1].day if sheets else None
    is_running = _has_opened(at, hours) and (last is None or last < today)
    day = last if last and not is_running else today
    return Board(product, day, is_running, hours, sheets)


def _has_opened(at: datetime, hours: Sequence[Phase]) -> bool:
    """Whether today is a trading day and its first phase has begun."""
    known, today = calendar(settings.JURISDICTION), market_date(at)
    if today.year not in known.years or not known.is_trading_day(today):
        return False
    return hours[0].start <= at.astimezone(MARKET_ZONE).time()
