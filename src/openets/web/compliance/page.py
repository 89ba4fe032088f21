"""What the pages of the surrender show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.quantity import Tonnes
from openets.registry.queries import Holding
from openets.web.compliance.forms import SurrenderForm
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
    usable: Sequence[tuple[Said, Holding]]
    usable_t: Tonnes
    form: SurrenderForm | None


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
