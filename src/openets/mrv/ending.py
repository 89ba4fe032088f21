"""What ends when an estimate stands for a report: named handlers of the rooms above.

A room that works on a report puts a handler into `HANDLERS` when the program starts.
"""

from collections.abc import Callable
from datetime import datetime

from openets.kernel.acting import Acting
from openets.parties.models import Organisation

Handler = Callable[[Organisation, int, str, Acting, datetime], None]

HANDLERS: dict[str, Handler] = {}
"""Who ends what, by room and matter; filled by the rooms above as the program starts."""


def end_work_on(
    organisation: Organisation, year: int, *, why: str, acting: Acting, at: datetime
) -> None:
    """End all work on the report of an entity and year. Source: CNETS-43b."""
    for name in sorted(HANDLERS):
        HANDLERS[name](organisation, year, why, acting, at)
