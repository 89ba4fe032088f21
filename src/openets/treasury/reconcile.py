"""Compare what the government sold and bought with the units and the money that moved. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.journal.chain import expect

Row = Mapping[str, Any]

SOLD, WRITTEN_DOWN, BOUGHT = "issue_paid", "sell_reserve", "buy_back"
PAID, PAID_OVER = "government_sale", "treasury"


def check_sales(
    *, sales: Iterable[Row], transactions: Iterable[Row], payments: Iterable[Row]
) -> dict[str, int]:
    """Every sale and buy-back moved its units and its price, and nothing else did.

    Returns tonnes and fen sold and bought back. Source: CQETS-13, CQETS-13.2, CQETS-19.

    Raises:
        Difference: the first without its counterpart, or of another amount.
    """
    units = _amounts(transactions, {SOLD, WRITTEN_DOWN, BOUGHT}, "amount_t")
    money = _amounts(payments, {PAID, BOUGHT}, "amount_fen")
    sums = {"sold_t": 0, "sold_fen": 0, "bought_back_t": 0, "bought_back_fen": 0}
    for sale in sales:
        reference, price_fen = sale["reference"], sale["amount_t"] * sale["price_fen"]
        is_bought = sale["kind"] == BOUGHT
        for kind in (BOUGHT,) if is_bought else (SOLD, WRITTEN_DOWN):
            moved = units.pop((kind, reference), None)
            expect(f"{kind}/{reference}", "tonnes", sale["amount_t"], moved)
        kind = BOUGHT if is_bought else PAID
        expect(f"{kind}/{reference}", "fen", price_fen, money.pop((kind, reference), None))
        side = "bought_back" if is_bought else "sold"
        sums[f"{side}_t"] += sale["amount_t"]
        sums[f"{side}_fen"] += price_fen
    for kind, reference in (*units, *money):
        expect(f"{kind}/{reference}", "sale", "one of its own", None)
    return sums


def check_paid_over(*, receipts: Iterable[Row], payments: Iterable[Row]) -> int:
    """Every receipt of the treasury has its payment; returns fen. Source: CQETS-19.

    Raises:
        Difference.
    """
    paid = _amounts(payments, {PAID_OVER}, "amount_fen")
    total = 0
    for row in receipts:
        where = f"{PAID_OVER}/{row['receipt']}"
        expect(where, "fen", row["amount_fen"], paid.pop((PAID_OVER, row["receipt"]), None))
        total += row["amount_fen"]
    for kind, reference in paid:
        expect(f"{kind}/{reference}", "receipt", "one of its own", None)
    return total


def _amounts(rows: Iterable[Row], kinds: set[str], column: str) -> dict[tuple[str, str], int]:
    return {(row["kind"], row["reference"]): row[column] for row in rows if row["kind"] in kinds}
