"""Latency of market data from the floor's publication to a reader of the stream.

Usage: python bench/stream.py [--readers 1000] [--updates 10] [--seconds 10]

A floor that only publishes, the real server of `openets gateway`, and readers with plain sockets in
one event loop: three processes of one machine, over loopback. Each update changes the depth and
brings a trade and new figures of the day; its moment travels in the depth. Without a database.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import resource
import secrets
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402 - found only now

django.setup()

from openets.doors.gateway import command  # noqa: E402
from openets.gateway import intake  # noqa: E402
from openets.gateway.address import address_of  # noqa: E402
from openets.gateway.board import News  # noqa: E402
from openets.gateway.running import Step  # noqa: E402

PRODUCT = "CQEA-2021"
MOMENT = re.compile(rb'"at":"at (\d+\.\d+)"')
WARM_SECONDS = 2.0


class Readers:
    """Everybody who reads, and the latencies in seconds they saw."""

    def __init__(self, port: int) -> None:
        self.port, self.counts, self.latencies = port, False, []

    async def read(self, count: int, seconds: float) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        there = ("127.0.0.1", self.port)
        lines = [await loop.create_connection(lambda: Reader(self), *there) for _ in range(count)]
        print("ready", flush=True)
        await asyncio.sleep(WARM_SECONDS)
        self.counts = True
        await asyncio.sleep(seconds)
        self.counts = False
        for transport, _ in lines:
            transport.abort()
        found = sorted(self.latencies)
        return {
            "updates_read": len(found),
            "p50_ms": round(found[len(found) // 2] * 1000, 1),
            "p99_ms": round(found[int(len(found) * 0.99)] * 1000, 1),
            "worst_ms": round(found[-1] * 1000, 1),
        }


class Reader(asyncio.Protocol):
    def __init__(self, readers: Readers) -> None:
        self._readers, self._rest = readers, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        path = f"/stream/market?product={PRODUCT}"
        transport.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        if self._readers.counts:
            for block in blocks:
                if b"event: depth" in block:
                    told = float(MOMENT.search(block)[1])
                    self._readers.latencies.append(now - told)


class OnlyPublishing:
    """A floor to which nobody comes: it has news so many times a second."""

    def __init__(self, updates: float) -> None:
        self._pause, self._next, self._count = 1 / updates, time.monotonic(), 0

    def take_lock(self) -> bool:
        return True

    def step(self, requests: object) -> object:  # noqa: ARG002 - nobody asks
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next += self._pause
        self._count += 1
        n = self._count
        bids = [(3600 - level, n * 10 + level) for level in range(5)]
        asks = [(3601 + level, n * 10 + level) for level in range(5)]
        at = "2024-01-02T10:00:00+08:00"
        trade = {"id": n, "at": at, "price_fen": 3600, "qty_t": 10, "buy_taker": True}
        day = {"reference_fen": 3600, "open_fen": 3600, "high_fen": 3610, "low_fen": 3590}
        day |= {"last_fen": 3600, "volume_t": n * 10, "turnover_fen": n * 36000}
        day |= {"phase": "continuous"}
        news = News(PRODUCT, f"at {time.monotonic():.6f}", bids, asks, day, [trade])
        return Step([], [news])

    def end(self) -> None:
        pass


async def publish(address: str, secret: str, updates: float, stop: asyncio.Event) -> None:
    intake.IDLE_SECONDS = 0.0
    with ThreadPoolExecutor(1) as thread:
        await intake.keep_floor(
            OnlyPublishing(updates),
            address=address_of(address),
            secret=secret,
            thread=thread,
            first_seq=lambda: 1,
            stop=stop,
        )


async def measure(options: argparse.Namespace) -> dict[str, float]:
    secret = secrets.token_hex()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/floor.sock"
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "OPENETS_HOME": folder,
            "OPENETS_FLOOR": address,
            "OPENETS_FLOOR_SECRET": secret,
        }
        stop = asyncio.Event()
        publishing = asyncio.create_task(publish(address, secret, options.updates, stop))
        server = [*command("127.0.0.1", port), "--log-level", "critical"]
        gateway = await asyncio.create_subprocess_exec(*server, env=environment)
        try:
            await answers(port)
            readers = await asyncio.create_subprocess_exec(
                *(sys.executable, __file__, "--read", str(port)),
                *("--readers", str(options.readers), "--seconds", str(options.seconds)),
                stdout=asyncio.subprocess.PIPE,
            )
            before = cpu_seconds(gateway.pid)
            out, _ = await readers.communicate()
            spent = cpu_seconds(gateway.pid) - before
        finally:
            stop.set()
            await publishing
            gateway.terminate()
            await gateway.wait()
    found = json.loads(out.splitlines()[-1])
    told = options.readers * options.updates * (options.seconds + WARM_SECONDS)
    return found | {"gateway_cpu_us_per_update": round(spent / told * 1e6, 1)}


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
            if str(pid) in {number, rest[1]}:
                ticks += int(rest[11]) + int(rest[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def answers(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise AssertionError("the gateway does not answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--updates", type=float, default=10.0, help="a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--read", type=int, metavar="PORT", help="be the readers of this port")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 10_000)), hard))
    if options.read:
        readers = Readers(options.read)
        print(json.dumps(asyncio.run(readers.read(options.readers, options.seconds))))
        return
    found = asyncio.run(measure(options))
    expected = int(options.readers * options.updates * options.seconds)
    print(json.dumps({"readers": options.readers, "updates_expected": expected, **found}))


if __name__ == "__main__":
    main()
