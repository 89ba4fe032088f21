"""The duties as they stand, replayed from their events."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import QuerySet

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
    events = _events(DutyEvent.objects.filter(organisation=organisation, year=year))
    for standing in _replayed(events, year, law, LATEST):
        return Obligation(
            year=year, verified_t=standing.verified_t, surrendered_t=standing.counted_t
        )
    return Obligation(year=year, verified_t=None)


def standings(
    year: int,
    law: Law,
    *,
    on: date,
    at_deadline: bool = False,
    organisations: Collection[int] | None = None,
) -> list[Standing]:
    """How every duty of a year stands on a day, or those of some organisations only.

    Source: CQ208-2b, AMB-38.
    """
    found = DutyEvent.objects.filter(year=year)
    if organisations is not None:
        found = found.filter(organisation__in=organisations)
    return _replayed(_events(found), year, law, on, at_deadline=at_deadline)


def of_organisation(organisation: Organisation, law: Law, *, on: date) -> dict[int, Standing]:
    """How every duty of an entity stands on a day, by year. Source: CQ208-2b, AMB-38."""
    events = _events(DutyEvent.objects.filter(organisation=organisation))
    return {
        standing.year: standing
        for year in sorted({event.year for event in events})
        for standing in _replayed([e for e in events if e.year == year], year, law, on)
    }


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


def _events(found: QuerySet[DutyEvent]) -> list[Event]:
    """The events in their order, read without making a model of each."""
    rows = found.order_by("id").values_list(
        "kind", "day", "organisation__code", "year", "amount_t", "reference", "of"
    )
    return [
        Event(
            kind=Kind(kind),
            day=day,
            entity=entity,
            year=year,
            amount=None if amount_t is None else Tonnes(amount_t),
            id=_named(kind, reference),
            of=_named(kind, of),
        )
        for kind, day, entity, year, amount_t, reference, of in rows
    ]


def _replayed(
    events: Iterable[Event], year: int, law: Law, on: date, *, at_deadline: bool = False
) -> list[Standing]:
    replay = Replay(law)
    deadline = surrender_deadline(law=law, year=year)
    if deadline is not None:
        replay.take(Event(Kind.DEADLINE, deadline, "", year))
    for event in events:
        replay.take(event)
    return replay.standings(on=on, at_deadline=at_deadline)


def _named(kind: str, reference: str) -> str:
    """A surrender and an offset application may bear one reference; to the replay they are two."""
    act = "offset" if kind.startswith("offset") else "surrender"
    return f"{act}/{reference}" if reference else ""
