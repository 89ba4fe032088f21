"""The play of both compliance years, against single pgbench transactions on the same server.

Usage: python bench/year.py [--runs 3] [--seed 2023]

Each run plays an empty market from founding to the close of 2022 on a durable server (fsync on),
with every explanation stored, and then recomputes the whole of it with `openets verify`. The play
is one process with one connection, so the baseline is `pgbench -N -c 1`: one counter update and one
history row, committed by itself. The ratio is the play's journalled operations a second over the
baseline's transactions a second: 1 means that a whole operation of the market, with its checks, its
trail, its transfers and its journal entry, costs what one bare update costs.
"""

import argparse
import statistics
import time

import server
from django.db import connection

from openets.casework.storage import Store
from openets.doors import verify
from openets.rulebook.load import law
from openets.simulation.play import play


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=2023)
    options = parser.parse_args()
    with server.running() as place:
        base, walls, rates, verified, heads = [], [], [], [], set()
        for _ in range(options.runs):
            base.append(server.transactions_per_second(place, clients=1, seconds=4))
            clean()
            began = time.perf_counter()
            run = play(
                law=law("cq"),
                seed=options.seed,
                progress=lambda *_: None,
                store=Store(server.HOME / "documents"),
            )
            walls.append(time.perf_counter() - began)
            rates.append(entries() / walls[-1])
            heads.add(run.summary["journal"]["head"])
            began = time.perf_counter()
            assert verify.main(["--out", str(server.HOME / "verified.json")]) == 0
            verified.append(time.perf_counter() - began)
    print(f"pgbench -N -c 1: {statistics.median(base):,.0f} transactions/s")
    ratio = statistics.median(r / b for r, b in zip(rates, base, strict=True))
    print(f"{ratio:.2f} x  {statistics.median(rates):,.0f} journalled operations/s")
    print(f"play {statistics.median(walls):.1f} s  {[round(wall, 1) for wall in walls]}")
    print(f"verify {statistics.median(verified):.1f} s  heads {len(heads)} different")


def clean() -> None:
    server.call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("drop schema public cascade")
        cursor.execute("create schema public")
    server.call_command("migrate", verbosity=0)


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from journal_entry")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
