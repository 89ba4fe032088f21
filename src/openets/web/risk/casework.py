"""Where the moves of interventions, alerts, listings and reports are made: on their own pages."""

from collections.abc import Callable, Mapping

from django.urls import reverse

from openets.casework.models import Case
from openets.surveillance.procedures import ALERT, LARGE_HOLDER, RISK_REPORT
from openets.trading.procedures import HALT, INTERVENTION, PRODUCT_LISTING
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said


def _page(route: str) -> Callable[[Case], str]:
    def address(_: Case) -> str:
        return reverse(route)

    return address


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (procedure.name, move): Elsewhere(said, _page(route))
    for procedure, said, route in (
        (HALT, Said("在风险管理台办理", "On the risk desk"), "risk"),
        (INTERVENTION, Said("在风险管理台办理", "On the risk desk"), "risk"),
        (ALERT, Said("在预警页面办理", "On the page of the alert"), "alerts"),
        (LARGE_HOLDER, Said("在大户报告页面办理", "On the page of the report"), "large_holders"),
        (RISK_REPORT, Said("在风险周报页面办理", "On the page of the reports"), "risk_reports"),
        (PRODUCT_LISTING, Said("在产品页面办理", "On the page of the products"), "products"),
    )
    for move in procedure.moves
}
