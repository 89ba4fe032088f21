"""The tables of settlement as a verifier or an export holds them."""

from openets.journal.queries import exported
from openets.settlement.models import CashAccount, Payment

TABLES = {
    "settlement_cash_account": exported(
        CashAccount, "number", "ledger_account", holder="holder__code"
    ),
    "settlement_payment": exported(
        Payment,
        "kind",
        "reference",
        "amount_fen",
        "at",
        debit="debit__number",
        credit="credit__number",
    ),
}
"""What gives the rows of each table."""
