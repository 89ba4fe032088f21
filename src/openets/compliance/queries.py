"""What may be asked about duties."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet, Sum

from openets.compliance import duties
from openets.compliance.amending import returnable_t
from openets.compliance.duty import Standing, Status, status_of
from openets.compliance.models import (
    AdvanceApplication,
    DutyEvent,
    FrozenStatus,
    LiveDuty,
    NationalOffset,
    OffsetApplication,
)
from openets.compliance.obligation import Obligation, surrender_deadline
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.rulebook.load import Law


@dataclass(frozen=True, slots=True)
class Progress:
    """All duties of a year together, by everything that happened so far."""

    counts: Mapping[Status, int]
    verified_t: Tonnes
    counted_t: Tonnes
    offset_t: Tonnes
    """Of what counts: confirmed offsets."""


@dataclass(frozen=True, slots=True)
class YearDuty:
    """An entity's duty of a year as it stands, and as it stood at the deadline."""

    standing: Standing
    deadline: date | None
    frozen: FrozenStatus | None


def excess_t(organisation: Organisation, year: int) -> Tonnes:
    """What an entity surrendered for a year beyond its duty, and may have back. Source: AMB-31."""
    return returnable_t(organisation, year, duties.obligation(organisation, year))


def obligation(organisation: Organisation, year: int) -> Obligation:
    """What an entity owes for a year now."""
    return duties.obligation(organisation, year)


def duties_of(organisation: Organisation, law: Law, *, on: date) -> list[YearDuty]:
    """An entity's duties on a day, by year, each with how it stood at its deadline."""
    rows = FrozenStatus.objects.filter(organisation=organisation)
    frozen = {row.year: row for row in rows}
    standings = duties.of_organisation(organisation, law, on=on)
    own = dict(organisation.live_duties.values_list("year", "deadline_date"))
    return [
        YearDuty(standing, own[year] or surrender_deadline(law=law, year=year), frozen.get(year))
        for year, standing in standings.items()
    ]


def duty(organisation: Organisation, year: int, law: Law, *, on: date) -> YearDuty | None:
    """An entity's duty of a year on a day, or None before it is notified."""
    return next((d for d in duties_of(organisation, law, on=on) if d.standing.year == year), None)


def standings(
    year: int, law: Law, *, on: date, organisations: Collection[int] | None = None
) -> list[Standing]:
    """How every duty of a year stands on a day, or those of some organisations only."""
    return duties.standings(year, law, on=on, organisations=organisations)


def progress(years: Collection[int], law: Law, *, today: date) -> dict[int, Progress]:
    """How far the surrender of each year has come, by sums of the rows. Source: CQETS-29."""
    found: dict[int, Progress] = {}
    for year in years:
        deadline = surrender_deadline(law=law, year=year)
        counts: Counter[Status] = Counter()
        sums = [0, 0, 0]
        for own, is_excluded, is_notified, is_met, is_begun, n, *amounts in _alike(year):
            last_day = own or deadline
            status = status_of(
                is_excluded=is_excluded,
                is_notified=is_notified,
                is_met=bool(is_met),
                is_begun=is_begun,
                is_past=last_day is not None and today > last_day,
            )
            counts[status] += n
            sums = [before + (more or 0) for before, more in zip(sums, amounts, strict=True)]
        found[year] = Progress(counts, *map(Tonnes, sums))
    return found


def frozen(year: int) -> dict[int, FrozenStatus]:
    """The statuses frozen at the deadline, by organisation id."""
    return {row.organisation_id: row for row in FrozenStatus.objects.filter(year=year)}


def is_frozen(year: int, today: date) -> bool:
    """Whether the status of every duty whose deadline has passed is frozen."""
    frozen = FrozenStatus.objects.filter(year=year).values("organisation")
    late = LiveDuty.objects.filter(year=year, deadline_date__lt=today)
    return frozen.exists() and not late.exclude(organisation__in=frozen).exists()


def frozen_counts(year: int) -> dict[str, int]:
    """How many duties stood in each status at the deadline. Source: CQETS-29."""
    rows = FrozenStatus.objects.filter(year=year).values_list("status")
    return dict(rows.annotate(n=Count("id")))


def events(organisation: Organisation) -> Sequence[DutyEvent]:
    """What happened to an entity's duties, oldest first."""
    return list(DutyEvent.objects.filter(organisation=organisation))


def offsets(organisation: Organisation) -> Sequence[OffsetApplication]:
    """An entity's offset applications."""
    return list(OffsetApplication.objects.filter(organisation=organisation))


def offsets_of_year(
    year: int, organisations: QuerySet[Organisation]
) -> QuerySet[OffsetApplication]:
    """The offset applications of these entities for a year, the newest first."""
    found = OffsetApplication.objects.filter(year=year, organisation__in=organisations)
    return found.select_related("organisation").order_by("-id")


def offset_application(reference: str) -> OffsetApplication:
    """The offset application of a reference, which is the subject of its case."""
    return OffsetApplication.objects.select_related("organisation").get(reference=reference)


def national_application(reference: str) -> NationalOffset:
    """The application through the national register of a reference, the subject of its case."""
    return NationalOffset.objects.select_related("organisation").get(reference=reference)


def advance_application(reference: str) -> AdvanceApplication:
    """The advance application of a reference, which is the subject of its case."""
    return AdvanceApplication.objects.select_related("organisation").get(reference=reference)


def advances(organisation: Organisation) -> Sequence[AdvanceApplication]:
    """An entity's applications to use next year's units (预支), by year. Source: CQ208-4.2b."""
    return list(AdvanceApplication.objects.filter(organisation=organisation).order_by("year"))


def fulfilled(
    organisations: Sequence[Organisation], years: Sequence[int], law: Law
) -> list[Organisation]:
    """Those of the organisations that fulfilled every one of the years. Source: CQ208-4.2."""
    codes = {organisation.code for organisation in organisations}
    for year in years:
        met = duties.standings(year, law, on=duties.LATEST)
        codes &= {s.entity for s in met if s.status == Status.FULFILLED}
    return [organisation for organisation in organisations if organisation.code in codes]


def _alike(year: int) -> Iterable[tuple[Any, ...]]:
    """The duties of a year, those whose status follows alike together, with number and sums."""

    def tells(condition: Q) -> Any:
        return ExpressionWrapper(condition, BooleanField())

    rows = LiveDuty.objects.filter(year=year).order_by()
    alike = rows.values_list(
        "deadline_date",
        "is_excluded",
        tells(Q(verified_t__isnull=False)),
        tells(Q(counted_t__gte=F("verified_t"))),
        tells(Q(counted_t__gt=0)),
    )
    return alike.annotate(
        n=Count("id"), verified=Sum("verified_t"), counted=Sum("counted_t"), offset=Sum("offset_t")
    )
