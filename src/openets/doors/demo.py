"""The door `openets demo`: a whole market to look at, on this machine.

Starts the embedded database, plays Chongqing's 2021 and 2022 compliance years on an empty market
and serves the pages on loopback. A play that was cut off leaves nothing behind: it is wiped and
played again. A market that was not played is never touched.
"""

import argparse
import fcntl
import gc
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.utils import get_random_secret_key
from django.db import connection

from config import embedded
from config.environment import ENVIRONMENT
from openets.casework.storage import Store
from openets.doors import day, gateway
from openets.doors.refusals import DONE, answer
from openets.doors.supervisor import supervise
from openets.kernel.quantity import yuan
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.simulation.models import PlayRun
from openets.simulation.play import PlayedAlready, play

SEED = 2023
PORT = 8000
WORKERS = 2
THREADS = 4
BAR = 30


class DemoRunning(Refusal):
    """Another demo uses this home folder."""

    code = "demo_running"
    zh = "该目录下已有演示在运行"
    en = "A demo runs in this home folder already"
    remedy_zh = "请先停止它，或设置 OPENETS_HOME 使用其他目录"
    remedy_en = "Stop it first, or set OPENETS_HOME to another folder"


class NotADemoMarket(Refusal):
    """The database holds a market that no demo has played."""

    code = "not_a_demo_market"
    zh = "数据库中的市场不是演示市场，不会被清除"
    en = "The market in this database is no demo; it is not wiped"
    remedy_zh = "请为演示使用单独的数据库"
    remedy_en = "Use a database of its own for the demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `openets demo`."""
    parser.add_argument("--no-serve", action="store_true", help="stop after the play")
    parser.add_argument("--reset", action="store_true", help="wipe the demo market and stop")
    parser.add_argument("--seed", type=int, help=f"of the play, default {SEED}")
    parser.add_argument("--port", type=int, default=PORT, help=f"on loopback, default {PORT}")
    parser.add_argument("--day", action="store_true", help="let the agents trade a day, and stop")
    parser.add_argument(
        "--speed",
        type=float,
        help=f"of the market's clock, default 1, with --day {day.SPEED:.0f}",
    )


