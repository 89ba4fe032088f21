"""What was sold and bought back agrees with units and money; any forged figure is found."""

import pytest

from openets.journal.chain import Difference
from openets.treasury.reconcile import check_paid_over, check_sales

SALES = (
    {"kind": "issue_paid", "reference": "a", "amount_t": 20, "price_fen": 35},
    {"kind": "buy_back", "reference": "b", "amount_t": 5, "price_fen": 30},
)
MOVED = (
    {"kind": "issue_paid", "reference": "a", "amount_t": 20},
    {"kind": "sell_reserve", "reference": "a", "amount_t": 20},
    {"kind": "buy_back", "reference": "b", "amount_t": 5},
    {"kind": "surrender", "reference": "c", "amount_t": 1},
)
PAID = (
    {"kind": "government_sale", "reference": "a", "amount_fen": 700},
    {"kind": "buy_back", "reference": "b", "amount_fen": 150},
    {"kind": "treasury", "reference": "K", "amount_fen": 700},
    {"kind": "deposit", "reference": "d", "amount_fen": 9},
)
RECEIPTS = ({"receipt": "K", "amount_fen": 700},)


def test_what_agrees_is_summed():
    assert check_sales(sales=SALES, transactions=MOVED, payments=PAID) == {
        "sold_t": 20,
        "sold_fen": 700,
        "bought_back_t": 5,
        "bought_back_fen": 150,
    }
    assert check_paid_over(receipts=RECEIPTS, payments=PAID) == 700


@pytest.mark.parametrize("table", ["sales", "transactions", "payments"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_missing_or_another_amount_is_found(table, at):
    given = {"sales": SALES, "transactions": MOVED, "payments": PAID}
    column = "amount_fen" if table == "payments" else "amount_t"
    rows = given[table]
    for forged in (
        (*rows[:at], *rows[at + 1 :]),
        (*rows[:at], rows[at] | {column: rows[at][column] + 1}, *rows[at + 1 :]),
    ):
        with pytest.raises(Difference):
            check_sales(**given | {table: forged})


def test_a_receipt_without_its_payment_and_the_other_way_is_found():
    for receipts, payments in ((RECEIPTS, ()), ((), PAID)):
        with pytest.raises(Difference):
            check_paid_over(receipts=receipts, payments=payments)
