"""The clearing statement of a participant and day (清算单), put together. Pure."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

_TRADE, CANCELLED = "trade", "cancelled_trade"
_FEES = ("buyer-fee", "seller-fee")
_DEPOSITS, _WITHDRAWALS = ("deposit", "suspense_booking"), ("withdraw",)


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that moved on the account: the ledger's key, fen (out below 0), when."""

    key: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TradeFact:
    """A trade of the participant, as the exchange has it."""

    number: int
    product: str
    method: str
    buys: bool
    price_fen: int
    qty_t: int
    turnover_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Money:
    """The account at both ends of the period, and what was held on it at its end."""

    opening_fen: int
    closing_fen: int
    orders_hold_fen: int
    withdrawals_hold_fen: int


@dataclass(frozen=True, slots=True)
class Statement:
    """All a statement tells; tonnes and fen, out below 0."""

    day: date
    holder: str
    name: str
    since: datetime
    until: datetime
    money: Money
    trades: Sequence[Mapping[str, Any]]
    movements: Sequence[Mapping[str, Any]]
    """Money that moved otherwise than by the trades told, as what a cancelled one gave back."""
    units: Sequence[Mapping[str, Any]]
    """By product: opening, bought, sold, moved, closing."""

    def as_json(self) -> dict[str, Any]:
        """Shape as kept and served."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return told


def digest(content: Mapping[str, Any]) -> str:
    """What vouches for a statement as it was served."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def put_together(
    *,
    day: date,
    holder: str,
    name: str,
    since: datetime,
    until: datetime,
    money: Money,
    entries: Sequence[Entry],
    trades: Sequence[TradeFact],
    opening_t: Mapping[str, int],
    closing_t: Mapping[str, int],
) -> Statement:
    """A participant's day: opening balance + all that moved = closing balance, money and units.

    Source: CQETS-22, CQ208-A4.1.3.
    """
    fees = fees_by_trade(entries)
    listed = {str(trade.number) for trade in trades}
    moved = sum(entry.amount_fen for entry in entries)
    assert money.opening_fen + moved == money.closing_fen, "the entries lead to the closing balance"
    return Statement(
        day=day,
        holder=holder,
        name=name,
        since=since,
        until=until,
        money=money,
        trades=[_trade(trade, fees) for trade in trades],
        movements=[
            {"kind": kind, "key": entry.key, "amount_fen": entry.amount_fen, "at": entry.at}
            for entry in entries
            if (kind := _kind(entry, listed)) != _TRADE
        ],
        units=_units(trades, opening_t, closing_t),
    )


def fees_by_trade(entries: Iterable[Entry]) -> dict[str, int]:
    """What the participant paid in fees, by the number of the trade."""
    fees: dict[str, int] = {}
    for entry in entries:
        kind, _, rest = entry.key.partition("/")
        number, _, leg = rest.partition("/")
        if kind == _TRADE and leg in _FEES:
            fees[number] = fees.get(number, 0) - entry.amount_fen
    return fees


def total(content: Mapping[str, Any], kinds: Iterable[str]) -> int:
    """The sum of a statement's movements of some kinds."""
    wanted = set(kinds)
    return sum(row["amount_fen"] for row in content["movements"] if row["kind"] in wanted)


def deposits_fen(content: Mapping[str, Any]) -> int:
    """What came in from the bank."""
    return total(content, _DEPOSITS)


def withdrawals_fen(content: Mapping[str, Any]) -> int:
    """What went out to the bank; below 0."""
    return total(content, _WITHDRAWALS)


def others_fen(content: Mapping[str, Any]) -> int:
    """What moved otherwise than by trades, deposits and withdrawals."""
    known = {*_DEPOSITS, *_WITHDRAWALS}
    return total(content, {row["kind"] for row in content["movements"]} - known)


def _kind(entry: Entry, listed: Collection[str]) -> str:
    """Why money moved: a cancelled trade is not listed, its money came and went all the same."""
    kind, _, rest = entry.key.partition("/")
    return CANCELLED if kind == _TRADE and rest.partition("/")[0] not in listed else kind


def _trade(trade: TradeFact, fees: Mapping[str, int]) -> dict[str, Any]:
    sign = 1 if trade.buys else -1
    fee = fees.get(str(trade.number), 0)
    return {
        "number": trade.number,
        "product": trade.product,
        "method": trade.method,
        "side": "buy" if trade.buys else "sell",
        "price_fen": trade.price_fen,
        "units_t": sign * trade.qty_t,
        "turnover_fen": -sign * trade.turnover_fen,
        "fee_fen": -fee,
        "net_fen": -sign * trade.turnover_fen - fee,
        "at": trade.at,
    }


def _units(
    trades: Sequence[TradeFact], opening: Mapping[str, int], closing: Mapping[str, int]
) -> list[dict[str, Any]]:
    bought: dict[str, int] = {}
    sold: dict[str, int] = {}
    for trade in trades:
        side = bought if trade.buys else sold
        side[trade.product] = side.get(trade.product, 0) + trade.qty_t
    rows = []
    for product in sorted(opening.keys() | closing.keys() | bought.keys() | sold.keys()):
        before, after = opening.get(product, 0), closing.get(product, 0)
        came, went = bought.get(product, 0), sold.get(product, 0)
        rows.append(
            {
                "product": product,
                "opening_t": before,
                "bought_t": came,
                "sold_t": -went,
                "moved_t": after - before - came + went,
                "closing_t": after,
            }
        )
    return rows
