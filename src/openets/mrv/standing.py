"""How a report stands to its due day: both ways count, the screen and the paper. Pure."""

from dataclasses import dataclass
from datetime import date

ELECTRONIC, WRITTEN = "electronic", "written"


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """When a report came in online and in writing (书面报送), and what of it is late.

    Without a due day nothing is late. `basis` is the reading: `both` ways must be in by the due
    day, or `electronic` or `written` alone decides; `today` stands for what is not in yet.
    Source: CQETS-24, AMB-57.
    """

    due_date: date | None
    online_date: date
    paper_date: date | None
    today: date
    basis: str

    @property
    def is_paper_missing(self) -> bool:
        """Whether the written copy is still to come (缺书面件)."""
        return self.paper_date is None

    @property
    def late(self) -> tuple[str, ...]:
        """The ways that count and were not in by the due day: `electronic`, `written`."""
        if self.due_date is None:
            return ()
        came = {ELECTRONIC: self.online_date, WRITTEN: self.paper_date or self.today}
        return tuple(
            way for way, day in came.items() if self.basis in {"both", way} and day > self.due_date
        )
