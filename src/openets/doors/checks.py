"""What `openets verify` checks: each room's own pure checks over the rows of any source."""

from collections.abc import Callable

from openets.allocation import reconcile as allocation
from openets.compliance import reconcile as compliance
from openets.doors.contents import check_contents
from openets.doors.tables import Source
from openets.journal import chain
from openets.ledger import conservation
from openets.registry import reconcile as registry
from openets.settlement import reconcile as settlement
from openets.trading import reconcile as trading
from openets.treasury import reconcile as treasury

Summary = dict[str, object]
Check = Callable[[Source], Summary]


def check_journal(source: Source) -> Summary:
    """The journal's chain, with its head, and the shape of what it tells."""
    head = chain.verify(source("journal_batch"), source("journal_entry"))
    check_contents(source("journal_entry"))
    sealed = [entry["batch"] is not None for entry in source("journal_entry")]
    counts = {"entries": len(sealed), "unsealed": len(sealed) - sum(sealed)}
    return {"journal": {"batches": head.number, **counts, "head": head.digest}}


def check_ledger(source: Source) -> Summary:
    """The ledger's balances, conservation and digests."""
    tables = ("ledger_account", "ledger_transfer", "journal_entry")
    return {"ledger": conservation.verify(*(source(table) for table in tables))}


def check_registry(source: Source) -> Summary:
    """Accounts, lots, positions, transactions, serials, locks and the holding rule."""
    units, entries = _units(source), list(source("journal_entry"))
    return {
        "registry": {
            "accounts": registry.check_accounts(
                accounts=source("registry_account"), entries=entries
            ),
            "lots": registry.check_conservation(
                places=units, ledger_accounts=source("ledger_account")
            ),
            "batches": registry.check_batches(lots=source("registry_lot"), entries=entries),
            "positions": len(units),
            "transactions": registry.check_transactions(
                places=units,
                transactions=source("registry_transaction"),
                transfers=source("ledger_transfer"),
                entries=entries,
            ),
            "serial_blocks": registry.check_serials(
                places=units,
                blocks=source("registry_serial_block"),
                moves=source("registry_serial_move"),
                ledger_accounts=source("ledger_account"),
                transfers=source("ledger_transfer"),
            ),
            "locks_in_force": registry.check_locks(
                places=units,
                locks=source("registry_lock"),
                transfers=source("ledger_transfer"),
                entries=entries,
            ),
            "free_allocations": registry.check_free_allocations(
                allocations=source("registry_free_allocation"),
                accounts=source("registry_account"),
                lots=source("registry_lot"),
                locks=source("registry_lock"),
                entries=entries,
            ),
        }
    }


def check_settlement(source: Source) -> Summary:
    """Cash accounts, payments, and all money in = held + paid out + fees."""
    cash = _cash(source)
    return {
        "settlement": {
            "cash_accounts": len(cash),
            "payments": settlement.check_payments(
                cash=cash,
                payments=source("settlement_payment"),
                transfers=source("ledger_transfer"),
                entries=source("journal_entry"),
            ),
            **settlement.check_cash(
                cash=cash,
                ledger_accounts=source("ledger_account"),
                payments=source("settlement_payment"),
            ),
        }
    }


def check_trading(source: Source) -> Summary:
    """Orders, trades, what they hold, what they delivered, and the daily sheets."""
    units, cash, entries = _units(source), _cash(source), list(source("journal_entry"))
    trades = list(source("trading_trade"))
    return {
        "trading": {
            "batches": trading.check_batches(
                batches=source("trading_floor_batch"), trades=trades, entries=entries
            ),
            "orders": trading.check_orders(
                orders=source("trading_order"), trades=trades, entries=entries
            ),
            "open_orders": trading.check_holds(
                orders=source("trading_order"),
                places=units,
                cash=cash,
                ledger_accounts=source("ledger_account"),
            ),
            "trades": trading.check_delivery(
                products=source("trading_product"),
                trades=trades,
                places=units,
                cash=cash,
                transfers=source("ledger_transfer"),
            ),
            "daily_sheets": trading.check_sheets(
                products=source("trading_product"),
                sheets=source("trading_daily_sheet"),
                trades=trades,
                entries=entries,
            ),
        }
    }


def check_compliance(source: Source) -> Summary:
    """Duties against registry and allowances."""
    return {
        "compliance": {
            "duties": compliance.check_verified(
                events=source("compliance_duty_event"),
                determinations=source("allocation_determination"),
                entries=source("journal_entry"),
            ),
            "duties_summed": compliance.check_sums(
                events=source("compliance_duty_event"), duties=source("compliance_live_duty")
            ),
            "surrendered_t": compliance.check_surrendered(
                events=source("compliance_duty_event"),
                accounts=source("registry_account"),
                transactions=source("registry_transaction"),
                free_allocations=source("registry_free_allocation"),
                entries=source("journal_entry"),
            ),
            "offset_t": compliance.check_offsets(
                events=source("compliance_duty_event"),
                accounts=source("registry_account"),
                transactions=source("registry_transaction"),
                locks=source("registry_lock"),
                nationals=source("compliance_national_offset"),
            ),
        }
    }


def check_allocation(source: Source) -> Summary:
    """Allowances against the journal and what was issued."""
    return {
        "allocation": {
            "determinations": allocation.check_determined(
                determinations=source("allocation_determination"),
                totals=source("allocation_year_total"),
                entries=source("journal_entry"),
            ),
            "issued_t": allocation.check_issued(
                determinations=source("allocation_determination"),
                totals=source("allocation_year_total"),
                transactions=source("registry_transaction"),
            ),
        }
    }


def check_treasury(source: Source) -> Summary:
    """What the government sold and bought back against units and money."""
    return {
        "treasury": {
            **treasury.check_sales(
                sales=source("treasury_sale"),
                transactions=source("registry_transaction"),
                payments=source("settlement_payment"),
            ),
            "paid_over_fen": treasury.check_paid_over(
                receipts=source("treasury_payment"), payments=source("settlement_payment")
            ),
        }
    }


def _units(source: Source) -> dict[int, registry.Place]:
    return registry.places(
        accounts=source("registry_account"),
        lots=source("registry_lot"),
        positions=source("registry_position"),
        ledger_accounts=source("ledger_account"),
    )


def _cash(source: Source) -> dict[int, settlement.Row]:
    return settlement.cash_accounts(
        accounts=source("settlement_cash_account"),
        ledger_accounts=source("ledger_account"),
        entries=source("journal_entry"),
    )


CHECKS: tuple[Check, ...] = (
    check_journal,
    check_ledger,
    check_registry,
    check_settlement,
    check_trading,
    check_compliance,
    check_allocation,
    check_treasury,
)
"""The checks in the order they run; the first difference ends them."""
