"""Lots: what makes units alike, and their row."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from openets.kernel.refusal import Refusal
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
    batch: str = ""
    """Of reductions: the filing that brought them in."""

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
            batch=self.batch,
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
            "batch": lot.batch,
        },
    )
    return made


def locked_row_of(lot: LotOf) -> Lot:
    """The row of a lot, locked so that one issue of it after the other is counted."""
    return Lot.objects.select_for_update(no_key=True).get(pk=row_of(lot).pk)


def next_batch(lot: Lot) -> int:
    """Begin another issue (发放批次) of a lot that `locked_row_of` holds; tells its number.

    Source: CQ208-A1.5.1.
    """
    lot.issues += 1
    lot.save(update_fields=["issues"])
    return lot.issues


class NoSuchLot(Refusal):
    """A lot the holder names is not one of this kind of unit."""

    code = "no_such_lot"
    article = "CQETS-33.i3"
    zh = "没有批次 {lot}，或其单位种类、年度与本次办理不符"
    en = "There is no lot {lot}, or it is not of the kind and vintage asked for"
    remedy_zh = "请从本单位持有的批次中选择"
    remedy_en = "Choose one of the lots you hold"


def chosen(found: Iterable[Lot], codes: Collection[str]) -> set[int]:
    """The ids of the lots the holder chose by their codes, of all found when it chose none.

    Source: AMB-30.

    Raises:
        NoSuchLot: one of the codes is not among those found.
    """
    by_code = {lot.code: lot.pk for lot in found}
    for code in codes:
        if code not in by_code:
            raise NoSuchLot(field="lots", lot=code)
    return {by_code[code] for code in codes or by_code}
