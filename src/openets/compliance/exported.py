"""The tables of duties as a verifier or an export holds them."""

from openets.compliance.models import DutyEvent, NationalOffset
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
    "compliance_national_offset": exported(
        NationalOffset,
        "year",
        "reference",
        "amount_t",
        "announced_at",
        "completed_at",
        "rejected_at",
        organisation="organisation__code",
    ),
}
"""What gives the rows of each table."""
