"""The floor's clock: the wall's, or in a demo one that goes on from the market's last moment.

Pure: the wall and the seconds come from whoever makes the clock.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from openets.kernel.clock import MARKET_ZONE


class Clock(Protocol):
    """Tells the market's time."""

    def now(self) -> datetime:
        """The market's time."""

    def begin(self, last: datetime | None) -> None:
        """Begin to run a market whose last entry is of this moment."""

    def rest_until(self, opens: datetime) -> None:
        """Nothing happens in the market before this moment."""


class WallClock:
    """The time of a market in earnest."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        """`wall` tells the time of day."""
        self._wall = wall

    def now(self) -> datetime:
        """The wall's time, in the market's zone."""
        return self._wall().astimezone(MARKET_ZONE)

    def begin(self, last: datetime | None) -> None:
        """The wall begins for nobody."""

    def rest_until(self, opens: datetime) -> None:
        """The wall waits for nobody."""


class PlayedClock:
    """The time of a played market: goes on where it stopped, faster, and skips all rests."""

    def __init__(self, *, speed: float, seconds: Callable[[], float], start: datetime) -> None:
        """`seconds` of any clock that only goes forward; `start` where nothing was played."""
        self._speed, self._seconds = speed, seconds
        self._from, self._since = start, seconds()

    def now(self) -> datetime:
        """The market's time."""
        passed = timedelta(seconds=(self._seconds() - self._since) * self._speed)
        return (self._from + passed).astimezone(MARKET_ZONE)

    def begin(self, last: datetime | None) -> None:
        """Go on where the market stopped."""
        if last is not None:
            self._from, self._since = last, self._seconds()

    def rest_until(self, opens: datetime) -> None:
        """Go on at the opening."""
        self._from, self._since = max(opens, self.now()), self._seconds()
