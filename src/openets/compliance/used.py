"""What an entity used or offered for a year already, of every kind of reduction."""

from openets.compliance.models import (
    NationalOffset,
    NationalUnit,
    OffsetApplication,
    OffsetUnit,
)
from openets.compliance.reduction import Origin, Reduction
from openets.compliance.serials import Serials
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry.models import Lot

NATIONAL_KIND = "CCER"
"""What the national register hands in; it is no unit of this registry."""


def used_reductions(
    organisation: Organisation,
    year: int,
    *,
    leave_out: OffsetApplication | NationalOffset | None = None,
) -> list[Reduction]:
    """The reductions in an entity's applications of a year, those rejected left out.

    Source: CQ208-A1.5.2b, CQ208-A6.2.
    """
    local = OffsetUnit.objects.filter(
        application__organisation=organisation, application__year=year, released=False
    ).select_related("lot")
    national = NationalUnit.objects.filter(
        application__organisation=organisation, application__year=year, released=False
    )
    if isinstance(leave_out, OffsetApplication):
        local = local.exclude(application=leave_out)
    if isinstance(leave_out, NationalOffset):
        national = national.exclude(application=leave_out)
    return [
        *(lot_reduction(unit.lot, unit.serial_from, unit.serial_to) for unit in local),
        *(national_reduction(unit) for unit in national),
    ]


def lot_reduction(lot: Lot, first: int, last: int) -> Reduction:
    """A run of a lot's serials as the rules test it."""
    return Reduction(
        kind=lot.kind.upper(),
        serials=Serials(lot.code, first, last),
        amount_t=Tonnes(last - first + 1),
        origin=Origin(lot.origin_class),
        project_type=lot.project_type,
        place=lot.origin_place,
    )


def national_reduction(unit: NationalUnit) -> Reduction:
    """A run of serials of the national register as the rules test it."""
    return Reduction(
        kind=NATIONAL_KIND,
        serials=Serials(unit.series, unit.serial_from, unit.serial_to),
        amount_t=Tonnes(unit.amount_t),
        origin=Origin(unit.origin_class),
        project_type=unit.project_type,
        place=unit.place,
    )
