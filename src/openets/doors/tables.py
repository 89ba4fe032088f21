"""The tables that `openets verify` reads and exports: columns and the types of their values."""

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Any

Row = Mapping[str, Any]
Source = Callable[[str], Iterator[Row]]
"""Gives the rows of a table, in the order its checks need."""

Types = tuple[type, ...]

_TEXT: Types = (str,)
_NUMBER: Types = (int,)
_FLAG: Types = (bool,)
_NUMBER_OR_NONE: Types = (int, NoneType)
_TEXT_OR_NONE: Types = (str, NoneType)
WHOLE_NUMBERS: Types = (list,)


def _columns(types: Types, names: str) -> dict[str, Types]:
    return dict.fromkeys(names.split(), types)


TABLES: dict[str, dict[str, Types]] = {
    "journal_batch": {
        **_columns(_NUMBER, "number"),
        **_columns(_TEXT, "at"),
        **_columns(_NUMBER, "entries"),
        **_columns(_TEXT, "previous digest"),
    },
    "journal_entry": {
        **_columns(_NUMBER, "id"),
        **_columns(_NUMBER_OR_NONE, "batch"),
        **_columns(_TEXT, "at operation article subject person role organisation"),
        "content": (dict,),
    },
    "ledger_account": {
        **_columns(_NUMBER, "id"),
        **_columns(_TEXT, "code asset"),
        **_columns(_FLAG, "may_go_negative"),
        **_columns(_NUMBER, "debits_pending debits_posted credits_pending credits_posted"),
        **_columns(_NUMBER, "held last batch"),
    },
    "ledger_transfer": {
        **_columns(_NUMBER, "id batch debit credit"),
        **_columns(_TEXT, "key"),
        **_columns(_NUMBER, "kind amount debit_after credit_after debit_before credit_before"),
        **_columns(_NUMBER, "timeout_seconds"),
        **_columns(_TEXT, "pending reason"),
    },
    "registry_account": {
        **_columns(_TEXT, "number kind holder"),
        **_columns(_NUMBER_OR_NONE, "year"),
        **_columns(_TEXT_OR_NONE, "closed_at"),
    },
    "registry_lot": {
        **_columns(_TEXT, "code jurisdiction kind"),
        **_columns(_NUMBER, "vintage_year"),
        **_columns(_TEXT, "origin project"),
        **_columns(_NUMBER_OR_NONE, "serial_from serial_to"),
        **_columns(_TEXT, "batch"),
        **_columns(_NUMBER, "issues"),
    },
    "registry_position": {
        **_columns(_TEXT, "account lot"),
        **_columns(_FLAG, "traded"),
        **_columns(_NUMBER, "ledger_account"),
    },
    "registry_transaction": {
        **_columns(_TEXT, "kind reference debit credit"),
        **_columns(_NUMBER, "amount_t"),
        **_columns(_TEXT, "at article person role"),
        **_columns(_NUMBER_OR_NONE, "batch"),
        **_columns(_TEXT_OR_NONE, "undoes_kind undoes_reference"),
    },
    "registry_lock": {
        **_columns(_NUMBER, "ledger_account"),
        **_columns(_TEXT, "cause owner reference"),
        **_columns(_NUMBER, "amount_t"),
        **_columns(_TEXT, "ledger_key placed_at"),
        **_columns(_TEXT_OR_NONE, "lifted_at"),
        **_columns(_TEXT, "article"),
    },
    "registry_serial_block": {
        **_columns(_TEXT, "lot"),
        **_columns(_NUMBER, "first last ledger_account"),
    },
    "registry_serial_move": {
        **_columns(_TEXT, "key lot"),
        **_columns(_NUMBER, "first last"),
        **_columns(_NUMBER_OR_NONE, "debit"),
        **_columns(_NUMBER, "credit"),
    },
    "registry_free_allocation": {
        **_columns(_TEXT, "account"),
        **_columns(_NUMBER, "year free_t surrendered_t"),
        **_columns(_TEXT_OR_NONE, "fulfilled_at"),
    },
    "settlement_cash_account": {
        **_columns(_TEXT, "number"),
        **_columns(_TEXT_OR_NONE, "holder"),
        **_columns(_NUMBER, "ledger_account"),
    },
    "settlement_payment": {
        **_columns(_TEXT, "kind reference debit credit"),
        **_columns(_NUMBER, "amount_fen"),
        **_columns(_TEXT, "at"),
    },
    "trading_product": {
        **_columns(_TEXT, "code unit"),
        **_columns(_NUMBER_OR_NONE, "vintage_year"),
    },
    "trading_order": {
        **_columns(_NUMBER, "id"),
        **_columns(_TEXT, "product holder"),
        **_columns(_FLAG, "buy"),
        **_columns(_NUMBER_OR_NONE, "price_fen"),
        **_columns(_NUMBER, "qty remaining"),
        **_columns(_TEXT, "state"),
        **_columns(WHOLE_NUMBERS, "held_accounts held_amounts"),
        **_columns(_TEXT, "entered_at"),
        **_columns(_NUMBER, "batch"),
    },
    "trading_trade": {
        **_columns(_NUMBER, "id"),
        **_columns(_TEXT, "product"),
        **_columns(_NUMBER, "buy sell"),
        **_columns(_TEXT, "buyer seller"),
        **_columns(_NUMBER, "price_fen qty turnover_fen"),
        **_columns(_TEXT, "at day method"),
        **_columns(_TEXT_OR_NONE, "cancelled_at"),
        **_columns(_NUMBER, "batch"),
    },
    "trading_floor_batch": {
        **_columns(_NUMBER, "number"),
        **_columns(_TEXT, "at"),
        **_columns(_NUMBER, "trades"),
        **_columns(_TEXT, "state_hash"),
    },
    "trading_daily_sheet": {
        **_columns(_TEXT, "product day"),
        **_columns(_NUMBER, "reference_fen"),
        **_columns(_NUMBER_OR_NONE, "open_fen high_fen low_fen"),
        **_columns(
            _NUMBER, "close_fen volume_t turnover_fen trades deal_volume_t deal_turnover_fen deals"
        ),
    },
    "compliance_duty_event": {
        **_columns(_TEXT, "organisation"),
        **_columns(_NUMBER, "year"),
        **_columns(_TEXT, "kind day at"),
        **_columns(_NUMBER_OR_NONE, "amount_t"),
        **_columns(_TEXT, "reference of"),
        **_columns(_TEXT_OR_NONE, "deadline_date"),
    },
    "compliance_live_duty": {
        **_columns(_TEXT, "organisation"),
        **_columns(_NUMBER, "year"),
        **_columns(_NUMBER_OR_NONE, "verified_t"),
        **_columns(_NUMBER, "counted_t offset_t"),
        **_columns(_FLAG, "is_excluded"),
        **_columns(_TEXT_OR_NONE, "deadline_date"),
        **_columns(_TEXT, "last_day"),
    },
    "compliance_national_offset": {
        **_columns(_TEXT, "organisation reference"),
        **_columns(_NUMBER, "year amount_t"),
        **_columns(_TEXT, "announced_at"),
        **_columns(_TEXT_OR_NONE, "completed_at rejected_at"),
    },
    "allocation_determination": {
        **_columns(_TEXT, "organisation"),
        **_columns(_NUMBER, "year verified_t allowance_t determined_t"),
        **_columns(_NUMBER_OR_NONE, "pre_allocation_t"),
        **_columns(_NUMBER, "pre_issued_t deducted_t"),
    },
    "allocation_year_total": {
        **_columns(_NUMBER, "year entities_sum_t reserve_t total_t"),
    },
    "treasury_sale": {
        **_columns(_TEXT, "kind reference"),
        **_columns(_NUMBER, "amount_t price_fen"),
    },
    "treasury_payment": {**_columns(_TEXT, "receipt"), **_columns(_NUMBER, "amount_fen")},
}
"""The exported tables. Numbers are whole: tonnes, fen, points or row numbers."""
