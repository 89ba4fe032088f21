"""A day on which the agents trade at the market's running floor, through its gateway.

The floor is another process and keeps its own time, faster than the wall's; the agents keep pace.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from openets.casework import queries as cases
from openets.compliance.obligation import surrender_deadline
from openets.gateway.requests import Reply, Request, enter_order
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law
from openets.simulation.calibration import read
from openets.simulation.cast import Cast
from openets.simulation.positions import Move
from openets.simulation.tempers import draw_temper
from openets.simulation.trading_day import Pay, Plans, TradingDay
from openets.trading import published
from openets.trading import queries as trading
from openets.trading.models import Product
from openets.trading.orders import NewOrder
from openets.trading.session import Phase
from openets.trading.terms import Terms

Ask = Callable[[Request], Reply]
"""Sends a request to the floor and waits for its answer."""
Wait = Callable[[datetime], None]
"""Waits until the floor's clock shows a moment."""


class Pace:
    """Waits as long as a faster market takes, which skips its breaks."""

    def __init__(
        self,
        *,
        hours: Sequence[Phase],
        speed: float,
        seconds: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """`seconds` of any clock that only goes forward; the first wait begins the day."""
        self._hours, self._speed = hours, speed
        self._seconds, self._sleep = seconds, sleep
        self._opened: float | None = None

    def until(self, moment: datetime) -> None:
        """Wait for a moment of the market's day."""
        passed = self._traded(moment.astimezone(MARKET_ZONE).time()) / self._speed
        if self._opened is None:
            self._opened = self._seconds() - passed
        self._sleep(max(0.0, self._opened + passed - self._seconds()))

    def _traded(self, moment: time) -> float:
        """Seconds of trading before a time of the day."""
        day = date.min
        parts = (
            datetime.combine(day, min(phase.end, moment)) - datetime.combine(day, phase.start)
            for phase in self._hours
            if phase.start < moment
        )
        return sum(parts, timedelta()).total_seconds()


class FarFloor:
    """The floor in another process, as participants meet it."""

    def __init__(self, *, law: Law, cast: Cast, ask: Ask, wait: Wait) -> None:
        """Orders go out by `ask`; the answers are counted."""
        self._law, self._cast, self._ask, self._wait = law, cast, ask, wait
        self._products: Mapping[str, Product] = {}
        self._terms: Mapping[str, Terms] = {}
        self.answers: Counter[str] = Counter()
        """How many orders came to what: a state, or the code of a refusal."""

    @property
    def products(self) -> Mapping[str, Product]:
        """What is traded, by code."""
        return self._products

    @property
    def terms(self) -> Mapping[str, Terms]:
        """By which terms, by code."""
        return self._terms

    def open_day(self, day: date) -> None:
        """Read what is traded on a day; the floor opens it by its own clock."""
        self._products = {product.code: product for product in trading.products()}
        self._terms = {
            code: trading.terms(product, law=self._law, day=day)
            for code, product in self._products.items()
        }

    def quotes(self) -> dict[str, tuple[int, int | None, int | None]]:
        """Reference, best bid and best ask of each product, in fen."""
        best = published.best_prices()
        return {
            code: (self._terms[code].reference_fen, *best.get(product.pk, (None, None)))
            for code, product in self._products.items()
        }

    def submit(self, commands: Sequence[NewOrder], *, at: datetime) -> None:
        """Enter orders when the market's clock shows the moment."""
        self._wait(at)
        for order in commands:
            request = enter_order(
                key=order.key,
                product=order.product,
                buy=order.buy,
                qty=order.qty,
                price_fen=order.price_fen,
                tif=order.tif,
                acting=self._cast.acts(order.holder.code),
            )
            reply = self._ask(request)
            self.answers[reply.refusal["code"] if reply.refusal else reply.state] += 1

    def close_day(self, *, at: datetime) -> None:
        """Nothing is left to do: the floor closes the day by its own clock."""


class LiveDay(TradingDay):
    """A day outside the script: whoever asks too much of the registry is told no, and trades on."""

    refused_moves = 0

    def _move(self, code: str, move: Move, moment: datetime) -> None:
        try:
            super()._move(code, move, moment)
        except Refusal:
            self.refused_moves += 1


def live_day(*, floor: FarFloor, cast: Cast, law: Law, seed: int, pay: Pay) -> LiveDay:
    """The agents of a played market, ready for a day at its running floor."""
    deadlines = {
        year: surrender_deadline(law=law, year=year) for year in read("script.yaml")["years"]
    }
    traders = [*cast.entities, *cast.owners]
    plans = Plans(
        tempers={one.code: draw_temper(participant=one.code, seed=seed) for one in traders},
        deadlines={year: day for year, day in deadlines.items() if day is not None},
        passive=frozenset(),
        offsetting=frozenset(),
    )
    calendar = cases.calendar(law.jurisdiction)
    return LiveDay(
        cast=cast, floor=floor, plans=plans, law=law, calendar=calendar, seed=seed, pay=pay
    )
