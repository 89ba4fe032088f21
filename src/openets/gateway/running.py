"""The floor's life in its process: it stands by, opens and closes days, takes what arrived.

Everything here runs in one thread, the one whose connection has the market's lock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg
import structlog
from django.db import Error, InterfaceError, OperationalError, connection

from openets.casework import queries as cases
from openets.gateway.board import News
from openets.gateway.clock import Clock
from openets.gateway.news import Reporter
from openets.gateway.requests import (
    ARTICLE,
    TRADERS,
    Act,
    FloorFault,
    Reply,
    Request,
    refused,
    told,
)
from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.kernel.calendar import UnknownYear
from openets.kernel.clock import at as moment_of
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.trading import became
from openets.trading import queries as trading
from openets.trading.floor import FLOOR_LOCK, EarlierDayOpen, Floor, FloorLost
from openets.trading.orders import Answer, NewOrder, OrderNotOpen, Withdrawal
from openets.trading.session import MarketClosed, next_opening, phase_at

PERSON = "floor"
"""Who answers for a batch: the exchange's own machine."""
CLOSED, BREAK, CALL = "closed", "break", "call"
LOST = (
    FloorLost,
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
"""What leaves no floor; any other fault of the database is one of the batch."""
_AGAIN = timedelta(seconds=1)
"""A day that may not open yet is tried again after this."""

_log = structlog.get_logger("floor")


class FloorGone(Exception):
    """The database, or the market's lock, is lost; nothing in memory holds any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to: an answer to each request, and the news it made."""

    replies: Sequence[Reply]
    news: Sequence[News]


AfterClose = Callable[[date, datetime], object]


def _nothing(day: date, at: datetime) -> None:
    """Leave the books to the institutions."""


class Running:
    """A floor that stands by until the market's lock is free, and then runs the market's days."""

    def __init__(self, *, law: Law, clock: Clock, after_close: AfterClose = _nothing) -> None:
        """`after_close` is called when a day was closed."""
        self._law, self._clock, self._after_close = law, clock, after_close
        self._why_not = ""
        self._forget()

    def take_lock(self) -> bool:
        """Become the floor if no other process is; False while one is, or without a database."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("select pg_try_advisory_lock(%s)", (FLOOR_LOCK,))
                if not cursor.fetchone()[0]:
                    return self._stands_by("floor_taken")
            self._clock.begin(journal.latest_at())
            exchange = parties.must_be_designated(
                Role.EXCHANGE_OPERATOR, market_date(self._clock.now())
            )
        except (Error, parties.NotDesignated) as fault:
            connection.close()
            return self._stands_by(str(fault).strip())
        self._acting = Acting(PERSON, Role.EXCHANGE_OPERATOR, exchange.code)
        self._why_not = ""
        return True

    def step(self, requests: Sequence[Request]) -> Step:
        """Do what the moment asks, then take the requests in one batch.

        Raises:
            FloorGone.
        """
        try:
            at = self._clock.now()
            if at >= self._look_again_at:
                at = self._look(at)
            replies = self._taken(requests, at) if requests else []
            return Step(replies, self._news(at))
        except (Error, *LOST) as fault:
            self.end()
            raise FloorGone(str(fault).strip()) from fault

    def end(self) -> None:
        """Forget everything and give the lock back with the connection."""
        self._forget()
        connection.close()

    def _stands_by(self, why: str) -> bool:
        if why != self._why_not:
            _log.info("floor_stands_by", why=why)
        self._why_not = why
        return False

    def _forget(self) -> None:
        self._floor: Floor | None = None
        self._reporter: Reporter | None = None
        self._holders: dict[str, Organisation] = {}
        self._phase = CLOSED
        self._look_again_at = moment_of(date.min.replace(year=1971))
        self._why_closed: Refusal | None = None

    # The day

    def _look(self, at: datetime) -> datetime:
        """Close and open what the moment asks for; tells the moment, which may have moved on."""
        before, self._why_closed = self._why_closed, None
        self._holders.clear()
        try:
            at = self._looked(at)
        except (EarlierDayOpen, UnknownYear) as refusal:
            if before is None:
                _log.warning(refusal.code, why=refusal.message("en"))
            self._why_closed, self._phase = refusal, CLOSED
            self._look_again_at = at + _AGAIN
        return at

    def _looked(self, at: datetime) -> datetime:
        self._close_what_is_over(at)
        calendar = cases.calendar(self._law.jurisdiction)
        today = market_date(at)
        hours = trading.phases(law=self._law, day=today)
        opens = next_opening(at=at, day_phases=hours, calendar=calendar)
        try:
            phase = phase_at(at=at, day_phases=hours, calendar=calendar)
        except MarketClosed:
            ends = moment_of(today, hours[-1].end.hour, hours[-1].end.minute)
            is_break = calendar.is_trading_day(today) and at < ends
            self._phase = BREAK if is_break else CLOSED
            self._clock.rest_until(opens)
            at = self._clock.now()
            if at >= opens:
                return self._looked(at)
            midnight = moment_of(today + timedelta(days=1), 0)
            self._look_again_at = min(opens, midnight)
        else:
            self._phase = phase.kind
            self._look_again_at = moment_of(today, phase.end.hour, phase.end.minute)
        if became.is_closed(today):
            self._phase = CLOSED
        elif calendar.is_trading_day(today):
            self._open(today)
            assert self._floor is not None
            if self._phase != CALL and any(one.kind == CALL for one in hours):
                self._floor.submit([], at=at)  # What ended with a call is matched by it.
        last = trading.last_day()
        if self._floor is None and last is not None:
            self._open(last)
        return at

    def _close_what_is_over(self, at: datetime) -> None:
        floor = self._floor
        day = became.day_left_open()
        if floor is not None and not became.is_closed(floor.day):
            day = floor.day
        if day is None or at < self._end_of(day):
            return
        self._open(day)
        assert self._floor is not None
        self._floor.close_day(at=at)
        self._phase = CLOSED
        _log.info("day_closed", day=str(day))
        self._after_close(day, at)

    def _end_of(self, day: date) -> datetime:
        last = trading.phases(law=self._law, day=day)[-1].end
        return moment_of(day, last.hour, last.minute, last.second)

    def _open(self, day: date) -> None:
        floor = self._floor
        if floor is None:
            self._floor = Floor(law=self._law, day=day, acting=self._acting)
        elif floor.day != day:
            floor.open_day(day)
        else:
            return
        assert self._floor is not None
        self._reporter = Reporter(self._floor)
        _log.info("day_open", day=str(day))

    def _news(self, at: datetime) -> Sequence[News]:
        if self._floor is None or self._reporter is None:
            return ()
        return self._reporter.after_batch(self._floor, phase=self._phase, at=at)

    # The requests

    def _taken(self, requests: Sequence[Request], at: datetime) -> list[Reply]:
        try:
            return self._batch(requests, at)
        except LOST:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, only one request has it
            _log.exception("batch_failed", requests=len(requests))
            return [self._alone(request, at) for request in requests]

    def _alone(self, request: Request, at: datetime) -> Reply:
        """Take a request in a batch of its own, so that a fault hits nobody else."""
        try:
            return self._batch([request], at)[0]
        except LOST:
            raise
        except Exception:  # noqa: BLE001 - logged, and told as a fault of ours
            _log.exception("request_failed", key=request.key, person=request.acting.person)
            return refused(request, FloorFault())

    def _batch(self, requests: Sequence[Request], at: datetime) -> list[Reply]:
        """Submit everything that may be submitted; the answers in the order of the requests."""
        today = market_date(at)
        floor = self._floor if self._floor and self._floor.day == today else None
        barred = parties.barred_among({request.acting.person for request in requests}, today)
        replies: dict[int, Reply] = {}
        ahead: dict[int, NewOrder | Withdrawal] = {}
        for number, request in enumerate(requests):
            try:
                request.acting.must_be(*TRADERS, article=ARTICLE)
                if request.acting.person in barred:
                    raise barred[request.acting.person]
                holder = self._holder(request.acting.organisation)
            except Refusal as refusal:
                replies[number] = refused(request, refusal)
                continue
            if floor is None:
                replies[number] = self._while_closed(request, holder, at)
            elif request.act == Act.REPLACE:
                replies |= _submitted(floor, requests, ahead, at)
                ahead = {}
                replies[number] = _replaced(floor, request, holder, at)
            else:
                ahead[number] = _command(request, holder)
        if floor is not None:
            replies |= _submitted(floor, requests, ahead, at)
        return [replies[number] for number in range(len(requests))]

    def _holder(self, code: str) -> Organisation:
        if code not in self._holders:
            self._holders[code] = parties.registered(code)
        return self._holders[code]

    def _while_closed(self, request: Request, holder: Organisation, at: datetime) -> Reply:
        """What became of a key sent before; else why the market is closed."""
        if request.act == Act.WITHDRAW:
            answer = became.of_withdrawn(holder.pk, request.order)
        else:
            answer = became.of_key(holder.pk, request.key)
        if answer is not None:
            return _reply(request, answer)
        return refused(request, self._why_closed or self._closed(at))

    def _closed(self, at: datetime) -> Refusal:
        calendar = cases.calendar(self._law.jurisdiction)
        hours = trading.phases(law=self._law, day=market_date(at))
        opens = next_opening(at=at, day_phases=hours, calendar=calendar)
        return MarketClosed(
            at=at.isoformat(sep=" ", timespec="seconds"),
            opens_at=opens.isoformat(sep=" ", timespec="minutes"),
        )


def _submitted(
    floor: Floor,
    requests: Sequence[Request],
    ahead: Mapping[int, NewOrder | Withdrawal],
    at: datetime,
) -> dict[int, Reply]:
    """Submit commands in one batch; the reply to each under its number."""
    answers = floor.submit(list(ahead.values()), at=at) if ahead else []
    return {
        number: _reply(requests[number], _told_again(command, answer))
        for (number, command), answer in zip(ahead.items(), answers, strict=True)
    }


def _command(request: Request, holder: Organisation) -> NewOrder | Withdrawal:
    if request.act == Act.WITHDRAW:
        return Withdrawal(holder, request.order)
    return NewOrder(
        key=request.key,
        holder=holder,
        product=request.product,
        buy=request.buy,
        qty=request.qty,
        price_fen=request.price_fen,
        tif=request.tif,
    )


def _replaced(floor: Floor, request: Request, holder: Organisation, at: datetime) -> Reply:
    """Withdraw an order and enter another one under the request's key, which tells of it again.

    If the other one is refused the first stays withdrawn.
    """
    known = became.of_key(holder.pk, request.key)
    if known is not None:
        return _reply(request, known)
    order = became.still_open(holder.pk, request.order)
    if order is None:
        return refused(request, OrderNotOpen(order=request.order))
    other = NewOrder(
        key=request.key,
        holder=holder,
        product=order.product.code,
        buy=order.buy,
        qty=request.qty,
        price_fen=request.price_fen,
        tif=order.tif,
    )
    withdrawn, answer = floor.submit([Withdrawal(holder, order.pk), other], at=at)
    return _reply(request, withdrawn if withdrawn.refusal else answer)


def _told_again(command: NewOrder | Withdrawal, answer: Answer) -> Answer:
    """An order that is withdrawn already is answered as it was the first time."""
    if isinstance(command, Withdrawal) and isinstance(answer.refusal, OrderNotOpen):
        return became.of_withdrawn(command.holder.pk, command.order) or answer
    return answer


def _reply(request: Request, answer: Answer) -> Reply:
    refusal = told(answer.refusal) if answer.refusal else None
    return Reply(request.key, answer.order, str(answer.state), answer.traded_t, refusal)
