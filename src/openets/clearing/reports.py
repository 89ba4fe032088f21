"""What traded in a week, a month or a year, by product and method. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from openets.kernel.cells import safe_cell, table_text
from openets.kernel.quantity import half_up

_DAY = timedelta(days=1)
ALL = "all"
"""Every product, or every method, together."""
COLUMNS = (
    *("product", "method", "trades", "volume_t", "turnover_fen", "average_fen"),
    *("high_fen", "low_fen", "participants", "days"),
)


class PeriodKind(StrEnum):
    """How long a report's period is."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Traded(NamedTuple):
    """A trade, as far as a report asks."""

    product: str
    method: str
    day: date
    price_fen: int
    qty_t: int
    turnover_fen: int
    buyer: int
    seller: int


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included."""

    kind: PeriodKind
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Row:
    """The trades of a product and method together; prices in fen a tonne."""

    product: str
    method: str
    trades: int
    volume_t: int
    turnover_fen: int
    average_fen: int
    """Weighted by volume, half-up to the fen (AMB-03)."""
    high_fen: int
    low_fen: int
    participants: int
    """How many different ones bought or sold."""
    days: int
    """On how many days there were trades."""


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period a day lies in; weeks begin on Monday."""
    if kind == PeriodKind.WEEK:
        start = day - _DAY * day.weekday()
        return Period(kind, start, start + 6 * _DAY)
    if kind == PeriodKind.MONTH:
        start = day.replace(day=1)
        return Period(kind, start, (start + 31 * _DAY).replace(day=1) - _DAY)
    return Period(kind, date(day.year, 1, 1), date(day.year, 12, 31))


def ended(kind: PeriodKind, first: date, today: date) -> Iterator[Period]:
    """Every period from that of the first day on that has ended before today."""
    period = period_of(kind, first)
    while period.end < today:
        yield period
        period = period_of(kind, period.end + _DAY)


def report(trades: Sequence[Traded]) -> list[Row]:
    """By product and method, by product, and all of them together; nothing where none traded.

    Source: CQVER-36.2, CQETS-20.
    """
    groups: dict[tuple[str, str], list[Traded]] = {}
    for trade in trades:
        for key in {(trade.product, trade.method), (trade.product, ALL), (ALL, ALL)}:
            groups.setdefault(key, []).append(trade)
    order = sorted(groups, key=lambda key: (key[0] == ALL, key[0], key[1] == ALL, key[1]))
    return [_row(*key, groups[key]) for key in order]


def as_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Shape as kept and served."""
    return [asdict(row) for row in rows]


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """The report for spreadsheets; no text in it is a formula."""
    cells = ([safe_cell(str(row[column])) for column in COLUMNS] for row in rows)
    return table_text(COLUMNS, cells)


def _row(product: str, method: str, trades: Sequence[Traded]) -> Row:
    volume = sum(trade.qty_t for trade in trades)
    turnover = sum(trade.turnover_fen for trade in trades)
    return Row(
        product=product,
        method=method,
        trades=len(trades),
        volume_t=volume,
        turnover_fen=turnover,
        average_fen=int(half_up(Fraction(turnover, volume))),
        high_fen=max(trade.price_fen for trade in trades),
        low_fen=min(trade.price_fen for trade in trades),
        participants=len({who for trade in trades for who in (trade.buyer, trade.seller)}),
        days=len({trade.day for trade in trades}),
    )
