"""The door `openets floor`: the market's floor as a process of its own, or a hot standby of one.

In the demo its clock goes on where the played market stopped and skips nights and holidays, and
the institutions close each day at once.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from openets.doors.casework import CLOCK
from openets.doors.refusals import DONE, answer
from openets.gateway.address import address_of
from openets.gateway.clock import Clock, PlayedClock, WallClock
from openets.gateway.intake import keep_floor
from openets.gateway.running import Running
from openets.kernel.acting import Acting
from openets.parties.roles import Role
from openets.reconciliation import operations as reconciliation
from openets.rulebook.load import law

EXCHANGE = Acting("exchange-1", Role.EXCHANGE_OPERATOR, "exchange")
REGISTRY = Acting("registry-1", Role.REGISTRY_OPERATOR, "registry")
"""The institutions of a played market."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it listens, and how fast a demo's clock goes."""
    parser.add_argument(
        "--listen",
        default=settings.FLOORS[0],
        metavar="ADDRESS",
        help="unix:PATH or HOST:PORT, one of OPENETS_FLOOR; default: the first",
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="of the clock, in the demo only; default 1"
    )


def run(options: argparse.Namespace) -> int:
    """Run the floor, or stand by, until told to stop."""
    asyncio.run(_keep(options.listen, options.speed))
    return DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets floor",
        description="The market's floor: takes orders, matches and settles; or stands by.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def close_books(day: date, at: datetime) -> None:
    """Let a played market's institutions reconcile and close a day."""
    reconciliation.reconcile(day=day, acting=CLOCK, at=at)
    reconciliation.confirm(day=day, acting=EXCHANGE, at=at)
    reconciliation.close(day=day, acting=REGISTRY, at=at)


async def _keep(listen: str, speed: float) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    rules = law(settings.JURISDICTION)
    if settings.DEMO:
        clock: Clock = PlayedClock(speed=speed, seconds=time.monotonic, start=timezone.now())
        running = Running(law=rules, clock=clock, after_close=close_books)
    else:
        running = Running(law=rules, clock=WallClock(timezone.now))
    with ThreadPoolExecutor(1, "floor") as thread:
        await keep_floor(
            running,
            address=address_of(listen),
            secret=settings.FLOOR_SECRET,
            thread=thread,
            first_seq=lambda: time.time_ns() // 1000,
            stop=stop,
        )
