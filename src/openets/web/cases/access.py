"""Who looks at a case, as casework knows people, and where documents lie."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.casework.scope import NotYourCase, must_take_part
from openets.casework.storage import Store
from openets.kernel.acting import Acting
from openets.web import words
from openets.web.viewer import viewer_of


def acting_of(request: HttpRequest) -> Acting | None:
    """How whoever asks acts, or None for the public."""
    viewer = viewer_of(request)
    return viewer.acting if viewer else None


def acting_in_api(request: HttpRequest) -> Acting:
    """How whoever asks acts, for addresses that only signed-in people reach.

    Raises:
        NotYourCase: they have no role in any organisation.
    """
    acting = acting_of(request)
    if acting is None:
        raise NotYourCase(organisation="", subject=request.path)
    return acting


def case_for(number: int, acting: Acting) -> tuple[Procedure, Case]:
    """The case of a number and its table, for whoever takes part in it.

    Raises:
        NotYourCase: also where there is none, so that numbers tell nothing.
    """
    case = casework.numbered(number)
    if case is None or case.procedure not in words.PROCEDURES:
        raise NotYourCase(organisation=acting.organisation, subject=number)
    procedure = words.PROCEDURES[case.procedure]
    must_take_part(procedure, case, acting)
    return procedure, case


def store() -> Store:
    """The folder of documents of this installation, with its scanner."""
    return Store(settings.DOCUMENT_FOLDER, import_string(settings.DOCUMENT_SCANNER))
