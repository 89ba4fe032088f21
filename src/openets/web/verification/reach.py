"""Whose works somebody sees: all, those of the own area, or those assigned to the own body."""

from django.db.models import QuerySet

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.verification import queries
from openets.verification.models import Work
from openets.verification.queries import NoSuchWork

READ = "verification_work.read"


def entities_within(acting: Acting, operation: str = READ) -> QuerySet[Organisation]:
    """The entities with whose verification somebody has to do. Source: CQETS-4, CQETS-25.3."""
    codes = queries.assigned_codes(acting.organisation) if _is_body(acting) else []
    return parties.within_reach(acting, operation, assigned=codes)


def works_within(acting: Acting, year: int) -> QuerySet[Work]:
    """The works of a year that somebody may see; a body sees its own."""
    found = queries.works(year, entities_within(acting))
    return found.filter(body__code=acting.organisation) if _is_body(acting) else found


def work_within(acting: Acting, number: int) -> Work:
    """A work that somebody may see.

    Raises:
        NoSuchWork: also where it is another's, so that numbers tell nothing.
    """
    found = queries.work(number)
    if not works_within(acting, found.year).filter(pk=number).exists():
        raise NoSuchWork(work=number)
    return found


def _is_body(acting: Acting) -> bool:
    return acting.role == Role.VERIFICATION_BODY
