"""Lots, and that no unit of them appeared or vanished."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from openets.kernel.quantity import Tonnes
from openets.registry.kinds import HOLDING_KINDS, AccountKind
from openets.registry.models import Lot, Position
from openets.registry.reconcile import Place

_LOT_SUMS = """
select l.code, r.kind, sum(a.credits_posted - a.debits_posted)
from registry_position p join ledger_account a on a.id = p.ledger_account
join registry_registryaccount r on r.id = p.account_id join registry_lot l on l.id = p.lot_id
group by l.code, r.kind order by l.code, r.kind"""


@dataclass(frozen=True, slots=True)
class LotConservation:
    """Where all units of a lot are: issued = held + surrendered + cancelled + withdrawn."""

    lot: str
    kind: str
    vintage_year: int
    origin: str
    project: str
    issued_t: Tonnes
    held_t: Tonnes
    surrendered_t: Tonnes
    cancelled_t: Tonnes
    withdrawn_t: Tonnes

    @property
    def holds(self) -> bool:
        """Whether no unit appeared or vanished."""
        ends = self.surrendered_t + self.cancelled_t + self.withdrawn_t
        return self.issued_t == self.held_t + ends


def lot(code: str) -> Lot:
    """The lot of a code; Lot.DoesNotExist when there is none."""
    return Lot.objects.get(code=code)


def lots(codes: Collection[str]) -> dict[str, Lot]:
    """The lots of these codes."""
    return Lot.objects.in_bulk(codes, field_name="code")


def conservation() -> list[LotConservation]:
    """Where the units of every lot are. Source: CQETS-5.4b."""
    sums = lot_sums()
    lots = Lot.objects.filter(code__in=sums).order_by("code")
    return [_lot_conservation(lot, sums[lot.code]) for lot in lots]


def lot_sums() -> dict[str, dict[str, int]]:
    """Of every lot, the tonnes on accounts of each kind; what was issued is negative.

    Source: CQETS-5.4b.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOT_SUMS)
        rows = cursor.fetchall()
    sums: dict[str, dict[str, int]] = {}
    for lot, kind, tonnes in rows:
        sums.setdefault(lot, {})[kind] = int(tonnes)
    return sums


def places(ledger_accounts: Collection[int]) -> dict[int, Place]:
    """Which units of which account these ledger accounts stand for; others are left out."""
    rows = Position.objects.filter(ledger_account__in=ledger_accounts)
    names = ("account__number", "account__kind", "account__holder__code")
    lots = ("lot__code", "lot__kind", "lot__vintage_year")
    return {
        ledger_account: Place(
            account={"number": number, "kind": kind, "holder": holder},
            lot={"code": code, "kind": unit, "vintage_year": vintage_year},
            traded=traded,
        )
        for ledger_account, traded, number, kind, holder, code, unit, vintage_year in (
            rows.values_list("ledger_account", "traded", *names, *lots)
        )
    }


def _lot_conservation(lot: Lot, by_kind: dict[str, int]) -> LotConservation:
    return LotConservation(
        lot=lot.code,
        kind=lot.kind,
        vintage_year=lot.vintage_year,
        origin=lot.origin,
        project=lot.project,
        issued_t=Tonnes(-by_kind.get(AccountKind.ISSUED, 0)),
        held_t=Tonnes(sum(by_kind.get(kind, 0) for kind in HOLDING_KINDS)),
        surrendered_t=Tonnes(by_kind.get(AccountKind.SURRENDERED, 0)),
        cancelled_t=Tonnes(by_kind.get(AccountKind.CANCELLED, 0)),
        withdrawn_t=Tonnes(by_kind.get(AccountKind.WITHDRAWN, 0)),
    )
