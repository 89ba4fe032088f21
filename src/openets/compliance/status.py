"""Compliance status (履约状态): duties replayed from dated events, and asked on any day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from openets.compliance.duty import Duty, Effect, Standing
from openets.compliance.obligation import (
    NotNotified,
    check_surrender,
    countable,
    extended_deadline,
)
from openets.compliance.offset import AboveOpenDuty
from openets.kernel.quantity import Exact, Tonnes
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law


class OutOfOrder(Refusal):
    """The events of a duty come in the order of their days."""

    code = "out_of_order"
    zh = "事件日期 {day} 早于前一事件的日期 {previous}"
    en = "The event of {day} comes after one of {previous}"
    remedy_zh = "请按日期先后排列事件"
    remedy_en = "Put the events in the order of their days"


class IdMissing(Refusal):
    """A later event could not name this one."""

    code = "id_missing"
    zh = "抵销申请缺少编号"
    en = "An offset application needs an id"
    remedy_zh = "请填写 id"
    remedy_en = "Give an id"


class IdTaken(Refusal):
    """An id names one event."""

    code = "id_taken"
    zh = "编号“{id}”已被使用"
    en = "The id “{id}” names another event"
    remedy_zh = "请使用新的编号；重复的事件请删除"
    remedy_en = "Use a new id, or leave out the repeated event"


class UnknownReference(Refusal):
    """The event refers to nothing of its kind and duty."""

    code = "unknown_reference"
    zh = "“{of}”不是该单位该年度的{wanted}"
    en = "“{of}” is no {wanted_en} of this entity and year"
    remedy_zh = "请核对 of"
    remedy_en = "Correct the reference"


class AlreadyDecided(Refusal):
    """An application is decided once."""

    code = "already_decided"
    article = "CQVER-26"
    zh = "抵销申请“{of}”已作出决定"
    en = "The offset application “{of}” is decided already"
    remedy_zh = "请勿重复确认或驳回"
    remedy_en = "Leave out the second decision"


class MoreThanReferred(Refusal):
    """No more can be confirmed or reversed than is there."""

    code = "more_than_referred"
    zh = "数量 {amount_t} 吨超过“{of}”的 {left_t} 吨"
    en = "The amount {amount_t} t is more than the {left_t} t of “{of}”"
    remedy_zh = "请改为不超过 {left_t} 吨"
    remedy_en = "Give {left_t} t or less"


class AlreadyVerified(Refusal):
    """A second verified amount is a correction."""

    code = "already_verified"
    article = "CQ208-2"
    zh = "{year} 年度经核查排放量已告知"
    en = "The verified emissions of {year} are notified already"
    remedy_zh = "如需变更请使用 corrected 事件"
    remedy_en = "Use the event corrected"


class DeadlineAlreadySet(Refusal):
    """A deadline moves by an extension only."""

    code = "deadline_already_set"
    article = "CQ208-2b"
    zh = "清缴期限已设定为 {deadline}"
    en = "The deadline is set to {deadline} already"
    remedy_zh = "如需延期请使用 extended 事件"
    remedy_en = "Use the event extended"


class NoDeadline(Refusal):
    """What is not set cannot be extended."""

    code = "no_deadline"
    article = "CQ208-2b"
    zh = "尚未设定清缴期限，不能延期"
    en = "There is no deadline to extend"
    remedy_zh = "请先设定清缴期限"
    remedy_en = "Set the deadline first"


class AmountMissing(Refusal):
    """The event says how much, or it says nothing."""

    code = "amount_missing"
    zh = "缺少数量"
    en = "The amount is missing"
    remedy_zh = "请填写整数吨"
    remedy_en = "Give whole tonnes"


class Kind(StrEnum):
    """What may happen to the duty of an entity and year."""

    VERIFIED = "verified"
    CORRECTED = "corrected"
    SURRENDERED = "surrendered"
    REVERSED = "reversed"
    EXCLUDED = "excluded"
    INCLUDED = "included"
    OFFSET_FILED = "offset_filed"
    OFFSET_CONFIRMED = "offset_confirmed"
    OFFSET_REJECTED = "offset_rejected"
    DEADLINE = "deadline"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event; `of` is the id that a decision or a reversal belongs to.

    The day of a deadline or an extension is the deadline itself. A deadline without entity is the
    year's, for all. An amount left out means the whole of what `of` names.
    """

    kind: Kind
    day: date
    entity: str
    year: int
    amount: Exact | None = None
    id: str = ""
    of: str = ""


