"""The surrender duty of one entity and year over time.

Every effect has two days: the day it became known, and the day it counts from. An offset filed in
time and confirmed later counts from its filing (AMB-38); a corrected amount counts from the first
notification, because a decision replaces what it decides on (AMB-31). Everything else counts from
the day it happened. The live status of a day takes what is known on it; the status frozen at the
deadline takes, of that, what counts on the deadline.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from openets.compliance.obligation import NOTHING, Obligation
from openets.kernel.quantity import Tonnes


class Status(StrEnum):
    """How a duty stands. Source: CQETS-26, AMB-60."""

    NOT_YET_DUE = "not_yet_due"
    OPEN = "open"
    PARTLY_FULFILLED = "partly_fulfilled"
    FULFILLED = "fulfilled"
    OVERDUE = "overdue"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer for one entity, year and day, in whole tonnes CO2e."""

    entity: str
    year: int
    status: Status
    verified_t: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that became known on one day and counts from the same or an earlier one."""

    known: date
    counts_from: date
    amount: int


@dataclass(slots=True)
class Duty:
    """The duty of one entity and year, as far as its events tell."""

    entity: str
    year: int
    verified: list[Effect] = field(default_factory=list)
    counted: list[Effect] = field(default_factory=list)
    excluded: list[Effect] = field(default_factory=list)
    counted_t: int = 0
    last_day: date = date.min

    def count(self, known: date, counts_from: date, amount: int) -> None:
        """Let tonnes count, or with a negative amount count no more."""
        self.counted.append(Effect(known, counts_from, amount))
        self.counted_t += amount

    @property
    def obligation(self) -> Obligation:
        """The duty by all events so far."""
        verified_t = Tonnes(self.verified[-1].amount) if self.verified else None
        return Obligation(self.year, verified_t, surrendered_t=Tonnes(self.counted_t))

    def standing(self, *, on: date, deadline: date | None, at_deadline: bool) -> Standing:
        """How the duty stands on a day, live or frozen at the deadline.

        Source: CQ208-2b, AMB-31, AMB-38, AMB-60.
        """
        until = min(on, deadline) if at_deadline and deadline else on

        def counting(effects: list[Effect]) -> list[int]:
            return [e.amount for e in effects if e.known <= on and e.counts_from <= until]

        verified, listing = counting(self.verified), counting(self.excluded)
        obligation = Obligation(
            year=self.year,
            verified_t=Tonnes(verified[-1]) if verified else None,
            surrendered_t=Tonnes(sum(counting(self.counted))),
        )
        return standing_of(
            entity=self.entity,
            owed=obligation,
            is_excluded=bool(listing and listing[-1]),
            deadline=deadline,
            on=on,
        )


def standing_of(
    *, entity: str, owed: Obligation, is_excluded: bool, deadline: date | None, on: date
) -> Standing:
    """The answer for a duty of which this is known on a day."""
    status = status_of(
        is_excluded=is_excluded,
        is_notified=owed.verified_t is not None,
        is_met=owed.is_fulfilled,
        is_begun=owed.counted_t > 0,
        is_past=deadline is not None and on > deadline,
    )
    return Standing(
        entity=entity,
        year=owed.year,
        status=status,
        verified_t=owed.verified_t,
        counted_t=owed.counted_t,
        open_t=NOTHING if is_excluded else owed.open_t,
    )


def status_of(
    *, is_excluded: bool, is_notified: bool, is_met: bool, is_begun: bool, is_past: bool
) -> Status:
    """The status that follows from what is known of a duty, and whether its deadline has passed.

    Source: CQETS-26, CQ208-2b, AMB-60.
    """
    if is_excluded:
        return Status.EXCLUDED
    if not is_notified:
        return Status.NOT_YET_DUE
    if is_met:
        return Status.FULFILLED
    if is_past:
        return Status.OVERDUE
    return Status.PARTLY_FULFILLED if is_begun else Status.OPEN
