"""Whose cases are whose: own, own area, handled, all."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role

OWN = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
"""Roles of which there are many: each acts on the cases about itself."""


class NotYourCase(Refusal):
    """The case is another's: not one's own, not of one's area, or not one's role's."""

    code = "not_your_case"
    article = "CQETS-4"
    zh = "{organisation} 与事项 {subject} 无关，不能办理"
    en = "{organisation} has no part in {subject}"
    remedy_zh = "只能办理本单位、本辖区或受委托的事项"
    remedy_en = "Act on your own cases, those of your area, or those assigned to you"


def cases_of(role: str, organisation: str) -> Q:
    """Which cases the organisation of a code has to do with in a role."""
    if role in OWN:
        return Q(organisation__code=organisation)
    if role == Role.DISTRICT_BUREAU:
        district = Organisation.objects.filter(code=organisation).values("district")
        return Q(organisation__district__in=district)
    if role == Role.VERIFICATION_BODY:
        return Q(handler__code=organisation)
    return Q()


def must_take_part(procedure: Procedure, case: Case, acting: Acting) -> None:
    """Refuse whoever has no part in a case.

    The authority takes part in every case, others where their role has a move and the case is
    theirs.

    Raises:
        NotYourCase.
    """
    is_party = acting.role in procedure.roles | {Role.CITY_BUREAU, *OWN}
    mine = Case.objects.filter(cases_of(acting.role, acting.organisation), pk=case.pk)
    if not (is_party and mine.exists()):
        raise NotYourCase(organisation=acting.organisation, subject=case.subject)


def addressees(cases: Sequence[Case], roles: Iterable[Role]) -> dict[int, list[Organisation]]:
    """The organisations of these roles that have to do with each case, by case id.

    Needs the organisation and handler of the cases loaded.
    """
    wanted = tuple(roles)
    offices = list(Organisation.objects.filter(role__in=set(wanted) - {*OWN}).order_by("id"))
    return {case.pk: _of_case(case, wanted, offices) for case in cases}


def _of_case(
    case: Case, roles: Sequence[Role], offices: Sequence[Organisation]
) -> list[Organisation]:
    found = [case.organisation] if case.organisation.role in roles else []
    for office in offices:
        if office == case.organisation:
            continue
        if office.role == Role.VERIFICATION_BODY:
            if office == case.handler:
                found.append(office)
        elif office.role == Role.DISTRICT_BUREAU:
            if office.district == case.organisation.district:
                found.append(office)
        elif office.role != Role.MARKET_CLOCK:
            found.append(office)
    return list(dict.fromkeys(found))
