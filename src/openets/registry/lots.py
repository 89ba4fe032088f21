"""Lots: what makes units alike, and their row."""

from dataclasses import dataclass

from openets.registry.kinds import Origin, UnitKind
from openets.registry.models import Lot


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
        parts = [self.jurisdiction.upper(), self.kind, str(self.vintage_year), self.origin]
        if self.serial_from is not None:
            parts += [self.project, f"{self.serial_from}-{self.serial_to}"]
        return "/".join(part for part in parts if part)


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
