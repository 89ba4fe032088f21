"""The allocation of whole markets: linear in its rows, and against reading and grouping the same.

Usage: python bench/allocate.py [--entities 10000 100000 1000000] [--rounds 3] [--folder DIR]
                                [--unusual 0.0002] [--door]

Each size is a table in the format of `openets allocate`, as Parquet and as CSV: entities × 3 lines
× 4 years, made from a fixed seed; clinker, intensity, total and shale-gas lines, some with long
shutdowns or deviating years, and the share `--unusual` of the entities with a partial year, which
go the exact path one by one. Each round runs, on the same file: `read`, reading it with polars,
grouping it by line and summing two columns; `allocate`, reading it the same way and allocating
every entity and line (`allocate_table`, with the rest one by one); with `--door`, `door`, the same
from CSV by the reader of the door, which trusts no cell. Each runs in a process of its own, so that
its peak memory is its own; medians are compared, of user and system time on all processors, and of
the wall clock, which tells less while the machine does other work. Then 308 entities are allocated
one by one with their working.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from openets.allocation.columns import SCHEMA, allocate_table
from openets.doors.allocate_columns import allocated
from openets.doors.allocate_rows import COLUMNS, answer_rows
from openets.kernel.tables import read_rows
from openets.rulebook.load import law

YEAR = 2021
LINES, YEARS = 3, 4
SEED = 208
PART = 100_000
UNUSUAL = 1 / 5_000
TONNES = pl.Decimal(18, 3)


def write_market(file: Path, entities: int, unusual: float = UNUSUAL) -> None:
    """The rows of a market, a part at a time."""
    draw = np.random.default_rng(SEED)
    with file.open("wb") as stream:
        for start in range(0, entities, PART):
            part = rows(draw, start, min(PART, entities - start), unusual)
            part.write_csv(stream, include_header=start == 0)


def rows(draw: np.random.Generator, start: int, entities: int, unusual: float) -> pl.DataFrame:
    lines = entities * LINES
    count = lines * YEARS
    line, entity = np.arange(count) // YEARS, start + np.arange(count) // (LINES * YEARS)
    year = YEAR - YEARS + 1 + np.arange(count) % YEARS
    kind = draw.choice(4, size=lines, p=[0.1, 0.5, 0.3, 0.1])[line]
    output = draw.integers(1_000, 500_000, size=lines)[line] * draw.integers(850, 1_150, size=count)
    intensity = draw.integers(100, 3_000, size=lines)[line] * draw.integers(880, 1_120, size=count)
    of_enterprise = (entity - start) * YEARS + np.arange(count) % YEARS
    stops = draw.integers(0, 200, size=entities * YEARS)[of_enterprise]
    partial = (entity % round(1 / unusual) == 7) & (np.arange(count) // YEARS % LINES == 0)
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


def scanned(file: Path) -> pl.LazyFrame:
    if file.suffix == ".parquet":
        return pl.scan_parquet(file)
    types = {name: of for name, of in SCHEMA.items() if name != "comparable"}
    table = pl.scan_csv(file, schema_overrides=types)
    return table.with_columns(comparable=pl.col("comparable") == "yes")


def read_and_sum(file: Path) -> int:
    """The yardstick: read, group by line, sum two columns."""
    sums = scanned(file).group_by("entity", "line").agg(pl.col("co2_t", "output").sum())
    return sums.collect(engine="streaming").height


def allocate_all(file: Path) -> int:
    market = allocate_table(table=scanned(file), year=YEAR, law=law("cq"))
    assert market.columns is not None
    assert not market.refused
    return market.columns.lines.height + sum(len(one.lines) for one in market.exact)


def answer_file(file: Path) -> int:
    found = allocated(file, year=YEAR, law=law("cq"))
    assert found is not None
    totals = len(found.rest.totals)
    return found.columns.lines.height + sum(map(len, found.rest.rows.values())) - totals


TASKS: dict[str, Callable[[Path], int]] = {
    "read": read_and_sum,
    "allocate": allocate_all,
    "door": answer_file,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a task took: seconds of all processors and of the clock, and memory at its peak."""

    processor_s: float
    wall_s: float
    peak_mb: float


def measure(task: str, file: Path, lines: int) -> Cost:
    """The cost of a task in a process of its own, after it has loaded its modules."""
    command = [sys.executable, __file__, "--task", task, "--file", str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    *cost, found = json.loads(done.stdout)
    assert found == lines
    return Cost(*cost)


def peak_of_process_mb() -> float:
    """Of this program alone: the peak that getrusage tells begins with that of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_task(task: str, file: Path) -> None:
    law("cq")
    wall, processor = time.perf_counter(), time.process_time()
    found = TASKS[task](file)
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    print(json.dumps([processor, wall, peak_of_process_mb(), found]))


def one_by_one(folder: Path, entities: int, rounds: int) -> None:
    file = folder / "308.csv"
    write_market(file, entities)
    times, processor = [], time.process_time()
    for _ in range(rounds):
        started = time.perf_counter()
        table = read_rows(file.read_bytes(), columns=COLUMNS)
        found = answer_rows(table, year=YEAR, law=law("cq"))
        explained = [
            json.dumps(row.explanation.as_json())
            for one in found.rows.values()
            for row in one
            if row.explanation
        ]
        times.append(time.perf_counter() - started)
    print(
        f"{entities} entities one by one with {len(explained)} explanations:"
        f" {statistics.median(times):.2f} s,"
        f" {(time.process_time() - processor) / rounds:.2f} s of processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [10_000, 100_000, 1_000_000]
    parser.add_argument("--entities", type=int, nargs="+", default=sizes)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--unusual", type=float, default=UNUSUAL, help="share of the entities")
    parser.add_argument("--door", action="store_true", help="measure the reader of the door too")
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
            write_market(Path(folder) / "market.csv", entities, options.unusual)
            scanned(Path(folder) / "market.csv").sink_parquet(Path(folder) / "market.parquet")
            compare(Path(folder) / "market.parquet", entities, options.rounds, ["allocate"])
            tasks = ["allocate", "door"] if options.door else ["allocate"]
            compare(Path(folder) / "market.csv", entities, options.rounds, tasks)


def compare(file: Path, entities: int, rounds: int, tasks: list[str]) -> None:
    lines, megabytes = entities * LINES, file.stat().st_size / 1e6
    print(f"{entities:,} entities, {lines * YEARS:,} rows, {megabytes:,.0f} MB of {file.suffix}")
    runs = [{task: measure(task, file, lines) for task in ("read", *tasks)} for _ in range(rounds)]
    read_s = statistics.median(run["read"].processor_s for run in runs)
    for task in ("read", *tasks):
        processor_s = statistics.median(run[task].processor_s for run in runs)
        wall_s = statistics.median(run[task].wall_s for run in runs)
        peak_mb = max(run[task].peak_mb for run in runs)
        print(
            f"  {task:<8} {processor_s:7.2f} s of processor, {processor_s / read_s:5.2f} × read,"
            f" {processor_s / entities * 1e6:6.2f} µs an entity;"
            f" {wall_s:7.2f} s of clock, {peak_mb:7,.0f} MB peak"
        )


if __name__ == "__main__":
    main()
