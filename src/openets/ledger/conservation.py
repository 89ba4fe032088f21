"""Conservation: everything the ledger says, recomputed from its transfers.

Works on plain rows, from the database or from an export, and stops at the first row that is wrong.
Transfers come by batch and number, which for each account is the order in which they were applied,
because a batch takes its number while it holds the locks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from openets.journal.chain import Difference
from openets.ledger.posting import Kind
from openets.ledger.rows import account_line, digest, transfer_line

Row = Mapping[str, Any]

_KINDS = [kind.value for kind in (Kind.POSTED, Kind.PENDING, Kind.POST, Kind.VOID)]
_MOVEMENT = ("debit", "credit", "amount", "debit_before", "credit_before")
SUMS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


@dataclass(slots=True)
class _Account:
    """An account as its row says, and its sums as the transfers say."""

    row: Row
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMS, 0))
    last: int = 0

    @property
    def name(self) -> str:
        return f"account {self.row['code']}"

    @property
    def posted(self) -> int:
        return self.sums["credits_posted"] - self.sums["debits_posted"]


def verify(
    accounts: Iterable[Row], transfers: Iterable[Row], entries: Iterable[Row]
) -> dict[str, int]:
    """Recompute the ledger and compare it with its accounts and with the journal's digests.

    Every balance after a transfer, every account's sums, every reservation resolved at most once,
    no own balance below zero where forbidden, the sum of each asset over all accounts zero, and
    the sha256 of every batch as the journal tells it. Source: CQETS-5.4b, CQETS-5.2b

    Raises:
        Difference: the first transfer, account or batch that is wrong.
    """
    book = {row["id"]: _Account(row) for row in accounts}
    summaries: dict[str, dict[int, Row]] = {"accounts": {}, "transfers": {}}
    for entry in entries:
        for name, found in summaries.items():
            if entry["operation"].startswith("ledger.") and name in entry["content"]:
                found[entry["id"]] = entry["content"][name]
    _compare_openings(book, summaries["accounts"])
    count = _replay(book, transfers, summaries["transfers"])
    _compare_sums(book)
    return {"accounts": len(book), "assets": len(_assets(book)), "transfers": count}


def _compare_openings(book: Mapping[int, _Account], summaries: dict[int, Row]) -> None:
    groups = defaultdict(list)
    for account in book.values():
        groups[account.row["batch"]].append(account.row)
    for batch in sorted(groups.keys() | summaries.keys()):
        rows = sorted(groups.get(batch, []), key=itemgetter("code"))
        lines = [account_line(r["code"], r["asset"], r["may_go_negative"]) for r in rows]
        found = {"count": len(rows), "sha256": digest(lines)}
        names = ", ".join(row["code"] for row in rows[:3])
        _expect(f"accounts opened by journal entry {batch} ({names})", summaries.get(batch), found)


def _replay(
    book: Mapping[int, _Account], transfers: Iterable[Row], summaries: dict[int, Row]
) -> int:
    holds: dict[str, Row] = {}
    count = 0
    for batch, group in groupby(transfers, itemgetter("batch")):
        lines, total = [], 0
        for row in group:
            where = f"transfer {row['id']} ({row['key']})"
            sides = _apply(book, holds, row, where)
            lines.append(transfer_line(row, *(s.row["code"] if s else "" for s in sides)))
            total += row["amount"]
        found = {"count": len(lines), "total": total, "sha256": digest(lines)}
        keys = f"transfers {_group_name(lines)}"
        _expect(f"{keys} of journal entry {batch}", summaries.pop(batch, None), found)
        count += len(lines)
    for batch, summary in summaries.items():
        _expect(f"transfers of journal entry {batch}", summary, None)
    return count


def _group_name(lines: list[str]) -> str:
    """Name a batch by the keys of its first and last transfer."""
    keys = [line.split("\t")[2] for line in (lines[0], lines[-1])]
    return keys[0] if len(lines) == 1 else f"{keys[0]} … {keys[1]}"


def _apply(
    book: Mapping[int, _Account], holds: dict[str, Row], row: Row, where: str
) -> tuple[_Account | None, _Account | None]:
    if row["kind"] == Kind.REFUSED:
        moved = [row[name] for name in _MOVEMENT if row[name]]
        _expect(f"{where}: movement of a refused event", [], moved)
        return None, None
    if row["kind"] not in _KINDS:
        _expect(f"{where}: kind", _KINDS, row["kind"])
    debit, credit = (_known(book, row[side], where) for side in ("debit", "credit"))
    _expect(f"{where}: asset", debit.row["asset"], credit.row["asset"])
    amount = row["amount"]
    if amount <= 0 or debit is credit:
        raise Difference(where=where, what="movement", expected="two accounts", found=amount)
    if row["kind"] in {Kind.POST, Kind.VOID}:
        hold = holds.pop(row["pending"], None)
        sides = (hold["debit"], hold["credit"]) if hold else None
        _expect(f"{where}: open reservation {row['pending']}", sides, (row["debit"], row["credit"]))
        assert hold is not None
        debit.sums["debits_pending"] -= hold["amount"]
        credit.sums["credits_pending"] -= hold["amount"]
        if amount > hold["amount"]:
            _expect(f"{where}: at most the reserved amount", hold["amount"], amount)
    if row["kind"] == Kind.PENDING:
        holds[row["key"]] = row
        debit.sums["debits_pending"] += amount
        credit.sums["credits_pending"] += amount
    if row["kind"] in {Kind.POSTED, Kind.POST}:
        debit.sums["debits_posted"] += amount
        credit.sums["credits_posted"] += amount
    _expect(f"{where}: balance of {debit.name} after it", debit.posted, row["debit_after"])
    _expect(f"{where}: balance of {credit.name} after it", credit.posted, row["credit_after"])
    _expect(f"{where}: transfer of {debit.name} before it", debit.last, row["debit_before"])
    _expect(f"{where}: transfer of {credit.name} before it", credit.last, row["credit_before"])
    debit.last = credit.last = row["id"]
    own = debit.posted - debit.sums["debits_pending"]
    if own < 0 and not debit.row["may_go_negative"]:
        _expect(f"{where}: own balance of {debit.name}", "0 or more", own)
    return debit, credit


def _known(book: Mapping[int, _Account], number: int, where: str) -> _Account:
    if number not in book:
        _expect(f"{where}: account", "a known account", number)
    return book[number]


def _compare_sums(book: Mapping[int, _Account]) -> None:
    for account in book.values():
        for name, value in account.sums.items():
            _expect(f"{account.name}: {name}", value, account.row[name])
        _expect(f"{account.name}: last transfer", account.last, account.row["last"])
        most = max(0, account.posted - account.sums["debits_pending"])
        if not 0 <= account.row["held"] <= most:
            _expect(f"{account.name}: held", f"0 to {most}", account.row["held"])
    # This follows from all of the above; it is the promise, so it is looked at by itself.
    for asset, total in _assets(book).items():
        _expect(f"asset {asset}: sum over all accounts", 0, total)


def _assets(book: Mapping[int, _Account]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for account in book.values():
        totals[account.row["asset"]] += account.row["credits_posted"] - account.row["debits_posted"]
    return dict(totals)


def _expect(where: str, expected: object, found: object) -> None:
    if expected != found:
        place, _, what = where.partition(": ")
        raise Difference(where=place, what=what or "summary", expected=expected, found=found)
