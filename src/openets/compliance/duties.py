"""The duties as they stand, replayed from their events."""

from collections.abc import Iterable
from datetime import date, datetime

from openets.compliance.duty import Standing
from openets.compliance.models import DutyEvent
from openets.compliance.obligation import Obligation, surrender_deadline
from openets.compliance.status import Event, Kind, Replay
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.rulebook.load import Law

LATEST = date.max


def lock(organisation: Organisation, year: int, law: Law) -> Obligation:
    """The duty of an entity and year, no other act on it until the transaction ends.

    The lock leaves the row's key alone, so that its orders and movements need not wait.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    return obligation(organisation, year, law)


def lock_all(year: int) -> list[Organisation]:
    """The entities on the list of a year, no act on their duties until the transaction ends."""
    listed = parties.entities(year)
    # Locked by id, the order of everybody who locks several; the list has an order of its own.
    rows = Organisation.objects.filter(pk__in=listed).order_by("id")
    list(rows.select_for_update(no_key=True))
    return list(listed)


def obligation(organisation: Organisation, year: int, law: Law) -> Obligation:
    """What an entity owes for a year now. Source: CQETS-26."""
    events = DutyEvent.objects.filter(organisation=organisation, year=year)
    for standing in _replayed(events.select_related("organisation"), year, law, LATEST):
        return Obligation(
            year=year, verified_t=standing.verified_t, surrendered_t=standing.counted_t
        )
    return Obligation(year=year, verified_t=None)


def standings(year: int, law: Law, *, on: date, at_deadline: bool = False) -> list[Standing]:
    """How every duty of a year stands on a day. Source: CQ208-2b, AMB-38."""
    events = DutyEvent.objects.filter(year=year).select_related("organisation").order_by("id")
    return _replayed(events, year, law, on, at_deadline=at_deadline)


def is_repeated(reference: str, amount_t: object) -> bool:
    """Whether a surrender of this reference counted already: the same request sent again.

    Raises:
        ReferenceReused: it counted with another amount.
    """
    before = DutyEvent.objects.filter(kind=Kind.SURRENDERED, reference=reference).first()
    if before and before.amount_t != amount_t:
        raise registry.ReferenceReused(reference=reference, before=before.amount_t, now=amount_t)
    return before is not None


def note(
    organisation: Organisation,
    year: int,
    kind: Kind,
    at: datetime,
    amount_t: Tonnes | None,
    *,
    reference: str = "",
    of: str = "",
    registry_entry: int | None = None,
) -> None:
    """Remember an event of a duty; `registry_entry` is the number of the movement it rests on."""
    DutyEvent.objects.create(
        organisation=organisation,
        year=year,
        kind=kind,
        day=market_date(at),
        at=at,
        amount_t=amount_t,
        reference=reference,
        of=of,
        registry_entry=registry_entry,
    )


def after_counting(
    organisation: Organisation, year: int, *, law: Law, acting: Acting, at: datetime
) -> Obligation:
    """The duty after an event that counts; one fulfilled by it ends the year's minimum holding."""
    duty = obligation(organisation, year, law)
    if duty.is_fulfilled:
        registry.end_minimum_holding(holders=[organisation], year=year, acting=acting, at=at)
    return duty


def _replayed(
    events: Iterable[DutyEvent], year: int, law: Law, on: date, *, at_deadline: bool = False
) -> list[Standing]:
    replay = Replay(law)
    deadline = surrender_deadline(law=law, year=year)
    if deadline is not None:
        replay.take(Event(Kind.DEADLINE, deadline, "", year))
    for event in events:
        replay.take(
            Event(
                kind=Kind(event.kind),
                day=event.day,
                entity=event.organisation.code,
                year=year,
                amount=None if event.amount_t is None else Tonnes(event.amount_t),
                id=_named(event, event.reference),
                of=_named(event, event.of),
            )
        )
    return replay.standings(on=on, at_deadline=at_deadline)


def _named(event: DutyEvent, reference: str) -> str:
    """A surrender and an offset application may bear one reference; to the replay they are two."""
    act = "offset" if event.kind.startswith("offset") else "surrender"
    return f"{act}/{reference}" if reference else ""
