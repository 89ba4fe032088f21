"""The registry's tables as a verifier or an export holds them."""

from openets.journal.queries import exported
from openets.registry.models import (
    FreeAllocation,
    Lock,
    Lot,
    Position,
    RegistryAccount,
    SerialBlock,
    SerialMove,
    Transaction,
)

TABLES = {
    "registry_account": exported(
        RegistryAccount, "number", "kind", "year", "closed_at", holder="holder__code"
    ),
    "registry_lot": exported(
        Lot,
        "code",
        "jurisdiction",
        "kind",
        "vintage_year",
        "origin",
        "project",
        "serial_from",
        "serial_to",
        "batch",
        "issues",
    ),
    "registry_position": exported(
        Position, "traded", "ledger_account", account="account__number", lot="lot__code"
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
        "batch",
        debit="debit__number",
        credit="credit__number",
        undoes_kind="undoes__kind",
        undoes_reference="undoes__reference",
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
        ledger_account="position__ledger_account",
    ),
    "registry_serial_block": exported(
        SerialBlock, "first", "last", lot="lot__code", ledger_account="position_id"
    ),
    "registry_serial_move": exported(
        SerialMove, "key", "first", "last", lot="lot__code", debit="debit_id", credit="credit_id"
    ),
    "registry_free_allocation": exported(
        FreeAllocation,
        "year",
        "free_t",
        "surrendered_t",
        "fulfilled_at",
        account="account__number",
    ),
}
"""What gives the rows of each table."""
