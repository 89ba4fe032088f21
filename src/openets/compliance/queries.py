"""What may be asked about duties."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from openets.compliance import duties
from openets.compliance.duty import Standing, Status
from openets.compliance.models import (
    AdvanceApplication,
    DutyEvent,
    FrozenStatus,
    NationalOffset,
    OffsetApplication,
)
from openets.compliance.obligation import Obligation, surrender_deadline
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.rulebook.load import Law


@dataclass(frozen=True, slots=True)
class YearDuty:
    """An entity's duty of a year as it stands, and as it stood at the deadline."""

    standing: Standing
    deadline: date | None
    frozen: FrozenStatus | None


def obligation(organisation: Organisation, year: int, law: Law) -> Obligation:
    """What an entity owes for a year now."""
    return duties.obligation(organisation, year, law)


def duties_of(organisation: Organisation, law: Law, *, on: date) -> list[YearDuty]:
    """An entity's duties on a day, by year, each with how it stood at its deadline."""
    rows = FrozenStatus.objects.filter(organisation=organisation)
    frozen = {row.year: row for row in rows}
    standings = duties.of_organisation(organisation, law, on=on)
    return [
        YearDuty(standing, surrender_deadline(law=law, year=year), frozen.get(year))
        for year, standing in standings.items()
    ]


def duty(organisation: Organisation, year: int, law: Law, *, on: date) -> YearDuty | None:
    """An entity's duty of a year on a day, or None before it is notified."""
    for standing in duties.standings(year, law, on=on, organisations=[organisation.pk]):
        if standing.entity == organisation.code:
            frozen = FrozenStatus.objects.filter(organisation=organisation, year=year).first()
            return YearDuty(standing, surrender_deadline(law=law, year=year), frozen)
    return None


def standings(
    year: int, law: Law, *, on: date, organisations: Collection[int] | None = None
) -> list[Standing]:
    """How every duty of a year stands on a day, or those of some organisations only."""
    return duties.standings(year, law, on=on, organisations=organisations)


def offset_totals() -> dict[int, Tonnes]:
    """The confirmed offsets of all entities together in tCO2e, by year."""
    rows = OffsetApplication.objects.filter(confirmed=True).order_by("year").values_list("year")
    return {year: Tonnes(total) for year, total in rows.annotate(total=Sum("amount_t"))}


def frozen(year: int) -> dict[int, FrozenStatus]:
    """The statuses frozen at the deadline, by organisation id."""
    return {row.organisation_id: row for row in FrozenStatus.objects.filter(year=year)}


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
