"""A trading day of the played market by itself: agents, floor, sheets, statements, bank, close.

`openets demo --day` starts the floor with a fast clock; the agents send their orders through the
gateway; the floor closes the day and the institutions close its books.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings

from openets.banking import operations as banking
from openets.banking import queries as bank_queries
from openets.banking.folder import FolderBank
from openets.banking.simulator import SimulatedBank
from openets.casework import queries as cases
from openets.clearing import operations as clearing
from openets.clearing import queries as statements
from openets.doors.casework import CLOCK
from openets.gateway.address import address_of
from openets.gateway.calling import Caller
from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at as moment_of
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, yuan
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.reconciliation import operations as reconciliation
from openets.reconciliation import queries as books
from openets.reconciliation.queries import NoSuchDay
from openets.rulebook.load import Law
from openets.settlement import queries as money
from openets.simulation.cast import played_cast
from openets.simulation.live_day import FarFloor, Pace, live_day
from openets.trading import became, published
from openets.trading import queries as trading
from openets.trading.session import next_opening

EXCHANGE = Acting("exchange-1", Role.EXCHANGE_OPERATOR, "exchange")
REGISTRY = Acting("registry-1", Role.REGISTRY_OPERATOR, "registry")
BANK = Acting("bank-1", Role.BANK, "bank")
"""The institutions of a played market."""
SPEED = 600.0
"""A day of four hours passes in 24 seconds."""
PATIENCE_SECONDS = 120.0
"""For a floor that starts, and for the close behind the last order."""
LOOK_SECONDS = 0.2
_RICH_FEN = 10_000_000_00
"""What each customer has at the simulated bank."""


class DayNotClosed(Refusal):
    """The day was not closed by both institutions."""

    code = "day_not_closed"
    article = "CQETS-23"
    zh = "{day} 未能日结"
    en = "{day} was not closed"
    remedy_zh = "请在日终对账页面查看差异"
    remedy_en = "See the differences on the page of the day's reconciliation"


def close_books(day: date, at: datetime, *, law: Law) -> None:
    """Let a played market's institutions finish a day that the floor closed.

    Statements are served, the simulated bank tells its end of day if the market has one, the books
    are compared, and exchange and registry close the day. Source: CQETS-22, CQETS-23.
    """
    clearing.serve(day=day, law=law, acting=CLOCK, at=at)
    bank = SimulatedBank(settings.BANK_FOLDER)
    if not bank.is_new:
        bank.work(at=at)
        if bank_queries.statement(day) is None:
            bank.end_day(day)
        _bank_round(at)
    reconciliation.reconcile(day=day, acting=CLOCK, at=at)
    reconciliation.confirm(day=day, acting=EXCHANGE, at=at)
    reconciliation.close(day=day, acting=REGISTRY, at=at)


def run_day(*, law: Law, seed: int, speed: float) -> dict[str, Any]:
    """Let the agents of a played market trade its next day; tells how it ended.

    Raises:
        DayNotClosed.
    """
    day, moment = _next_day(law)
    cast, bank = played_cast(seed), _bank()
    pace = Pace(
        hours=trading.phases(law=law, day=day),
        speed=speed,
        seconds=time.monotonic,
        sleep=time.sleep,
    )
    caller = Caller(
        [address_of(floor) for floor in settings.FLOORS],
        secret=settings.FLOOR_SECRET,
        patience_seconds=PATIENCE_SECONDS,
    )
    floor = FarFloor(law=law, cast=cast, ask=caller.ask, wait=pace.until)

    def pay(holder: Organisation, amount_fen: Fen, at: datetime) -> None:
        account = money.cash_account(holder)
        assert account is not None, "who trades has a cash account"
        number, name = account.bank_number, holder.name
        bank.pay_in(number=number, name=name, amount_fen=amount_fen, at=at)

    agents = live_day(floor=floor, cast=cast, law=law, seed=seed, pay=pay)
    orders = agents.prepare(day, moment)
    bank.work(at=moment)
    _bank_round(moment)
    with _floor(speed):
        agents.trade(orders)
        _wait_for_close(day, pace)
    return _told(day, dict(floor.answers)) | {"refused_moves": agents.refused_moves}


def _next_day(law: Law) -> tuple[date, datetime]:
    """The market's next day, or the one under way, and the moment before its orders."""
    last = journal.latest_at()
    assert last is not None, "the market was played"
    left = became.day_left_open()
    if left is not None:
        return left, last
    calendar, today = cases.calendar(law.jurisdiction), market_date(last)
    hours = trading.phases(law=law, day=today)
    day = next_opening(at=last, day_phases=hours, calendar=calendar).date()
    return day, max(last, moment_of(day, 9))


def _bank() -> SimulatedBank:
    """The simulated bank, which takes the market over if it is new."""
    bank = SimulatedBank(settings.BANK_FOLDER)
    if bank.is_new:
        paid_in, accounts = money.conservation().paid_in_fen, money.bound_accounts()
        bank.begin(ours_fen=paid_in, accounts=accounts, fen=_RICH_FEN)
    return bank


def _bank_round(at: datetime) -> None:
    banking.run(bank=FolderBank(settings.BANK_FOLDER), clock=CLOCK, teller=BANK, at=at)


@contextmanager
def _floor(speed: float) -> Iterator[None]:
    """The market's floor, a process of its own."""
    command = [sys.executable, "-m", "openets.doors.main", "floor", "--speed", str(speed)]
    process = subprocess.Popen(command, env=os.environ | {"OPENETS_DEMO": "1"})  # noqa: S603 - ours
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for_close(day: date, pace: Pace) -> None:
    pace.until(moment_of(day, 23))
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if books.market_day(day).case.state == "closed":
                return
        except NoSuchDay:
            pass
        time.sleep(LOOK_SECONDS)
    raise DayNotClosed(day=day)


def _told(day: date, answers: dict[str, int]) -> dict[str, Any]:
    """What became of the day, from the books."""
    found = books.market_day(day)
    sheets = published.sheets_between(day, day)
    bank = bank_queries.statement(day)
    kept = money.conservation()
    return {
        "day": day.isoformat(),
        "orders": answers,
        "sheets": [
            {
                "product": sheet.product.code,
                "close_fen": sheet.close_fen,
                "trades": sheet.trades,
                "volume_t": sheet.volume_t,
                "turnover_fen": sheet.turnover_fen,
            }
            for sheet in sheets
        ],
        "statements": len(statements.statements_of(day)),
        "bank_statement": bank is not None,
        "differences": len(found.differences),
        "state": found.case.state,
        "closed_by": [line.organisation for line in found.case.trail.all() if line.organisation],
        "conservation": kept.holds,
    }


def in_words(told: dict[str, Any]) -> str:
    """The summary of a day for people."""
    lines = [f"{told['day']}  申报 orders {sum(told['orders'].values())}  {told['orders']}"]
    for sheet in told["sheets"]:
        turnover = f"{yuan(Fen(sheet['turnover_fen'])):,}"
        close, trades = yuan(Fen(sheet["close_fen"])), sheet["trades"]
        lines.append(
            f"  {sheet['product']:<10} 收盘 close {close}  成交 trades {trades:,}"
            f"  {sheet['volume_t']:,} t  {turnover} 元"
        )
    lines.append(
        f"清算单 statements {told['statements']}  银行对账单 bank {told['bank_statement']}"
        f"  差异 differences {told['differences']}  日结 state {told['state']}"
    )
    return "\n".join(lines)
