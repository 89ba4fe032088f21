"""Compare the events of duties with registry, allowances and journal. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from openets.compliance.status import Kind
from openets.journal.chain import expect
from openets.kernel.clock import market_date
from openets.registry.kinds import LockCause

Row = Mapping[str, Any]

_NOTIFIED, _REVIEWED = "compliance.open_duties", "mrv.correct_result"
_CHANGED = "registry.move_for_change"
_CHANGES = {Kind.CORRECTED: "amount_t", Kind.EXTENDED: "deadline_date"}
"""Where an event tells what a duty was changed to."""
_TOLD_AS = {"compliance.correct_duty": "verified_t", "compliance.extend_deadline": "to"}
"""Where the journal tells it."""
_NAMES = {
    Kind.VERIFIED: (False, False),
    Kind.CORRECTED: (False, False),
    Kind.EXTENDED: (False, False),
    Kind.REVERSED: (False, True),
    Kind.SURRENDERED: (True, False),
    Kind.OFFSET_FILED: (True, False),
    Kind.OFFSET_CONFIRMED: (False, True),
    Kind.OFFSET_REJECTED: (False, True),
}
"""Whether an event has a reference of its own, and one of what it decides."""

_EMPTY: Row = {
    "verified_t": None,
    "counted_t": 0,
    "offset_t": 0,
    "is_excluded": False,
    "deadline_date": None,
    "last_day": None,
}
"""What is known of a duty before its first event."""


def check_verified(
    *, events: Iterable[Row], determinations: Iterable[Row], entries: Iterable[Row]
) -> int:
    """Every duty opened with the tonnes that were notified and that the allowance rests on.

    A review decided since replaces the notified tonnes. Source: CQ208-2, CQETS-5.2b, AMB-31.

    Raises:
        Difference: the first duty that is not as notified.
    """
    journalled = _Journalled(entries)
    verified = {(r["organisation"], str(r["year"])): r["verified_t"] for r in determinations}
    count = 0
    for row in events:
        where, key = _name(row), (row["organisation"], str(row["year"]))
        day = market_date(datetime.fromisoformat(row["at"])).isoformat()
        expect(where, "day", day, row["day"])
        is_extended = row["kind"] == Kind.EXTENDED
        expect(where, "names a deadline", is_extended, row["deadline_date"] is not None)
        named = (bool(row["reference"]), bool(row["of"]))
        expect(where, "what it names", _NAMES.get(row["kind"], named), named)
        if row["kind"] == Kind.VERIFIED:
            count += 1
            found = (row["amount_t"], row["at"])
            expect(where, "as notified", journalled.told.pop(key, None), found)
            base = journalled.decided.get(key, row["amount_t"])
            expect(where, "base of the allowance", verified.get(key, base), base)
        elif row["kind"] in _CHANGES:
            value = row[_CHANGES[row["kind"]]]
            expect(where, "as journalled", journalled.changed.pop((*key, value), None), row["at"])
        if row["kind"] == Kind.CORRECTED:
            expect(where, "as the review decided", journalled.decided.get(key), row["amount_t"])
    for code, year in journalled.told:
        expect(f"duty of {code} for {year}", "event", "verified", None)
    for code, year, _ in journalled.changed:
        expect(f"duty of {code} for {year}", "event", "changed", None)
    return count


class _Journalled:
    """What the journal says of duties, by entity and year."""

    def __init__(self, entries: Iterable[Row]) -> None:
        self.told: dict[tuple[str, str], tuple[int, str]] = {}
        """Tonnes notified, and when."""
        self.changed: dict[tuple[str, str, int | str], str] = {}
        """When they were corrected, or the deadline extended, and to what."""
        self.decided: dict[tuple[str, str], int] = {}
        """Tonnes a review decided."""
        for entry in entries:
            code, _, year = entry["subject"].partition("/")[2].rpartition("/")
            content = entry["content"]
            if entry["operation"] == _NOTIFIED:
                for entity, tonnes in content.get("verified_t", {}).items():
                    self.told[entity, year] = tonnes, entry["at"]
            elif entry["operation"] in _TOLD_AS:
                self.changed[code, year, content[_TOLD_AS[entry["operation"]]]] = entry["at"]
            elif entry["operation"] == _REVIEWED:
                self.decided[code, year] = content["verified_tco2e"]


def check_sums(*, events: Iterable[Row], duties: Iterable[Row]) -> int:
    """The row kept of every duty is what its events give; returns the duties.

    Source: CQ208-2b, AMB-31.

    Raises:
        Difference: the first duty whose row says something else.
    """
    count, told = 0, dict[tuple[str, int], dict[str, Any]]()
    for event in events:
        told.setdefault((event["organisation"], event["year"]), dict(_EMPTY))
        _add(told[event["organisation"], event["year"]], event)
    for row in duties:
        where = f"duty of {row['organisation']} for {row['year']}"
        found = {name: row[name] for name in _EMPTY}
        expect(where, "sums", told.pop((row["organisation"], row["year"]), None), found)
        count += 1
    for code, year in told:
        expect(f"duty of {code} for {year}", "row", "kept", None)
    return count


def check_surrendered(
    *,
    events: Iterable[Row],
    accounts: Iterable[Row],
    transactions: Iterable[Row],
    free_allocations: Iterable[Row],
    entries: Iterable[Row],
) -> int:
    """What counts as surrendered is what the registry took, tonne by tonne; returns the tonnes.

    What was returned counts no longer, and after a merger or division what the predecessor had
    surrendered counts for whoever owes its duty. Source: CQETS-26, CQETS-26.3, AMB-31.

    Raises:
        Difference: the first surrender without its counterpart.
    """
    holders = {row["number"]: row["holder"] for row in accounts}
    moved = list(transactions)
    taken = _transactions("surrender", moved, holders)
    returned = _returned(moved)
    by_year: Counter[tuple[str, int]] = Counter()
    total = 0
    for row in events:
        where, duty = _name(row), (row["organisation"], row["year"])
        if row["kind"] == Kind.SURRENDERED:
            found = (row["organisation"], row["amount_t"], row["at"])
            expect(where, "registry transaction", taken.pop(row["reference"], None), found)
            by_year[duty] += row["amount_t"]
            total += row["amount_t"]
        elif row["kind"] == Kind.REVERSED:
            back = (row["amount_t"], row["at"])
            expect(where, "registry transaction", returned.pop(row["of"], None), back)
            by_year[duty] -= row["amount_t"]
            total -= row["amount_t"]
    for reference in taken:
        expect(f"surrender {reference}", "duty event", "surrendered", None)
    for reference in returned:
        expect(f"return of surrender {reference}", "duty event", "reversed", None)
    by_year.update(_followed(entries, holders))
    for row in free_allocations:
        key = holders.get(row["account"], ""), row["year"]
        where = f"free allocation {key[0]}/{key[1]}"
        expect(where, "surrendered", by_year[key], row["surrendered_t"])
    return total


def _add(sums: dict[str, Any], event: Row) -> None:
    """Let an event change what is known of a duty."""
    kind, amount = event["kind"], event["amount_t"] or 0
    if kind in {Kind.VERIFIED, Kind.CORRECTED}:
        sums["verified_t"] = amount
    elif kind in {Kind.SURRENDERED, Kind.OFFSET_CONFIRMED}:
        sums["counted_t"] += amount
    elif kind == Kind.REVERSED:
        sums["counted_t"] -= amount
    elif kind in {Kind.EXCLUDED, Kind.INCLUDED}:
        sums["is_excluded"] = kind == Kind.EXCLUDED
    elif kind == Kind.EXTENDED:
        sums["deadline_date"] = event["deadline_date"]
    if kind == Kind.OFFSET_CONFIRMED:
        sums["offset_t"] += amount
    sums["last_day"] = event["day"]


def _returned(transactions: Iterable[Row]) -> dict[str, tuple[int, str]]:
    """What the registry gave back of each surrender: tonnes and when."""
    return {
        row["undoes_reference"]: (row["amount_t"], row["at"])
        for row in transactions
        if row["kind"] == "return_surrendered"
    }


def _followed(entries: Iterable[Row], holders: Mapping[str, str]) -> Counter[tuple[str, int]]:
    """Surrendered tonnes that mergers and divisions took from one record and gave to another."""
    moved: Counter[tuple[str, int]] = Counter()
    for entry in entries:
        if entry["operation"] == _CHANGED:
            for source, target, year, _, tonnes in entry["content"]["free"]:
                moved[holders[source], year] -= tonnes
                moved[holders[target], year] += tonnes
    return moved


def check_offsets(
    *,
    events: Iterable[Row],
    accounts: Iterable[Row],
    transactions: Iterable[Row],
    locks: Iterable[Row],
    nationals: Iterable[Row],
) -> int:
    """Offsets filed are locked, those confirmed are cancelled, those rejected are free again.

    Those of the national register (CCER) have no unit here; they are as announced and completed.
    Source: CQ208-A5.4, CQ208-A5.4b, CQ208-A6.4, AMB-38. Returns the tonnes confirmed.

    Raises:
        Difference: the first application without its counterpart.
    """
    mirrored = {row["reference"]: row for row in nationals}
    holders = {row["number"]: row["holder"] for row in accounts}
    cancelled = _transactions("offset", transactions, holders)
    locked, ended = _locked(locks)
    filed: dict[str, Row] = {}
    total = 0
    for row in events:
        where = _name(row)
        if row["reference"] in mirrored or row["of"] in mirrored:
            total += _check_mirrored(where, row, mirrored[row["reference"] or row["of"]])
        elif row["kind"] == Kind.OFFSET_FILED:
            filed[row["reference"]] = row
            found = (row["amount_t"], row["at"])
            expect(where, "units locked", locked.pop(row["reference"], None), found)
        elif row["kind"] in {Kind.OFFSET_CONFIRMED, Kind.OFFSET_REJECTED}:
            filing = filed.pop(row["of"], None)
            duty = (row["organisation"], row["year"])
            told = (filing["organisation"], filing["year"]) if filing else None
            expect(where, "application", told, duty)
            expect(where, "day the units were freed", ended.pop(row["of"], None), row["at"])
            wanted = cancelled.pop(row["of"], None)
            confirmed = row["kind"] == Kind.OFFSET_CONFIRMED
            found_now = (duty[0], row["amount_t"], row["at"]) if confirmed else None
            expect(where, "units cancelled", wanted, found_now)
            total += row["amount_t"] or 0
    for reference in [*cancelled, *locked, *ended]:
        expect(f"offset {reference}", "duty event", "filed and decided", None)
    return total


def _check_mirrored(where: str, event: Row, national: Row) -> int:
    """An event of an offset through the national register; the tonnes it confirms."""
    names = {
        Kind.OFFSET_FILED: ("announced_at", national["amount_t"]),
        Kind.OFFSET_CONFIRMED: ("completed_at", national["amount_t"]),
        Kind.OFFSET_REJECTED: ("rejected_at", None),
    }
    moment, amount_t = names.get(event["kind"], ("", None))
    told = (national["organisation"], national["year"], amount_t, national.get(moment))
    found = (event["organisation"], event["year"], event["amount_t"], event["at"])
    expect(where, "national register", told, found)
    return amount_t or 0 if event["kind"] == Kind.OFFSET_CONFIRMED else 0


def _name(event: Row) -> str:
    of = event["reference"] or event["of"]
    name = f"duty event {event['organisation']}/{event['year']} {event['kind']} {of}"
    return name.strip()


def _transactions(
    kind: str, transactions: Iterable[Row], holders: Mapping[str, str]
) -> dict[str, tuple[str | None, int, str]]:
    """The registry's movements of a kind by reference: whose, how many tonnes, when."""
    return {
        row["reference"]: (holders.get(row["debit"]), row["amount_t"], row["at"])
        for row in transactions
        if row["kind"] == kind
    }


def _locked(locks: Iterable[Row]) -> tuple[dict[str, tuple[int, str]], dict[str, str]]:
    """Tonnes locked for each application and since when; and when those decided were freed."""
    locked: dict[str, tuple[int, str]] = {}
    ended: dict[str, str] = {}
    for row in locks:
        if row["cause"] != LockCause.OFFSET:
            continue
        reference = row["reference"]
        tonnes, _ = locked.get(reference, (0, ""))
        locked[reference] = tonnes + row["amount_t"], row["placed_at"]
        if row["lifted_at"] is not None:
            ended[reference] = row["lifted_at"]
    return locked, ended