def run(options: argparse.Namespace) -> int:
    """Prepare the market, print its summary and serve it until interrupted.

    Raises:
        DemoRunning, NotADemoMarket.
    """
    ENVIRONMENT.home.mkdir(parents=True, exist_ok=True)
    with _alone():
        try:
            _keep_secret()
            if options.reset:
                _wipe()
                return DONE
            print(_told(prepare_market(options.seed)))
            if options.day:
                return _run_day(options.speed or day.SPEED)
            return DONE if options.no_serve else _serve(options.port, options.speed or 1.0)
        finally:
            if not ENVIRONMENT.database_url:
                embedded.stop(ENVIRONMENT.home)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command by itself."""
    return answer(
        prog="openets demo",
        description="Play Chongqing's compliance years 2021 and 2022 and show the market.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def prepare_market(seed: int | None, entities: int | None = None) -> dict[str, Any]:
    """Make the tables, wipe a play that was cut off, play if need be; returns the summary.

    `entities` makes it a small market, as in `play`.

    Raises:
        NotADemoMarket, PlayedAlready: with another seed than the one asked for.
    """
    call_command("migrate", verbosity=0)
    done = PlayRun.objects.first()
    if done is not None and not done.finished:
        _wipe()
        call_command("migrate", verbosity=0)
        done = None
    if done is None:
        _must_be_empty()
        rules, progress = law(ENVIRONMENT.jurisdiction), _Progress().show
        seed = SEED if seed is None else seed
        with _hasty():
            store = Store(settings.DOCUMENT_FOLDER)
            done = play(law=rules, seed=seed, progress=progress, store=store, entities=entities)
        done.save()  # A commit that waits for the disk, and so for all commits before it.
    elif seed not in {None, done.seed}:
        raise PlayedAlready(seed=done.seed)
    summary: dict[str, Any] = done.summary
    return summary


@contextmanager
def _hasty() -> Iterator[None]:
    """Play without waiting for the disk at each commit or walking all objects for cycles.

    A play that is cut off is wiped and played again, so only its end must be durable.
    """
    gc.disable()
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("set synchronous_commit = on")
        gc.enable()


class _Progress:
    """A bar that redraws itself on a terminal, and a line every tenth elsewhere."""

    def __init__(self) -> None:
        self.tenth = -1

    def show(self, zh: str, en: str, share: float) -> None:
        out = sys.stderr
        text = f"{share:4.0%}  {zh}  {en}"
        if out.isatty():
            bar = "█" * round(share * BAR)
            out.write(f"\r\033[K{bar:░<{BAR}} {text}" + ("\n" if share >= 1 else ""))
        elif int(share * 10) > self.tenth:
            self.tenth = int(share * 10)
            out.write(text + "\n")
        out.flush()


def _told(summary: dict[str, Any]) -> str:
    """The summary in words, ending with itself as JSON."""
    lines = ["", "重庆碳市场 2021、2022 年度推演结果（运营数据为合成数据）", ""]
    for year, total in summary["totals"].items():
        entities, cap, reserve = (
            summary["entities"][year],
            f"{total['total_t']:,}",
            f"{total['reserve_t']:,}",
        )
        lines.append(
            f"{year}  单位 entities {entities}  总量 cap {cap} t  预留 reserve {reserve} t"
        )
        for method, share in summary["methods"][year].items():
            lines.append(f"      {method:<22}{int(share['allowance_t']):>14,} t")
        statuses = summary["status_at_deadline"][year]
        lines.append("      " + ", ".join(f"{k} {v}" for k, v in sorted(statuses.items())))
    trades, kept, chain = summary["trades"], summary["conservation"], summary["journal"]
    turnover = f"{yuan(trades['turnover_fen']):,}"
    lines.append(f"交易 trades {trades['number']:,}  {trades['volume_t']:,} t  {turnover} 元")
    lines.append(f"守恒 conservation  units {kept['units']}  cash {kept['cash']}")
    lines.append(f"日志链首 journal head  {chain['head']}  ({chain['batches']} batches)")
    return "\n".join([*lines, "", json.dumps(summary, ensure_ascii=False, sort_keys=True)])


def _run_day(speed: float) -> int:
    """A trading day by itself."""
    rules = law(ENVIRONMENT.jurisdiction)
    told = day.run_day(law=rules, seed=PlayRun.objects.get().seed, speed=speed)
    print("\n".join(["", day.in_words(told), "", json.dumps(told, ensure_ascii=False)]))
    return DONE


def _serve(port: int, speed: float) -> int:
    """Serve pages, floor and streams, the streams at the next port, until interrupted."""
    address = f"http://127.0.0.1:{port}/"
    web = [
        *(sys.executable, "-m", "granian", "config.wsgi:application"),
        *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws"),
    ]
    floor = [sys.executable, "-m", "openets.doors.main", "floor", "--speed", str(speed)]
    programs = {"web": web, "floor": floor, "gateway": gateway.command("127.0.0.1", port + 1)}
    environment = os.environ | {"OPENETS_DEMO": "1"}
    environment.setdefault("OPENETS_STREAM_URL", f"http://127.0.0.1:{port + 1}")
    print(f"\n{address}", file=sys.stderr)
    supervise(programs, environment=environment)
    return DONE


def _wipe() -> None:
    call_command("migrate", verbosity=0)
    if not PlayRun.objects.exists():
        _must_be_empty()
    with connection.cursor() as cursor:
        # Append-only tables refuse to be emptied; a clean market is a new schema.
        # Both at once: a kill between them would leave a database without any schema.
        cursor.execute("drop schema public cascade; create schema public")
    connection.close()
    shutil.rmtree(settings.BANK_FOLDER, ignore_errors=True)  # The bank of the market that was.


def _must_be_empty() -> None:
    if Organisation.objects.exists():
        raise NotADemoMarket


def _keep_secret() -> None:
    path = ENVIRONMENT.home / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key(), "ascii")


@contextmanager
def _alone() -> Iterator[None]:
    with (ENVIRONMENT.home / "demo.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise DemoRunning from busy
        yield
