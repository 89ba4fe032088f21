"""What may happen to the scale of the list (纳入标准): a new one is adopted."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.roster.models import Standard


class NotApproved(Refusal):
    """A standard takes effect only when the city government agreed."""

    code = "standard_not_approved"
    article = "CQETS-8"
    zh = "{effective_year} 年度纳入标准缺少制定依据、市政府批准文号或批准日期尚未到"
    en = "The standard of {effective_year} lacks its basis, or an approval that was given"
    remedy_zh = "请报市政府同意，并填写依据、批准文号和批准日期"
    remedy_en = "Have the city government agree; give basis, reference and day of the approval"


class StandardExists(Refusal):
    """A year has one standard."""

    code = "standard_exists"
    article = "CQETS-8"
    zh = "{effective_year} 年度起已有纳入标准，批准文号 {approval_reference}"
    en = "There is a standard from {effective_year} already, approved as {approval_reference}"
    remedy_zh = "请为以后年度制定新标准"
    remedy_en = "Set a new one for a later year"


@dataclass(frozen=True, slots=True)
class NewStandard:
    """A scale from a year on, what it rests on, and the approval of the city government."""

    threshold_tco2e: Tonnes
    effective_year: int
    basis: str
    approval_reference: str
    approval_date: date


@transaction.atomic
def adopt_standard(*, standard: NewStandard, acting: Acting, at: datetime) -> Standard:
    """Let a new scale of the list (排放规模标准) take effect from a year on.

    Earlier years keep theirs. Source: CQETS-8.

    Raises:
        NotYourRole, NotApproved, StandardExists.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-8")
    told = standard.basis.strip() and standard.approval_reference.strip()
    if not told or standard.approval_date > market_date(at):
        raise NotApproved(effective_year=standard.effective_year)
    made, new = Standard.objects.get_or_create(
        effective_year=standard.effective_year, defaults=asdict(standard) | {"adopted_at": at}
    )
    if not new:
        raise StandardExists(
            effective_year=made.effective_year, approval_reference=made.approval_reference
        )
    journal.record(
        operation="roster.adopt_standard",
        subject=f"standard/{made.effective_year}",
        acting=acting,
        at=at,
        article="CQETS-8",
        content={
            "threshold_tco2e": made.threshold_tco2e,
            "approval_reference": made.approval_reference,
        },
    )
    return made
