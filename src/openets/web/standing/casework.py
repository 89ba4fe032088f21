"""Where the moves of freezes, measures and closings are made: on the room's own pages."""

from collections.abc import Callable, Mapping

from django.urls import reverse

from openets.casework.models import Case
from openets.registry.procedures import CLOSING, LOCK, MEASURE
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said


def _page(route: str) -> Callable[[Case], str]:
    def address(_: Case) -> str:
        return reverse(route)

    return address


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (procedure.name, move): Elsewhere(said, _page(route))
    for procedure, said, route in (
        (LOCK, Said("在冻结页面办理", "On the page of the freeze"), "freezes"),
        (MEASURE, Said("在限制措施页面办理", "On the page of the measure"), "measures"),
        (CLOSING, Said("在账户页面办理", "On the page of the account"), "standing"),
    )
    for move in procedure.moves
}
