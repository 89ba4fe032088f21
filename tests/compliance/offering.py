"""Short ways to write units and applications in tests."""

from datetime import date
from itertools import count

from openets.compliance.offset import Examination, examine_application
from openets.compliance.offset_rules import OffsetRules
from openets.compliance.reduction import Origin, Reduction
from openets.compliance.serials import Serials
from openets.kernel.quantity import Tonnes
from openets.rulebook.load import law

DAY_BEFORE, NEW_YEAR = date(2023, 12, 31), date(2024, 1, 1)

_next_series = count(1)


def unit(amount_t, origin="city", *, kind="CQCER", project_type="wind", first=None, place=""):
    """A run of serials of its own, or from `first` in the common series."""
    series = f"S{next(_next_series)}-" if first is None else "COMMON-"
    start = 1 if first is None else first
    return Reduction(
        kind=kind,
        serials=Serials(series, start, start + amount_t - 1),
        amount_t=Tonnes(amount_t),
        origin=Origin(origin),
        project_type=project_type,
        place=place,
    )


def examine(
    *offered, verified_t=100_000, open_t=None, used=(), year=2022, cut=False, places=(), **readings
) -> Examination:
    """Examine an application in Chongqing, some readings changed."""
    changed = law("cq").instead({f"offset.{key}": value for key, value in readings.items()})
    return examine_application(
        rules=OffsetRules.of(changed, year),
        verified_t=Tonnes(verified_t),
        open_t=Tonnes(verified_t if open_t is None else open_t),
        used_before=used,
        offered=offered,
        circle_places=places,
        cut=cut,
    )


def codes(examination):
    """The codes of what was refused."""
    return [part.refusal.code for part in examination.refused]


def passed_t(examination):
    """The accepted tonnes of every accepted part."""
    return [part.amount_t for part in examination.accepted]
