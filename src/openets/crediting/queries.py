"""What may be asked about projects and their reductions."""

from collections.abc import Sequence

from openets.crediting.models import Certification, Filing
from openets.parties.models import Organisation


def awaiting_fee() -> Sequence[Filing]:
    """The filings whose registration waits for the fee, oldest first. Source: CQ208-A5.2.1."""
    rows = Filing.objects.filter(fee_paid_at__isnull=True, registered_at__isnull=True)
    return list(rows.select_related("project__owner"))


def is_certified(organisation: Organisation) -> bool:
    """Whether the platform certified a company. Source: CQ208-A5.1.5."""
    return Certification.objects.filter(organisation=organisation).exists()
