"""Lots: what makes units alike, and their row."""

from dataclasses import dataclass

from openets.registry.kinds import Origin, UnitKind
from openets.registry.models import Lot
from openets.registry.names import lot_code


@dataclass(frozen=True, slots=True)
class LotOf:
    """What makes units alike: the lot's own description."""

    jurisdiction: str
    kind: UnitKind
    vintage_year: int
    origin: Origin
    project: str = ""
    project_type: str = ""
    origin_place: str = ""
    origin_class: str = ""
    serial_from: int | None = None
    serial_to: int | None = None

    @property
    def code(self) -> str:
        """Name of the lot, and of its asset in the ledger."""
        return lot_code(
            jurisdiction=self.jurisdiction,
            kind=self.kind,
            vintage_year=self.vintage_year,
            origin=self.origin,
            project=self.project,
            serial_from=self.serial_from,
            serial_to=self.serial_to,
        )


def row_of(lot: LotOf) -> Lot:
    """The row of a lot, made when its first units come."""
    made, _ = Lot.objects.get_or_create(
        code=lot.code,
        defaults={
            "jurisdiction": lot.jurisdiction,
            "kind": lot.kind.value,
            "vintage_year": lot.vintage_year,
            "origin": lot.origin.value,
            "project": lot.project,
            "project_type": lot.project_type,
            "origin_place": lot.origin_place,
            "origin_class": lot.origin_class,
            "serial_from": lot.serial_from,
            "serial_to": lot.serial_to,
        },
    )
    return made
