"""What came of a played market, in numbers anybody can check."""

from collections.abc import Sequence
from typing import Any

from openets.allocation import queries as allocation
from openets.compliance import queries as compliance
from openets.journal import queries as journal
from openets.parties import queries as parties
from openets.registry import queries as registry
from openets.rulebook.load import Law
from openets.settlement import queries as settlement
from openets.trading import queries as trading


def summarise(*, law: Law, years: Sequence[int]) -> dict[str, Any]:
    """Entities, caps, methods, trades, statuses, conservation and the journal's head, as JSON."""
    turnover = trading.turnover()
    lots = registry.conservation()
    cash = settlement.conservation()
    number, digest = journal.head()
    return {
        "jurisdiction": law.jurisdiction,
        "entities": {str(year): parties.entities(year).count() for year in years},
        "totals": {
            str(row.year): {
                "entities_t": row.entities_sum_t,
                "reserve_t": row.reserve_t,
                "total_t": row.total_t,
            }
            for row in allocation.totals()
        },
        "methods": {
            str(year): {
                share.method: {
                    "lines": share.lines,
                    "entities": share.entities,
                    "allowance_t": str(share.allowance.quantize(1)),
                }
                for share in allocation.by_method(year)
            }
            for year in years
        },
        "trades": {
            "number": turnover.trades,
            "volume_t": turnover.volume_t,
            "turnover_fen": turnover.turnover_fen,
        },
        "status_at_deadline": {str(year): compliance.frozen_counts(year) for year in years},
        "conservation": {
            "units": all(lot.holds for lot in lots),
            "cash": cash.holds,
            "lots": [
                {
                    "lot": lot.lot,
                    "issued_t": lot.issued_t,
                    "held_t": lot.held_t,
                    "surrendered_t": lot.surrendered_t,
                    "cancelled_t": lot.cancelled_t,
                    "withdrawn_t": lot.withdrawn_t,
                }
                for lot in lots
            ],
        },
        "journal": {"batches": number, "head": digest},
    }
