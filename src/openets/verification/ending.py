"""The end of a body's work on a report that was replaced by an estimate."""

from datetime import datetime

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.parties.models import Organisation
from openets.verification import queries
from openets.verification.assigning import standing_works
from openets.verification.models import Work
from openets.verification.procedures import FINDING, WORK


def end_work(organisation: Organisation, year: int, why: str, acting: Acting, at: datetime) -> None:
    """End the standing work on a report, its open findings too; a signed one stays as it is.

    Source: CNETS-43b.
    """
    work = standing_works(year).filter(organisation=organisation).first()
    if work is None or WORK.states[cases.states(WORK, [work.subject])[work.subject]].final:
        return
    waiting = [
        row.finding.subject for row in queries.findings(work) if not FINDING.states[row.state].final
    ]
    casework.move_cases(FINDING, "stop", waiting, acting=acting, at=at, note=why)
    casework.move_cases(WORK, "stop", [work.subject], acting=acting, at=at, note=why)
    Work.objects.filter(pk=work.pk).update(ended_at=at)
