"""`openets account`: activity data in, emissions with their working out.

The format is documented in `docs/reference/account.md`. Serves CQETS-24.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from openets.doors.lines import add_out, read_table, written_to
from openets.doors.refusals import DONE, REFUSED, answer, write_refusal
from openets.kernel.cells import safe_cell, table_text
from openets.kernel.quantity import half_up, plain
from openets.mrv.accounting.account import LINE_DECIMALS, LINE_ROUNDING, AccountedLine, exact_text
from openets.mrv.accounting.factors import factor_set
from openets.mrv.accounting.report import Report, account_table, restate_report
from openets.mrv.accounting.rows import COLUMNS, OPTIONAL
from openets.mrv.accounting.totals import TOTAL_ROUNDING, Totals

RESULT = (
    "level",
    "version",
    "facility",
    "year",
    "source",
    "item",
    "quantity",
    "unit",
    "gas",
    "emissions_exact",
    "emissions_t",
    "captive_t",
    "managed_t",
    "rounding",
    "factors",
    "factor_set",
    "gwp",
    "explanation",
)
REPORTED, RESTATED = "reported", "restated"

Cells = dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, metavar="REPORT.csv", help="activity data")
    parser.add_argument("--factors", required=True, metavar="SET", help="such as steel-2024")
    parser.add_argument("--year", type=int, help="year of rows that do not say one")
    parser.add_argument("--gwp", metavar="SET", help="potentials instead of the set's own")
    parser.add_argument("--restate", metavar="SET", help="the same lines by another set as well")
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Account for the file; every refused row is named on standard error.

    Raises:
        Refusal: a set or the file as a whole; nothing is written.
    """
    sets = [factor_set(name) for name in (args.factors, args.restate) if name is not None]
    if args.gwp is not None:
        sets = [one.with_gwp(args.gwp) for one in sets]
    table = read_table(args.file, columns=COLUMNS, optional=OPTIONAL)
    reports = [account_table(table, factors=sets[0], year=args.year)]
    reports += [restate_report(reports[0], factors=other) for other in sets[1:]]
    with written_to(args.out, answering=args.file) as out:
        out.write(table_text(RESULT, _rows(reports)))
    refusals = [refusal for report in reports for refusal in report.refusals]
    for refusal in refusals:
        write_refusal(refusal)
    return REFUSED if refusals else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets account",
        description="Work out the emissions of activity data by a factor set.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _rows(reports: Sequence[Report]) -> Iterator[list[str]]:
    for version, report in zip((REPORTED, RESTATED), reports, strict=False):
        usual = {
            "version": version,
            "factor_set": report.factors.name,
            "gwp": report.factors.gwp.name,
        }
        for cells in _cells(report):
            yield [({**usual, **cells}).get(column, "") for column in RESULT]


def _cells(report: Report) -> Iterator[Cells]:
    yield from map(_line, report.lines)
    for one in report.facilities:
        place = {"facility": safe_cell(one.facility), "year": str(one.year)}
        yield from ({**place, **cells} for cells in _sums(one.totals))
        yield {"level": "facility", **place, **_total(one.totals)}
    for year, totals in report.by_year.items():
        yield {"level": "report", "year": str(year), **_total(totals)}


def _line(line: AccountedLine) -> Cells:
    activity = line.activity
    step = line.explanation.steps[0]
    factors = (one for one in step.given if one.name != "quantity")
    return {
        "level": "line",
        "facility": safe_cell(activity.facility),
        "year": str(activity.year),
        "source": activity.source.value,
        "item": safe_cell(activity.item),
        "quantity": plain(activity.quantity),
        "unit": safe_cell(activity.unit),
        "gas": line.gas,
        **_amount(line.tco2e),
        "captive_t": format(line.captive_t, "f"),
        "managed_t": format(line.managed_t, "f"),
        "factors": "; ".join(f"{f.name} = {f.value} {f.unit} [{f.origin}]" for f in factors),
        "explanation": json.dumps(
            line.explanation.as_json(), ensure_ascii=False, separators=(",", ":")
        ),
    }


def _sums(totals: Totals) -> Iterator[Cells]:
    for source, tco2e in totals.by_source.items():
        yield {"level": "source", "source": source.value, **_amount(tco2e)}


def _amount(tco2e: Fraction) -> Cells:
    return {
        "emissions_exact": exact_text(tco2e),
        "emissions_t": format(half_up(tco2e, LINE_DECIMALS), "f"),
        "rounding": LINE_ROUNDING,
    }


def _total(totals: Totals) -> Cells:
    return {
        "emissions_exact": exact_text(totals.exact),
        "emissions_t": str(totals.total_t),
        "captive_t": str(totals.captive_t),
        "managed_t": str(totals.managed_t),
        "rounding": TOTAL_ROUNDING,
    }
