"""What each of the four books adds up to on a day, side by side. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.reconciliation.books import Book, Books, Row
from openets.registry.kinds import HOLDING_KINDS, AccountKind
from openets.trading import reconcile as trading

Sums = dict[str, Any]


def sums(books: Books) -> Sums:
    """The day's trades as each book has them, and where all units and all money are at its end.

    Tonnes and fen. Source: CQETS-5.4, CQETS-23.
    """
    legs = [row for row in books.transfers if row["key"].startswith("trade/")]
    named = [(*row["key"].split("/", 2)[1:], row["amount"]) for row in legs]
    units = [(number, amount) for number, name, amount in named if name.startswith(trading.UNITS)]
    cash = [(number, amount) for number, name, amount in named if name == "cash"]
    fees = sum(amount for _, name, amount in named if name.endswith("-fee"))
    told = [
        trade
        for entry in books.entries
        if entry["operation"] == trading.BATCH
        for trade in entry["content"].get("trades", ())
    ]
    return {
        Book.EXCHANGE: {
            "trades": len(books.trades),
            "volume_t": _total(books.trades, "qty"),
            "turnover_fen": _total(books.trades, "turnover_fen"),
            "open_orders": len(books.open_orders),
        },
        Book.REGISTRY: {
            "trades": len({number for number, _ in units}),
            "volume_t": sum(amount for _, amount in units),
            "movements": len(books.transactions),
        },
        Book.CASH: {
            "trades": len({number for number, _ in cash}),
            "turnover_fen": sum(amount for _, amount in cash),
            "fees_fen": fees,
            "payments": len(books.payments),
            "bank_fen": books.money["paid_in_fen"],
        },
        Book.JOURNAL: {
            "trades": len(told),
            "volume_t": sum(qty for *_, qty in told),
            "turnover_fen": sum(price * qty for *_, price, qty in told),
            "entries": len(books.entries),
            "transfers": len(books.transfers),
        },
        Book.BANK: _bank(books),
        "lots": [_lot(lot, by_kind) for lot, by_kind in books.lots.items()],
        "money": dict(books.money),
    }


def _bank(books: Books) -> dict[str, int]:
    if books.bank is None or books.bank.opening_fen is None:
        return {}
    return {"bank_fen": books.bank.closing_fen, "bank_lines": len(books.bank.lines)}


def _lot(lot: str, by_kind: Mapping[str, int]) -> dict[str, str | int]:
    return {
        "lot": lot,
        "issued_t": -by_kind.get(AccountKind.ISSUED, 0),
        "held_t": sum(by_kind.get(kind, 0) for kind in HOLDING_KINDS),
        "surrendered_t": by_kind.get(AccountKind.SURRENDERED, 0),
        "cancelled_t": by_kind.get(AccountKind.CANCELLED, 0),
        "withdrawn_t": by_kind.get(AccountKind.WITHDRAWN, 0),
    }


def _total(rows: Iterable[Row], column: str) -> int:
    return sum(row[column] for row in rows)
