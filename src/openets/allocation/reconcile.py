"""Compare what was determined with the journal and with what the registry issued. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.journal.chain import expect

Row = Mapping[str, Any]

_TOTAL, _REVIEW = "allocation.total", "allocation.review"
_TOTALS = ("entities_sum_t", "reserve_t", "total_t")


def check_determined(
    *, determinations: Iterable[Row], totals: Iterable[Row], entries: Iterable[Row]
) -> int:
    """Every allowance and every year's total is the journal's last word on it.

    Source: CQETS-11b, CQETS-5.2b.

    Raises:
        Difference: the first allowance or total that is not as determined.
    """
    allowances: dict[str, int] = {}
    sums: dict[str, list[int | None]] = {}
    for entry in entries:
        if entry["operation"] in {_TOTAL, _REVIEW}:
            year = entry["subject"].rpartition("/")[2]
            content = entry["content"]
            allowances |= content.get("determined_t", {})
            sums[year] = [content.get(name) for name in _TOTALS]
    rows = list(determinations)
    for row in rows:
        key = f"{row['organisation']}/{row['year']}"
        told = allowances.pop(key, None)
        if told is not None or str(row["year"]) in sums:
            expect(f"determination {key}", "allowance as determined", told, row["determined_t"])
    for key in allowances:
        expect(f"determination {key}", "row", "a determination", None)
    for row in totals:
        where, found = f"total of {row['year']}", [row[name] for name in _TOTALS]
        expect(where, "as determined", sums.pop(str(row["year"]), None), found)
        expect(where, "entities and reserve", row["total_t"], found[0] + found[1])
    for year in sums:
        expect(f"total of {year}", "row", "a total", None)
    return len(rows)


def check_issued(
    *, determinations: Iterable[Row], totals: Iterable[Row], transactions: Iterable[Row]
) -> int:
    """The registry issued nothing but what was determined, pre-allocated and set aside.

    Source: CQ208-A1.4b, CQ208-A1.5.1, CQ208-4.2, CQ208-A1.2. Returns the tonnes issued.

    Raises:
        Difference: the first issue that is not what was determined.
    """
    rows = list(determinations)
    allowances: dict[str, int | None] = {_key(row): row["determined_t"] for row in rows}
    for row in rows:
        following, pre_allocation = _key(row, 1), row["pre_allocation_t"]
        if following in allowances:
            expect(f"determination {_key(row)}", "pre-allocation", None, pre_allocation)
    # A year is pre-allocated before its own determination, which takes the place of it.
    frozen = {_key(row, 1): row["pre_allocation_t"] for row in rows}
    due: dict[str, dict[str, int | None]] = {
        "issue": frozen | allowances,
        "issue_reserve": {f"reserve/{row['year']}": row["reserve_t"] for row in totals},
    }
    issued = 0
    for row in transactions:
        if row["kind"] in due:
            where, found = f"{row['kind']} {row['reference']}", due[row["kind"]]
            expect(where, "determined", found.get(row["reference"]), row["amount_t"])
            issued += row["amount_t"]
    return issued


def _key(row: Row, later: int = 0) -> str:
    return f"{row['organisation']}/{row['year'] + later}"
