"""The duties as they stand, replayed from their events."""

from collections.abc import Collection, Iterable
from datetime import date

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
    events = DutyEvent.objects.filter(organisation=organisation, year=year)
    for standing in _replayed(events.select_related("organisation"), year, law, LATEST):
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
    events = DutyEvent.objects.filter(year=year).select_related("organisation").order_by("id")
    if organisations is not None:
        events = events.filter(organisation__in=organisations)
    return _replayed(events, year, law, on, at_deadline=at_deadline)


def of_organisation(organisation: Organisation, law: Law, *, on: date) -> dict[int, Standing]:
    """How every duty of an entity stands on a day, by year. Source: CQ208-2b, AMB-38."""
    rows = DutyEvent.objects.filter(organisation=organisation).select_related("organisation")
    events: dict[int, list[DutyEvent]] = {}
    for event in rows.order_by("year", "id"):
        events.setdefault(event.year, []).append(event)
    return {
        standing.year: standing
        for year, own in events.items()
        for standing in _replayed(own, year, law, on)
    }


def has_reference(organisation: Organisation, year: int, reference: str) -> bool:
    """Whether an act of this reference counted already: the same request sent again."""
    events = DutyEvent.objects.filter(organisation=organisation, year=year, reference=reference)
    return events.exists()


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
                id=event.reference,
                of=event.of,
            )
        )
    return replay.standings(on=on, at_deadline=at_deadline)
