"""Whose accounts somebody may look at."""

from django.http import Http404, HttpRequest

from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import statements
from openets.registry.models import RegistryAccount
from openets.web.guards import must_reach


def reached(request: HttpRequest, code: str) -> tuple[Organisation, Acting]:
    """The organisation of a code, and who looks; 404 when there is none, 403 out of reach."""
    try:
        organisation = parties.organisation(code)
    except Organisation.DoesNotExist as fault:
        raise Http404(code) from fault
    return organisation, must_reach(request, "holdings.read", organisation)


def reached_account(request: HttpRequest, number: str) -> tuple[RegistryAccount, Acting]:
    """The account of a number, and who looks; 404 when there is none, 403 out of reach."""
    try:
        account = statements.account(number)
    except statements.NoSuchAccount as fault:
        raise Http404(number) from fault
    return account, must_reach(request, "holdings.read", account.holder)
