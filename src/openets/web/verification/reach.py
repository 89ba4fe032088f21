"""Whose works somebody sees: all, those of the own area, or those assigned to the own body."""

from django.db.models import QuerySet

from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.mrv.queries import VerifiedYear
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.verification import queries
from openets.verification.models import Work
from openets.verification.queries import NoSuchWork

READ = "verification_work.read"


def entities_within(acting: Acting, operation: str = READ) -> QuerySet[Organisation]:
    """The entities with whose verification somebody has to do. Source: CQETS-4, CQETS-25.3."""
    return parties.within_reach(acting, operation, assigned=assigned_to(acting))


def assigned_to(acting: Acting) -> list[str]:
    """The codes of the entities that the body somebody acts for was given to verify."""
    return queries.assigned_codes(acting.organisation) if _is_body(acting) else []


def results_within(acting: Acting, year: int) -> list[VerifiedYear]:
    """The results of a year that were told and that somebody may see. Source: CQETS-25."""
    if _is_body(acting):
        own = entities_within(acting, "verification.read").filter(number__isnull=False)
        return [told for entity in own for told in mrv.results_told(entity, year)]
    return mrv.results_told(parties.organisation(acting.organisation), year)


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