@dataclass(slots=True)
class _Reference:
    """A surrender or an application that later events name, and what is left of it."""

    kind: Kind
    duty: tuple[str, int]
    day: date
    left_t: int
    is_decided: bool = False


class Replay:
    """The duties of many entities, built event by event."""

    def __init__(self, law: Law) -> None:
        """`law` gives the readings of excess, of the offset's day and of extensions."""
        self._law = law
        self._duties: dict[tuple[str, int], Duty] = {}
        self._deadlines: dict[tuple[str, int], date] = {}
        self._references: dict[str, _Reference] = {}
        self._ids: set[str] = set()
        self._takes: dict[Kind, Callable[[Event, Duty], None]] = {
            Kind.VERIFIED: self._verified,
            Kind.CORRECTED: self._corrected,
            Kind.SURRENDERED: self._surrendered,
            Kind.REVERSED: self._reversed,
            Kind.EXCLUDED: self._listing,
            Kind.INCLUDED: self._listing,
            Kind.OFFSET_FILED: self._offset_filed,
            Kind.OFFSET_CONFIRMED: self._offset_decided,
            Kind.OFFSET_REJECTED: self._offset_decided,
        }

    def take(self, event: Event) -> None:
        """Take the next event; a refused one changes nothing.

        Source: CQETS-26, CQETS-27, CQ208-2, CQVER-26, AMB-29, AMB-31, AMB-38.

        Raises:
            OutOfOrder, IdTaken, IdMissing, UnknownReference, AlreadyDecided, MoreThanReferred,
            AmountMissing, NotWholeTonnes, NotPositive, AlreadyVerified, NotNotified,
            AboveObligation, AboveOpenDuty, DeadlineAlreadySet, NoDeadline, ExtensionNotLater,
            ExtensionNotAllowed.
        """
        if event.id in self._ids:
            raise IdTaken(field="id", id=event.id)
        key = (event.entity, event.year)
        if event.kind in {Kind.DEADLINE, Kind.EXTENDED}:
            self._deadlines[key] = self._moved_deadline(event)
        else:
            duty = self._duties.get(key) or Duty(*key)
            if event.day < duty.last_day:
                raise OutOfOrder(
                    field="date", day=event.day.isoformat(), previous=duty.last_day.isoformat()
                )
            self._takes[event.kind](event, duty)
            duty.last_day = event.day
            self._duties[key] = duty
        if event.id:
            self._ids.add(event.id)

    def standings(self, *, on: date, at_deadline: bool = False) -> list[Standing]:
        """How every duty stands on a day, sorted by entity and year.

        With `at_deadline` the amounts are those that count on the deadline, as known `on` the
        day; before the deadline, or without one, that is the live status. A duty not met by its
        deadline is overdue from the day after. Source: CQ208-2b, AMB-31, AMB-38, AMB-60.
        """
        own_deadlines = {key for key in self._deadlines if key[0]}
        return [
            (self._duties.get(key) or Duty(*key)).standing(
                on=on, deadline=self.deadline(*key), at_deadline=at_deadline
            )
            for key in sorted(self._duties.keys() | own_deadlines)
        ]

    def deadline(self, entity: str, year: int) -> date | None:
        """The last day to surrender: the entity's own, else the year's, else none is set."""
        return self._deadlines.get((entity, year)) or self._deadlines.get(("", year))

    def _moved_deadline(self, event: Event) -> date:
        if event.kind is Kind.DEADLINE:
            own = self._deadlines.get((event.entity, event.year))
            if own:
                raise DeadlineAlreadySet(field="date", deadline=own.isoformat())
            return event.day
        present = self.deadline(event.entity, event.year)
        if present is None:
            raise NoDeadline(field="entity")
        allowed = self._law.for_year("surrender.extension_allowed", event.year)
        return extended_deadline(deadline=present, to=event.day, allowed=allowed)

    def _verified(self, event: Event, duty: Duty) -> None:
        if duty.verified:
            raise AlreadyVerified(year=event.year)
        duty.verified.append(Effect(event.day, event.day, _amount(event, least=0)))

    def _corrected(self, event: Event, duty: Duty) -> None:
        if not duty.verified:
            raise NotNotified(year=event.year)
        first = duty.verified[0].counts_from
        duty.verified.append(Effect(event.day, first, _amount(event, least=0)))

    def _surrendered(self, event: Event, duty: Duty) -> None:
        # What the registry has booked was confirmed; a jurisdiction that rejects, rejects still.
        amount_t = check_surrender(
            obligation=duty.obligation,
            quantity=_amount(event),
            excess=self._law.for_year("surrender.excess", event.year),
            confirmed=True,
        )
        duty.count(event.day, event.day, amount_t)
        self._refer(event, amount_t)

    def _reversed(self, event: Event, duty: Duty) -> None:
        surrender = self._referred(event, Kind.SURRENDERED, "清缴", "surrender")
        amount_t = _amount_of(event, surrender)
        surrender.left_t -= amount_t
        duty.count(event.day, event.day, -amount_t)

    def _offset_filed(self, event: Event, duty: Duty) -> None:
        if not event.id:
            raise IdMissing(field="id")
        obligation, amount_t = duty.obligation, _amount(event)
        if obligation.verified_t is None:
            raise NotNotified(year=event.year)
        if amount_t > obligation.open_t:
            raise AboveOpenDuty(field="amount", offered_t=amount_t, open_t=obligation.open_t)
        self._refer(event, amount_t)

    def _offset_decided(self, event: Event, duty: Duty) -> None:
        filing = self._referred(event, Kind.OFFSET_FILED, "抵销申请", "offset application")
        if filing.is_decided:
            raise AlreadyDecided(field="of", of=event.of)
        if event.kind is Kind.OFFSET_CONFIRMED:
            amount_t = _amount_of(event, filing)
            count_at = self._law.for_year("offset.count_at", event.year).text
            counts_from = filing.day if count_at == "filing_if_confirmed" else event.day
            duty.count(event.day, counts_from, amount_t)
        filing.is_decided = True

    def _listing(self, event: Event, duty: Duty) -> None:
        duty.excluded.append(Effect(event.day, event.day, event.kind is Kind.EXCLUDED))

    def _refer(self, event: Event, amount_t: int) -> None:
        if event.id:
            duty = (event.entity, event.year)
            self._references[event.id] = _Reference(event.kind, duty, event.day, amount_t)

    def _referred(self, event: Event, kind: Kind, wanted: str, wanted_en: str) -> _Reference:
        found = self._references.get(event.of)
        if not found or found.kind is not kind or found.duty != (event.entity, event.year):
            raise UnknownReference(field="of", of=event.of, wanted=wanted, wanted_en=wanted_en)
        return found


def _amount(event: Event, *, least: int = 1) -> Tonnes:
    if event.amount is None:
        raise AmountMissing(field="amount")
    return countable(event.amount, least=least, field="amount")


def _amount_of(event: Event, reference: _Reference) -> Tonnes:
    asked = reference.left_t if event.amount is None else event.amount
    amount_t = countable(asked, field="amount")
    if amount_t > reference.left_t:
        raise MoreThanReferred(
            field="amount", amount_t=amount_t, of=event.of, left_t=reference.left_t
        )
    return amount_t
