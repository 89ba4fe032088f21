"""The tables of allowances as a verifier or an export holds them."""

from openets.allocation.models import Determination, YearTotal
from openets.journal.queries import exported

TABLES = {
    "allocation_determination": exported(
        Determination,
        "year",
        "verified_t",
        "allowance_t",
        "determined_t",
        "pre_allocation_t",
        "pre_issued_t",
        "deducted_t",
        organisation="organisation__code",
    ),
    "allocation_year_total": exported(YearTotal, "year", "entities_sum_t", "reserve_t", "total_t"),
}
"""What gives the rows of each table."""
