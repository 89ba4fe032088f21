"""The duties as they stand, replayed from their events."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import QuerySet

from openets.compliance.duty import Standing
from openets.compliance.models import DutyEvent
from openets.compliance.obligation import Obligation, surrender_deadline
from openets.compliance.status import Event, Kind, Replay
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.rulebook.load import Law

LATEST = date.max


def lock(organisation: Organisation, year: int, law: Law) -> Obligation:
    """The duty of an entity and year, no other act on it until the transaction ends."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    return obligation(organisation, year, law)


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


def has_reference(organisation: Organisation, year: int, reference: str) -> bool:
    """Whether an act of this reference counted already: the same request sent again."""
    events = DutyEvent.objects.filter(organisation=organisation, year=year, reference=reference)
    return events.exists()


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
            id=reference,
            of=of,
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
