"""`openets what-if`: a file of production lines under the law, and under changed values of it.

The format is documented in `docs/reference/what-if.md`. Serves CQETS-11.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from openets.allocation.compare import Change, Group, Result, by_method, compare
from openets.allocation.entity import EntityAllocation
from openets.allocation.levers import OUTLIER_RATIO, changed, differing, levers, read_changes
from openets.allocation.reserve import entities_sum, reserve_of
from openets.doors.allocate_rows import COLUMNS, OPTIONAL, answer_rows
from openets.doors.lines import add_out, content, read_table, written_to
from openets.doors.refusals import DONE, REFUSED, BadArguments, answer, write_refusal
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.rulebook.load import Law, law

PROG = "openets what-if"


@dataclass(frozen=True, slots=True)
class _Side:
    """The file allocated by a law: who got what, the market where nothing is refused, and why."""

    results: list[Result]
    market: dict[str, int | None]
    refusals: list[Refusal]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--jurisdiction", required=True, help="rulebook, such as cq")
    parser.add_argument("--year", required=True, type=int, help="allocation year")
    parser.add_argument("--changes", type=Path, metavar="CHANGES.json", help="values by parameter")
    parser.add_argument(
        "--order", choices=["tonnes", "ratio"], default="tonnes", help="of what stands out"
    )
    parser.add_argument(
        "--parameters", action="store_true", help="only list what may be changed, and to what"
    )
    add_out(parser)
    parser.add_argument("file", type=Path, nargs="?", metavar="LINES.csv", help="production lines")


def run(args: argparse.Namespace) -> int:
    """Allocate the file by the law and by the changed one, and put both beside each other.

    Raises:
        Refusal: the rulebook, the changes, or the file as a whole; nothing is written.
    """
    rules = law(args.jurisdiction)
    if args.parameters:
        return _list_parameters(args, rules)
    if not (args.changes and args.file):
        raise BadArguments(problem="--changes and LINES.csv are required", command=PROG)
    kept = differing(rules, args.year, read_changes(content(args.changes), args.year))
    other = changed(rules, args.year, kept)
    table = read_table(args.file, columns=COLUMNS, optional=OPTIONAL)
    before, after = _side(table, args.year, rules), _side(table, args.year, other)
    found = compare(
        before.results,
        after.results,
        outlier_ratio=rules.for_year(OUTLIER_RATIO, args.year).number,
        order=args.order,
    )
    known = levers(rules, args.year)
    told = {
        "year": args.year,
        "changes": kept,
        "law": {key: known[key].value for key in kept},
        "before": before.market,
        "after": after.market,
        "winners": len(found.winners),
        "losers": len(found.losers),
        "whole": _group(found.whole),
        "by_method": [_group(group) for group in found.by(by_method)],
        "entities": [_change(change) for change in found.changes],
    }
    with written_to(args.out, answering=args.file) as out:
        out.write(_text(told))
    refusals = _once([*before.refusals, *after.refusals])
    for refusal in refusals:
        write_refusal(refusal)
    return REFUSED if refusals else DONE


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog=PROG,
        description="Allocate production lines by the law and by changed values of it.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _list_parameters(args: argparse.Namespace, rules: Law) -> int:
    told = [
        {
            "key": lever.key,
            "title": lever.rule.title,
            "title_zh": lever.rule.title_zh,
            "kind": lever.kind,
            "unit": lever.rule.unit,
            "value": lever.value,
            "allowed": lever.range[1],
            "source": lever.rule.cite.source,
            "reading": lever.rule.reading,
        }
        for lever in levers(rules, args.year).values()
    ]
    with written_to(args.out) as out:
        out.write(_text(told))
    return DONE


def _side(table: Iterable[TableRow], year: int, rules: Law) -> _Side:
    found = answer_rows(table, year=year, law=rules)
    market: dict[str, int | None] = dict.fromkeys(("entities_sum_t", "reserve_t", "total_t"))
    if not found.refusals:
        sum_t = entities_sum(allocations=found.totals, year=year, law=rules)
        reserve = reserve_of(entities_sum_t=sum_t, year=year, law=rules)
        market = {name: getattr(reserve, name) for name in market}
    return _Side([_result(total) for total in found.totals], market, found.refusals)


def _result(total: EntityAllocation) -> Result:
    return Result(
        code=total.entity,
        name=total.entity,
        industry="",
        district="",
        methods=tuple(sorted({line.method.value for line in total.lines})),
        verified_t=total.verified_t,
        gap_t=total.gap_t,
        allowance_t=total.allowance_t,
        determined_t=total.determined_t,
        pre_allocation_t=total.pre_allocation_t,
    )


def _change(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "entity": change.entity.code,
        "methods": list(change.entity.methods),
        "verified_t": change.entity.verified_t,
        "before_t": change.before_t,
        "after_t": change.after_t,
        "difference_t": change.difference_t,
        "change_ratio": _ratio(change.ratio),
        "stands_out": change.stands_out,
        "pre_allocation_before_t": before.pre_allocation_t if before else None,
        "pre_allocation_after_t": after.pre_allocation_t if after else None,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "entities": group.entities,
        "before_t": group.before_t,
        "after_t": group.after_t,
        "difference_t": group.difference_t,
        "change_ratio": _ratio(group.ratio),
        "gap_before_t": group.gap_before_t,
        "gap_after_t": group.gap_after_t,
    }


def _ratio(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _once(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Refusals of both sides in the order of the file, each told once."""
    told = {json.dumps(one.as_json(), default=str, sort_keys=True): one for one in refusals}
    return sorted(told.values(), key=lambda one: one.row or 0)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
