"""Compare payments and cash accounts with the ledger and the journal. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.journal.chain import expect
from openets.ledger.posting import Kind
from openets.registry.reconcile import TRADE

Row = Mapping[str, Any]

PAID = (Kind.POSTED, Kind.POST)
"""The transfers that move money; what is only kept back for the bank is no payment yet."""
_CASH = "cash/"
_OPENED = "settlement.open_cash_account"


def cash_accounts(
    *, accounts: Iterable[Row], ledger_accounts: Iterable[Row], entries: Iterable[Row]
) -> dict[int, Row]:
    """Match cash accounts and ledger accounts one to one, and holders with their openings.

    The market's own accounts have no holder. Source: CQ208-A4.1.3.

    Raises:
        Difference: the first account without its counterpart.
    """
    of_cash = {row["id"]: row for row in ledger_accounts if row["code"].startswith(_CASH)}
    opened = {row["subject"] for row in entries if row["operation"] == _OPENED}
    found: dict[int, Row] = {}
    for row in accounts:
        where, number = f"cash account {row['number']}", row["ledger_account"]
        if number in found or number not in of_cash:
            expect(where, "ledger account", "one of its own", number)
        name = of_cash[number]["code"].removeprefix(_CASH)
        expect(where, "holder's opening", row["holder"] is not None, row["holder"] in opened)
        opened.discard(row["holder"])
        expect(where, "name in the ledger", row["holder"] or row["number"], name)
        expect(where, "number", f"cash-{name}" if row["holder"] else name, row["number"])
        found[number] = row
    for number in of_cash.keys() - found.keys():
        expect(f"ledger account {of_cash[number]['code']}", "cash account", "one", None)
    for holder in opened:
        expect(f"cash account of {holder}", "row", "an account", None)
    return found


def check_payments(
    *,
    cash: Mapping[int, Row],
    payments: Iterable[Row],
    transfers: Iterable[Row],
    entries: Iterable[Row],
) -> int:
    """Every payment has exactly its transfer, and no other money moved but for trades.

    Source: CQETS-5.2b, CQ208-A4.1.3.

    Raises:
        Difference: the first payment or transfer without its counterpart.
    """
    moved = {
        row["key"]: row
        for row in transfers
        if (row["debit"] in cash or row["credit"] in cash)
        and row["reason"] != TRADE
        and row["kind"] in PAID
    }
    batches = {row["batch"] for row in moved.values()}
    times = {row["id"]: row["at"] for row in entries if row["id"] in batches}
    numbers = {row["number"]: number for number, row in cash.items()}
    rows = list(payments)
    for row in rows:
        key = f"{row['kind']}/{row['reference']}"
        where, transfer = f"payment {key}", moved.pop(key, None)
        expect(where, "transfer", True, transfer is not None)
        assert transfer is not None
        expect(where, "amount", transfer["amount"], row["amount_fen"])
        expect(where, "kind", row["kind"], transfer["reason"])
        ends = numbers.get(row["debit"]), numbers.get(row["credit"])
        expect(where, "accounts", (transfer["debit"], transfer["credit"]), ends)
        expect(where, "at", times[transfer["batch"]], row["at"])
    for key in moved:
        expect(f"payment {key}", "row", "a payment", None)
    return len(rows)


def check_cash(
    *, cash: Mapping[int, Row], ledger_accounts: Iterable[Row], payments: Iterable[Row]
) -> dict[str, int]:
    """Money paid in = held + paid out + fees and proceeds, in fen. Only the bank goes below 0.

    Source: CQETS-5.4b.

    Raises:
        Difference.
    """
    rows = [row for row in ledger_accounts if row["id"] in cash]
    banks = {cash[row["id"]]["number"] for row in rows if row["may_go_negative"]}
    paid_in = paid_out = 0
    for payment in payments:
        if payment["debit"] in banks:
            paid_in += payment["amount_fen"]
        if payment["credit"] in banks:
            paid_out += payment["amount_fen"]
    held = others = 0
    for row in rows:
        account, posted = cash[row["id"]], row["credits_posted"] - row["debits_posted"]
        if account["holder"] is not None:
            held += posted
        elif account["number"] not in banks:
            others += posted
    expect("cash", "held + paid out + fees + proceeds", paid_in, held + paid_out + others)
    return {
        "paid_in_fen": paid_in,
        "paid_out_fen": paid_out,
        "held_fen": held,
        "fees_and_proceeds_fen": others,
    }
