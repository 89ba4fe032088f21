"""The market's floor beside a test: in a thread of the test's process, or in one of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from openets.gateway.address import Address
from openets.gateway.calling import Caller
from openets.gateway.clock import WallClock
from openets.gateway.intake import keep_floor
from openets.gateway.requests import Act, Request
from openets.gateway.running import Running
from tests.exchange import PRICE, PRODUCT, TEN
from tests.markets import CQ
from tests.served import url_of_tests

ROOT = Path(__file__).parents[1]
SECRET = "between floor and pages"


class Moment:
    """A clock that a test sets."""

    def __init__(self, at=TEN):
        self.at = at

    def __call__(self):
        return self.at


@contextmanager
def floor_beside(moment=None, *, address=None, first_seq=1_000, running=None, **otherwise):
    """A floor in threads of this process; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        address = address or Address(path=f"{folder}/floor.sock")
        running = running or Running(law=CQ, clock=WallClock(moment or Moment()), **otherwise)
        loop, stop = asyncio.new_event_loop(), asyncio.Event()

        def run():
            asyncio.set_event_loop(loop)
            with ThreadPoolExecutor(1) as thread:
                loop.run_until_complete(
                    keep_floor(
                        running,
                        address=address,
                        secret=SECRET,
                        thread=thread,
                        first_seq=lambda: first_seq,
                        stop=stop,
                    )
                )
            loop.close()

        floor = threading.Thread(target=run)
        floor.start()
        try:
            yield address
        finally:
            loop.call_soon_threadsafe(stop.set)
            floor.join(20)
            assert not floor.is_alive()


def caller_of(*addresses, patience_seconds=10.0):
    return Caller(addresses, secret=SECRET, patience_seconds=patience_seconds)


def entering(acting, side, qty, price_fen=PRICE, *, key="", product=PRODUCT, tif="day"):
    """A request to enter an order; without a key of its own the key says all it asks for."""
    key = key or f"{side}/{qty}/{price_fen}"
    return Request(Act.ENTER, key, acting, 0, product, side == "buy", qty, price_fen, tif)


def withdrawing(acting, order, key="w"):
    return Request(Act.WITHDRAW, key, acting, order)


FLOOR_PROCESS = textwrap.dedent(
    """
    import asyncio, signal, sys, time
    from concurrent.futures import ThreadPoolExecutor
    import django
    django.setup()
    from openets.gateway.address import Address
    from openets.gateway.clock import WallClock
    from openets.gateway.intake import keep_floor
    from openets.gateway.running import Running
    from tests.exchange import TEN
    from tests.markets import CQ

    async def main():
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        with ThreadPoolExecutor(1) as thread:
            await keep_floor(
                Running(law=CQ, clock=WallClock(lambda: TEN)),
                address=Address(path=sys.argv[1]),
                secret=sys.argv[2],
                thread=thread,
                first_seq=lambda: time.time_ns() // 1000,
                stop=stop,
            )

    asyncio.run(main())
    """
)


@contextmanager
def floor_process(path):
    """A floor in a process of its own, on the tests' database, at ten o'clock."""
    environment = os.environ | {
        "DATABASE_URL": url_of_tests(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }
    command = [sys.executable, "-c", FLOOR_PROCESS, str(path), SECRET]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait(10)


def wait_until(happens, seconds=90):
    """Wait for something that happens in another process."""
    for _ in range(int(seconds / 0.02)):
        if happens():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def floors_alive():
    """How many sessions hold the market's lock."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_locks where locktype = 'advisory' and granted")
        return cursor.fetchone()[0]
