"""Whose reports and plans somebody reads: all, own area, own, or those assigned to verify."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.web.guards import acting_of, is_for_programs


def assigned_to(acting: Acting, year: int | None = None) -> set[str]:
    """The codes of the entities a verification body was given, of a year or of any."""
    if acting.role != Role.VERIFICATION_BODY:
        return set()
    return mrv.assigned_entities(acting.organisation, year)


def reached(
    request: HttpRequest, operation: str, code: str, year: int | None = None
) -> tuple[Organisation, Acting]:
    """An entity whose report of a year, or plan, somebody may read; else 403 or a refusal.

    Source: CQETS-4, CQETS-4.6, CQETS-25.3.
    """
    programs = is_for_programs(request)
    organisation = (
        parties.registered(code) if programs else get_object_or_404(Organisation, code=code)
    )
    acting = acting_of(request)
    assigned = assigned_to(acting, year)
    if programs:
        parties.must_be_allowed(acting, operation, organisation, assigned=assigned)
    elif not parties.may(acting, operation, organisation, assigned=assigned):
        raise PermissionDenied
    return organisation, acting
