"""The registry's tables as a verifier or an export holds them."""

from openets.journal.queries import exported
from openets.registry.models import (
    FreeAllocation,
    Lock,
    Lot,
    Position,
    RegistryAccount,
    Transaction,
)

TABLES = {
    "registry_account": exported(RegistryAccount, "id", "number", "kind", holder="holder__code"),
    "registry_lot": exported(
        Lot,
        "id",
        "code",
        "jurisdiction",
        "kind",
        "vintage_year",
        "origin",
        "project",
        "serial_from",
        "serial_to",
    ),
    "registry_position": exported(
        Position, "id", "traded", "ledger_account", account="account_id", lot="lot_id"
    ),
    "registry_transaction": exported(
        Transaction,
        "kind",
        "reference",
        "amount_t",
        "at",
        "article",
        "person",
        "role",
        debit="debit_id",
        credit="credit_id",
    ),
    "registry_lock": exported(
        Lock,
        "cause",
        "owner",
        "reference",
        "amount_t",
        "ledger_key",
        "placed_at",
        "lifted_at",
        "article",
        position="position_id",
    ),
    "registry_free_allocation": exported(
        FreeAllocation,
        "year",
        "free_t",
        "surrendered_t",
        "fulfilled_at",
        account="account_id",
    ),
}
"""What gives the rows of each table."""
