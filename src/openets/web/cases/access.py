"""Who looks at a case, and where documents lie."""

from django.conf import settings
from django.utils.module_loading import import_string

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.casework.scope import NotYourCase, must_take_part
from openets.casework.storage import Store
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.matrix import matter_of
from openets.web import words


def case_for(number: int, acting: Acting) -> tuple[Procedure, Case]:
    """The case of a number and its table, for whoever takes part in it or may read its matter.

    Source: CQETS-4.

    Raises:
        NotYourCase: also where there is none, so that numbers tell nothing.
    """
    case = casework.numbered(number)
    if case is None or case.procedure not in words.PROCEDURES:
        raise NotYourCase(organisation=acting.organisation, subject=number)
    procedure = words.PROCEDURES[case.procedure]
    if not may_read(procedure, case, acting):
        must_take_part(procedure, case, acting)
    return procedure, case


def may_read(procedure: Procedure, case: Case, acting: Acting) -> bool:
    """Whether the roles matrix lets somebody read the matter of a case of this organisation."""
    return parties.may(acting, matter_read(procedure), case.organisation)


def matter_read(procedure: Procedure) -> str:
    """The right to read the matter that the moves of a procedure belong to."""
    matter, _ = matter_of(f"{procedure.name}.{next(iter(procedure.moves))}")
    return f"{matter.name}.read"


def takes_part(procedure: Procedure, case: Case, acting: Acting) -> bool:
    """Whether somebody may comment on a case and file documents with it."""
    try:
        must_take_part(procedure, case, acting)
    except NotYourCase:
        return False
    return True


def store() -> Store:
    """The folder of documents of this installation, with its scanner."""
    return Store(settings.DOCUMENT_FOLDER, import_string(settings.DOCUMENT_SCANNER))
