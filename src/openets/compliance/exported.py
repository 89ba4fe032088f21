"""The tables of duties as a verifier or an export holds them."""

from openets.compliance.models import DutyEvent, LiveDuty, NationalOffset
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
        "deadline_date",
        organisation="organisation__code",
    ),
    "compliance_live_duty": exported(
        LiveDuty,
        "year",
        "verified_t",
        "counted_t",
        "offset_t",
        "is_excluded",
        "deadline_date",
        "last_day",
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
