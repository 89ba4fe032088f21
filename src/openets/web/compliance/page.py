"""What the pages of the surrender show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openets.casework.models import Case
from openets.compliance.models import NationalOffset, OffsetApplication
from openets.compliance.status import Kind
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry.queries import Holding
from openets.web.compliance.forms import SurrenderForm
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Status


@dataclass(frozen=True, slots=True)
class Receipt:
    """A surrender that counted, with the number of its entry in the registry (AMB-28)."""

    day: date
    amount_t: Tonnes
    reference: str
    registry_entry: int | None


@dataclass(frozen=True, slots=True)
class OwnDuty:
    """An entity's duty of a year, and what it may hand in."""

    year: int
    deadline: date | None
    working_days_left: int | None
    status: Status
    verified_t: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes
    receipts: Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Everything an entity needs to surrender for the year it looks at."""

    organisation: str
    duty: OwnDuty | None
    year: int
    usable: Sequence[tuple[Said, Said, Holding]]
    usable_t: Tonnes
    form: SurrenderForm | None


@dataclass(frozen=True, slots=True)
class OffsetRow:
    """An application to offset with reductions of the local register."""

    application: OffsetApplication
    status: Status
    case: int


@dataclass(frozen=True, slots=True)
class NationalRow:
    """An application through the national register, and what of it the export confirmed."""

    application: NationalOffset
    confirmed_t: int
    serials: Sequence[str]
    status: Status
    case: int


EVENTS = {
    Kind.VERIFIED: Said("告知经核查排放量", "Verified emissions notified"),
    Kind.CORRECTED: Said("按复核决定更正", "Corrected by a review"),
    Kind.SURRENDERED: Said("清缴", "Surrendered"),
    Kind.REVERSED: Said("退还多缴", "Excess returned"),
    Kind.EXCLUDED: Said("移出名录", "Excluded"),
    Kind.INCLUDED: Said("重新列入名录", "Included again"),
    Kind.OFFSET_FILED: Said("申请抵销", "Offset filed"),
    Kind.OFFSET_CONFIRMED: Said("确认抵销", "Offset confirmed"),
    Kind.OFFSET_REJECTED: Said("不予确认抵销", "Offset rejected"),
    Kind.EXTENDED: Said("延长清缴期限", "Deadline extended"),
}
"""What may have happened to a duty, in words."""


@dataclass(frozen=True, slots=True)
class DutyEventRow:
    """Something that happened to a duty."""

    at: datetime
    what: Said
    amount_t: Tonnes | None
    until: date | None
    reference: str
    registry_entry: int | None


@dataclass(frozen=True, slots=True)
class OneDutyPage:
    """One entity's duty of a year as an office sees it, and what the bureau may do."""

    organisation: Organisation
    year: int
    status: Status
    at_deadline: Status | None
    deadline: date | None
    is_extended: bool
    verified_t: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes
    excess_t: Tonnes
    case: Case | None
    """That of the return of an excess."""
    events: Sequence[DutyEventRow]
    forms: Sequence[ActForm]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One entity on the office's table."""

    number: int
    name: str
    district: str
    status: Status
    verified_t: Tonnes | None
    counted_t: Tonnes
    open_t: Tonnes
    at_deadline: Status | None
