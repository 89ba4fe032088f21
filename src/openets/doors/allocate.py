"""`openets allocate`: production lines in, allowances with their working out.

The format is documented in `docs/reference/allocate.md`. Serves CQ208-1 and annex 1 of CQ208.
"""

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from openets.doors.allocate_rows import (
    COLUMNS,
    OPTIONAL,
    RESULT,
    ResultRow,
    answer_rows,
    market_rows,
)
from openets.doors.lines import add_out, read_table, written_to
from openets.doors.refusals import DONE, REFUSED, BadArguments, answer, write_refusal
from openets.kernel.cells import restore_cell
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, law

if TYPE_CHECKING:
    from openets.doors.allocate_columns import Figures

LARGE = 20_000_000
"""Bytes of a file from which it pays to work in columns."""
PROG = "openets allocate"
_NAMES = ("entity", "line", "product")


class EngineMissing(Refusal):
    """Working in columns was asked for, and the extra that does it is not installed."""

    code = "engine_missing"
    zh = "未安装按列计算所需的组件（extra analytics）"
    en = "What works in columns is not installed (extra analytics)"
    remedy_zh = "请安装 openets[analytics]，或省略 --engine columns"
    remedy_en = "Install openets[analytics], or leave out --engine columns"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--jurisdiction", required=True, help="rulebook, such as cq")
    parser.add_argument("--year", required=True, type=int, help="allocation year")
    parser.add_argument("--reserve", action="store_true", help="add market total and reserve")
    parser.add_argument("--format", choices=["csv", "json"], default="csv", help="json: one a line")
    working = parser.add_mutually_exclusive_group()
    working.add_argument(
        "--explanations", type=Path, metavar="FILE", help="write the working here, one JSON a line"
    )
    working.add_argument("--figures-only", action="store_true", help="leave out the working")
    parser.add_argument(
        "--engine",
        choices=["auto", "exact", "columns"],
        default="auto",
        help="columns: many entities at once, with --figures-only; the answer is the same",
    )
    add_out(parser)
    parser.add_argument("file", type=Path, metavar="LINES.csv", help="production lines")


def run(args: argparse.Namespace) -> int:
    """Allocate the file; every refused row is named on standard error, in the order of the file.

    Raises:
        Refusal: the rulebook or the file as a whole; nothing is written.
    """
    rules = law(args.jurisdiction)
    if args.explanations and args.explanations == args.out:
        raise _wrong("--explanations and --out name the same file")
    figures = _figures(args, rules) if _in_columns(args) else None
    if figures:
        rows: Iterable[ResultRow] = figures.rows()
        refusals = figures.refusals
    else:
        rows, refusals = _one_by_one(args, rules)
    with written_to(args.out, answering=args.file) as out:
        if figures and args.format == "csv":
            out.writelines(figures.csv())
        elif args.explanations:
            with written_to(args.explanations, answering=args.file) as working:
                _write(rows, args, out, working)
        else:
            _write(rows, args, out)
    for refusal in sorted(refusals, key=lambda one: one.row or 0):
        write_refusal(refusal)
    return REFUSED if refusals else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog=PROG,
        description="Calculate the allowances of production lines, with the working out.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _in_columns(args: argparse.Namespace) -> bool:
    installed = find_spec("polars") is not None
    if args.engine == "columns":
        if not args.figures_only:
            raise _wrong("--engine columns needs --figures-only: the working is made one by one")
        if not installed:
            raise EngineMissing(field="engine")
        return True
    large = args.file.is_file() and args.file.stat().st_size >= LARGE
    return args.engine == "auto" and args.figures_only and installed and large


def _wrong(problem: str) -> BadArguments:
    return BadArguments(problem=problem, command=PROG)


def _figures(args: argparse.Namespace, rules: Law) -> "Figures | None":
    from openets.doors.allocate_columns import figures  # noqa: PLC0415 - needs the extra

    return figures(args.file, year=args.year, law=rules, with_reserve=args.reserve)


def _one_by_one(args: argparse.Namespace, rules: Law) -> tuple[Iterable[ResultRow], list[Refusal]]:
    table = read_table(args.file, columns=COLUMNS, optional=OPTIONAL)
    found = answer_rows(table, year=args.year, law=rules)
    rows = [row for of_entity in found.rows.values() for row in of_entity]
    if args.reserve:
        rows += market_rows(found.totals, found.refusals, year=args.year, law=rules)
    return rows, found.refusals


def _write(
    rows: Iterable[ResultRow],
    args: argparse.Namespace,
    out: TextIO,
    working: TextIO | None = None,
) -> None:
    """Write the answer, its working beside it, in a file of its own, or not at all."""
    beside = not args.figures_only and working is None
    table = csv.writer(out, lineterminator="\n")
    if args.format == "csv":
        table.writerow(RESULT)
    for row in rows:
        if args.format == "csv":
            told = _text(_steps(row)) if beside else ""
            cells = {**row.cells, "explanation": told}
            table.writerow([cells.get(name, "") for name in RESULT])
        else:
            out.write(_text(_object(row, beside=beside)) + "\n")
        if working:
            name = {key: restore_cell(row.cells.get(key, "")) for key in _NAMES}
            working.write(_text({**name, "explanation": _steps(row)}) + "\n")


def _object(row: ResultRow, *, beside: bool) -> dict[str, Any]:
    """A row as JSON: whole tonnes and years as numbers, exact decimals as text."""
    cells: dict[str, Any] = {name: row.cells.get(name) or None for name in RESULT}
    for name, cell in cells.items():
        if cell and name.endswith("_t"):
            cells[name] = int(cell)
    years = cells["base_years"]
    cells["base_years"] = [int(year) for year in years.split(";")] if years else []
    cells["explanation"] = _steps(row) if beside else None
    for name in _NAMES:
        cells[name] = restore_cell(cells[name] or "")
    return cells


def _steps(row: ResultRow) -> list[dict[str, Any]]:
    return row.explanation.as_json() if row.explanation else []


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
