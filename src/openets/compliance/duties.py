"""The duties: their events, how they stand by them, and the row of each that keeps its sums.

Whatever happens to a duty goes through `note` or `open_all`, which write the event and, from the
replay of all events of the duty, its row.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db.models import Max, Q, QuerySet, Sum

from openets.compliance.duty import Standing, Status, standing_of
from openets.compliance.models import DutyEvent, LiveDuty
from openets.compliance.obligation import Obligation, surrender_deadline
from openets.compliance.status import Event, Kind, Replay
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.operations import lock_organisations
from openets.registry import operations as registry
from openets.registry import queries as movements
from openets.rulebook.load import Law
from openets.select import Select

LATEST = date.max
SUMS = ("verified_t", "counted_t", "offset_t", "is_excluded", "deadline_date", "last_day")
"""What a row keeps of a duty."""

_LIVE = Select(LiveDuty, "organisation_id = %s and year = %s")
_SURRENDERED = Select(DutyEvent, "kind = %s and reference = %s order by id limit 1")


def lock(organisation: Organisation, year: int) -> Obligation:
    """The duty of an entity and year, no other act on it until the transaction ends.

    The lock leaves the row's key alone, so that its orders and movements need not wait.
    """
    lock_organisations([organisation])
    return obligation(organisation, year)


def lock_all(year: int) -> list[Organisation]:
    """The entities on the list of a year, no act on their duties until the transaction ends."""
    listed = parties.entities(year)
    # Locked by id, the order of everybody who locks several; the list has an order of its own.
    rows = Organisation.objects.filter(pk__in=listed).order_by("id")
    list(rows.select_for_update(no_key=True))
    return list(listed)


def obligation(organisation: Organisation, year: int) -> Obligation:
    """What an entity owes for a year now. Source: CQETS-26."""
    row = _LIVE.first(organisation.pk, year)
    return _owed(year, row.verified_t, row.counted_t) if row else _owed(year, None, 0)


def standings(
    year: int,
    law: Law,
    *,
    on: date,
    at_deadline: bool = False,
    organisations: Collection[int] | None = None,
) -> list[Standing]:
    """How every duty of a year stands on a day, or those of some organisations only.

    Told from the rows; what happened after the day is left out by a replay of those it happened
    to. Source: CQ208-2b, AMB-38.
    """
    asked = Q(year=year)
    if organisations is not None:
        asked &= Q(organisation__in=organisations)
    if at_deadline:
        events = _events(DutyEvent.objects.filter(asked))
        return _replayed(events, year, law, on, at_deadline=True)
    moved_on = list(
        LiveDuty.objects.filter(asked, last_day__gt=on).values_list("organisation", flat=True)
    )
    events = _events(DutyEvent.objects.filter(year=year, organisation__in=moved_on))
    standing = _standing(LiveDuty.objects.filter(asked, last_day__lte=on), year, law, on)
    found = [*standing, *_replayed(events, year, law, on)]
    return sorted(found, key=lambda standing: standing.entity) if moved_on else found


def of_organisation(organisation: Organisation, law: Law, *, on: date) -> dict[int, Standing]:
    """How every duty of an entity stands on a day, by year. Source: CQ208-2b, AMB-38."""
    events = _events(DutyEvent.objects.filter(organisation=organisation))
    return {
        standing.year: standing
        for year in sorted({event.year for event in events})
        for standing in _replayed([e for e in events if e.year == year], year, law, on)
    }


def own_deadlines(year: int) -> dict[int, date]:
    """The last days of those entities that were given one of their own, by organisation id."""
    rows = LiveDuty.objects.filter(year=year, deadline_date__isnull=False)
    pairs = rows.values_list("organisation", "deadline_date")
    return {organisation: day for organisation, day in pairs if day}


def is_repeated(reference: str, amount_t: object, lots: Collection[str] = ()) -> bool:
    """Whether a surrender of this reference counted already: the same request sent again.

    `lots` are the codes of those its units were to be taken from.

    Raises:
        ReferenceReused: it counted with another amount, or took other lots.
    """
    before = _SURRENDERED.first(str(Kind.SURRENDERED), reference)
    if before and (before.amount_t != amount_t or (lots and not _taken_from(before, lots))):
        raise registry.ReferenceReused(reference=reference, before=before.amount_t, now=amount_t)
    return before is not None


def _taken_from(event: DutyEvent, lots: Collection[str]) -> bool:
    assert event.registry_entry is not None, "a surrender rests on a movement"
    done = movements.transaction_numbered(event.registry_entry)
    return done is not None and {part[0] for part in done.parts} <= set(lots)


def note(
    organisation: Organisation,
    year: int,
    kind: Kind,
    at: datetime,
    amount_t: Tonnes | None,
    *,
    law: Law,
    reference: str = "",
    of: str = "",
    registry_entry: int | None = None,
    deadline_date: date | None = None,
) -> None:
    """Remember an event of a duty; `registry_entry` is the number of the movement it rests on.

    Raises:
        What the replay refuses: an event that does not fit the ones before it.
    """
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
        deadline_date=deadline_date,
    )
    _keep([organisation.pk], year, law)


def open_all(
    verified_t: Mapping[Organisation, Tonnes], year: int, *, law: Law, at: datetime
) -> None:
    """Remember that the verified emissions of entities were told, which opens their duties."""
    DutyEvent.objects.bulk_create(
        DutyEvent(
            organisation=organisation,
            year=year,
            kind=Kind.VERIFIED,
            day=market_date(at),
            at=at,
            amount_t=amount_t,
        )
        for organisation, amount_t in verified_t.items()
    )
    _keep([organisation.pk for organisation in verified_t], year, law)


def after_counting(
    organisation: Organisation, year: int, *, acting: Acting, at: datetime
) -> Obligation:
    """The duty after an event that counts; one fulfilled by it ends the year's minimum holding."""
    duty = obligation(organisation, year)
    if duty.is_fulfilled:
        registry.end_minimum_holding(holders=[organisation], year=year, acting=acting, at=at)
    return duty


