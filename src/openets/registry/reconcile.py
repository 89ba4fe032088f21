"""Compare what the registry says with the ledger and the journal. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from openets.journal.chain import Difference, expect
from openets.ledger.posting import Kind
from openets.registry.kinds import HOLDING_KINDS, TRANSACTION_KINDS, AccountKind, LockCause
from openets.registry.names import account_number, lot_code, position_code

Row = Mapping[str, Any]

TRADE = "trade"
"""Reason of a transfer that delivers a trade; the exchange answers for it."""

_OPENED, _CLOSED = "registry.open_account", "registry.close_account"
_ENDED = "registry.end_minimum_holding"
_NOT_NAMED = {"code", "issues"}
"""What a lot's row tells beside the parts of its name."""
_ISSUES = {"registry.issue", "registry.issue_paid", "registry.issue_reserve"}
_ISSUED, _RELEASED = "registry.issue", "registry.release_locked"
_CHANGED, _CORRECTED = "registry.move_for_change", "registry.correction"
MOVED = {f"registry.{name}" for name, kind in TRANSACTION_KINDS.items() if not kind.reserves}
"""The operations whose journal entries tell of units that moved."""

_UNDOES = {name: kind.undoes for name, kind in TRANSACTION_KINDS.items()}
_RESERVING = (Kind.PENDING, Kind.VOID)
_ENDS = (AccountKind.SURRENDERED, AccountKind.CANCELLED, AccountKind.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Place:
    """What a ledger account stands for: units of a lot on a registry account."""

    account: Row
    lot: Row
    traded: bool

    @property
    def part(self) -> list[object]:
        """The units as the journal names them."""
        return [self.lot["code"], self.traded]


def places(
    *,
    accounts: Iterable[Row],
    lots: Iterable[Row],
    positions: Iterable[Row],
    ledger_accounts: Iterable[Row],
) -> dict[int, Place]:
    """Match positions and ledger accounts one to one. Source: CQETS-5.4b.

    Raises:
        Difference: the first account, lot or position that is not what its name says.
    """
    by_number = {row["number"]: _named_account(row) for row in accounts}
    by_code = {row["code"]: _named_lot(row) for row in lots}
    _serials_once(by_code.values())
    of_lots = {row["id"]: row for row in ledger_accounts if row["asset"] in by_code}
    found: dict[int, Place] = {}
    for row in positions:
        code = position_code(row["account"], row["lot"], traded=row["traded"])
        where = f"registry position {code}"
        account, lot = by_number.get(row["account"]), by_code.get(row["lot"])
        expect(where, "account and lot", (True, True), (account is not None, lot is not None))
        assert account is not None
        assert lot is not None
        number = row["ledger_account"]
        if number in found or number not in of_lots:
            expect(where, "ledger account", "one of its own", number)
        expect(where, "name in the ledger", code, of_lots[number]["code"])
        expect(where, "asset in the ledger", lot["code"], of_lots[number]["asset"])
        found[number] = Place(account, lot, row["traded"])
    for number in of_lots.keys() - found.keys():
        expect(f"ledger account {of_lots[number]['code']}", "position", "one", None)
    return found


def check_accounts(*, accounts: Iterable[Row], entries: Iterable[Row]) -> int:
    """Every account was opened once, and closed if it was, as the journal tells.

    Source: CQETS-5.2b.

    Raises:
        Difference.
    """
    told = list(entries)
    opened = {row["subject"]: row["content"] for row in told if row["operation"] == _OPENED}
    closed = {row["subject"]: row["at"] for row in told if row["operation"] == _CLOSED}
    rows = list(accounts)
    for row in rows:
        where, number = f"registry account {row['number']}", row["number"]
        expect(where, "opening", opened.pop(number, None), {"kind": row["kind"]})
        expect(where, "closing", closed.pop(number, None), row["closed_at"])
    for number in [*opened, *closed]:
        expect(f"registry account {number}", "row", "an account", None)
    return len(rows)


def check_conservation(*, places: Mapping[int, Place], ledger_accounts: Iterable[Row]) -> int:
    """Of every lot: issued = held + surrendered + cancelled + withdrawn; nothing is elsewhere.

    A lot with serials was issued once, to the last serial. Source: CQETS-5.4b.

    Raises:
        Difference: the first lot that does not add up.
    """
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    lots = {place.lot["code"]: place.lot for place in places.values()}
    for row in ledger_accounts:
        place = places.get(row["id"])
        if place:
            posted = row["credits_posted"] - row["debits_posted"]
            sums[place.lot["code"]][place.account["kind"]] += posted
    for code, found in sums.items():
        issued, where = -found[AccountKind.ISSUED], f"lot {code}"
        expect(where, "held + surrendered + cancelled + withdrawn", issued, _elsewhere(found))
        expect(where, "posted to the locked account", 0, found[AccountKind.LOCKED])
        first, last = lots[code]["serial_from"], lots[code]["serial_to"]
        if first is not None:
            expect(where, "serials", issued, last - first + 1)
    return len(sums)


def check_batches(*, lots: Iterable[Row], entries: Iterable[Row]) -> int:
    """The issues of every lot are numbered from 1 without a gap, as many as the lot counts.

    Returns how many there are. Source: CQ208-A1.5.1.

    Raises:
        Difference: the first lot that was issued in other batches.
    """
    told: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry["operation"] in _ISSUES:
            ((lot, *_), *_) = entry["content"]["parts"]
            told[lot].add(entry["content"]["batch"])
    counted = {row["code"]: row["issues"] for row in lots}
    for code, issues in counted.items():
        batches = told.pop(code, set())
        found = len(batches), min(batches, default=1), max(batches, default=0)
        expect(f"lot {code}", "batches of issue", found, (issues, 1, issues))
    for code in told:
        expect(f"lot {code}", "row", "a lot", None)
    return sum(counted.values())


def check_transactions(
    *,
    places: Mapping[int, Place],
    transactions: Iterable[Row],
    transfers: Iterable[Row],
    entries: Iterable[Row],
) -> int:
    """Every transaction has exactly its transfers and its journal entry, and nothing else moved.

    Source: CQETS-5.2b.

    Raises:
        Difference: the first transaction, transfer or entry without its counterpart.
    """
    rows = list(transactions)
    check_movements(places=places, transactions=rows, transfers=transfers, entries=entries)
    check_opposites(rows)
    return len(rows)


def check_movements(
    *,
    places: Mapping[int, Place],
    transactions: Iterable[Row],
    transfers: Iterable[Row],
    entries: Iterable[Row],
) -> None:
    """Like `check_transactions`, without looking at what an opposite entry undoes.

    Raises:
        Difference.
    """
    told = {row["subject"]: row for row in entries if row["operation"] in MOVED}
    moved = _moved(places, transfers)
    for row in transactions:
        key = f"{row['kind']}/{row['reference']}"
        where = f"registry transaction {key}"
        parts, entry = moved.pop(key, []), told.pop(key, None)
        ends = (row["debit"], row["credit"])
        expect(where, "sum of its transfers", row["amount_t"], sum(part[3] for part in parts))
        for debit, credit, *_ in parts:
            expect(where, "accounts", ends, (debit, credit))
        expect(where, "journal entry", True, entry is not None)
        assert entry is not None
        expect(where, "operation", entry["operation"], f"registry.{row['kind']}")
        for name in ("at", "article", "person", "role"):
            expect(where, name, entry[name], row[name])
        content = {
            "debit": row["debit"],
            "credit": row["credit"],
            "parts": [[*place.part, amount] for _, _, place, amount in parts],
            **({"undoes": undone_key(row)} if row["undoes_kind"] else {}),
            **({} if row["batch"] is None else {"batch": row["batch"]}),
        }
        expect(where, "movement", entry["content"], content)
    for key in [*moved, *told]:
        expect(f"registry transaction {key}", "row", "a transaction", None)


def check_locks(
    *,
    places: Mapping[int, Place],
    locks: Iterable[Row],
    transfers: Iterable[Row],
    entries: Iterable[Row],
) -> int:
    """Every lock is a reservation of the ledger, in force as long as it is unresolved.

    Source: CQ208-4.2, CQ208-A5.4, AMB-32. Returns how many are in force.

    Raises:
        Difference: the first lock or reservation without its counterpart.
    """
    placed, lifted = _reservations(places, transfers)
    wanted = {row["batch"] for row in (*placed.values(), *lifted.values())}
    entry = {row["id"]: row for row in entries if row["id"] in wanted}
    in_force = 0
    owners: dict[tuple[str, str], str] = {}
    for row in locks:
        where, key = f"registry lock {row['ledger_key']}", row["ledger_key"]
        hold, end = placed.pop(key, None), lifted.pop(key, None)
        expect(where, "reservation", True, hold is not None)
        assert hold is not None
        opening = entry[hold["batch"]]
        found = (row["ledger_account"], row["amount_t"], row["cause"])
        expect(where, "units", (hold["debit"], hold["amount"], hold["reason"]), found)
        # What is left of a lock after a part was taken stays its first owner's.
        owner = owners.setdefault((row["cause"], row["reference"]), opening["role"])
        told = (opening["at"], owner, opening["article"])
        expect(where, "placing", told, (row["placed_at"], row["owner"], row["article"]))
        expect(where, "lifting", entry[end["batch"]]["at"] if end else None, row["lifted_at"])
        name, _, number = key.rpartition("/")
        expect(where, "name", name, f"lock/{row['cause']}/{row['reference']}")
        expect(where, "number", True, number.isdecimal())
        in_force += end is None
    for key in [*placed, *lifted]:
        expect(f"registry lock {key}", "row", "a lock", None)
    return in_force


def check_serials(
    *,
    places: Mapping[int, Place],
    blocks: Iterable[Row],
    moves: Iterable[Row],
    ledger_accounts: Iterable[Row],
    transfers: Iterable[Row],
) -> int:
    """Every transfer of units with serials moved as many of them, and the blocks are where it led.

    No serial is in two blocks or outside its lot, and each position's blocks sum to its balance.
    Returns the number of blocks. Source: CQETS-5.4b, CQ208-A6.3.

    Raises:
        Difference: the first transfer, block or position that disagrees.
    """
    lying: dict[int, list[tuple[int, int]]] = defaultdict(list)
    moved: Counter[tuple[str, int | None, int]] = Counter()
    lots = {place.lot["code"]: place.lot for place in places.values()}
    for row in moves:
        where, run = f"serials of transfer {row['key']}", (row["first"], row["last"])
        expect(where, "lot", row["lot"], places[row["credit"]].lot["code"])
        if row["debit"] is None:
            lot = lots[row["lot"]]
            expect(where, "all serials of the lot", (lot["serial_from"], lot["serial_to"]), run)
        else:
            expect(where, "on the account", True, _taken(lying[row["debit"]], *run))
        lying[row["credit"]].append(run)
        moved[row["key"], row["debit"], row["credit"]] += row["last"] - row["first"] + 1
    _compare_moved(places, transfers, moved)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in blocks:
        number = row["ledger_account"]
        where = f"serial block {row['lot']} {row['first']}-{row['last']}"
        expect(where, "lot of its position", places[number].lot["code"], row["lot"])
        found[number].append((row["first"], row["last"]))
    for account in ledger_accounts:
        number = account["id"]
        place = places.get(number)
        if place is None or place.lot["serial_from"] is None:
            continue
        where = f"serials on account {account['code']}"
        expect(where, "blocks", _joined(lying[number]), _joined(found[number]))
        if place.account["kind"] != AccountKind.ISSUED:
            posted = account["credits_posted"] - account["debits_posted"]
            held = sum(last - first + 1 for first, last in found[number])
            expect(where, "balance", posted, held)
    return sum(len(runs) for runs in found.values())


def _compare_moved(
    places: Mapping[int, Place],
    transfers: Iterable[Row],
    moved: Counter[tuple[str, int | None, int]],
) -> None:
    """Every posted transfer of units with serials has moved as many serials, and nothing else."""
    for row in transfers:
        place = places.get(row["debit"])
        if place is None or place.lot["serial_from"] is None or row["kind"] != Kind.POSTED:
            continue
        is_issue = place.account["kind"] == AccountKind.ISSUED
        key = (row["key"], None if is_issue else row["debit"], row["credit"])
        expect(f"transfer {row['key']}", "serials moved", row["amount"], moved.pop(key, 0))
    for name, *_ in moved:
        expect(f"serials of transfer {name}", "transfer", "one", None)


def _taken(lying: list[tuple[int, int]], first: int, last: int) -> bool:
    """Take a run of serials out of those lying on an account; whether they lay there."""
    for number, (start, end) in enumerate(lying):
        if start <= first and last <= end:
            rest = [(start, first - 1), (last + 1, end)]
            lying[number : number + 1] = [run for run in rest if run[0] <= run[1]]
            return True
    return False


def _joined(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs in order, neighbours joined; runs that overlap stay apart."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def check_free_allocations(
    *,
    allocations: Iterable[Row],
    accounts: Iterable[Row],
    lots: Iterable[Row],
    locks: Iterable[Row],
    entries: Iterable[Row],
) -> int:
    """The free tonnes of the holding rule are those issued for the year, the frozen once released.

    The rule ends when the journal says so. Source: CQETS-26.3, AMB-27.

    Raises:
        Difference.
    """
    told = list(entries)
    frozen = {row["reference"] for row in locks if row["cause"] == LockCause.PRE_ALLOCATION}
    free = _free_by_year(told, {row["code"]: row["vintage_year"] for row in lots}, frozen)
    holders = {row["number"]: row["holder"] for row in accounts}
    ended = _ended(told, holders)
    rows = list(allocations)
    for row in rows:
        key = row["account"], row["year"]
        where = f"free allocation {key[0]}/{key[1]}"
        expect(where, "issued and released", free.pop(key, 0), row["free_t"])
        holder = holders.get(row["account"])
        expect(where, "end of the rule", ended.get((holder, row["year"])), row["fulfilled_at"])
    for account, year in free:
        expect(f"free allocation {account}/{year}", "row", "a free allocation", None)
    return len(rows)


def check_opposites(rows: Iterable[Row]) -> None:
    """Each opposite entry goes back where its original came from, once, and with no more.

    Raises:
        Difference.
    """
    by_key = {f"{row['kind']}/{row['reference']}": row for row in rows}
    seen: set[str] = set()
    for key, row in by_key.items():
        where, name = f"registry transaction {key}", undone_key(row)
        if row["undoes_kind"] is None:
            expect(where, "reference it undoes", None, row["undoes_reference"])
            continue
        undone = by_key.get(name)
        expect(where, "undoes", True, undone is not None and name not in seen)
        assert undone is not None
        seen.add(name)
        expect(where, "kind undone", True, row["undoes_kind"] in _UNDOES.get(row["kind"], ()))
        expect(
            where, "way back", (undone["credit"], undone["debit"]), (row["debit"], row["credit"])
        )
        expect(where, "no more than moved", True, row["amount_t"] <= undone["amount_t"])


def undone_key(row: Row) -> str:
    """The transaction that an opposite entry undoes."""
    return f"{row['undoes_kind']}/{row['undoes_reference']}"


def _free_by_year(
    entries: Iterable[Row], vintages: Mapping[str, int], frozen: Container[str]
) -> Counter[tuple[str, int]]:
    """Free tonnes by account and year: issued but for the frozen, and released."""
    free: Counter[tuple[str, int]] = Counter()
    for entry in entries:
        content = entry["content"]
        if entry["operation"] == _ISSUED and entry["subject"].partition("/")[2] not in frozen:
            for lot, _, tonnes in content["parts"]:
                expect(f"journal entry {entry['id']}", f"lot {lot}", True, lot in vintages)
                free[content["credit"], vintages[lot]] += tonnes
        elif entry["operation"] == _RELEASED:
            for account, year, tonnes in content["free_t"]:
                free[account, year] += tonnes
        elif entry["operation"] == _CORRECTED and content["undoes"].startswith("issue/"):
            for lot, _, tonnes in content["parts"]:
                free[content["debit"], vintages[lot]] -= tonnes
        elif entry["operation"] == _CHANGED:
            for source, target, year, tonnes, _ in content["free"]:
                free[source, year] -= tonnes
                free[target, year] += tonnes
    return free


def _ended(entries: Iterable[Row], holders: Mapping[str, str]) -> dict[tuple[str | None, int], str]:
    """When the holding rule ended, by holder and year; a year taken over is open again."""
    ended: dict[tuple[str | None, int], str] = {}
    for entry in entries:
        if entry["operation"] == _CHANGED:
            for _, target, year, *_ in entry["content"]["free"]:
                ended.pop((holders.get(target), year), None)
        if entry["operation"] == _ENDED:
            year = entry["subject"].rpartition("/")[2]
            expect(f"journal entry {entry['id']}", f"year {year}", True, year.isdecimal())
            for holder in entry["content"]["holders"]:
                ended.setdefault((holder, int(year)), entry["at"])
    return ended


def _named_account(row: Row) -> Row:
    where = f"registry account {row['number']}"
    name = account_number(row["kind"], row["holder"], row["year"])
    nth = row["number"].removeprefix(name)
    expect(where, "number", name, row["number"][: len(name)])
    expect(where, "how often it was opened", True, not nth or nth[1:].isdecimal())
    return row


def _named_lot(row: Row) -> Row:
    where = f"lot {row['code']}"
    name = lot_code(**{column: row[column] for column in row if column not in _NOT_NAMED})
    expect(where, "code", name, row["code"])
    known = [value not in {None, ""} for value in (row["project"], row["serial_to"])]
    expect(where, "project and serials", [row["serial_from"] is not None] * 2, known)
    return row


def _serials_once(lots: Iterable[Row]) -> None:
    runs = sorted(
        (row["project"], row["serial_from"], row["serial_to"], row["code"])
        for row in lots
        if row["serial_from"] is not None
    )
    for before, after in pairwise(runs):
        if before[0] == after[0] and after[1] <= before[2]:
            expect(f"lot {after[3]}", "serials", f"after {before[2]}", after[1])


def _elsewhere(found: Mapping[str, int]) -> int:
    return sum(found.get(kind, 0) for kind in (*HOLDING_KINDS, *_ENDS))


def _moved(
    places: Mapping[int, Place], transfers: Iterable[Row]
) -> dict[str, list[tuple[str, str, Place, int]]]:
    """The transfers of each transaction in order: debit, credit, units and tonnes."""
    moved: dict[str, list[tuple[str, str, Place, int]]] = defaultdict(list)
    for row in transfers:
        ends = places.get(row["debit"]), places.get(row["credit"])
        if ends == (None, None) or row["kind"] == Kind.REFUSED:
            continue
        where, reason = f"transfer {row['key']}", row["reason"]
        debit, credit = ends
        if debit is None or credit is None:
            raise Difference(where=where, what="accounts", expected="two positions", found=None)
        if reason == TRADE or row["kind"] in _RESERVING:
            continue
        key, _, number = row["key"].rpartition("/")
        expect(where, "reason", True, reason in TRANSACTION_KINDS)
        expect(where, "name", f"{reason}/", key[: len(reason) + 1])
        expect(where, "place in its transaction", str(len(moved[key])), number)
        expect(where, "kind", int(Kind.POSTED), row["kind"])
        expect(where, "units", debit.part, credit.part)
        moved[key].append((debit.account["number"], credit.account["number"], debit, row["amount"]))
    return moved


def _reservations(
    places: Mapping[int, Place], transfers: Iterable[Row]
) -> tuple[dict[str, Row], dict[str, Row]]:
    """What reserves units, by key, and what frees them, by the key of the reservation."""
    placed, lifted = {}, {}
    for row in transfers:
        if row["debit"] not in places or row["kind"] not in _RESERVING:
            continue
        if row["kind"] == Kind.PENDING:
            placed[row["key"]] = row
            found = places[row["credit"]].account["kind"]
            expect(f"transfer {row['key']}", "other side", AccountKind.LOCKED.value, found)
        else:
            lifted[row["pending"]] = row
    return placed, lifted
