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

import structlog
from django.conf import settings
from django.utils import timezone

from openets.doors.day import close_books
from openets.doors.refusals import DONE, answer
from openets.gateway.address import address_of
from openets.gateway.clock import Clock, PlayedClock, WallClock
from openets.gateway.intake import keep_floor
from openets.gateway.running import Running
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law

_log = structlog.get_logger("floor")


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


def finish(day: date, at: datetime) -> None:
    """Let a played market's institutions finish a day; what they cannot is left to people."""
    try:
        close_books(day, at, law=law(settings.JURISDICTION))
    except Refusal as refusal:
        _log.warning("day_left_open", day=str(day), why=refusal.message("en"))


async def _keep(listen: str, speed: float) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    rules = law(settings.JURISDICTION)
    if settings.DEMO:
        clock: Clock = PlayedClock(speed=speed, seconds=time.monotonic, start=timezone.now())
        running = Running(law=rules, clock=clock, after_close=finish)
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
