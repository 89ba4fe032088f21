"""Where the moves of a market day are made: on the page of the day."""

from collections.abc import Mapping

from django.urls import reverse

from openets.casework.models import Case
from openets.trading.procedures import MARKET_DAY
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said


def _day(case: Case) -> str:
    return reverse("market_day", args=[case.subject])


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (MARKET_DAY.name, move): Elsewhere(
        Said("在日终对账页面办理", "On the page of the market day"), _day
    )
    for move in MARKET_DAY.moves
}
