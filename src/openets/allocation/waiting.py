"""Whose allowance of a year stands before a step, and under which name cases know it."""

from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation


class NothingWaiting(Refusal):
    """No allowance of the year stands before this step."""

    code = "nothing_waiting"
    zh = "{year} 年度没有待“{move_zh}”的配额"
    en = "No allowance of {year} waits for “{move_en}”"
    remedy_zh = "请核对年度；已办理的不重复办理，前一环节未完成的请先完成"
    remedy_en = "Check the year: what is done is not done again, and the step before comes first"


class NotYourOwn(Refusal):
    """An entity objects to its own result, a district reports on its own area."""

    code = "not_your_own"
    article = "CQ208-A2"
    zh = "{organisation} 无权办理 {subject}"
    en = "{organisation} may not act on {subject}"
    remedy_zh = "只能办理本单位、本辖区的事项"
    remedy_en = "Act on your own matters or your own area"


def subject_of(organisation: Organisation, year: int) -> str:
    """The name under which cases and the registry know an entity's allocation of a year."""
    return f"{organisation.code}/{year}"


def waiting(move_name: str, year: int, acting: Acting) -> list[str]:
    """The subjects that a move of determinations would move, for whoever may make it.

    Raises:
        NotYourRole, NothingWaiting.
    """
    move = DETERMINATION.moves[move_name]
    acting.must_be(*move.roles, article=move.article)
    subjects = [case.subject for case in cases.in_state(DETERMINATION, year, *move.sources)]
    if not subjects:
        raise NothingWaiting(article=move.article, year=year, move_zh=move.zh, move_en=move.en)
    return subjects


def own_subject(organisation: Organisation, year: int, acting: Acting) -> str:
    """The subject of an entity's own allocation.

    Raises:
        NotYourOwn.
    """
    subject = subject_of(organisation, year)
    if acting.organisation != organisation.code:
        raise NotYourOwn(organisation=acting.organisation, subject=subject)
    return subject
