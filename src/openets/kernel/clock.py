"""The market's own time zone. The clock itself is read at the edge only."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

MARKET_ZONE = ZoneInfo("Asia/Shanghai")


def at(day: date, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """A moment of `day` in the market's time zone."""
    return datetime.combine(day, time(hour, minute, second), tzinfo=MARKET_ZONE)


def market_date(moment: datetime) -> date:
    """The market's calendar day of a moment."""
    return moment.astimezone(MARKET_ZONE).date()
