"""The allocation of whole markets: linear in its rows, and against reading and grouping the same.

Usage: python bench/allocate.py [--entities 10000 100000 1000000] [--rounds 3] [--folder DIR]

Each size is a CSV file in the format of `openets allocate`: entities × 3 lines × 4 years, made from
a fixed seed; clinker, intensity, total and shale-gas lines, some with long shutdowns or deviating
years, and one entity in 5,000 with a partial year, which goes the exact path. Each round runs, on
the same file: reading it with polars, grouping it by line and summing two columns; and the
allocation of every entity and line by the door's own reader (`openets.doors.allocate_columns`).
Each runs in a process of its own, so that its peak memory is its own; medians are compared. Then
308 entities are allocated one by one with their working.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from openets.doors.allocate_columns import allocated
from openets.doors.allocate_rows import COLUMNS, answer_rows
from openets.kernel.tables import read_rows
from openets.rulebook.load import law

YEAR = 2021
LINES, YEARS = 3, 4
SEED = 208
PART = 100_000
TONNES = pl.Decimal(18, 3)


def write_market(file: Path, entities: int) -> None:
    """The rows of a market, a part at a time."""
    draw = np.random.default_rng(SEED)
    with file.open("wb") as stream:
        for start in range(0, entities, PART):
            part = rows(draw, start, min(PART, entities - start))
            part.write_csv(stream, include_header=start == 0)


def rows(draw: np.random.Generator, start: int, entities: int) -> pl.DataFrame:
    lines = entities * LINES
    count = lines * YEARS
    line, entity = np.arange(count) // YEARS, start + np.arange(count) // (LINES * YEARS)
    year = YEAR - YEARS + 1 + np.arange(count) % YEARS
    kind = draw.choice(4, size=lines, p=[0.1, 0.5, 0.3, 0.1])[line]
    output = draw.integers(1_000, 500_000, size=lines)[line] * draw.integers(850, 1_150, size=count)
    intensity = draw.integers(100, 3_000, size=lines)[line] * draw.integers(880, 1_120, size=count)
    of_enterprise = (entity - start) * YEARS + np.arange(count) % YEARS
    stops = draw.integers(0, 200, size=entities * YEARS)[of_enterprise]
    partial = (entity % 5_000 == 7) & (np.arange(count) // YEARS % LINES == 0)
    cut = partial & (year == YEAR - 3)
    facts = pl.DataFrame(
        {
            "entity": pl.Series(entity).cast(pl.String).str.zfill(7).str.replace("^", "E"),
            "line": pl.Series(line % LINES).cast(pl.String).str.replace("^", "L"),
            "process": np.array(["clinker", "other", "other", "shale_gas"])[kind],
            "product": np.array(["clinker", "paper", "various", "gas"])[kind],
            "comparable": np.where(kind == 2, "no", "yes"),
            "commissioned": "2005-03-01",
            "year": year,
            "output": output,
            "co2_t": output * intensity // 1_000_000,
            "non_co2_t": draw.integers(0, 50_000, size=count) * (kind == 1),
            "production_days": 365 - stops,
            "shutdown_days": stops,
            "half": cut,
        }
    )
    half = pl.col("half")
    return facts.with_columns(
        (pl.col(name).cast(TONNES) / 1000).cast(TONNES) for name in ("output", "co2_t", "non_co2_t")
    ).select(
        *COLUMNS[:-4],
        usable_from=pl.when(half).then(pl.lit(f"{YEAR - 3}-07-01")),
        usable_output=pl.when(half).then("output"),
        usable_co2_t=pl.when(half).then("co2_t"),
        usable_production_days=pl.when(half).then("production_days"),
    )


def read_and_sum(file: Path) -> int:
    """The yardstick: read, group by line, sum two columns."""
    typed = {"co2_t": TONNES, "output": TONNES}
    table = pl.scan_csv(file, schema_overrides=typed, infer_schema=False)
    sums = table.group_by("entity", "line").agg(pl.col("co2_t", "output").sum())
    return sums.collect(engine="streaming").height


def allocate_all(file: Path) -> int:
    found = allocated(file, year=YEAR, law=law("cq"))
    assert found is not None
    return found.columns.lines.height + sum(map(len, found.rest.rows.values()))


TASKS: dict[str, Callable[[Path], int]] = {"read": read_and_sum, "allocate": allocate_all}


def measure(task: str, file: Path) -> tuple[float, float]:
    """Seconds and peak MB of a task in a process of its own, after it has loaded its modules."""
    command = [sys.executable, __file__, "--task", task, "--file", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak_mb = json.loads(done.stdout)
    return seconds, peak_mb


def run_task(task: str, file: Path) -> None:
    law("cq")
    started = time.perf_counter()
    TASKS[task](file)
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, peak_mb]))


def one_by_one(folder: Path, entities: int, rounds: int) -> None:
    file = folder / "308.csv"
    write_market(file, entities)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        table = read_rows(file.read_bytes(), columns=COLUMNS)
        found = answer_rows(table, year=YEAR, law=law("cq"))
        explained = [
            json.dumps(row.explanation.as_json()) for one in found.rows.values() for row in one
        ]
        times.append(time.perf_counter() - started)
    print(
        f"{entities} entities one by one with {len(explained)} explanations:"
        f" {statistics.median(times):.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [10_000, 100_000, 1_000_000]
    parser.add_argument("--entities", type=int, nargs="+", default=sizes)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go; default: a temporary one")
    parser.add_argument("--task", choices=[*TASKS], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        run_task(options.task, options.file)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        one_by_one(Path(folder), 308, options.rounds)
        for entities in options.entities:
            compare(Path(folder) / "market.csv", entities, options.rounds)


def compare(file: Path, entities: int, rounds: int) -> None:
    write_market(file, entities)
    found = {task: [measure(task, file) for _ in range(rounds)] for task in TASKS}
    seconds = {task: statistics.median(one[0] for one in runs) for task, runs in found.items()}
    peak_mb = {task: max(one[1] for one in runs) for task, runs in found.items()}
    print(
        f"{entities:>9,} entities, {entities * LINES * YEARS:>10,} rows,"
        f" {file.stat().st_size / 1e6:,.0f} MB:"
        f" read and sum {seconds['read']:.2f} s ({peak_mb['read']:,.0f} MB peak),"
        f" allocate {seconds['allocate']:.2f} s ({peak_mb['allocate']:,.0f} MB peak),"
        f" ratio {seconds['allocate'] / seconds['read']:.2f},"
        f" {seconds['allocate'] / entities * 1e6:.2f} µs an entity"
    )


if __name__ == "__main__":
    main()
