"""Where the moves of money are made: on one's own page, or at the settlement desk."""

from collections.abc import Mapping

from django.urls import reverse

from openets.banking.procedures import BINDING, SUSPENSE_ITEM, WITHDRAWAL
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.clearing.procedures import MARKET_REPORT, OBJECTION, RESERVE_USE
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said

_PLACES: Mapping[str, tuple[Procedure, Said]] = {
    "money": (WITHDRAWAL, Said("在“我的资金”页面办理", "On the page “My money”")),
    "settlement_desk": (BINDING, Said("由结算银行答复", "Answered by the settlement bank")),
    "suspense": (SUSPENSE_ITEM, Said("在待查款项页面办理", "On the page of suspense")),
    "day_end": (OBJECTION, Said("在日终清算页面办理", "On the page of the day end")),
    "market_reports": (MARKET_REPORT, Said("在交易报告页面办理", "On the page of reports")),
    "risk_reserve": (RESERVE_USE, Said("在风险准备金页面办理", "On the page of the reserve")),
}


def _elsewhere(route: str, said: Said) -> Elsewhere:
    def address(_: Case) -> str:
        return reverse(route)

    return Elsewhere(said, address)


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (procedure.name, move): _elsewhere(route, said)
    for route, (procedure, said) in _PLACES.items()
    for move in procedure.moves
}
