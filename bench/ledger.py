"""Transfers a second through the ledger's own API, against pgbench on the same server.

Usage: python bench/ledger.py [--seconds 2] [--rounds 5] [--million] [--profile]

A temporary, durable embedded server (fsync on) serves both. Rounds interleave pgbench
(`-N -c 16 -j 2`, scale 20: one counter update and one history row, without the branch and teller
rows) with each case of ours, so that a noisy minute hits all; medians are compared. A case makes
its `Transfer` values, posts them, and writes rows, balances and journal, all within its time.
"""

import argparse
import cProfile
import pstats
import random
import statistics
import time
from collections.abc import Callable
from datetime import date

import server
from django.db import connection

from config import embedded
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import operations, posting

ACTING = Acting("bench", "system", "bench")
NOW = at(date(2023, 12, 1))
BANK = "bench/bank"


def open_book(count: int) -> list[int]:
    """`count` accounts, each with a million units."""
    specs = [operations.AccountSpec(f"bench/{count}/{n}", "CQEA/2023/free") for n in range(count)]
    bank = operations.AccountSpec(BANK, "CQEA/2023/free", may_go_negative=True)
    numbers = operations.open_accounts([bank, *specs], acting=ACTING, at=NOW)
    ids = [numbers[spec.code] for spec in specs]
    for start in range(0, count, 20_000):
        part = ids[start : start + 20_000]
        funding = [
            posting.Transfer(f"fund/{number}", numbers[BANK], number, 1_000_000) for number in part
        ]
        operations.post_all(funding, acting=ACTING, at=NOW, article="", subject="bench")
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze ledger_account")
        cursor.execute("vacuum analyze ledger_transfer")
    return ids


def poster(ids: list[int], size: int, name: str) -> Callable[[float], float]:
    """A case: batches of `size` random transfers between the accounts."""
    source = random.Random(name)
    serial = iter(range(10**9))

    def measure(seconds: float) -> float:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            givers, takers = source.choices(ids, k=size), source.choices(ids, k=size)
            transfers = [
                posting.Transfer(f"{name}/{next(serial)}", giver, taker, 1)
                for giver, taker in zip(givers, takers, strict=True)
            ]
            operations.post(transfers, acting=ACTING, at=NOW, article="", subject="bench")
            done += size
        return done / (time.perf_counter() - started)

    return measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="also 1,000,000 accounts")
    parser.add_argument("--profile", action="store_true", help="profile batches of 8000 only")
    options = parser.parse_args()
    with server.running() as place:
        run(place, options)


def run(place: embedded.Place, options: argparse.Namespace) -> None:
    uniform, hot = open_book(10_000), open_book(300)
    cases = {
        "10,000 accounts, batches of 8000": poster(uniform, 8000, "a"),
        "10,000 accounts, batches of 1000": poster(uniform, 1000, "b"),
        "10,000 accounts, batches of 100": poster(uniform, 100, "c"),
        "10,000 accounts, one by one": poster(uniform, 1, "d"),
        "300 accounts, batches of 8000": poster(hot, 8000, "e"),
        "300 accounts, batches of 1000": poster(hot, 1000, "f"),
    }
    if options.million:
        cases["1,000,000 accounts, batches of 8000"] = poster(open_book(1_000_000), 8000, "g")
    if options.profile:
        profile(cases["10,000 accounts, batches of 8000"], options.seconds)
        return
    base: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(options.rounds):
        base.append(server.transactions_per_second(place, clients=16, seconds=options.seconds))
        for name, measure in cases.items():
            rates[name].append(measure(options.seconds))
    reference = statistics.median(base)
    print(f"pgbench -N -c 16: {reference:,.0f} transactions/s  {[round(x) for x in base]}")
    for name, values in rates.items():
        rate = statistics.median(values)
        print(f"{rate / reference:6.2f} x  {rate:9,.0f}/s  {name}  {[round(x) for x in values]}")


def profile(measure: Callable[[float], float], seconds: float) -> None:
    print(f"{measure(seconds):,.0f}/s without the profiler")
    profiler = cProfile.Profile()
    profiler.runcall(measure, seconds)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main()
