"""Compare what was determined with the journal and with what the registry issued. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.journal.chain import expect

Row = Mapping[str, Any]

_CALCULATED, _CHANGED, _TOTAL = (f"allocation.{act}" for act in ("calculate", "change", "total"))
_FIGURES = ("verified_t", "allowance_t", "determined_t")
_TOTALS = ("entities_sum_t", "reserve_t", "total_t")


def check_determined(
    *, determinations: Iterable[Row], totals: Iterable[Row], entries: Iterable[Row]
) -> int:
    """Every allowance and every year's total is the journal's last word on it.

    Source: CQETS-11b, CQETS-5.2b.

    Raises:
        Difference: the first allowance or total that is not as determined.
    """
    allowances: dict[str, dict[str, Any]] = {}
    sums: dict[str, dict[str, Any]] = {}
    for entry in entries:
        subject, content = entry["subject"], entry["content"]
        if entry["operation"] == _CALCULATED:
            allowances[subject] = content
        elif entry["operation"] == _CHANGED:
            allowances[subject] = allowances.get(subject, {}) | {
                "determined_t": content.get("determined_t")
            }
        elif entry["operation"] == _TOTAL:
            sums[subject] = content
    rows = list(determinations)
    for row in rows:
        found = {name: row[name] for name in _FIGURES}
        where = f"determination {_key(row)}"
        expect(where, "figures as determined", allowances.pop(_key(row), None), found)
    for key in allowances:
        expect(f"determination {key}", "row", "a determination", None)
    for row in totals:
        subject, found = f"total/{row['year']}", {name: row[name] for name in _TOTALS}
        expect(subject, "figures as determined", sums.pop(subject, None), found)
        expect(
            subject,
            "entities and reserve",
            row["total_t"],
            row["entities_sum_t"] + row["reserve_t"],
        )
    for subject in sums:
        expect(subject, "row", "a total", None)
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
    # A year is pre-allocated before its own determination, of which only the rest is then issued.
    frozen = {_key(row, 1): row["pre_allocation_t"] for row in rows if row["pre_allocation_t"]}
    allowances = {
        f"{_key(row)}/rest" if _key(row) in frozen else _key(row): _to_issue(row) for row in rows
    }
    for row in rows:
        if row["pre_issued_t"]:
            pre_allocated = frozen.get(_key(row))
            expect(f"determination {_key(row)}", "issued", pre_allocated, row["pre_issued_t"])
    due: dict[str, dict[str, int]] = {
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


def _to_issue(row: Row) -> int:
    """The allowance less what was issued before and what is deducted. Source: CQ208-4.2c."""
    return max(0, int(row["determined_t"]) - int(row["pre_issued_t"])) - int(row["deducted_t"])


def _key(row: Row, later: int = 0) -> str:
    return f"{row['organisation']}/{row['year'] + later}"
