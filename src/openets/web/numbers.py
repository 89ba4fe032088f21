"""How figures are written for people: grouped, exact, with a true minus sign."""

from datetime import date, datetime
from decimal import Decimal

from openets.kernel.clock import MARKET_ZONE
from openets.kernel.quantity import Exact, Fen, half_up, plain, yuan

MINUS = "−"
NOTHING = "—"
"""What stands where there is no figure; an empty cell would look like a fault."""


def grouped(value: Exact | None, decimals: int | None = None) -> str:
    """Write a number in groups of three, rounded half-up if `decimals` is given."""
    if value is None:
        return NOTHING
    exact = Decimal(plain(value)) if decimals is None else half_up(value, decimals)
    return f"{exact:,f}".replace("-", MINUS)


def signed(value: Exact | None) -> str:
    """Write a change: with its sign, and nought without one."""
    if value is None:
        return NOTHING
    return f"+{grouped(value)}" if value > 0 else grouped(value)


def money(amount_fen: int | None) -> str:
    """Write fen as yuan with two decimals, grouped."""
    return NOTHING if amount_fen is None else grouped(yuan(Fen(amount_fen)), 2)


def percent(ratio: Exact | None, decimals: int = 2) -> str:
    """Write a ratio as a percentage."""
    return NOTHING if ratio is None else f"{grouped(half_up(ratio * 100, decimals), decimals)}%"


def iso(moment: date | datetime | None) -> str:
    """Write a day as 2026-11-20, a moment with hour and minute in the market's zone."""
    if moment is None:
        return NOTHING
    if isinstance(moment, datetime):
        return moment.astimezone(MARKET_ZONE).strftime("%Y-%m-%d %H:%M")
    return moment.isoformat()