def _keep(organisations: Collection[int], year: int, law: Law) -> None:
    """Write the rows of duties anew, each by all its events."""
    found = DutyEvent.objects.filter(year=year, organisation__in=organisations)
    standing = {s.entity: s for s in _replayed(_events(found), year, law, LATEST)}
    sums = (
        found.order_by("organisation")
        .values("organisation", "organisation__code")
        .annotate(
            offset_t=Sum("amount_t", filter=Q(kind=Kind.OFFSET_CONFIRMED), default=0),
            own_deadline=Max("deadline_date"),
            last=Max("day"),
        )
    )
    LiveDuty.objects.bulk_create(
        [
            LiveDuty(
                organisation_id=row["organisation"],
                year=year,
                verified_t=standing[row["organisation__code"]].verified_t,
                counted_t=standing[row["organisation__code"]].counted_t,
                offset_t=row["offset_t"],
                is_excluded=standing[row["organisation__code"]].status == Status.EXCLUDED,
                deadline_date=row["own_deadline"],
                last_day=row["last"],
            )
            for row in sums
        ],
        update_conflicts=True,
        unique_fields=["year", "organisation"],
        update_fields=SUMS,
    )


def _standing(found: QuerySet[LiveDuty], year: int, law: Law, on: date) -> list[Standing]:
    deadline = surrender_deadline(law=law, year=year)
    rows = found.order_by("organisation__code").values_list(
        "organisation__code", "verified_t", "counted_t", "is_excluded", "deadline_date"
    )
    return [
        standing_of(
            entity=entity,
            owed=_owed(year, verified_t, counted_t),
            is_excluded=is_excluded,
            deadline=own or deadline,
            on=on,
        )
        for entity, verified_t, counted_t, is_excluded, own in rows
    ]


def _owed(year: int, verified_t: int | None, counted_t: int) -> Obligation:
    return Obligation(year, None if verified_t is None else Tonnes(verified_t), Tonnes(counted_t))


def _events(found: QuerySet[DutyEvent]) -> list[Event]:
    """The events in their order, read without making a model of each."""
    rows = found.order_by("id").values_list(
        "kind", "day", "deadline_date", "organisation__code", "year", "amount_t", "reference", "of"
    )
    return [
        Event(
            kind=Kind(kind),
            day=own_deadline or day,
            entity=entity,
            year=year,
            amount=None if amount_t is None else Tonnes(amount_t),
            id=_named(kind, reference),
            of=_named(kind, of),
        )
        for kind, day, own_deadline, entity, year, amount_t, reference, of in rows
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
