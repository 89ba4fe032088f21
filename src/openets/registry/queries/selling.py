"""What the floor asks before units are sold: whose they are, and who may not trade."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import Count

from openets.registry.kinds import AccountKind
from openets.registry.measures import Bar
from openets.registry.models import Measure, Position, RegistryAccount
from openets.registry.standing import AccountRestricted, barred
from openets.select import Select

_HELD_BY = Select(
    Position, "account.holder_id = any(%s) and account.kind = %s", along=["lot", "account"]
)


class Traded(Protocol):
    """What a product says of the units it stands for."""

    code: str
    unit: str
    vintage_year: int | None


@dataclass(frozen=True, slots=True)
class TradingPosition:
    """Units of a lot in a trading account."""

    ledger_account: int
    lot_id: int
    serial: bool
    """Whether its units have serial numbers, which move with them."""


def trading_positions(
    holders: Collection[int], products: Iterable[Traded], *, order: str
) -> dict[tuple[int, str], list[TradingPosition]]:
    """The trading positions that belong to each product, by (holder id, product code).

    `order` is a value of `registry.lots_consumption`: a sale takes the first positions first. A
    holder with all its accounts but no units has an empty list. Source: AMB-30.
    """
    codes = {(product.unit, product.vintage_year): product.code for product in products}
    found: dict[tuple[int, str], list[TradingPosition]] = {
        (holder, code): [] for holder in _with_trading_account(holders) for code in codes.values()
    }
    rows = _HELD_BY.rows(list(holders), str(AccountKind.TRADING))
    for position in sorted(rows, key=lambda row: row.rank(order)):
        lot = position.lot
        code = codes.get((lot.kind, lot.vintage_year)) or codes.get((lot.kind, None))
        if code:
            entry = TradingPosition(position.ledger_account, lot.pk, lot.serial_from is not None)
            found[position.account.holder_id, code].append(entry)
    return found


def trading_bars(holders: Collection[int], day: date) -> dict[tuple[int, Bar], AccountRestricted]:
    """Who may not buy or may not sell on a day, with the refusal that says why.

    One query for a whole batch of orders. Source: CQETS-30.
    """
    found = Measure.objects.on(day).filter(holder__in=holders).select_related("holder")
    return {
        (measure.holder_id, Bar(bar)): barred(measure, Bar(bar))
        for measure in found
        for bar in measure.bars
    }


def _with_trading_account(holders: Collection[int]) -> list[int]:
    kinds = {AccountKind.REGISTRY, AccountKind.TRADING}
    rows = RegistryAccount.objects.filter(
        holder__in=holders, kind__in=kinds, closed_at__isnull=True
    )
    counted = rows.values("holder").annotate(n=Count("id")).filter(n=len(kinds))
    return sorted(row["holder"] for row in counted)
