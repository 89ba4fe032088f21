"""The tables of duties as a verifier or an export holds them."""

from openets.compliance.models import DutyEvent
from openets.journal.queries import exported

TABLES = {
    "compliance_duty_event": exported(
        DutyEvent,
        "year",
        "kind",
        "day",
        "at",
        "amount_t",
        "reference",
        "of",
        organisation="organisation__code",
    ),
}
"""What gives the rows of each table."""
